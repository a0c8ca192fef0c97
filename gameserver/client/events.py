"""What the server tells the client, handed to the callbacks that asked for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import iscoroutine
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from gameserver.errors import ConnectionLost, GameError, NoSuchCall

Callback: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One call of the server's to its mind; ``is_asked`` if it waits for an answer."""

    name: str
    args: tuple[Any, ...]
    is_asked: bool = False


EVERY = "*"
"""The event name under which a callback gets every event, its name first."""


class Callbacks:
    """Callbacks by event, called in the order in which they were added.

    One that raises is logged and the next still runs; nothing a callback does reaches
    the connection. A ``ConnectionLost`` is no fault of the callback and is not logged.
    """

    def __init__(self, log: Logger | None = None) -> None:
        self._log = log or Logger("gameserver.client")
        self._by_event: dict[str, list[Callback]] = {}

    def add(self, event: str, callback: Callback) -> None:
        """Call ``callback(*args)`` for the event, ``callback(event, *args)`` for ``*``.

        It may give a value, a Deferred or a coroutine.
        """
        self._by_event.setdefault(event, []).append(callback)

    def deliver(self, event: Event) -> Deferred[Any]:
        """Tell all callbacks; give the first answer that is not None.

        Without one, but with a failure, the failure is the answer. Only callbacks of
        the event itself answer, not those of ``*``. A ``GameError`` is an answer like
        others if the server asked; if not, nobody would see it, so it is logged.
        """
        own = self._by_event.get(event.name, [])
        answers = [self._result(event, one) for one in own]
        every = replace(event, args=(event.name, *event.args), is_asked=False)
        for one in self._by_event.get(EVERY, []):
            self._result(every, one).addErrback(_drop)
        if event.is_asked and not own:
            return fail(NoSuchCall(f"this client has no {event.name!r}"))
        return Deferred.fromCoroutine(_first(answers))

    def tell(self, name: str, *args: object) -> None:
        """Tell all callbacks of something that has no answer."""
        self.deliver(Event(name, args)).addErrback(_drop)

    def _result(self, event: Event, callback: Callback) -> Deferred[Any]:
        return started(callback, *event.args).addErrback(self._fence, event)

    def _fence(self, failure: Failure, event: Event) -> Failure:
        """Log what a callback raised, and make of it what the server may know."""
        is_answer = isinstance(failure.value, GameError)
        is_noise = isinstance(failure.value, ConnectionLost)
        if not (is_noise or (is_answer and event.is_asked)):
            self._log.failure("callback for {name!r} failed", failure, name=event.name)
        if is_answer:
            return failure
        return Failure(
            GameError("client-error", f"the client failed at {event.name!r}")
        )


def started(act: Callable[..., Any], *args: object) -> Deferred[Any]:
    """Run something plain, deferred or async; give its result as a Deferred."""
    try:
        result = act(*args)
    except Exception:  # noqa: BLE001 - a fence: the failure is the result
        return fail(Failure())
    if iscoroutine(result):
        return Deferred.fromCoroutine(result)
    return result if isinstance(result, Deferred) else succeed(result)


async def _first(answers: list[Deferred[Any]]) -> Any:  # noqa: ANN401 - plain value
    """Wait for all in turn; give the first that is not None, else the first failure."""
    value: Any = None
    error: GameError | None = None
    for answer in answers:
        try:
            given = await answer
        except GameError as failed:
            error = error or failed
        else:
            value = given if value is None else value
    if value is None and error is not None:
        raise error
    return value


def _drop(failure: Failure) -> None:
    """End a failure that has been logged and has nobody to go to."""
    del failure
