"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "4a3de10406815a4d"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
