"""Steps that must not overlap: each waits for the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, succeed

from gameserver.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.python.failure import Failure

_T = TypeVar("_T")


class Turns:
    """Runs coroutines one at a time, in the order asked, until it is ended."""

    def __init__(self) -> None:
        self._lock = DeferredLock()
        self._running: set[Deferred[Any]] = set()
        self._is_ended = False

    def run(
        self, act: Callable[..., Coroutine[Any, Any, _T]], *args: object
    ) -> Deferred[_T]:
        """Start ``act(*args)`` when it is its turn; give its result."""
        turn: Deferred[_T] = self._lock.run(lambda: Deferred.fromCoroutine(act(*args)))
        self._running.add(turn)

        def over(result: _T | Failure) -> _T | Failure:
            self._running.discard(turn)
            return result

        return turn.addBoth(over).addErrback(self._explain)

    def end(self) -> Deferred[None]:
        """Cancel whatever runs or waits; fires when all of it has cleaned up."""
        self._is_ended = True
        for one in list(self._running):
            one.cancel()
        return self._lock.run(lambda: succeed(None))

    def _explain(self, failure: Failure) -> Failure:
        if self._is_ended:
            raise ConnectionLost("this client was closed")
        return failure
