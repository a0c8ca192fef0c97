"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "f97247a6edd07291"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
