"""A client and a server in one process, and a wire between them that can be cut.

Both ends are real: ``GameClient`` with its own broker, and a ``World``. Only sockets
and clocks are replaced, so one run takes milliseconds.
"""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock

from gameserver import Avatar, Client, GameError
from gameserver.client import Backoff, GameClient
from gameserver.errors import ConnectionLost
from gameserver.testing import World
from gameserver.testing.pipe import Pipe

UP, DOWN = 1, 0
"""Directions: from the client to the server, and back."""


class Player(Avatar):
    """Writes down what is done to it."""

    applied: list[int] = []
    wait: ClassVar[Any] = None

    def attached(self, client: Client) -> None:
        client.notify("welcome")

    def perspective_apply(self, number: int) -> list[int]:
        """Note a number; tell so, before and after the answer."""
        self.applied.append(number)
        self.clients.notify("applied", number)
        return list(self.applied)

    async def perspective_slowly(self, number: int) -> list[int]:
        """Note a number in one turn, and answer in another."""
        self.clients.notify("applied", number)
        self.applied.append(number)
        await self.realm.find(self.name)
        return list(self.applied)

    def perspective_echo(self, value: Any) -> Any:
        return value

    def perspective_refuse(self, code: str) -> None:
        raise GameError(code, "the mill is stopping")

    def perspective_lose(self) -> None:
        raise ConnectionLost("your friend has left")

    async def perspective_wait(self) -> str:
        await Player.wait
        return "waited"


class CutPipe(Pipe):
    """Ends when so many bytes have arrived in one direction; the rest is lost.

    ``passed``: how many bytes have arrived, by direction.
    """

    def __init__(self, server: Any, client: Any, port: int) -> None:
        self.passed = [0, 0]
        self.cut: tuple[int, int] | None = None
        super().__init__(server, client, port)

    def pump(self) -> bool:
        """Hand over what has been written, up to the cut."""
        for way, (_, end) in enumerate(self._sides):
            if self.cut is not None and self.cut[0] == way:
                del end.written[max(0, self.cut[1] - self.passed[way]) :]
            self.passed[way] += len(end.written)
        moved = super().pump()
        if self.is_open and self.cut is not None:
            way, most = self.cut
            if self.passed[way] >= most:
                self.close()
                return True
        return moved


class Wire:
    """A world, one client of it, and the connections between them, cut as told.

    ``cuts``: for one connection after the other, direction and number of bytes counted
    from when the client is ready to call; None for a connection that is not cut.
    """

    def __init__(self, world: World, cuts: list[tuple[int, int] | None]) -> None:
        self.world = world
        self.pipe: CutPipe | None = None
        self._cuts = cuts
        self._reactor: Any = MemoryReactorClock()
        self._opened = 0
        backoff = Backoff(base=0.1, uniform=lambda _low, high: high)
        self.client = GameClient("unix:/wire", reactor=self._reactor, backoff=backoff)
        self.heard: list[tuple[Any, ...]] = []
        self.states: list[tuple[Any, ...]] = []
        self.client.on("*", lambda *event: self.heard.append(event))
        self.client.on_state(lambda *state: self.states.append(state))

    def login(self, name: str) -> Deferred[None]:
        """Log in over the first connection; its cut is counted from here on."""
        entering = self.client.login_token(name, self.world._token(name))
        self.settle()
        self.arm()
        return entering

    def arm(self) -> None:
        """Have the connection cut, as is its turn, counted from now."""
        pipe = self.pipe
        if pipe is not None and pipe.cut is None and self._cuts:
            cut = self._cuts.pop(0)
            if cut is not None:
                pipe.cut = cut[0], pipe.passed[cut[0]] + cut[1]

    def settle(self) -> None:
        """Deliver all that is under way, over as many connections as it takes."""
        while self._connected() or self._pumped() or self._waited():
            pass

    def advance(self, steps: int) -> None:
        """Take so many small steps: deliver, end the turn, let a little time pass."""
        for step in range(steps):
            if step % 3 == 1:
                self.world._turn()
            elif step % 3 == 2:
                self._reactor.advance(0.5)
            elif not self._connected() and self.pipe is not None:
                self.pipe.pump()

    def close(self) -> None:
        """Cut the connection; what is under way is lost."""
        if self.pipe is not None:
            self.pipe.close()

    def _connected(self) -> bool:
        asked = self._reactor.unixClients[self._opened :]
        for _, factory, *_ in asked:
            self._opened += 1
            server = self.world.game.factory.buildProtocol(None)
            client = factory.buildProtocol(None)
            self.pipe = CutPipe(server, client, 50_000 + self._opened)
            if self._opened > 1:
                self.arm()
        return bool(asked)

    def _pumped(self) -> bool:
        moved = self.pipe is not None and self.pipe.pump()
        return self.world._turn() or moved

    def _waited(self) -> bool:
        """Let the client's next try come, if it has lost its connection."""
        is_over = not self.states or self.states[-1][0] == "closed"
        if self.client.is_connected or is_over:
            return False
        self._reactor.advance(1.0)
        return True
