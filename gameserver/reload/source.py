"""Where module text comes from: a folder, a mapping, or several sources in layers."""

from __future__ import annotations

import errno
import stat
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gameserver.errors import PluginError
from gameserver.reload.text import Text, text_from

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

__all__ = ("Folder", "Layered", "Source", "Text", "Texts")

INIT = "__init__"
GONE = (FileNotFoundError, NotADirectoryError)
"""What reading raises when a file vanishes between being listed and being read."""


class Source(Protocol):
    """What module texts are read from; it may change between any two calls."""

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that it has now."""

    def read(self, name: str) -> Text | None:
        """Give a module's text as it is now, or None if there is none."""


class Folder:
    """The ``*.py`` files below ``path``, named below ``package`` ("": top level).

    ``__init__.py`` makes its folder a package. Passed over: names that no ``import``
    can write (so all hidden ones), ``__pycache__``, a folder that a module beside it
    hides, links that lead back up, and what vanishes while it is read. Whatever else
    goes wrong on the disk raises ``PluginError`` with the file's name.
    """

    def __init__(self, path: Path | str, package: str = "plugins") -> None:
        # Absolute: an origin must name the same file after a change of directory.
        self.path = Path(path).absolute()
        self.package = package

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that it has now."""
        if _folder(self.path) is None:
            raise PluginError(str(self.path), "no such folder; expected module texts")
        root = tuple(self.package.split(".")) if self.package else ()
        return frozenset(".".join(parts) for parts in _walk(self.path, root, ()))

    def read(self, name: str) -> Text | None:
        """Give a module's text as it is now, or None if there is none."""
        path = self._path(name)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except GONE:
            return None
        except OSError as error:
            raise _unreadable(path, error) from error
        return Text(name, content, str(path), path.stem == INIT)

    def _path(self, name: str) -> Path | None:
        if self.package and name == self.package:
            return _file(self.path / f"{INIT}.py")
        below = f"{self.package}." if self.package else ""
        parts = name.removeprefix(below).split(".")
        if not name.startswith(below) or not all(map(_is_name, parts)):
            return None
        folder, passed = self.path, [_folder(self.path)]
        for part in parts[:-1]:
            if _hidden(folder, part):
                return None
            folder /= part
            passed.append(_folder(folder))
        if None in passed or len(set(passed)) < len(passed):
            return None
        return self._last(folder, parts[-1], passed)

    def _last(
        self, folder: Path, part: str, passed: list[tuple[int, int] | None]
    ) -> Path | None:
        """Let a package win over a module of its name, as the import system does."""
        package = folder / part
        if _folder(package) not in passed and (found := _file(package / f"{INIT}.py")):
            return found
        return _file(folder / f"{part}.py")


class Texts(MutableMapping[str, str | bytes]):
    """Texts by module name, in memory.

    A name is a package if other names lie below it, or if its text is given under
    ``name.__init__``. A string is decoded already: a cookie in it says nothing.
    """

    def __init__(self, texts: Mapping[str, str | bytes] | None = None) -> None:
        self._texts: dict[str, str | bytes] = dict(texts or {})

    def __getitem__(self, name: str) -> str | bytes:
        return self._texts[name]

    def __setitem__(self, name: str, text: str | bytes) -> None:
        self._texts[name] = text

    def __delitem__(self, name: str) -> None:
        del self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that it has now."""
        # list() copies in one step: another thread may add one.
        return frozenset(name.removesuffix(f".{INIT}") for name in list(self._texts))

    def read(self, name: str) -> Text | None:
        """Give a module's text as it is now, or None if there is none."""
        below = f"{name}."
        found = self._texts.get(below + INIT, self._texts.get(name))
        if found is None or name.endswith(f".{INIT}"):
            return None
        is_package = any(one.startswith(below) for one in list(self._texts))
        # Not "<...>" as a whole: linecache would look for no source there.
        path = name.replace(".", "/") + (f"/{INIT}" if is_package else "")
        origin = f"<texts>/{path}.py"
        return text_from(name, found, origin, is_package=is_package)


class Layered:
    """Several sources as one: the first that has a name wins."""

    def __init__(self, *sources: Source) -> None:
        self.sources = sources

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that any source has now."""
        return frozenset[str]().union(*(one.names() for one in self.sources))

    def read(self, name: str) -> Text | None:
        """Give a module's text from the first source that has it, or None."""
        texts = (one.read(name) for one in self.sources)
        return next((text for text in texts if text is not None), None)


def _walk(
    folder: Path, parts: tuple[str, ...], above: tuple[tuple[int, int], ...]
) -> Iterator[tuple[str, ...]]:
    here = _folder(folder)
    if here is None or here in above:
        return
    for path in _entries(folder):
        if path.name == f"{INIT}.py":
            if parts and _file(path):
                yield parts
        elif path.suffix == ".py" and _is_name(path.stem):
            if _file(path):
                yield (*parts, path.stem)
        elif _is_name(path.name) and not _hidden(folder, path.name):
            yield from _walk(path, (*parts, path.name), (*above, here))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except GONE:
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _hidden(folder: Path, part: str) -> bool:
    """Say whether a module beside a folder without ``__init__.py`` hides it."""
    package = folder / part / f"{INIT}.py"
    return _file(package) is None and _file(folder / f"{part}.py") is not None


def _is_name(part: str) -> bool:
    return part.isidentifier() and part not in {INIT, "__pycache__"}


def _file(path: Path) -> Path | None:
    """Give the path back if a plain file lies there: reading a pipe would hang."""
    found = _stat(path)
    return path if found is not None and stat.S_ISREG(found.st_mode) else None


def _folder(path: Path) -> tuple[int, int] | None:
    """Give what tells a folder from all others, or None if there is none."""
    found = _stat(path)
    is_folder = found is not None and stat.S_ISDIR(found.st_mode)
    return (found.st_dev, found.st_ino) if found and is_folder else None


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except GONE:
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENAMETOOLONG}:
            return None
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> PluginError:
    return PluginError(str(path), f"cannot be read: {error.strerror or error}")
