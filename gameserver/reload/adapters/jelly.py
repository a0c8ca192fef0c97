"""Twisted's jelly: which class or factory stands for a type that comes over the wire.

``setUnjellyableForClass`` and its kin write into tables that all connections read.
While texts are staged they write there under keys that nobody asks for; with the
commit a text's entries come, and those go that only its earlier version made.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import library
from gameserver.reload.kinds import is_of
from gameserver.reload.listening import Listening
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType

    from gameserver.reload.adapter import Translate, Versions
    from gameserver.reload.listening import Place


class _Unseen:
    """Stands for a name in a table, where no connection finds it."""

    def __init__(self, name: bytes) -> None:
        self.name = name


class Jelly(Listening):
    """Jelly's two registries and its list of allowed types."""

    def __init__(self) -> None:
        super().__init__(Registrations(_registered))

    def tables(self) -> Iterable[object]:
        """Give the tables, for bodies that write there without jelly's functions."""
        jelly = _jelly()
        if jelly is None:
            return ()
        return (*_registries(jelly), jelly.globalSecurity.allowedTypes)

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down what the texts register now, and take away what they did before."""
        jelly = _jelly()
        if jelly is None:
            return
        allowed = jelly.globalSecurity.allowedTypes
        changes = self.entries.changes(modules, translate)
        desk = modules[0].desk
        for (kind, name), value in changes.items():
            table = _registries(jelly)[kind == "factory"]
            if value is MISSING:
                desk.drop(table, name)
            else:
                desk.put(table, name, value)
        after = _registered() | changes
        for name in {name for _, name in changes}:
            values = [after.get((one, name), MISSING) for one in ("class", "factory")]
            if any(one is not MISSING for one in values):
                if name not in allowed:
                    desk.put(allowed, name, 1)
            elif name in allowed:
                desk.drop(allowed, name)

    def stand_ins(self) -> Iterable[Place]:
        """Give what hears a registration: how it begins, and its last act."""
        jelly = _jelly()
        if jelly is None:
            return
        names = _names(jelly)
        self._plain_name = names["_maybeClass"]
        yield vars(jelly.globalSecurity), "allowTypes", self._allowed
        yield names, "_maybeClass", self._named
        yield names, "dir", self._dir
        yield names, "getattr", self._getattr

    def _named(self, given: object) -> object:
        """Stand in for ``_maybeClass``, which gives the key of an entry."""
        name = self._plain_name(given)
        code = sys._getframe(1).f_code  # noqa: SLF001 - whose key it is
        is_ours = code in _registering() and is_staged(self.entries.current())
        return _Unseen(name) if is_ours else name

    def _allowed(self, *types: Any) -> None:  # noqa: ANN401 - as jelly's own
        """Stand in for ``globalSecurity.allowTypes``, each registration's last act."""
        jelly: Any = _jelly()
        frame = sys._getframe(1)  # noqa: SLF001 - the caller has the value
        kind, variable = _registering().get(frame.f_code, ("", ""))
        name, value = types[0], frame.f_locals.get(variable)
        if is_of(name, _Unseen):
            table: Any = _registries(jelly)[kind == "factory"]
            del table[name]
            self.entries.note((kind, name.name), value)
            return
        if kind:
            self.entries.note((kind, name), value)
        type(jelly.globalSecurity).allowTypes(jelly.globalSecurity, *types)

    def _stand_in(self, module: object) -> object:
        """Give the staged version of a module that a staged text finds live."""
        current = self.entries.current()
        is_own = getattr(module, "__name__", "") == getattr(current, "__name__", None)
        return current if is_own and is_staged(current) else module

    def _dir(self, module: object) -> list[str]:
        return dir(self._stand_in(module))

    def _getattr(self, subject: object, *rest: Any) -> object:  # noqa: ANN401 - as getattr
        return getattr(self._stand_in(subject), *rest)


def _jelly() -> Any:  # noqa: ANN401 - the module, if the game uses it
    return library("twisted.spread.jelly")


def _registering() -> dict[CodeType, tuple[str, str]]:
    """Give the code of jelly's functions, the kind of entry, and where its value is."""
    jelly = _jelly()
    return {
        jelly.setUnjellyableForClass.__code__: ("class", "unjellyable"),
        jelly.setUnjellyableFactoryForClass.__code__: ("factory", "copyFactory"),
    }


def _names(jelly: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Give the module's own dict: Twisted puts a proxy into ``sys.modules``."""
    names: dict[str, Any] = jelly.setUnjellyableForClass.__globals__
    return names


def _registries(jelly: Any) -> tuple[dict[bytes, Any], dict[bytes, Any]]:  # noqa: ANN401 - as above
    return jelly.unjellyableRegistry, jelly.unjellyableFactoryRegistry


def _registered() -> dict[tuple[Any, ...], Any]:
    jelly = _jelly()
    if jelly is None:
        return {}
    classes, factories = _registries(jelly)
    return {("class", name): value for name, value in classes.items()} | {
        ("factory", name): value for name, value in factories.items()
    }


ADAPTER = Jelly()
