"""Twisted's jelly: which class or factory stands for a type that comes over the wire.

``setUnjellyableForClass`` and its kin write into tables that all connections read.
While texts are staged nothing is written there; with the commit a text's entries come,
and those go that only its earlier version made.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import Adapter
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Translate, Versions


class Jelly(Adapter):
    """Jelly's two registries and its list of allowed types."""

    def __init__(self) -> None:
        self._entries = Registrations(_registered)
        self._lock = threading.Lock()
        self._before: dict[tuple[Any, ...], Any] = {}
        self._runs = 0
        self._spied: ModuleType | None = None

    def tables(self) -> Iterable[object]:
        """Give the tables, for bodies that write there without jelly's functions."""
        jelly = _jelly()
        if jelly is None:
            return ()
        return (*_registries(jelly), jelly.globalSecurity.allowedTypes)

    @contextmanager
    def staging(self) -> Iterator[None]:
        """Remember what was registered, to put it back after each staged entry."""
        self._before = _registered()
        try:
            with self._entries.staging():
                yield
        finally:
            self._before = {}

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note what the text registers; if it is only staged, let nothing be seen."""
        self._enter()
        try:
            with self._entries.running(module):
                yield
        finally:
            self._leave()

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down what the texts register now, and take away what they did before."""
        jelly = _jelly()
        if jelly is None:
            return
        allowed = jelly.globalSecurity.allowedTypes
        changes = self._entries.changes(modules, translate)
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

    def _enter(self) -> None:
        with self._lock:
            self._runs += 1
            jelly = _jelly()
            if jelly is not None and self._spied is None:
                self._spied = jelly
                jelly.globalSecurity.allowTypes = self._allowed
                _names(jelly).update(dir=self._dir, getattr=self._getattr)

    def _leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0 and self._spied is not None:
                del self._spied.globalSecurity.allowTypes
                for name in ("dir", "getattr"):
                    del _names(self._spied)[name]
                self._spied = None

    def _allowed(self, *types: Any) -> None:  # noqa: ANN401 - as jelly's own
        """Stand in for ``globalSecurity.allowTypes``, each registration's last act."""
        jelly: Any = _jelly()
        frame = sys._getframe(1)  # noqa: SLF001 - the caller has the value
        codes = {
            jelly.setUnjellyableForClass.__code__: ("class", "unjellyable"),
            jelly.setUnjellyableFactoryForClass.__code__: ("factory", "copyFactory"),
        }
        kind, variable = codes.get(frame.f_code, ("", ""))
        key = (kind, types[0])
        if kind:
            self._entries.note(key, frame.f_locals[variable])
        if not kind or not is_staged(self._entries.current()):
            type(jelly.globalSecurity).allowTypes(jelly.globalSecurity, *types)
        elif key in self._before:
            _registries(jelly)[kind == "factory"][key[1]] = self._before[key]
        else:
            del _registries(jelly)[kind == "factory"][key[1]]

    def _stand_in(self, module: object) -> object:
        """Give the staged version of a module that a staged text finds live."""
        current = self._entries.current()
        is_own = getattr(module, "__name__", "") == getattr(current, "__name__", None)
        return current if is_own and is_staged(current) else module

    def _dir(self, module: object) -> list[str]:
        return dir(self._stand_in(module))

    def _getattr(self, subject: object, *rest: Any) -> object:  # noqa: ANN401 - as getattr
        return getattr(self._stand_in(subject), *rest)


def _jelly() -> Any:  # noqa: ANN401 - the module, if the game uses it
    return sys.modules.get("twisted.spread.jelly")


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
