"""What holds for all tests: generated examples have no deadline on shared machines."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("gameserver", deadline=None)
settings.load_profile("gameserver")
