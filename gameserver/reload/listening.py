"""Adapters that hear what texts register: functions that stand in while texts run.

They stand in for a library's own functions from the first text that runs to the last,
in whatever threads, and know whose text it is by ``Registrations``.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import Adapter
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from types import ModuleType

    from gameserver.reload.registrations import Registrations

    Place = tuple[dict[str, Any], str, object]
    """A namespace, a name in it, and what stands there meanwhile."""


class Listening(Adapter):
    """The part that all of them share; ``entries`` holds what was heard."""

    def __init__(self, entries: Registrations) -> None:
        self.entries = entries
        self._lock = threading.Lock()
        self._runs = 0
        self._before: list[Place] = []

    def stand_ins(self) -> Iterable[Place]:
        """Give what stands in, and where; nothing if the library is not loaded."""
        return ()

    def staging(self) -> AbstractContextManager[object]:
        """Let the entries of one release know of each other."""
        return self.entries.staging()

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note what the text registers."""
        self._enter()
        try:
            with self.entries.running(module):
                yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            self._runs += 1
            if not self._before:
                for names, name, value in self.stand_ins():
                    self._before.append((names, name, names.get(name, MISSING)))
                    names[name] = value

    def _leave(self) -> None:
        with self._lock:
            self._runs -= 1
            while self._before and not self._runs:
                names, name, value = self._before.pop()
                if value is MISSING:
                    del names[name]
                else:
                    names[name] = value
