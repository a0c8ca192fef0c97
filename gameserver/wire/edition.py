"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "f053ef0809cbd79c"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
