"""Running the reactor for one piece of work, as a command does, and stopping it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def result_of(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 - any result
    """Run ``work(reactor)`` to its end and give its result, or raise its error."""
    from twisted.internet import reactor

    results: list[Any] = []

    def begin() -> None:
        try:
            working = Deferred.fromCoroutine(work(reactor))
        except BaseException:  # noqa: BLE001 - raised again below, outside the reactor
            results.append(Failure())
            reactor.stop()
            return
        working.addBoth(results.append)
        working.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    if not results:
        raise KeyboardInterrupt
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]


def stop_reactor(reactor: Any) -> None:  # noqa: ANN401 - every reactor interface
    """Stop the reactor; no error if it is stopping already."""
    with suppress(ReactorNotRunning):
        reactor.stop()
