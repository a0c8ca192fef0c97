"""Writing to a connection at once, where nothing is queued before.

Twisted keeps what is written until the reactor's next turn: two more turns of epoll for
each answer, and 44 ms for a notification before one (without NODELAY). A socket that
can take the bytes now is given them now; what it does not take goes Twisted's way, as
does everything under TLS.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection


def write(transport: Any, content: bytes) -> None:  # noqa: ANN401 - any of Twisted's stream transports
    """Write, after whatever was written before."""
    if isinstance(transport, Connection) and is_idle(transport):
        try:
            sent = transport.socket.send(content)
        except OSError:  # it is full, or lost: Twisted finds out which
            sent = 0
        if sent == len(content):
            return
        content = content[sent:]
    transport.write(content)


def unsent(transport: Any) -> int:  # noqa: ANN401 - as above
    """Give how many bytes a transport holds that the socket has not taken."""
    size = sum(map(len, getattr(transport, "_appSendBuffer", ())))  # TLS keeps some
    beneath = getattr(transport, "transport", transport)
    if isinstance(beneath, Connection):
        size += len(beneath.dataBuffer) - beneath.offset
        size += beneath._tempDataLen  # noqa: SLF001 - Twisted has no name for it
    return size


def is_idle(transport: Any) -> bool:  # noqa: ANN401 - a TCP connection
    """Say whether bytes given to the socket now come after all that was written."""
    return not (
        transport.dataBuffer
        or transport._tempDataBuffer  # noqa: SLF001 - Twisted has no name for it
        or transport.TLS
        or transport.disconnecting
        or transport._aborting  # noqa: SLF001 - nor for this
        or not transport.connected
    )
