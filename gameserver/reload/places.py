"""Where in the text something was written."""

from __future__ import annotations

import inspect
import traceback
from types import FunctionType


def place_of(owner: object) -> str:
    """Give ``file.py:line`` of a class or function, as far as it can be found."""
    if isinstance(owner, FunctionType):
        return f"{owner.__code__.co_filename}:{owner.__code__.co_firstlineno}"
    try:
        file = inspect.getsourcefile(owner) or ""  # type: ignore[arg-type]  # checked by inspect
        line = inspect.getsourcelines(owner)[1]  # type: ignore[arg-type]  # the same
    except (OSError, TypeError):
        return str(getattr(owner, "__module__", "plugin"))
    return f"{file}:{line}"


def place_of_error(error: BaseException, origins: set[str]) -> str:
    """Give ``file:line`` of the innermost frame that is in one of the files."""
    if isinstance(error, SyntaxError) and error.filename in origins:
        return f"{error.filename}:{error.lineno}"
    # Not extract_tb: that would leave the refused text in linecache.
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename in origins:
            return f"{frame.f_code.co_filename}:{line}"
    return ""
