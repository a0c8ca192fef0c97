"""A child for tests/server/test_monotonic.py: a reactor's timers, told line by line.

Arguments: the reactor's name, then ``wall`` or ``monotonic``. Prints ``tick`` from a
LoopingCall, and ``planned`` from calls that were all made at the start, every 10 ms. A
thread that waits without any clock that could jump prints ``beat`` every 10 ms, and
``back`` once when the wall clock was set back: the measure of what there should be.

A timer that makes its next call itself is no proof that timers stop: if the clock jumps
in the middle of a turn, between the reactor's look at it and the timer's, the next call
is made by the new time and comes. The planned ones cannot be lucky.
"""

from __future__ import annotations

import os
import sys
import threading
import time

STEP = 0.01
PLANNED = 3000  # thirty seconds of them, as long as the test may take


def say(word: str) -> None:
    os.write(1, f"{word}\n".encode())  # one write: lines of two threads stay whole


def beat() -> None:
    started, told, stopping = time.time(), False, threading.Event()
    while not stopping.wait(STEP):
        if time.time() < started and not told:
            told = True
            say("back")
        say("beat")


def main(name: str, clock: str) -> None:
    if name == "asyncio":
        from twisted.internet import asyncioreactor as chosen
    else:
        from twisted.internet import epollreactor as chosen
    chosen.install()
    from twisted.internet import reactor, task

    for number in range(PLANNED):  # before the change of clock, which they survive
        reactor.callLater(number * STEP, say, "planned")
    if clock == "monotonic":
        from gameserver.server.monotonic import use_monotonic_clock

        use_monotonic_clock(reactor)
    task.LoopingCall(say, "tick").start(STEP)
    threading.Thread(target=beat, daemon=True).start()
    reactor.run()


main(*sys.argv[1:])
