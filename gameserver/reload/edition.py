"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "17264f2295c7bb5f"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
