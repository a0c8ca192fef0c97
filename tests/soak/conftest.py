"""The soaks measure a server at work, so it runs without tracing.

What they run is traced by the tests of the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def plain_processes() -> Iterator[None]:
    """Have processes that are started here not be traced by coverage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield
