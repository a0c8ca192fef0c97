"""A connection without a socket: two ends that hand over bytes when pumped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITCPTransport
from twisted.python.failure import Failure
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IConsumer
    from twisted.internet.protocol import Protocol


@implementer(ITCPTransport)
class End:
    """One end: what its protocol writes waits until the pipe is pumped."""

    disconnecting = False
    connected = True

    def __init__(self, host: IPv4Address, peer: IPv4Address) -> None:
        self._host, self._peer = host, peer
        self.written = bytearray()
        self.is_aborted = False
        self.is_no_delay = self.is_paused = False

    def write(self, data: bytes) -> None:
        """Queue bytes; dropped when the end is closing."""
        if not self.disconnecting:
            self.written += data

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Queue several pieces."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close after what is queued has been delivered."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Close now; what is queued is lost."""
        self.disconnecting = self.is_aborted = True
        self.written.clear()

    loseWriteConnection = loseConnection

    def getPeer(self) -> IPv4Address:
        """Give the other end's address."""
        return self._peer

    def getHost(self) -> IPv4Address:
        """Give this end's address."""
        return self._host

    def getTcpNoDelay(self) -> bool:
        """Say whether NODELAY was asked for."""
        return self.is_no_delay

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001 - Twisted's signature
        """Note it; bytes in memory wait for nobody."""
        self.is_no_delay = enabled

    def getTcpKeepAlive(self) -> bool:
        """Say no: nothing keeps a pipe alive."""
        return False

    def setTcpKeepAlive(self, enabled: bool) -> None:  # noqa: FBT001 - Twisted's signature
        """Do nothing: nothing keeps a pipe alive."""

    def pauseProducing(self) -> None:
        """Deliver nothing to this end until ``resumeProducing``."""
        self.is_paused = True

    def resumeProducing(self) -> None:
        """Deliver again."""
        self.is_paused = False

    def registerProducer(self, producer: IConsumer, streaming: bool) -> None:  # noqa: FBT001 - Twisted's signature
        """Do nothing: a pipe is never full."""

    def unregisterProducer(self) -> None:
        """Do nothing: a pipe is never full."""


class Pipe:
    """Two protocols, connected."""

    def __init__(self, server: Protocol, client: Protocol, port: int) -> None:
        here, there = _address(8787), _address(port)
        self._sides = [
            (server, End(here, there)),
            (client, End(there, here)),
        ]
        self.is_open = True
        for protocol, end in self._sides:
            protocol.makeConnection(end)

    def pump(self) -> bool:
        """Hand over what has been written; say whether there was anything to do."""
        if not self.is_open:
            return False
        moved = False
        for (_, end), (receiver, other) in zip(
            self._sides, reversed(self._sides), strict=True
        ):
            if end.written and not self._is_cut and not other.is_paused:
                data, moved = bytes(end.written), True
                end.written.clear()
                receiver.dataReceived(data)
        if any(end.disconnecting and not end.written for _, end in self._sides):
            self.close()
            return True
        return moved

    @property
    def _is_cut(self) -> bool:
        """Say whether nothing more arrives: closed, or given up by one end."""
        return not self.is_open or any(end.is_aborted for _, end in self._sides)

    def close(self) -> None:
        """End the connection for both sides, as a cut cable would; bytes are lost."""
        if not self.is_open:
            return
        self.is_open = False
        is_aborted = any(end.is_aborted for _, end in self._sides)
        reason = Failure(ConnectionLost() if is_aborted else ConnectionDone())
        for protocol, end in self._sides:
            end.disconnecting, end.connected = True, False
            protocol.connectionLost(reason)


def _address(port: int) -> IPv4Address:
    return IPv4Address("TCP", "127.0.0.1", port)
