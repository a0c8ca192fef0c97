"""What holds for all tests: generated examples have no deadline on shared machines."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "gameserver",
    deadline=None,
    # tests/wire runs one suite over two builds of the codec, in two classes.
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("gameserver")
