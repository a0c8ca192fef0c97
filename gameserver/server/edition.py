"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "2bd27a995c6d8936"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
