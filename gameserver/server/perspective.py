"""The facade that the Broker is given: one per login, never reloaded.

PB captures an avatar's dispatch method at login, so it is never given the avatar: for
every message the perspective asks which object is the avatar now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure
from twisted.spread import pb
from zope.interface import implementer

from gameserver.errors import Busy, GameError
from gameserver.server.awaiting import is_deferred, started
from gameserver.server.calls import Calls, commands_of
from gameserver.server.jellying import written
from gameserver.server.quick import ShortWay
from gameserver.server.receiving import received
from gameserver.server.refusal import Refusal, unbegun
from gameserver.server.short_way import Reached
from gameserver.wire.codec import encode
from gameserver.wire.encoder import NotPlain
from gameserver.wire.message import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.server.fence import Fence
    from gameserver.server.roster import Player
    from gameserver.server.segments import Segment
    from gameserver.server.session import Place
    from gameserver.server.session_calls import NumberedCalls
    from gameserver.server.sessions import Sessions
    from gameserver.server.turns import Turns

COMMANDS = "gameserver.commands"
"""A core call: its dotted name is one that no ``perspective_`` method can have."""

SESSION = "gameserver.session"
CALL = "gameserver.call"
BYE = "gameserver.bye"
"""Core calls of clients that come back: ``session(token, heard)``, ``call(number, name,
*args)`` and ``bye()``."""

_OF_SESSIONS = frozenset({SESSION, CALL, BYE})


@implementer(pb.IPerspective)
class Perspective:
    """One login as the Broker sees it."""

    __slots__ = (
        "_calls", "_client", "_fence", "_is_opening", "_numbered", "_pace", "_place",
        "_resident", "_sessions", "_turns", "way",
    )  # fmt: skip

    def __init__(
        self,
        place: Place,
        resident: Player,
        calls: Calls,
        turns: Turns,
        fence: Fence,
        sessions: Sessions,
        numbered: NumberedCalls,
    ) -> None:
        self._place = place
        self._client = place.client
        self._pace = place.client.pace
        self._resident = resident
        self._calls = calls
        self._turns = turns
        self._fence = fence
        self._sessions = sessions
        self._numbered = numbered
        self._is_opening = False
        self.way = ShortWay(self, self._client, resident.record, calls, turns.touches)
        """How its client's common calls are carried out."""

    def perspectiveMessageReceived(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Carry out one call and give what the Broker sends, or a Deferred of it."""
        if message in _OF_SESSIONS:
            return self._of_session(broker, message, args, kw)
        pace = self._pace
        if pace is not None and pace.is_full:
            pace.refuse()
        segment = self._turns.segment()
        try:
            args, kw = received(broker, self, args, kw)
            result = self._result(segment, message, args, kw)
        except GameError as error:
            return self._answered(Refusal(error), segment)
        return self._told(broker, segment, message, result)

    def go_on(
        self,
        broker: pb.Broker,
        segment: Segment,
        message: str,
        result: Any,  # noqa: ANN401 - whatever the method gave
        failure: Failure | None,
    ) -> object:
        """Go on with a call whose method has given its result, or has raised."""
        calls, owner = self._calls, type(self._resident.subject)
        if failure is not None:
            return self._answered(Refusal(calls.failed(failure, message)), segment)
        result = calls.given(segment, self._client, owner, message, result)
        return self._told(broker, segment, message, result)

    def _told(
        self,
        broker: pb.Broker,
        segment: Segment,
        message: str,
        result: Any,  # noqa: ANN401 - whatever the method gave
    ) -> object:
        """Give what the Broker sends of a result, or a Deferred of it."""
        if is_deferred(result):
            self._turns.follow(segment)
            result.addCallbacks(
                self._sendable, _refused, callbackArgs=(broker, message)
            )
            if self._pace is not None:
                self._pace.begun()
                result.addBoth(self._pace.ended)
            return result.addBoth(self._when_saved, segment)
        try:
            result = self._written(result, broker, message)
        except Refusal as refusal:
            result = refusal
        return self._answered(result, segment)

    def _of_session(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Carry out what only a client with a session asks for; see ``sessions``."""
        try:
            given, _ = received(broker, self, args, kw)
            if message == CALL:
                return self._numbered.received(self._client, given, self._result)
            if message == BYE:
                self._sessions.bye(self._place)
                return written(None)
            token, heard = (*given, None, None)[:2]
            if self._is_opening:
                raise unbegun(Busy("your session is being opened already"))
        except GameError as error:
            raise Refusal(error) from None
        self._is_opening = True
        opened = started(self._sessions.open(self._place, token, heard))
        opened.addBoth(self._opened)
        opened.addCallback(self._sendable, broker, message)
        return opened.addErrback(self._coded, message)

    def _opened(self, result: object) -> object:
        """Let the next one be opened: each reads the store, and nothing paces them."""
        self._is_opening = False
        return result

    def _coded(self, failure: Failure, message: str) -> Failure:
        if isinstance(failure.value, Refusal):
            return failure
        return Failure(Refusal(self._fence.coded(failure, message)))

    def _result(
        self,
        segment: Segment,
        message: str,
        args: Sequence[Any],
        kw: dict[str, Any],
        *,
        is_due: bool = False,
    ) -> object:
        pace = self._pace
        if pace is None or is_due:
            pass
        elif pace.left > 0:
            pace.left -= 1
        else:
            waiting = pace.turn()
            if waiting is not None:
                return waiting.addCallback(self._late, segment, message, args, kw)
        resident = self._resident
        if message == COMMANDS:
            return commands_of(type(resident.subject))
        return self._calls.carry_out(segment, self._client, resident, message, args, kw)

    def _late(
        self,
        passed: None,
        segment: Segment,
        message: str,
        args: Sequence[Any],
        kw: dict[str, Any],
    ) -> object:
        """Carry out a call that has waited for its turn."""
        del passed
        segment.begin()
        result = self._result(segment, message, args, kw, is_due=True)
        if segment.is_loose:
            segment.touches.again({})  # it is followed already, but was not loose then
        return result

    def _answered(self, answer: object, segment: Segment) -> object:
        """Give an answer, or raise a refusal, once all that was changed is saved."""
        held = self._turns.held(segment)
        if held is not None:
            return held.addCallbacks(lambda _: _given(answer), _refused)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def _when_saved(self, answer: object, segment: Segment) -> object:
        """Hold the answer of a call that took several turns, or its failure."""
        held = self._turns.held(segment)
        if held is None:
            return answer
        return held.addCallbacks(lambda _: answer, _refused)

    def _written(self, value: object, broker: pb.Broker, message: str) -> object:
        """Write an answer; a plain one in the fewest steps."""
        try:
            return Written(encode(value))
        except NotPlain:
            return self._sendable(value, broker, message)

    def _sendable(self, value: object, broker: pb.Broker, message: str) -> object:
        """Write an answer; one that cannot be sent is the author's failure."""
        if broker.disconnected:
            return None
        try:
            return broker.serialize(value, self, message)
        except Exception:  # noqa: BLE001 - the fence of the remote call
            error = self._fence.coded(Failure(), f"answering {message}")
            raise Refusal(error) from None


def reached(perspective: object) -> pb.AsReferenceable:
    """Give what a client is to reach its perspective by; an admin's is another."""
    if isinstance(perspective, Perspective):
        return Reached(perspective, perspective.way)
    return pb.AsReferenceable(perspective, "perspective")


def _given(answer: object) -> object:
    return Failure(answer) if isinstance(answer, Refusal) else answer


def _refused(failure: Failure) -> Failure:
    error = failure.value
    if not isinstance(error, GameError):  # a Refusal: the answer could not be sent
        return failure
    return Failure(Refusal(error))
