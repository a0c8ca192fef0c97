"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "8871949b86a73b50"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
