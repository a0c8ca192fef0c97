"""The services of a world: loaded, started, found by name, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.errors import PluginError, Stopping
from gameserver.model.service import Service, service_name
from gameserver.model.standin import StandIn
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gameserver.interfaces import Realm
    from gameserver.server.resident import Registry, Resident


class Troupe:
    """All services of one realm."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._members: dict[str, Resident[Service]] = {}
        self._started: list[Resident[Service]] = []
        self._is_stopping = False

    def __iter__(self) -> Iterator[Resident[Service]]:
        return iter(list(self._members.values()))

    def interface(self, name: str) -> Any:  # noqa: ANN401 - a stand-in for any service
        """Give a stand-in that asks for the current service at each use."""
        if name not in self._members:
            there = ", ".join(sorted(self._members)) or "none"
            raise LookupError(f"no service {name!r}; there are: {there}")
        return StandIn(lambda: self._members[name].subject)

    async def start(self, classes: Sequence[type[Service]], realm: Realm) -> None:
        """Load all, then run each ``started``; ``PluginError`` for one that raises.

        Raises ``Stopping`` when ``stop`` came in between.
        """
        for owner in classes:
            name = service_name(owner)
            stored = await self._registry.ledger.stored(owner, name)
            self._require_going()
            self._members[name] = self._registry.move_in(owner, name, realm, stored)
        for member in self:
            await self._begin(member)
            self._require_going()
            self._started.append(member)

    def stop(self) -> None:
        """Stop all timers and begin each ``stopped``, last started first.

        The caller waits and saves. One that had not started yet has nothing to stop.
        """
        self._is_stopping = True
        for member in self:
            member.timers.clear()
        for member in reversed(self._started):
            self._registry.fence.contain("stopped", member.subject.stopped)

    async def _begin(self, member: Resident[Service]) -> None:
        service = member.subject
        try:
            await self._registry.fence.attempt(service.started)
        except BaseException as error:
            text = f"service {service.name}: started() failed"
            raise PluginError(
                place_of(type(service)), f"{text}: {type(error).__name__}: {error}"
            ) from error

    def _require_going(self) -> None:
        if self._is_stopping:
            raise Stopping("the server is stopping")
