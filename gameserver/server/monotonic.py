"""Timers that do not stand still when the wall clock is set back.

Twisted's reactors measure time with ``time.time``, the asyncio reactor among them: its
loop's clock is monotonic, but what is due is decided by ``ReactorBase.seconds`` all the
same. With the clock set back an hour, everything scheduled waits an hour longer.
"""

from __future__ import annotations

import time

from twisted.internet.base import ReactorBase


def use_monotonic_clock(reactor: object) -> bool:
    """Make the reactor's timers follow ``time.monotonic``.

    To be called before the reactor runs; ``RuntimeError`` afterwards, because a turn in
    progress has already read the old clock. Calls scheduled so far stay due at the same
    moment. Gives False, and changes nothing, for a reactor that does not keep time as
    Twisted's own do, such as ``task.Clock``, or that is monotonic already.

    ``CLOCK_MONOTONIC`` stands still while the machine is suspended, and so do timers.
    """
    if not isinstance(reactor, ReactorBase) or reactor.seconds is time.monotonic:
        return False
    if reactor.running:
        msg = "the reactor runs: its clock can be changed before that only"
        raise RuntimeError(msg)
    shift = time.monotonic() - reactor.seconds()
    reactor.seconds = time.monotonic
    # Cancelled calls are still in the heap and must move too, or its order breaks;
    # getDelayedCalls() leaves them out.
    for call in (*reactor._pendingTimedCalls, *reactor._newTimedCalls):  # noqa: SLF001 - see above
        call.time += shift
        call.seconds = time.monotonic
    return True
