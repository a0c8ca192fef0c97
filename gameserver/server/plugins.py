"""Author code: a folder of plugins, imported as ``plugins.NAME``.

A plugin is a module or a package. All modules of a package are imported, so that a
service in a file of its own is found. Whatever importing raises becomes one
``PluginError`` that names file and line.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gameserver.errors import PluginError
from gameserver.model.arguments import signatures_of
from gameserver.model.avatar import Avatar, check_avatar_class
from gameserver.model.service import Service, service_name
from gameserver.model.stateful import check_class
from gameserver.reload.engine import Engine
from gameserver.reload.finder import Finder
from gameserver.reload.places import place_of
from gameserver.reload.source import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

ROOT = "plugins"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cast:
    """What a game consists of: one avatar class and the services to start."""

    avatar: type[Avatar]
    services: tuple[type[Service], ...]
    engine: Engine | None = None
    """What serves the plugins' code; None for classes that no source holds."""


def load_cast(folder: Path, avatar: str = "") -> Cast:
    """Import every plugin in ``folder`` and find the game's classes.

    ``avatar``: ``plugin.module:Class`` when a game has several avatar classes. Raises
    ``PluginError`` when a plugin cannot be read, or a class cannot work.
    """
    engine = import_plugins(folder)
    modules = [record.module for record in engine.records.values()]
    cast = Cast(
        _chosen(_leaves(modules, Avatar), avatar, folder),
        tuple(sorted(_leaves(modules, Service), key=service_name)),
        engine,
    )
    check_cast(cast)
    return cast


def check_cast(cast: Cast) -> None:
    """Refuse, with ``PluginError``, classes that cannot work or share a name."""
    check_avatar_class(cast.avatar)
    signatures_of(cast.avatar)
    by_name: dict[str, type[Service]] = {}
    for owner in cast.services:
        check_class(owner)
        other = by_name.setdefault(service_name(owner), owner)
        if other is not owner:
            text = f"service {service_name(owner)!r} is in {place_of(other)} already"
            raise PluginError(place_of(owner), text)


def import_plugins(folder: Path) -> Engine:
    """Import all modules of a folder afresh, under ``plugins.``.

    The engine that is given serves them, and can release new texts of them.
    """
    if not folder.is_dir():
        raise PluginError(
            str(folder), "no such folder; expected one with plugins in it"
        )
    for one in [one for one in sys.meta_path if isinstance(one, Finder)]:
        one.uninstall()  # a process has one game; that of an earlier load is gone
    for name in [one for one in sys.modules if one.partition(".")[0] == ROOT]:
        del sys.modules[name]
    engine = Engine(Folder(folder, ROOT))
    engine.install()
    for name in sorted(engine.source.names()):
        if not any(part.startswith("_") for part in name.split(".")):
            _import(name, folder)
    return engine


def _import(name: str, folder: Path) -> None:
    try:
        importlib.import_module(name)
    except PluginError:
        raise
    except SyntaxError as error:
        place = f"{error.filename or _file_of(name)}:{error.lineno or 1}"
        line = f": {error.text.strip()}" if error.text else ""
        text = f"{type(error).__name__}: {error.msg}{line}"
        raise PluginError(place, text) from error
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}"
        raise PluginError(_place(error, folder, name), text) from error


def _file_of(name: str) -> str:
    """Give the file of a module that cannot be compiled; null bytes hide its name."""
    found = importlib.util.find_spec(name)
    return name if found is None or found.origin is None else found.origin


def _place(error: BaseException, folder: Path, name: str) -> str:
    """Give the innermost line of author code that the error passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(str(folder)):
            return f"{frame.filename}:{frame.lineno}"
    return name


def _leaves(modules: Iterable[ModuleType], base: type[T]) -> list[type[T]]:
    """Give the public subclasses defined in the modules that nothing derives from."""
    found = {
        member
        for module in modules
        for name, member in vars(module).items()
        if isinstance(member, type)
        and issubclass(member, base)
        and member.__module__ == module.__name__
        and not name.startswith("_")
    }
    return [one for one in found if not any(_derives(other, one) for other in found)]


def _derives(owner: type, base: type) -> bool:
    return owner is not base and issubclass(owner, base)


def _chosen(found: Sequence[type[Avatar]], wanted: str, folder: Path) -> type[Avatar]:
    by_name = {f"{_plugin(one)}:{one.__name__}": one for one in found}
    if wanted:
        if wanted not in by_name:
            text = f"realm.avatar = {wanted!r}: expected one of {sorted(by_name)}"
            raise PluginError(str(folder), text)
        return by_name[wanted]
    if not found:
        raise PluginError(str(folder), "no plugin here defines a subclass of Avatar")
    if len(found) > 1:
        text = f"several avatar classes; set realm.avatar to one of {sorted(by_name)}"
        raise PluginError(str(folder), text)
    return found[0]


def _plugin(owner: type) -> str:
    return owner.__module__.removeprefix(f"{ROOT}.")
