"""The one place where a value, a Deferred or a coroutine becomes a Deferred."""

from __future__ import annotations

from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from twisted.internet.defer import Deferred, DeferredList, succeed

from gameserver.wire.message import Written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IReactorTime


PLAIN: Final = frozenset(
    {type(None), bool, int, float, str, bytes, list, tuple, dict, set, Written}
)
"""Types of values that are neither a Deferred nor a coroutine."""


def is_deferred(value: object) -> TypeGuard[Deferred[Any]]:
    """Say whether a value is a Deferred.

    ``isinstance`` takes ten times as long for whatever is none: Deferred is an abstract
    base class.
    """
    kind = type(value)
    return kind is Deferred or (kind not in PLAIN and isinstance(value, Deferred))


def started(result: object) -> Deferred[Any]:
    """Give a Deferred of what author code gave; a coroutine begins to run now."""
    if isinstance(result, Deferred):
        return result
    if iscoroutine(result):
        return Deferred.fromCoroutine(result)
    return succeed(result)


def ended(working: Deferred[Any]) -> Deferred[None]:
    """Give a Deferred that fires when ``working`` does, and leaves its result alone."""
    done: Deferred[None] = Deferred()

    def pass_on(value: object) -> object:
        done.callback(None)
        return value

    working.addBoth(pass_on)
    return done


def in_time(
    works: Iterable[Deferred[Any]], clock: IReactorTime, seconds: float
) -> Deferred[bool]:
    """Fire with True when all have ended, however; with False if that takes longer.

    They go on then, unwatched.
    """
    told: Deferred[bool] = Deferred()
    late = clock.callLater(seconds, told.callback, False)  # noqa: FBT003 - a result

    def tell(_: object) -> None:
        if late.active():
            late.cancel()
            told.callback(True)  # noqa: FBT003 - the same

    DeferredList(list(works), consumeErrors=True).addCallback(tell)
    return told
