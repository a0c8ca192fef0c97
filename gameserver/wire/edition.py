"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "e20bf7506a0bc947"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
