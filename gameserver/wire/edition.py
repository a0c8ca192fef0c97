"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "3dec6c93ec6c077b"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
