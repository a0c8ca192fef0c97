"""Who registered what: the entries that each module's text makes in a library's table.

A text that no longer makes an entry takes it away, one that makes another replaces it;
what was registered at run time, or by another module, stays. Entries are noted while
the texts run, first imports and staged runs alike. Of a module that nobody saw running,
the entries that hold one of its own classes, functions or interfaces count as its own.
"""

from __future__ import annotations

import sys
import threading
import weakref
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Translate, Versions

    Entries = dict[tuple[Any, ...], Any]


class Registrations:
    """The entries that texts made, by module; ``now`` gives all that a table holds.

    An entry is a key, a tuple of what was given, and a value: both may name staged
    objects until they are translated.
    """

    def __init__(self, now: Callable[[], Entries], *, claims_own: bool = True) -> None:
        self._now = now
        self._claims_own = claims_own
        self._noted: dict[weakref.ref[ModuleType], Entries] = {}
        self._local = threading.local()

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note what this thread registers meanwhile as the module's."""
        was_there = not self._claims_own or bool(self._now())
        entries: Entries = {}
        stack = self._stack()
        stack.append((module, entries))
        try:
            yield
        except BaseException:
            stack.pop()
            raise
        stack.pop()
        if not was_there and not is_staged(module):
            entries = self._own(module) | entries
        if is_staged(module):
            vars(module)["__stage__"].notes[self, module.__name__] = entries
        else:
            self._noted[weakref.ref(module, self._forget)] = entries

    def _forget(self, module: weakref.ref[ModuleType]) -> None:
        self._noted.pop(module, None)

    def _stack(self) -> list[tuple[ModuleType, Entries]]:
        found: list[tuple[ModuleType, Entries]] = self._local.__dict__.setdefault(
            "stack", []
        )
        return found

    def _made(self) -> Entries:
        found: Entries = self._local.__dict__.setdefault("made", {})
        return found

    def current(self) -> ModuleType | None:
        """Give the module whose text this thread runs, if it runs one."""
        stack = self._stack()
        return stack[-1][0] if stack else None

    def note(self, key: tuple[Any, ...], value: object) -> None:
        """Say what the running text registers."""
        stack = self._stack()
        if stack:
            stack[-1][1][key] = value
            self._made()[key] = value

    def staged(self, key: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any value of a table
        """Give what the texts that are being staged have made of a key so far."""
        return self._made().get(key, MISSING)

    @contextmanager
    def staging(self) -> Iterator[None]:
        """Begin with no staged entries, and end with none."""
        self._made().clear()
        try:
            yield
        finally:
            self._made().clear()

    def is_of_plan(self, key: tuple[Any, ...]) -> bool:
        """Say whether the live entry is one that a module being staged made before."""
        current = self.current()
        stage = None if current is None else vars(current).get("__stage__")
        names = () if stage is None else stage.planned
        live = [sys.modules[name] for name in names if name in sys.modules]
        return any(key in self.of(one) for one in live)

    def of(self, module: ModuleType) -> Entries:
        """Give what a module's text made, as far as known."""
        noted = self._noted.get(weakref.ref(module))
        return self._own(module) if noted is None else noted

    def _own(self, module: ModuleType) -> Entries:
        name = module.__name__
        if not self._claims_own:
            return {}
        return {
            key: value
            for key, value in self._now().items()
            if any(getattr(one, "__module__", None) == name for one in (*key, value))
        }

    def changes(self, modules: Sequence[Versions], translate: Translate) -> Entries:
        """Give the entries to set, and ``MISSING`` for those to take away.

        Also lays down that the modules' entries are the new ones from now on.
        """
        now = self._now()
        before: Entries = {}
        after: Entries = {}
        owners: dict[Any, Desk] = {}
        for one in modules:
            fresh = self._fresh(one, translate)
            old = {} if one.live is None else self.of(one.live)
            before |= old
            after |= fresh
            owners |= dict.fromkeys([*old, *fresh], one.desk)
            self._keep(one, fresh)
        return dict(_decided(now, before, after, owners))

    def _fresh(self, one: Versions, translate: Translate) -> Entries:
        if one.staged is None:
            return {}
        noted = one.notes.get((self, one.staged.__name__), {})
        return {
            tuple(translate(part) for part in key): translate(value)
            for key, value in noted.items()
        }

    def _keep(self, one: Versions, fresh: Entries) -> None:
        module = one.live or one.staged
        assert module is not None
        ref = weakref.ref(module, self._forget)
        if one.staged is not None:
            one.desk.put(self._noted, ref, fresh)
            if one.live is not None:  # what was only staged must not outlive the commit
                gone = weakref.ref(one.staged)
                one.desk.afterwards(partial(self._noted.pop, gone, None))
        elif ref in self._noted:
            one.desk.drop(self._noted, ref)


def _decided(
    now: Mapping[Any, Any],
    before: Mapping[Any, Any],
    after: Mapping[Any, Any],
    owners: Mapping[Any, Desk],
) -> Iterator[tuple[Any, Any]]:
    for key, desk in owners.items():
        live = now.get(key, MISSING)
        old, new = before.get(key, MISSING), after.get(key, MISSING)
        if new is live or new is old:
            continue
        if live is not old:
            if new is not MISSING:
                why = "registered anew at run time; that stays"
                desk.note("conflict", name_of(key), why)
            continue
        if new is not MISSING or live is not MISSING:
            kind = (
                "removed"
                if new is MISSING
                else "added"
                if old is MISSING
                else "patched"
            )
            desk.note(kind, name_of(key), "a registration")
            yield key, new


def name_of(key: tuple[Any, ...]) -> str:
    """Write an entry's key for people."""
    words = (
        one.decode("utf-8", "replace")
        if isinstance(one, bytes)
        else str(getattr(one, "__name__", one))
        for one in key
        if one not in {"", None}
    )
    return " -> ".join(words)


def is_staged(module: ModuleType | None) -> bool:
    """Say whether a module is one in which a text is being staged."""
    return module is not None and "__stage__" in vars(module)
