"""Numbered calls: each is carried out once, and what it answered is kept.

The answer of a call that changed something is stored in one transaction with the
change. A call of several turns that changes something before it ends is stored as begun
with its first change, and its answer with the last; whoever asks for one that never
ended, because the server was killed, is told ``interrupted``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gameserver.errors import BadArguments, Busy, GameError, LoggedOut
from gameserver.model.batch import KeptAnswer
from gameserver.server.jellying import written
from gameserver.server.refusal import Refusal, unbegun
from gameserver.server.session_bodies import body_of, body_of_error
from gameserver.server.session_rules import BEGUN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gameserver.server.clients import RemoteClient
    from gameserver.server.fence import Fence
    from gameserver.server.segments import Segment
    from gameserver.server.session import Session
    from gameserver.server.turns import Turns

    CarryOut = Callable[[Segment, str, Sequence[Any], dict[str, Any]], object]

_HIGHEST = 2**53  # of numbers


class NumberedCalls:
    """Carries out the numbered calls of all logins."""

    def __init__(self, turns: Turns, fence: Fence) -> None:
        self._turns = turns
        self._fence = fence

    def received(
        self, client: RemoteClient, given: Sequence[Any], carry_out: CarryOut
    ) -> object:
        """Give the answer as it is sent, or a Deferred of it; raises ``GameError``.

        ``given``: number, name and arguments, as sent. ``Refusal``, raised or what the
        Deferred fails with, is an answer, too.
        """
        number, name, args = _read(given)
        session = client.session
        if client.is_gone:
            raise unbegun(LoggedOut("this window was logged out; log in again"))
        if session is None:
            raise BadArguments("a numbered call needs a session; open one first")
        try:
            known = session.arrive(number)
        except Busy as error:
            raise unbegun(error) from None
        if known is not None:
            return known
        call = _Call(self._turns, self._fence, session, number, name)
        return call.carried_out(carry_out, args)


class _Call:
    """One number that has come for the first time."""

    def __init__(
        self, turns: Turns, fence: Fence, session: Session, number: int, name: str
    ) -> None:
        self._turns = turns
        self._fence = fence
        self._session = session
        self._number = number
        self._name = name
        self._segment = turns.segment()

    def carried_out(self, carry_out: CarryOut, args: list[Any]) -> object:
        """Give the answer as it is sent, or a Deferred; raises ``Refusal``."""
        try:
            result = carry_out(self._segment, self._name, args, {})
        except GameError as error:
            return _raised(self._refused(error))
        if not isinstance(result, Deferred):
            return _raised(self._answered(result))
        self._keep(BEGUN)
        self._turns.follow(self._segment)
        return result.addCallbacks(self._answered, self._failed)

    def _answered(self, value: object) -> object:
        try:
            answer = written(value)
        except Exception:  # noqa: BLE001 - the fence of the remote call
            incident = self._fence.incident(Failure(), f"answering {self._name}")
            return self._refused(incident)
        return self._given(body_of(answer), answer)

    def _failed(self, failure: Failure) -> object:
        error = failure.value
        assert isinstance(error, GameError)  # see ``Calls.carry_out``
        return self._refused(error)

    def _refused(self, error: GameError) -> object:
        if error.is_unbegun:
            return self._dropped(Refusal(error))
        return self._given(body_of_error(error), Failure(Refusal(error)))

    def _dropped(self, refusal: Refusal) -> Failure:
        """Forget a call that has not begun: whoever sends it again has it run."""
        self._segment.answer = None
        self._turns.held(self._segment)  # it is no longer at work
        self._session.drop(self._number, refusal)
        return Failure(refusal)

    def _given(self, body: bytes, answer: object) -> object:
        """Keep the answer and give it, once all that was changed is saved."""
        self._keep(body)
        held = self._turns.held(self._segment)
        if held is not None:
            held.addCallbacks(lambda _: self._saved(body, answer), self._not_saved)
            return held
        return self._saved(body, answer)

    def _keep(self, body: bytes) -> None:
        self._segment.answer = KeptAnswer(self._session.id, self._number, body)

    def _saved(self, body: bytes, answer: object) -> object:
        self._session.end(self._number, body)
        return answer

    def _not_saved(self, failure: Failure) -> Failure:
        """Answer that all is as it was; what was saved before must not run again."""
        error = failure.value
        assert isinstance(error, GameError)  # see ``Turns.held``
        if self._segment.begun_in:
            self._session.end(self._number, body_of_error(error))
        else:
            self._session.drop(self._number, Refusal(error))
        return Failure(Refusal(error))


def _raised(answer: object) -> object:
    if isinstance(answer, Failure):
        answer.raiseException()
    return answer


def _read(given: Sequence[Any]) -> tuple[int, str, list[Any]]:
    match given:
        case [int() as number, str() as name, *args] if _is_number(number):
            return number, name, args
    raise BadArguments("expected a number from 1, a name, and the arguments")


def _is_number(number: int) -> bool:
    """Say whether it can be kept: True cannot be read again, or not be written."""
    return type(number) is int and 0 < number < _HIGHEST
