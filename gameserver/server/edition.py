"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "2a2e9e7dce5c7c2d"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
