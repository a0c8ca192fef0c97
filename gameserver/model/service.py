"""What runs in the world without belonging to a player."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from gameserver.model.stateful import Stateful

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gameserver.interfaces import Client

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Service(Stateful):
    """A part of the world with a life cycle, timers and a client set of its own.

    Every subclass in a plugin is started with the server, one object each. Annotated
    fields persist as an avatar's do. Others reach it by ``realm.service(name)``, where
    the name is the class's in snake case: ``NightWatch`` is ``"night_watch"``.
    """

    kind: ClassVar[str] = "service"
    __reserved__: ClassVar[frozenset[str]] = Stateful.__reserved__.union(
        ("started", "stopped", "subscribe", "unsubscribe")
    )

    def started(self) -> Awaitable[None] | None:
        """Run when the server starts, with stored state in place."""

    def stopped(self) -> Awaitable[None] | None:
        """Run when the server stops, before the last save."""

    def subscribe(self, client: Client) -> None:
        """Put a client in ``clients``; it leaves by itself when it logs out."""
        self._seat.clients.add(client)

    def unsubscribe(self, client: Client) -> None:
        """Take a client out of ``clients``; no error if it is not there."""
        self._seat.clients.discard(client)


def service_name(owner: type[Service]) -> str:
    """Give the name a service class is found by."""
    return _WORD_START.sub("_", owner.__name__).lower()
