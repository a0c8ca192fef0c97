"""One event for many clients, in few steps.

Most of them have no session that keeps it, and a peer that keeps up, so it goes to
their sockets at once. For all others ``RemoteClient.deliver`` knows what is to be done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.tcp import Connection

from gameserver.spread.outlet import is_idle
from gameserver.wire.encoder import integer, list_of, string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.server.clients import RemoteClient

_MESSAGE: Final = list_of(7) + string(b"message")


def send_all(clients: Iterable[RemoteClient], event: bytes) -> list[RemoteClient]:
    """Send an event to those who can be given it here; gives the others, in order.

    ``event``: as for ``WireBroker.send_event``.
    """
    others = []
    for client in clients:
        broker = client.broker
        if (
            broker is None
            or client.is_gone
            or client.session is not None
            or client.backlog is not None
            or broker.is_stopped
            or broker.is_reading
            or broker.disconnected
            or not isinstance(transport := broker.transport, Connection)
            or not is_idle(transport)
        ):
            others.append(client)
            continue
        number = broker.currentRequestID = broker.currentRequestID + 1
        content = b"".join((_MESSAGE, integer(number), integer(client.target), event))
        try:
            sent = transport.socket.send(content)
        except OSError:  # it is full, or lost: Twisted finds out which
            sent = 0
        if sent != len(content):
            broker.put(content[sent:])
    return others
