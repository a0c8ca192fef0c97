"""The one place where a value, a Deferred or a coroutine becomes a Deferred."""

from __future__ import annotations

from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred, succeed


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
