"""Module texts that the ordinary import system finds, read afresh each time.

Never bytecode and never ``linecache``: both may be older than the text.
"""

from __future__ import annotations

import importlib
import importlib.abc
import sys
from importlib.machinery import (
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    ModuleSpec,
    NamespaceLoader,
)
from typing import TYPE_CHECKING

from gameserver.errors import PluginError
from gameserver.reload.script import NAME as SCRIPT
from gameserver.reload.script import script
from gameserver.reload.text import Text, text_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from types import ModuleType

    from gameserver.reload.plan import Entry

_ENGINE = __name__.rpartition(".")[0]
_STANDS_ON = frozenset(
    {_ENGINE, _ENGINE.rpartition(".")[0], "gameserver.errors", "gameserver.compiled"}
)
"""The engine's own modules beside those below its package."""


class Ours(importlib.abc.MetaPathFinder):
    """A finder of this engine: passed over where the ordinary ones are asked."""

    def install(self) -> None:
        """Go to the head of ``sys.meta_path``, unless installed already."""
        if not any(one is self for one in sys.meta_path):
            sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Leave ``sys.meta_path``, if installed."""
        # In place: others may hold the list, and two threads may leave at once.
        sys.meta_path[:] = [one for one in sys.meta_path if one is not self]


class Imported:
    """The modules that are imported in the ordinary way and that ``own`` claims.

    ``own``: says of a spec whether its module is part of the game. The script itself,
    ``__main__``, is not: it ran before the engine, under a name that is no module's.
    Nor is the engine, nor what is built in or compiled: ``own`` is not asked of those.
    """

    def __init__(self, own: Callable[[ModuleSpec], bool]) -> None:
        self._own = own
        self._script = script()

    def own(self, spec: ModuleSpec) -> bool:
        """Say whether a spec's module can be changed: one of the game's."""
        return not _is_out_of_reach(spec) and self._own(spec)

    def names(self) -> frozenset[str]:
        """Give the full names of the own modules now in ``sys.modules``."""
        return frozenset(
            name
            for name, module in list(sys.modules.items())
            if (spec := getattr(module, "__spec__", None)) is not None
            and isinstance(spec, ModuleSpec)
            and spec.name == name  # os.path is another's name; __main__ may be
            and name != SCRIPT
            and self.own(spec)
        )

    def unfollowed(self) -> list[Entry]:
        """Give a plan's lines for what is claimed and has changed, but stays."""
        return self._script.told(self._own) if self._script is not None else []

    def read(self, name: str) -> Text | None:
        """Give a module's text as it is now, or None if it is gone or not ours."""
        if name == SCRIPT:
            reason = "the program's own script; move what is to change into a module"
            raise PluginError(SCRIPT, f"{reason} that it imports")
        text = self._read(name)
        if text is None:
            # A finder that listed its folder a moment ago does not see a new file.
            importlib.invalidate_caches()
            text = self._read(name)
        return text

    def _read(self, name: str) -> Text | None:
        spec = spec_of(name)
        return text_of(spec) if spec is not None and self.own(spec) else None


def _is_out_of_reach(spec: ModuleSpec) -> bool:
    """Say whether a module has no text that could change, or is the engine's.

    An engine that follows itself would run its own half-made modules.
    """
    if spec.origin in {"built-in", "frozen"} or spec.loader is None:
        return True
    if isinstance(spec.loader, (ExtensionFileLoader, NamespaceLoader)):
        return True
    return spec.name in _STANDS_ON or spec.name.startswith(f"{_ENGINE}.")


def spec_of(name: str) -> ModuleSpec | None:
    """Look a module up afresh with the ordinary finders; nothing is imported."""
    parent = name.rpartition(".")[0]
    if not parent:
        return found(name, None)
    module = sys.modules.get(parent)
    if module is not None:
        path = getattr(module, "__path__", None)
    else:
        spec = spec_of(parent)
        path = spec.submodule_search_locations if spec is not None else None
    return None if path is None else found(name, path)


def found(
    name: str, path: Sequence[str] | None, target: ModuleType | None = None
) -> ModuleSpec | None:
    """Ask the finders on ``sys.meta_path`` that are not the engine's, in order."""
    for finder in list(sys.meta_path):
        if isinstance(finder, Ours) or not hasattr(finder, "find_spec"):
            continue
        spec = finder.find_spec(name, path, target)
        if spec is not None:
            return spec
    return None


def text_of(spec: ModuleSpec) -> Text | None:
    """Read the text that a spec's loader would run now; None if it has none."""
    if spec.loader is None:
        return None
    is_package = spec.submodule_search_locations is not None
    path = _path(spec.loader, spec.name)
    if path is not None:
        content = _content(spec.loader, path)
        return None if content is None else Text(spec.name, content, path, is_package)
    source = _source(spec.loader, spec.name)
    if source is None:
        return None
    # A name of "<...>" as a whole is one that linecache passes over.
    origin = spec.origin
    if origin is None or (origin.startswith("<") and origin.endswith(">")):
        origin = f"{origin or '<imported>'}/{spec.name.replace('.', '/')}.py"
    return text_from(spec.name, source, origin, is_package=is_package)


def _path(loader: Loader, name: str) -> str | None:
    """Give the file of text that a loader reads, if it reads one."""
    if not (hasattr(loader, "get_filename") and hasattr(loader, "get_data")):
        return None
    try:
        path = str(loader.get_filename(name))
    except ImportError:
        return None
    return path if path.endswith(tuple(SOURCE_SUFFIXES)) else None


def _content(loader: Loader, path: str) -> bytes | None:
    try:
        return bytes(loader.get_data(path))  # type: ignore[attr-defined] # see _path
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise PluginError(path, reason) from error


def _source(loader: Loader, name: str) -> str | None:
    """Ask a loader for its source; those of compiled modules have none."""
    try:
        source = loader.get_source(name) if hasattr(loader, "get_source") else None
    except ImportError:
        return None
    return source if isinstance(source, str) else None
