"""Timers when the wall clock is set back an hour, in a real child process."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from gameserver.server.monotonic import use_monotonic_clock

SHIMS = Path(__file__).resolve().parent.parent / "shims"
HOUR = 3600.0


class Watcher(ProcessProtocol):
    """Counts the child's words; ``seen`` waits until one came so many times more."""

    def __init__(self):
        self.counts = Counter()
        self.errors = b""
        self.ended = Deferred()
        self._rest = b""
        self._waiting = []

    def seen(self, word: str, times: int) -> Deferred[None]:
        waiting = Deferred()
        self._waiting.append((word, self.counts[word] + times, waiting))
        return waiting

    def outReceived(self, data):
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.counts[line.decode()] += 1
            self._tell()

    def errReceived(self, data):
        self.errors += data

    def processEnded(self, reason):
        for _, _, waiting in self._waiting:
            waiting.errback(RuntimeError(self.errors.decode()))
        self.ended.callback(None)

    def _tell(self):
        due = [one for one in self._waiting if self.counts[one[0]] >= one[1]]
        self._waiting = [one for one in self._waiting if one not in due]
        for _, _, waiting in due:
            waiting.callback(None)


class SetBackTests(TestCase):
    """The wall clock jumps back while timers run."""

    timeout = 30

    def start(self, name: str, clock: str) -> Watcher:
        """Start the child; its wall clock moves once ``self.offset`` is written."""
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.offset = Path(temporary.name) / "offset"
        places = [str(SHIMS / "wall_clock"), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, places)),
            "WALL_CLOCK_OFFSET": str(self.offset),
        }
        watcher = Watcher()
        command = [sys.executable, str(SHIMS / "ticking.py"), name, clock]
        child = reactor.spawnProcess(watcher, sys.executable, command, env=environment)

        def end() -> Deferred[None]:
            if not watcher.ended.called:
                child.signalProcess("KILL")
            return watcher.ended

        self.addCleanup(end)
        return watcher

    async def ticks_after_jump(self, name: str, clock: str) -> Counter[str]:
        """Count what comes during fifty beats after the clock was set back."""
        watcher = self.start(name, clock)
        await watcher.seen("tick", 5)
        await watcher.seen("planned", 5)
        jumped = watcher.seen("back", 1)
        self.offset.write_text(str(-HOUR))
        await jumped
        await watcher.seen("beat", 5)  # what was due before the jump is through
        before = watcher.counts.copy()
        await watcher.seen("beat", 50)
        return watcher.counts - before

    async def test_stock_reactor_stops(self):
        """Twisted's own clock stops pending timers: the tests below can fail."""
        counts = await self.ticks_after_jump("epoll", "wall")
        self.assertEqual(counts["planned"], 0, counts)

    async def test_stock_asyncio_reactor_stops(self):
        """So does it under asyncio, although the loop's clock is monotonic."""
        counts = await self.ticks_after_jump("asyncio", "wall")
        self.assertEqual(counts["planned"], 0, counts)

    async def test_monotonic_goes_on(self):
        """With the monotonic clock timers go on at their pace."""
        counts = await self.ticks_after_jump("epoll", "monotonic")
        self.assertGreater(counts["tick"], 25, counts)
        self.assertGreater(counts["planned"], 25, counts)

    async def test_monotonic_asyncio_goes_on(self):
        """Under asyncio too."""
        counts = await self.ticks_after_jump("asyncio", "monotonic")
        self.assertGreater(counts["tick"], 25, counts)
        self.assertGreater(counts["planned"], 25, counts)


class ChangeTests(SynchronousTestCase):
    """What changing the clock does to a reactor that does not run yet."""

    def setUp(self):
        self.reactor = SelectReactor()
        self.addCleanup(self.close)

    def close(self):
        """Let go of the reactor's wake-up pipe."""
        for reader in self.reactor._internalReaders.copy():
            self.reactor._internalReaders.remove(reader)
            self.reactor.removeReader(reader)
            reader.connectionLost(None)

    def test_pending_calls_keep_their_moment(self):
        """Calls made before are due when they were, also among cancelled ones."""
        due = []
        calls = [self.reactor.callLater(n, due.append, n) for n in range(100, 0, -1)]
        self.reactor.timeout()  # moves them to the heap
        for call in calls[::2]:
            call.cancel()
        newest = self.reactor.callLater(0.5, due.append, 0.5)
        self.assertTrue(use_monotonic_clock(self.reactor))
        self.assertAlmostEqual(newest.getTime() - time.monotonic(), 0.5, places=1)
        self.assertLessEqual(self.reactor.timeout(), 0.5)
        start = time.monotonic()
        self.reactor.seconds = lambda: start + 50
        self.reactor.runUntilCurrent()
        self.assertEqual(due, [0.5, *range(1, 50, 2)])

    def test_reset_of_a_pending_call(self):
        """A call made before can be put off as any other."""
        call = self.reactor.callLater(1, list)
        use_monotonic_clock(self.reactor)
        call.reset(10)
        self.assertAlmostEqual(call.getTime() - time.monotonic(), 10, places=1)

    def test_twice(self):
        """Asking again changes nothing."""
        self.assertTrue(use_monotonic_clock(self.reactor))
        self.assertFalse(use_monotonic_clock(self.reactor))
        self.assertIs(self.reactor.seconds, time.monotonic)

    def test_running(self):
        """A running reactor is refused and left as it is."""
        before = reactor.seconds
        self.patch(reactor, "running", True)
        with self.assertRaises(RuntimeError):
            use_monotonic_clock(reactor)
        self.assertEqual(reactor.seconds, before)

    def test_other_clocks(self):
        """A clock that is not a reactor's, such as a test's, is left alone."""
        clock = Clock()
        self.assertFalse(use_monotonic_clock(clock))
        self.assertEqual(clock.seconds(), 0.0)
