"""After a commit: what still waits is migrated, and then stored, a little each turn.

Nobody waits for it. Who is touched earlier is migrated earlier, by the engine.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.reload.release import Release
    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record
    from gameserver.server.turns import Turns

BUDGET = 0.003
"""Seconds of one turn that go into migrating; with 4 ms, 5% of turns took over 5."""
SHARE = 20
"""How many are looked at and stored in one turn: 1.1 ms; 100 took 15 to 24."""


class Slices:
    """The instances of some classes, brought up to date in the store.

    ``owners``: the classes whose instances a release has changed. ``ended``: called
    once, when all is done or the release is undone; not after ``stop``.
    """

    def __init__(
        self,
        release: Release,
        owners: tuple[type, ...],
        parts: tuple[Ledger, Turns, IReactorTime],
        ended: Callable[[], object],
    ) -> None:
        self._release = release
        self._owners = owners
        self._ledger, self._turns, self._clock = parts
        self._ended = ended
        self._left: Iterator[Record[Any]] | None = None
        self._call: IDelayedCall | None = None

    def start(self) -> None:
        """Begin in the next turn."""
        self._call = self._clock.callLater(0, self._go)

    def stop(self) -> None:
        """Do no more; the engine still migrates each on its first touch."""
        if self._call is not None and self._call.active():
            self._call.cancel()

    def _go(self) -> None:
        if self._release.left:
            self._release.advance(BUDGET)
            self.start()
        elif self._retouch():
            self.start()
        else:
            self._ended()

    def _retouch(self) -> bool:
        """Have some looked at in this turn; say whether there were any."""
        if self._left is None:
            self._left = iter(concerned(self._ledger, self._owners))
        share = list(islice(self._left, SHARE))
        self._turns.retouch(dict.fromkeys(filter(self._ledger.is_live, share)))
        return bool(share)


def concerned(ledger: Ledger, owners: tuple[type, ...]) -> list[Record[Any]]:
    """Give the records of live instances of some classes; touches none of them."""
    # type(), not isinstance(): that may ask the instance, which would migrate it now.
    return [one for one in ledger.records if issubclass(type(one.subject), owners)]
