"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "ad8ea3672aab0c8c"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
