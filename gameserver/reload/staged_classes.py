"""Which staged class is the new version of a live one, as an adapter was told."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameserver.reload.adapter import Desk


class StagedClasses:
    """Pairs of classes, both held weakly.

    By id, for a metaclass may compare and hash by an author's code, or not at all.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[type], weakref.ref[type]]] = {}

    def note(self, live: type, staged: type) -> None:
        """Take note of a pair; a pair of an earlier plan is forgotten."""
        known, key = self._known, id(live)
        ref = weakref.ref(live, lambda _: known.pop(key, None))
        known[key] = (ref, weakref.ref(staged))

    def of(self, live: type, desk: Desk) -> type | None:
        """Give the new version of a live class, if the desk's plan has one."""
        known = self._known.get(id(live))
        staged = None if known is None else known[1]()
        return staged if desk.translated(staged) is live else None
