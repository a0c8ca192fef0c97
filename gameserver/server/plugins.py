"""Author code: a folder of plugins, imported as ``plugins.NAME``.

A plugin is a module or a package. All modules of a package are imported, so that a
service in a file of its own is found. Whatever importing raises becomes one
``PluginError`` that names file and line.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gameserver.errors import PluginError
from gameserver.model.arguments import signatures_of
from gameserver.model.avatar import Avatar, check_avatar_class
from gameserver.model.service import Service, service_name
from gameserver.model.stateful import check_class
from gameserver.reload.engine import Engine
from gameserver.reload.finder import Finder
from gameserver.reload.overrides import Overrides
from gameserver.reload.places import place_of, place_of_error
from gameserver.reload.source import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

    from gameserver.reload.source import Source

ROOT = "plugins"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cast:
    """What a game consists of: one avatar class and the services to start."""

    avatar: type[Avatar]
    services: tuple[type[Service], ...]
    engine: Engine | None = None
    """What serves the plugins' code; None for classes that no source holds."""
    wanted: str = ""
    """``plugin.module:Class`` where a setting says which avatar class it is."""


def load_cast(
    folder: Path | None, avatar: str = "", source: Source | None = None
) -> Cast:
    """Import every plugin in ``folder`` and find the game's classes.

    ``avatar``: ``plugin.module:Class`` when a game has several avatar classes.
    ``source``: where the texts come from, if not from the folder, which is but a name
    in messages then, and may be None. Raises ``PluginError`` when a plugin cannot be
    read, or a class cannot work.
    """
    engine = import_plugins(folder, source)
    found = avatar_in(engine, avatar, str(folder or source))
    cast = Cast(found, services_in(engine), engine, avatar)
    check_cast(cast)
    return cast


def avatar_in(engine: Engine, wanted: str, place: str) -> type[Avatar]:
    """Give the game's avatar class; ``PluginError`` if it is not clear which it is.

    ``wanted``: as for ``load_cast``. ``place``: what the message calls the plugins.
    """
    modules = [record.module for record in engine.records.values()]
    return _chosen(_leaves(modules, Avatar), wanted, place)


def services_in(engine: Engine) -> tuple[type[Service], ...]:
    """Give the services that an engine's modules define, by name."""
    modules = [record.module for record in engine.records.values()]
    return tuple(sorted(_leaves(modules, Service), key=service_name))


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


def import_plugins(folder: Path | None, source: Source | None = None) -> Engine:
    """Import all modules of a folder afresh, under ``plugins.``.

    The engine that is given serves them, and can release new texts of them.
    ``source``: where the texts come from, if not from the folder.
    """
    if source is None:
        if folder is None or not folder.is_dir():
            text = "no such folder; expected one with plugins in it"
            raise PluginError(str(folder), text)
        source = Folder(folder, ROOT)
    for one in [one for one in sys.meta_path if isinstance(one, Finder)]:
        one.uninstall()  # a process has one game; that of an earlier load is gone
    for name in [one for one in sys.modules if one.partition(".")[0] == ROOT]:
        del sys.modules[name]
    engine = Engine(Overrides(source))
    engine.install()
    for name in sorted(engine.source.names()):
        if not any(part.startswith("_") for part in name.split(".")):
            _import(name, source)
    return engine


def _import(name: str, source: Source) -> None:
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
        raise PluginError(_place(error, source, name), text) from error


def _file_of(name: str) -> str:
    """Give the file of a module that cannot be compiled; null bytes hide its name."""
    found = importlib.util.find_spec(name)
    return name if found is None or found.origin is None else found.origin


def _place(error: BaseException, source: Source, name: str) -> str:
    """Give the innermost line of author code that the error passed through."""
    texts = (source.read(one) for one in source.names())
    origins = {text.origin for text in texts if text is not None}
    return place_of_error(error, origins) or name


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


def _chosen(found: Sequence[type[Avatar]], wanted: str, place: str) -> type[Avatar]:
    by_name = {f"{_plugin(one)}:{one.__name__}": one for one in found}
    if wanted:
        chosen = by_name.get(wanted) or by_name.get(wanted.removeprefix(f"{ROOT}."))
        if chosen is None:
            text = f"realm.avatar: saw {wanted!r}, expected one of {sorted(by_name)}"
            raise PluginError(place, text)
        return chosen
    if not found:
        raise PluginError(place, "no plugin here defines a subclass of Avatar")
    if len(found) > 1:
        text = f"several avatar classes; set realm.avatar to one of {sorted(by_name)}"
        raise PluginError(place, text)
    return found[0]


def _plugin(owner: type) -> str:
    return owner.__module__.removeprefix(f"{ROOT}.")
