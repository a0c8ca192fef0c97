"""What the server gives an avatar or service, as far as the pure floor looks at it."""

from __future__ import annotations

from typing import Any

from gameserver.model.stateful import Seat


class FakeClients:
    """Keeps who was added; the real set is ``gameserver.server.clients.Clients``."""

    def __init__(self) -> None:
        self._present: list[Any] = []

    def __iter__(self) -> Any:
        return iter(self._present)

    def add(self, client: Any) -> None:
        self._present.append(client)

    def discard(self, client: Any) -> None:
        self._present = [one for one in self._present if one != client]


class NotedTimers:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def every(self, seconds: float, method: str) -> None:
        self.asked.append(("every", seconds, method))

    def later(self, seconds: float, method: str, *args: object) -> None:
        self.asked.append(("later", seconds, method, *args))

    def cancel(self, method: str) -> None:
        self.asked.append(("cancel", method))


def seat(name: str, **given: Any) -> Seat:
    """Give a seat; the realm is any object."""
    parts: dict[str, Any] = {
        "realm": object(),
        "clients": FakeClients(),
        "timers": NotedTimers(),
        "touched": list[Any]().append,
        "wrote": given.get("touched", list[Any]().append),
        **given,
    }
    return Seat(name, **parts)
