"""One call: found by name, its arguments checked, carried out, its failure coded."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from gameserver.errors import GameError, LoggedOut, NoSuchCall, Stopping
from gameserver.model.arguments import PREFIX, Limits, Signature, signatures_of
from gameserver.server.awaiting import PLAIN, ended, is_deferred, started
from gameserver.server.refusal import unbegun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gameserver.model.avatar import Avatar
    from gameserver.server.clients import RemoteClient
    from gameserver.server.fence import Fence
    from gameserver.server.pace import Paces
    from gameserver.server.quiesce import Quiesce
    from gameserver.server.roster import Player
    from gameserver.server.segments import Segment


@dataclass(frozen=True, eq=False, slots=True)
class Begun:
    """A call at work: whose, on what class, and in which release it began."""

    owner: type[Avatar]
    name: str
    player: str
    client: int
    release: int

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name} of {self.player}"


class Calls:
    """Carries out calls on avatars, and knows those that are still at work."""

    __slots__ = ("__dict__", "is_free")  # C reads a slot in no time

    def __init__(self, limits: Limits, fence: Fence, paces: Paces) -> None:
        self.paces = paces
        """Where calls wait that come too fast, before they come here."""
        self.limits = limits
        self._fence = fence
        self._at_work: dict[Deferred[Any], Begun] = {}
        self._is_open = True
        self.is_free = True
        """Whether calls are taken, and none of them may have to wait."""
        self.carried_out = 0
        self._barrier: Quiesce | None = None
        self.release = 0
        """The number of the release in force; calls that begin bear it."""

    def carry_out(
        self,
        segment: Segment,
        client: RemoteClient,
        resident: Player,
        name: str,
        args: Sequence[Any],
        kw: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - whatever the method gives
        """Give the method's value, or a Deferred of it, run in a segment of its own.

        Raises ``GameError``, and the Deferred fails with nothing else.
        """
        if client.is_gone:
            raise unbegun(LoggedOut("this window was logged out; log in again"))
        if not self._is_open:
            raise unbegun(Stopping("the server is stopping"))
        avatar = resident.subject
        if self._barrier is not None:
            held = self._barrier.held(client, type(avatar), name)
            if held is not None:
                late = partial(self._late, segment, client, resident, name, args, kw)
                return held.addCallback(late)
        signature = self._signature(type(avatar), name)
        self.carried_out += 1
        segment.is_held = not signature.is_saved_soon
        try:
            positional, named = signature.bind(args, kw, self.limits)
            result = segment.touches.call(
                segment, avatar, PREFIX + name, positional, named
            )
        except BaseException:  # noqa: BLE001 - the fence
            raise self.failed(Failure(), name) from None
        if type(result) in PLAIN:
            return result
        return self.given(segment, client, type(avatar), name, result)

    def failed(self, failure: Failure, name: str) -> GameError:
        """Give what the caller of a method is told that has raised."""
        return self._fence.coded(failure, f"call {name}")

    def given(
        self,
        segment: Segment,
        client: RemoteClient,
        owner: type[Avatar],
        name: str,
        result: Any,  # noqa: ANN401 - whatever the method gives
    ) -> Any:  # noqa: ANN401 - the same
        """Give what a method has given, or a Deferred of it that is at work."""
        if iscoroutine(result):
            result = segment.followed(result)
        elif is_deferred(result):
            segment.is_loose = True
        else:
            return result
        begun = Begun(owner, name, client.name, client.id, self.release)
        return self._watched(started(result), begun)

    @property
    def barrier(self) -> Quiesce | None:
        """Where calls may have to wait, while a release is made."""
        return self._barrier

    @barrier.setter
    def barrier(self, barrier: Quiesce | None) -> None:
        self._barrier = barrier
        self.is_free = self._is_open and barrier is None

    @property
    def begun(self) -> list[Begun]:
        """The calls that have begun and not ended, the oldest first."""
        return list(self._at_work.values())

    @property
    def at_work(self) -> int:
        """How many calls have begun and not ended."""
        return len(self._at_work)

    def shut(self) -> None:
        """Take no more calls."""
        self._is_open = self.is_free = False

    async def finish(self) -> None:
        """Take no more calls, and wait until those at work have ended."""
        self.shut()
        self.paces.stop()
        if self.barrier is not None:
            self.barrier.stop()
        await DeferredList([ended(call) for call in self._at_work])

    def _signature(self, owner: type[Avatar], name: str) -> Signature:
        known = signatures_of(owner)
        found = known.get(name)
        if found is None:
            near = difflib.get_close_matches(name[:40], known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise NoSuchCall(f"there is no {name[:40]!r}{hint}")
        return found

    def _late(
        self,
        segment: Segment,
        client: RemoteClient,
        resident: Player,
        name: str,
        args: Sequence[Any],
        kw: Mapping[str, Any],
        passed: None,
    ) -> Any:  # noqa: ANN401 - the same
        """Carry out a call that has waited; by now the avatar may be another."""
        del passed
        segment.begin()
        result = self.carry_out(segment, client, resident, name, args, kw)
        if segment.is_loose:
            segment.touches.again({})  # it is followed already, but was not loose then
        return result

    def _watched(self, result: Deferred[Any], begun: Begun) -> Deferred[Any]:
        """Count it as at work until it ends; code its failure."""
        self._at_work[result] = begun

        def coded(value: object) -> object:
            del self._at_work[result]
            if self.barrier is not None:
                self.barrier.ended(begun)
            if isinstance(value, Failure):
                return Failure(self.failed(value, begun.name))
            return value

        return result.addBoth(coded)


def commands_of(owner: type[Avatar]) -> list[dict[str, Any]]:
    """Describe what a client may call: names, parameters and a line of help."""
    return [
        {
            "name": signature.name,
            "summary": signature.summary,
            "parameters": [
                {"name": p.name, "type": p.type_name, "optional": p.is_optional}
                for p in signature.parameters
            ],
        }
        for signature in signatures_of(owner).values()
    ]
