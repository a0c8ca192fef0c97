"""Which sources of the compiled twin belong here; ``make twin`` writes it."""

from typing import Final

EDITION: Final = "60c3f74d89c50df7"
"""The digest of the files in ``c``. A twin that was built from others is not used."""
