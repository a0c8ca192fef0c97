"""What runs in the world without belonging to a player."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from gameserver.model.resource import Resource
from gameserver.model.standin import bare
from gameserver.model.stateful import Stateful

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gameserver.interfaces import Client

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Service(Stateful, Resource):
    """A part of the world with a life cycle, timers and a client set of its own.

    Every subclass in a plugin is started with the server, one object each. Annotated
    fields persist as an avatar's do. Others reach it by ``realm.service(name)``, where
    the name is the class's in snake case: ``NightWatch`` is ``"night_watch"``.

    A release changes the code of a service in place, and the object goes on. With
    ``succession = True`` a release that changes the class makes a new object, which
    takes the place of the old one: its name, its interfaces, its client set with all
    subscriptions, its timers in phase, its declared state. ``adopt`` and ``handoff``
    carry over what is not declared. If either raises, the release is refused, and the
    old object goes on as if nothing had been.
    """

    kind: ClassVar[str] = "service"
    __reserved__: ClassVar[frozenset[str]] = Stateful.__reserved__.union(
        (
            "adopt",
            "handoff",
            "interface",
            "replacement",
            "started",
            "stopped",
            "subscribe",
            "succession",
            "unsubscribe",
        )
    )

    succession: ClassVar[bool] = False
    """Whether a release that changes the class makes a successor, a new object."""

    def started(self) -> Awaitable[None] | None:
        """Run when the server starts, with stored state in place."""

    def stopped(self) -> Awaitable[None] | None:
        """Run when the server stops, before the last save, or after a succession.

        Then the release is committed, and a successor is in force: the client set and
        the timers are its own, and ``clients`` is empty here.
        """

    def adopt(self, predecessor: Any) -> None:  # noqa: ANN401 - the author's own class
        """Run on the successor, in place of ``started``; a plain method.

        Declared state is a copy of the predecessor's, clients and timers are there.
        Take over what is not declared, and set timers for what is new. Raising refuses
        the release.
        """

    def handoff(self, new: Any) -> None:  # noqa: ANN401 - as above
        """Run on the predecessor, after ``adopt``; a plain method, for releases only.

        Override it to let go of what the successor takes over, and call
        ``super().handoff(new)``. Raising refuses the release.
        """
        new = bare(new)
        is_first = self.replacement is None and isinstance(new, Service)
        if is_first and getattr(new, "_seat", None) is not self._seat:
            text = f"{type(new).__name__} was made by hand"
            raise TypeError(f"{text}; a service is succeeded in a release only")
        super().handoff(new)

    def subscribe(self, client: Client) -> None:
        """Put a client in ``clients``; it leaves by itself when it logs out."""
        self._seat.clients.add(client)

    def unsubscribe(self, client: Client) -> None:
        """Take a client out of ``clients``; no error if it is not there."""
        self._seat.clients.discard(client)


def service_name(owner: type[Service]) -> str:
    """Give the name a service class is found by."""
    return _WORD_START.sub("_", owner.__name__).lower()
