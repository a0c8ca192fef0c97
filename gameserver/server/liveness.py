"""Noticing that a peer is gone though nobody said so: a pulled cable, a dead phone."""

from __future__ import annotations

import socket
from typing import Any

IDLE = 15
"""Seconds of silence before the kernel asks whether the peer is there."""

DEAD = 45
"""Seconds after which a peer that acknowledges nothing is gone."""

_TRIES = 3


def notice_loss(transport: Any) -> None:  # noqa: ANN401 - a TCP transport, maybe under TLS
    """Have the kernel end the connection of a silent peer; see tcp(7)."""
    transport.setTcpKeepAlive(1)
    beneath = getattr(transport, "transport", transport)  # TLS stands on TCP
    handle = getattr(beneath, "getHandle", None)
    if handle is None:  # no real socket: a pipe in a test
        return
    options = {
        "TCP_KEEPIDLE": IDLE,
        "TCP_KEEPINTVL": (DEAD - IDLE) // _TRIES,
        "TCP_KEEPCNT": _TRIES,
        "TCP_USER_TIMEOUT": DEAD * 1000,  # milliseconds
    }
    for name, value in options.items():
        option = getattr(socket, name, None)  # some are Linux's own
        if option is not None:
            handle().setsockopt(socket.IPPROTO_TCP, option, value)
