"""Compiled twins of modules: found if they are there and wanted, and of these sources.

A twin does the same as the pure Python beside it, which stays the reference. The build
makes them (``hatch_build.py``); ``GAMESERVER_PURE=1`` turns all of them off.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

SWITCH: Final = "GAMESERVER_PURE"
"""The environment variable; any value but nothing and ``0`` turns the twins off."""


def twin(
    package: str, edition: str, environment: Mapping[str, str]
) -> tuple[ModuleType | None, str]:
    """Give a package's compiled twin, or None; and how the server names what it uses.

    ``edition``: that of the sources beside it. A twin of others is not used.
    """
    if environment.get(SWITCH, "0") not in {"", "0"}:
        return None, f"pure Python, for {SWITCH} is set"
    try:
        found = import_module(f"{package}._twin")
    except ModuleNotFoundError:
        return None, "pure Python, for there is no compiled one"
    except ImportError:  # it misses what those of its own version have
        found = None
    if found is None or edition != found.EDITION:
        return None, "pure Python, for the compiled one is of another version"
    return found, "compiled"
