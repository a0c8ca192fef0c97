"""Running the reactor for one piece of work, as a command does, and stopping it."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

from gameserver.errors import Signalled

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType


def result_of(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 - any result
    """Run ``work(reactor)`` to its end and give its result, or raise its error.

    If Ctrl-C or SIGTERM ends it first, ``Signalled`` is raised, and not what the
    work made of the connections that it lost thereby.
    """
    from twisted.internet import reactor

    results: list[Any] = []
    signals: list[int] = []

    def begin() -> None:
        _note(signals)
        try:
            working = Deferred.fromCoroutine(work(reactor))
        except BaseException:  # noqa: BLE001 - raised again below, outside the reactor
            results.append(Failure())
            stop_reactor(reactor)
            return
        working.addBoth(results.append)
        working.addBoth(lambda _: stop_reactor(reactor))

    reactor.callWhenRunning(begin)
    reactor.run()
    if signals or not results:
        raise Signalled(signals[0] if signals else signal.SIGINT)
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]


def _note(signals: list[int]) -> None:
    """Have the numbers of those signals entered that stop the reactor.

    It must have installed its own; one that the process ignores stays ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        stops = signal.getsignal(number)
        if callable(stops):
            signal.signal(number, _noting(signals, stops))


def _noting(
    signals: list[int], stops: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], object]:
    def came(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        stops(number, frame)

    return came


def stop_reactor(reactor: Any) -> None:  # noqa: ANN401 - every reactor interface
    """Stop the reactor; no error if it is stopping already."""
    with suppress(ReactorNotRunning):
        reactor.stop()
