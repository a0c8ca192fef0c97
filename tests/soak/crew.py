"""All callers of the load together, on real connections."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from gameserver.client import Backoff, GameClient
from tests.client.case import States
from tests.soak.market_books import World, world_read
from tests.soak.traders import PATIENCE, TRADER, WRITER, Caller


class Crew:
    """All callers. ``resume``: their clients outlive the server and come back.

    Without it, each start of the server has clients of its own, and a call that was in
    flight is never sent again. With it a client keeps its open calls, and they count as
    acknowledged if it gets their answers from the next server.
    """

    def __init__(
        self,
        reactor: Any,
        tokens: dict[str, str],
        random: Random,
        *,
        resume: bool = False,
    ) -> None:
        self._reactor = reactor
        self._tokens = tokens
        self.resumes = resume
        self._clients: dict[str, GameClient] = {}
        self._states: list[States] = []
        self._returned: list[Deferred[Any]] = []
        self._awaited = 0
        self._reached: Deferred[None] | None = None
        self.answers = 0
        self.callers = {
            name: Caller(
                name,
                [other for other in tokens if other != name],
                TRADER if place % 2 else WRITER,
                random,
                self._count_answer,
                resumes=resume,
            )
            for place, name in enumerate(tokens)
        }

    async def enter(self, endpoint: str) -> None:
        """Log everybody in, before anybody calls."""
        if self.resumes and self._clients:
            returned = DeferredList(self._returned)
            await returned.addTimeout(PATIENCE, self._reactor)
            return
        for name, token in self._tokens.items():
            backoff = Backoff(base=0.05, cap=0.2)
            client = GameClient(endpoint, reactor=self._reactor, backoff=backoff)
            self._clients[name] = client
            self._states.append(States(client))
            await client.login_token(name, token)
            self.callers[name].use(client)

    def begin(self, before: World) -> None:
        """Begin the load, each caller after its highest number of ``before``."""
        self.answers = 0
        if self.resumes:
            self._returned = [states.next("resumed") for states in self._states]
        for name, caller in self.callers.items():
            caller.begin(before.traders[name].highest(name) + 1)

    def after(self, answers: int) -> Deferred[None]:
        """Fire when so many answers have come since ``begin``, or one was a refusal."""
        reached: Deferred[None] = Deferred()
        self._reached, self._awaited = reached, answers
        self._check()
        return reached

    async def settle(self) -> None:
        """Send no more, and wait until nobody has an open call."""
        await DeferredList([caller.end() for caller in self.callers.values()])

    def stop_sending(self) -> None:
        """Send no more."""
        for caller in self.callers.values():
            caller.end()

    def go_on(self) -> None:
        """Note that the server is gone, and no answer of it is to come."""
        for caller in self.callers.values():
            caller.go_on()

    async def close(self) -> None:
        """Close all connections for good."""
        await DeferredList([client.close() for client in self._clients.values()])
        self._clients.clear()
        self._states.clear()

    async def read(self) -> World:
        """Ask for everything; nobody may be sending."""
        looks = {n: await one.call("look") for n, one in self._clients.items()}
        anybody = next(iter(self._clients.values()))
        return world_read(looks, await anybody.call("bank"))

    def _count_answer(self) -> None:
        self.answers += 1
        self._check()

    def _check(self) -> None:
        reached = self._reached
        is_refused = any(one.traffic.refused for one in self.callers.values())
        if reached is not None and (self.answers >= self._awaited or is_refused):
            self._reached = None
            reached.callback(None)
