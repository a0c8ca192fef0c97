"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "9f4e8b681dccf44d"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
