"""A TCP proxy that cuts a connection after so many bytes."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol

UP, DOWN = "up", "down"
"""Directions: from the client to the server, and back."""


class Side(Protocol):
    """One half of a connection; what arrives here leaves by the other."""

    transport: Any

    def __init__(self, proxy: Proxy, way: str) -> None:
        self._proxy = proxy
        self._way = way
        self._early = b""
        self.other: Side | None = None

    def connectionMade(self) -> None:
        """Send at once what is handed on."""
        self.transport.setTcpNoDelay(True)

    def join(self, other: Side) -> None:
        """Know the other half, and hand on what came before it was there."""
        self.other, other.other = other, self
        self._hand_on(self._early)

    def dataReceived(self, data: bytes) -> None:
        """Hand on as many bytes as may pass."""
        if self.other is None:
            self._early += data
        else:
            self._hand_on(data)

    def _hand_on(self, data: bytes) -> None:
        assert self.other is not None
        passed, is_cut = self._proxy.passing(self._way, data)
        self.other.transport.write(passed)
        if is_cut:
            # What has passed arrives; then the connection ends, on both sides.
            self.other.transport.loseConnection()
            self.transport.abortConnection()

    def connectionLost(self, reason: object = None) -> None:
        """End the other half, too."""
        self._proxy.open.discard(self)
        if self.other is not None:
            self.other.transport.loseConnection()
        self._proxy.look()


class Proxy(Factory):
    """Listens on a port of its own, and hands on to the server's.

    ``passed``: how many bytes have passed, by direction, over all connections.
    """

    noisy = False

    def __init__(self, port: int) -> None:
        self._server = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        self.passed = {UP: 0, DOWN: 0}
        self.open: set[Side] = set()
        self._cut: tuple[str, int] | None = None
        self._idle: Deferred[None] | None = None
        self._port: Any = None

    @classmethod
    async def start(cls, port: int) -> Proxy:
        """Begin to listen."""
        proxy = cls(port)
        endpoint: Any = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        proxy._port = await endpoint.listen(proxy)
        return proxy

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"tcp:127.0.0.1:{self._port.getHost().port}"

    def cut(self, way: str, after: int) -> None:
        """Cut once, when so many bytes more have passed in one direction."""
        self._cut = way, self.passed[way] + after

    def passing(self, way: str, data: bytes) -> tuple[bytes, bool]:
        """Give what of it may pass, and whether the connection is cut then."""
        is_cut = False
        if self._cut is not None and self._cut[0] == way:
            rest = self._cut[1] - self.passed[way]
            data, is_cut = data[:rest], len(data) >= rest
        self.passed[way] += len(data)
        if is_cut:
            self._cut = None
        return data, is_cut

    def buildProtocol(self, _addr: object) -> Side:
        """Take a client, and connect to the server for it."""
        here, there = Side(self, UP), Side(self, DOWN)
        self.open |= {here, there}
        factory = Factory.forProtocol(lambda: there)
        factory.noisy = False
        connecting: Any = self._server.connect(factory)
        connecting.addCallbacks(
            lambda _: here.join(there),
            lambda _: (self.open.discard(there), here.transport.loseConnection()),
        )
        return here

    def look(self) -> None:
        """Say that all connections have ended, if somebody waits for it."""
        if self._idle is not None and not self.open:
            idle, self._idle = self._idle, None
            idle.callback(None)

    async def stop(self) -> None:
        """Listen no more, and wait until all connections have ended."""
        await self._port.stopListening()
        if self.open:
            self._idle = Deferred()
            for side in list(self.open):
                side.transport.abortConnection()
            await self._idle
