"""A telephone line between one player and the server, which can be cut and mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.protocols.portforward import ProxyFactory, ProxyServer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress


class Line(ProxyFactory):
    """Passes bytes on from a port of its own to the server's, both on loopback."""

    noisy = False

    def __init__(self, server: int, reactor: Any) -> None:  # noqa: ANN401 - any reactor
        super().__init__("127.0.0.1", server)
        self._reactor = reactor
        self._open: list[Any] = []
        self._listening = self._listen(0)
        self.entry: int = self._listening.getHost().port

    def buildProtocol(self, addr: IAddress | None) -> ProxyServer:
        """Pass one connection on, and remember it."""
        built: ProxyServer = super().buildProtocol(addr)  # type: ignore[assignment]  # Twisted
        self._open.append(built)
        return built

    async def cut(self) -> None:
        """End all connections without a word, and take no more."""
        for one in self._open:
            one.transport.abortConnection()
        self._open.clear()
        stopping = self._listening.stopListening()
        if isinstance(stopping, Deferred):
            await stopping

    def mend(self) -> None:
        """Take connections again."""
        self._listening = self._listen(self.entry)

    def _listen(self, port: int) -> Any:  # noqa: ANN401 - an IListeningPort
        return self._reactor.listenTCP(port, self, interface="127.0.0.1")
