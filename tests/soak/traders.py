"""One caller of the load: a trader with several calls in flight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from gameserver.client import GameClient
from gameserver.errors import ConnectionLost
from tests.soak.market_books import Change, Traffic

WINDOW = 8  # calls that each caller has in flight
PATIENCE = 60.0  # seconds for one answer, also one that outlives a kill
_MOST = 20  # gold in one trade
_VERBS = ("deposit", "trade", "give")
WRITER, TRADER = (8, 1, 1), (2, 6, 2)


class Caller:
    """One trader. ``answered`` is called for each answer; one refusal ends its load.

    ``weights``: how often it calls each of the verbs, ``WRITER`` or ``TRADER``.
    """

    _client: GameClient

    def __init__(
        self,
        name: str,
        others: Sequence[str],
        weights: tuple[int, ...],
        random: Random,
        answered: Callable[[], None],
        *,
        resumes: bool = False,
    ) -> None:
        self.name = name
        self.traffic = Traffic()
        self._others = others
        self._random = random
        self._answered = answered
        self._resumes = resumes
        self._is_late = False
        self._weights = weights
        self._next = 1
        self._in_flight = 0
        self._is_sending = False
        self._idle: Deferred[None] = succeed(None)

    def use(self, client: GameClient) -> None:
        """Call by this connection from now on."""
        self._client = client

    def begin(self, first: int) -> None:
        """Send changes from number ``first`` on, ``WINDOW`` at once, until ``end``."""
        self.traffic = Traffic()
        self._is_late = False
        self._next = first
        self._is_sending = True
        self._idle = Deferred()
        for _ in range(WINDOW):
            self._send()

    def go_on(self) -> None:
        """Note that the server is gone: what is answered now, the next one answers."""
        self._is_late = True

    def end(self) -> Deferred[None]:
        """Send no more; fires when no call is open, whatever became of it."""
        self._is_sending = False
        return self._idle

    def _send(self) -> None:
        change = self._drawn()
        self._next += 1
        self._in_flight += 1
        self.traffic.sent[change.number] = change
        asked = self._client.call(change.verb, *change.arguments, timeout=PATIENCE)
        asked.addCallback(self._acknowledge, change.number)
        asked.addErrback(self._fail, change)
        asked.addBoth(self._go_on)

    def _drawn(self) -> Change:
        verb = self._random.choices(_VERBS, self._weights)[0]
        if verb == "deposit":
            return Change(self._next, verb)
        amount = self._random.randint(1, _MOST) if verb == "trade" else 0
        return Change(self._next, verb, self._random.choice(self._others), amount)

    def _acknowledge(self, answer: object, number: int) -> None:
        if answer == number:
            self.traffic.acknowledged.add(number)
            if self._is_late:
                self.traffic.late.add(number)
        else:
            self.traffic.refused.append(f"{number}: answered {answer!r}")
        self._answered()

    def _fail(self, failure: Failure, change: Change) -> None:
        """Note a refusal; so is a connection lost before anybody was killed.

        For clients that come back it is one whenever it was lost.
        """
        was_sending, self._is_sending = self._is_sending, False
        if self._resumes or was_sending or not failure.check(ConnectionLost):
            code = getattr(failure.value, "code", type(failure.value).__name__)
            text = f"{change.verb} {change.number}: {code}: {failure.value}"
            self.traffic.refused.append(text)
            self._answered()

    def _go_on(self, _: object) -> None:
        self._in_flight -= 1
        if self._is_sending:
            self._send()
        elif not self._in_flight:
            self._idle.callback(None)
