"""Quiet in the modules that a release touches: new calls wait, those at work may end.

    quiesced = await quiesce.close(names, Policy.WAIT)  # refused: it is open again
    ...                                                 # the commit, in this turn
    held = quiesce.open()

Only calls of clients wait. Hooks and ticks go on: what runs in one turn cannot meet a
commit, which comes between two, and those of several turns end in their old code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from gameserver.errors import Busy, LoggedOut, Stopping
from gameserver.server.quiesce_rules import Held, Line, Policy, Quiesced, modules_of
from gameserver.server.refusal import unbegun

if TYPE_CHECKING:
    from collections.abc import Collection

    from twisted.internet.interfaces import IReactorTime

    from gameserver.server.calls import Begun, Calls
    from gameserver.server.clients import RemoteClient

LIMIT: Final = 5.0
"""Seconds that calls at work get to end."""

SLICE: Final = 0.004
"""Seconds of a turn in which calls that have waited begin."""

_LOOK: Final = 0.1  # seconds between two looks for clients that are gone

Waiting = Deferred[None]


class Quiesce:
    """Stands before ``Calls`` while a release is made, and until the last has begun."""

    def __init__(
        self,
        calls: Calls,
        clock: IReactorTime,
        limit: float = LIMIT,
        line: Line[Waiting] | None = None,
    ) -> None:
        self.limit = limit
        self._calls = calls
        self._clock = clock
        self._line = Line[Waiting]() if line is None else line
        self._clients: dict[Waiting, RemoteClient] = {}
        self._modules: frozenset[str] | None = None  # None: open
        self._awaited: set[Begun] = set()
        self._ended: Deferred[None] | None = None
        self._is_letting_in = self._is_stopped = False
        self._held = self._busy = 0
        self._looked = float("-inf")

    def __len__(self) -> int:
        return len(self._line)

    def at_work(self, modules: Collection[str]) -> list[Begun]:
        """Give the calls that have begun in these modules and not ended."""
        concerned = frozenset(modules)
        return [
            one
            for one in self._calls.begun
            if not concerned.isdisjoint(modules_of(one.owner, one.name))
        ]

    async def close(
        self,
        modules: Collection[str],
        policy: Policy | str = Policy.WAIT,
        limit: float | None = None,
    ) -> Quiesced:
        """Have new calls into these modules wait, and those at work end.

        ``limit``: seconds. Returns outside of author code; nothing may be awaited
        between that and the commit. If ``refused`` is not 0, there must be none, and
        all is open again. Raises ``Stopping`` when the server stops, and
        ``RuntimeError`` if it is closed already, which it stays.
        """
        policy = Policy(policy)
        if self._modules is not None:
            raise RuntimeError("the calls wait for another release already")
        self._require_going()
        self._modules = frozenset(modules)
        self._calls.barrier = self
        self._held = self._busy = 0
        try:
            quiesced = await self._quiet(policy, self.limit if limit is None else limit)
            self._require_going()
        except BaseException:
            self.open()
            raise
        if quiesced.refused:
            self.open()
        return quiesced

    def open(self) -> Held:
        """Let in who waits, in order, in slices; gives how many have waited.

        It does nothing if it is open.
        """
        if self._modules is not None:
            self._modules = None
            if not self._is_stopped:
                self._go_on()
        return Held(self._held, self._busy)

    def stop(self) -> None:
        """Refuse all who wait, with what ``Calls`` says now; ``close`` raises."""
        self._is_stopped = True
        while self._line:
            self._let_in(self._line.take())
        self._calls.barrier = None
        self._tell()  # ``close`` must not wait for its limit

    def held(
        self, client: RemoteClient, owner: type, name: str
    ) -> Deferred[None] | None:
        """Give what fires when a call may begin; None for at once.

        Raises ``Busy``, marked as unbegun, if too many wait.
        """
        if self._is_letting_in:
            return None
        if not self._line.has(client.id):
            closed = self._modules or ()
            if modules_of(owner, name).isdisjoint(closed):
                return None
        if self._line.is_full:
            self._drop_gone()
        if not self._line.may_wait(client.id):
            self._busy += 1
            raise unbegun(Busy("the game is being changed; try again in a moment"))
        waiting: Waiting = Deferred(self._cancelled)
        self._line.join(client.id, waiting)
        self._clients[waiting] = client
        self._held += 1
        return waiting

    def ended(self, call: Begun) -> None:
        """Hear that a call has ended."""
        if call in self._awaited:
            self._awaited.discard(call)
            if not self._awaited:
                self._tell()

    async def _quiet(self, policy: Policy, limit: float) -> Quiesced:
        concerned = self.at_work(self._modules or ())
        if concerned and policy is not Policy.REFUSE:
            await self._all_ended(concerned, limit)
        going = set(self._calls.begun)
        late = tuple(str(one) for one in concerned if one in going)
        return Quiesced.judged(policy, len(concerned) - len(late), late)

    async def _all_ended(self, concerned: list[Begun], limit: float) -> None:
        self._awaited = set(concerned)
        ended: Deferred[None] = Deferred()
        self._ended = ended
        late = self._clock.callLater(limit, self._tell)
        await ended
        self._awaited = set()
        if late.active():
            late.cancel()

    def _tell(self) -> None:
        """Go on in a turn of its own: a call may end within other author code."""
        ended, self._ended = self._ended, None
        if ended is not None:
            self._clock.callLater(0, ended.callback, None)

    def _go_on(self) -> None:
        if self._line:
            self._clock.callLater(0, self._let_some_in)
        elif self._modules is None:
            self._calls.barrier = None

    def _let_some_in(self) -> None:
        """Begin calls for a slice of a turn, unless the next release has closed."""
        end = self._clock.seconds() + SLICE
        while self._line and self._modules is None:
            self._let_in(self._line.take())
            if self._clock.seconds() >= end:
                break
        if self._modules is None:
            self._go_on()

    def _let_in(self, waiting: Waiting) -> None:
        self._clients.pop(waiting, None)
        self._is_letting_in = True
        try:
            waiting.callback(None)
        finally:
            self._is_letting_in = False

    def _drop_gone(self) -> None:
        """Make room: who is gone is refused as such. Not often, as a flood may come."""
        now = self._clock.seconds()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        for waiting in self._line:
            if self._clients[waiting].is_gone:
                self._line.leave(waiting)
                self._let_in(waiting)

    def _cancelled(self, waiting: Waiting) -> None:
        self._line.leave(waiting)
        self._clients.pop(waiting, None)
        waiting.errback(unbegun(LoggedOut("nobody waits for this call any more")))

    def _require_going(self) -> None:
        if self._is_stopped:
            raise Stopping("the server is stopping")
