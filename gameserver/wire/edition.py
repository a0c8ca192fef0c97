"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "0b66935740c4d6f6"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
