"""Two players, each with a real client, who remember all that they are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from gameserver.client import Backoff, GameClient
from gameserver.client.session import DROPPED
from gameserver.errors import DoesNotHold

if TYPE_CHECKING:
    from gameserver.client import Trust

PASSWORD = "a lantern in the crypt"  # noqa: S105 - of an account that lives a minute
PATIENCE = 10.0
"""Seconds to wait for what a player is to see."""
BREATH = "breath"
"""The event by which the shade tells all its clients of each of its ticks."""


class Player:
    """One player's window: a client, and the lines it has shown, oldest first.

    ``breaths``: number and time of each, for the events of that name.
    """

    def __init__(self, name: str, endpoint: str, trust: Trust, reactor: Any) -> None:  # noqa: ANN401 - any reactor
        self.name = name
        self.lines: list[str] = []
        self.breaths: list[tuple[int, float]] = []
        self.states: list[tuple[Any, ...]] = []
        self._reactor = reactor
        self._waiting: list[Deferred[None]] = []
        backoff = Backoff(base=0.05, cap=0.2)
        self.client = GameClient(
            endpoint, reactor=reactor, trust=trust, backoff=backoff
        )
        self.client.on("*", self._heard)
        self.client.on_state(self._changed)

    async def join(self) -> None:
        """Make the account, and log in."""
        await self.client.register(self.name, PASSWORD)
        await self.client.login(self.name, PASSWORD)

    async def sees(self, words: str, since: int) -> str:
        """Wait for a line with these words after the first ``since``; gives it."""

        def found() -> str | None:
            return next((one for one in self.lines[since:] if words in one), None)

        await self._until(lambda: found() is not None, words, since)
        line = found()
        assert line is not None
        return next(one for one in line.splitlines() if words in one)

    async def is_told_all(self) -> None:
        """Wait until all has come that is under way: an answer comes after it."""
        await self.client.commands()

    async def is_in_state(self, *state: object, since: int) -> None:
        """Wait for a change of the connection, after the first ``since`` of them."""
        words = f"the connection {' '.join(map(str, state))}"

        def is_so() -> bool:
            return any(one[: len(state)] == state for one in self.states[since:])

        await self._until(is_so, words, len(self.lines))

    async def breathed(self, number: int) -> None:
        """Wait until the shade has breathed that often."""
        is_there = lambda: bool(self.breaths and self.breaths[-1][0] >= number)  # noqa: E731 - short
        await self._until(is_there, f"breath {number}", len(self.lines))

    async def _until(self, is_so: Any, words: str, since: int) -> None:  # noqa: ANN401 - a function
        deadline = self._reactor.seconds() + PATIENCE
        while not is_so():
            left = deadline - self._reactor.seconds()
            news: Deferred[None] = Deferred()
            self._waiting.append(news)
            late = self._reactor.callLater(max(0.0, left), self._tell_news)
            await news
            if late.active():
                late.cancel()
            elif not is_so():
                told = " / ".join(self.lines[since:]) or "nothing"
                raise DoesNotHold(f"{self.name} sees: {words}", told)

    def _heard(self, event: str, *args: Any) -> None:  # noqa: ANN401 - the game's values
        if event == BREATH:
            self.breaths.append((args[0], self._reactor.seconds()))
        else:
            self.lines.append(_line(event, args))
        self._tell_news()

    def _changed(self, *state: object) -> None:
        self.states.append(state)
        self._tell_news()

    def _tell_news(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)


def _line(event: str, args: tuple[Any, ...]) -> str:
    """Give an event as the line that a window shows."""
    if event == "tell":
        return str(args[0])
    if event == "status":
        return re.sub(r"[{}',]", "", str(args[0])).replace(": ", " ")
    if event == DROPPED:
        return "(events of the moment of the crash may be missing)"
    return f"{event} {' '.join(map(str, args))}".strip()
