"""Where in the text something was written."""

from __future__ import annotations

import inspect


def place_of(owner: object) -> str:
    """Give ``file.py:line`` of a class or function, as far as it can be found."""
    try:
        file = inspect.getsourcefile(owner) or ""  # type: ignore[arg-type]  # checked by inspect
        line = inspect.getsourcelines(owner)[1]  # type: ignore[arg-type]  # the same
    except (OSError, TypeError):
        return str(getattr(owner, "__module__", "plugin"))
    return f"{file}:{line}"
