"""The files of a plugin folder that matter: what a source would read, as it is now.

Passed over are names that no ``import`` can write, so hidden ones and what editors put
beside a file, ``__pycache__``, and links that lead back up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.server.plugins import ROOT

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

GONE = (FileNotFoundError, NotADirectoryError)
Stamp = tuple[int, int, int]
"""When a file was changed, in nanoseconds, its size, and its number."""


def is_text(name: str) -> bool:
    """Say whether a file of that name is a module's text."""
    return name.endswith(".py") and name.removesuffix(".py").isidentifier()


def is_package(name: str) -> bool:
    """Say whether a folder of that name may hold texts."""
    return name.isidentifier() and name != "__pycache__"


def modules_of(files: Iterable[str]) -> frozenset[str]:
    """Give the modules of some texts: ``plugins.keep.rooms`` of ``keep/rooms.py``."""
    parts = (one.removesuffix(".py").split("/") for one in files)
    inner = (each[:-1] if each[-1] == "__init__" else each for each in parts)
    return frozenset(".".join([ROOT, *each]) for each in inner)


class PluginFiles:
    """The texts below ``root``, by their paths in it: ``keep/rooms.py``.

    A file is read again only if its stamp is another, or after ``forget``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, tuple[Stamp, bytes]] = {}

    def folders(self) -> list[Path]:
        """Give all folders that may hold texts; ``OSError`` if the root is gone."""
        return [path for path, _ in _walk(self.root, ())]

    def stamps(self) -> dict[str, Stamp]:
        """Give the stamp of each text; ``OSError`` if the root is gone."""
        return {self.name(path): stamp for path, stamp in self._texts()}

    def contents(self) -> dict[str, bytes]:
        """Give each text as it is now; ``OSError`` if one cannot be read."""
        found: dict[str, tuple[Stamp, bytes]] = {}
        for path, stamp in self._texts():
            name = self.name(path)
            before = self._read.get(name)
            if before is not None and before[0] == stamp:
                found[name] = before
            elif (content := _content(path)) is not None:
                found[name] = stamp, content
        self._read = found
        return {name: content for name, (_, content) in found.items()}

    def forget(self, name: str) -> None:
        """Read a file afresh: a clock may be too coarse to tell two writes apart."""
        self._read.pop(name, None)

    def name(self, path: Path) -> str:
        """Give the name of a path in the folder."""
        return path.relative_to(self.root).as_posix()

    def _texts(self) -> Iterator[tuple[Path, Stamp]]:
        for _, entries in _walk(self.root, ()):
            for path in entries:
                stamp = _stamp(path) if is_text(path.name) else None
                if stamp is not None:
                    yield path, stamp


def _walk(
    folder: Path, above: tuple[tuple[int, int], ...]
) -> Iterator[tuple[Path, list[Path]]]:
    found = folder.stat()
    here = found.st_dev, found.st_ino
    if here in above:
        return
    entries = sorted(folder.iterdir())
    yield folder, entries
    for path in entries:
        if is_package(path.name) and path.is_dir():
            try:
                yield from _walk(path, (*above, here))
            except GONE:
                continue  # vanished since it was listed


def _stamp(path: Path) -> Stamp | None:
    try:
        found: os.stat_result = path.stat()
    except GONE:
        return None
    # A pipe is no text: reading one would hang.
    is_plain = path.is_file()
    return (found.st_mtime_ns, found.st_size, found.st_ino) if is_plain else None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except GONE:
        return None
