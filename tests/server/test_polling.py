"""Events of sockets without a context for the log, in a real reactor with epoll."""

from __future__ import annotations

import socket
from typing import Any
from unittest import SkipTest

from twisted.internet.abstract import FileDescriptor
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock
from twisted.python import context, log
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.polling import use_short_turns

try:
    from twisted.internet.epollreactor import EPollReactor
except ImportError as error:
    raise SkipTest("this system has no epoll") from error


class Reader(FileDescriptor):
    """One end of a pair of sockets; does something when it can be read."""

    def __init__(self, reactor: Any, act: Any) -> None:
        super().__init__(reactor)
        self.own, self.other = socket.socketpair()
        self.act = act
        self.lost: list[Any] = []
        self.startReading()
        self.other.send(b"x")

    def fileno(self) -> int:
        return self.own.fileno()

    def logPrefix(self) -> str:
        return "reader"

    def doRead(self) -> Any:
        self.own.recv(1)
        return self.act()

    def connectionLost(self, reason: Any) -> None:
        self.lost.append(reason)
        self.act()

    def close(self) -> None:
        self.stopReading()
        self.own.close()
        self.other.close()


def system() -> str:
    """Give what the log would name as the system."""
    return context.get(log.ILogContext)["system"]


class TurnTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = EPollReactor()
        self.addCleanup(self.close)

    def close(self) -> None:
        """Let go of the reactor's wake-up pipe and of its epoll."""
        for reader in self.reactor._internalReaders.copy():
            self.reactor._internalReaders.remove(reader)
            self.reactor.removeReader(reader)
            reader.connectionLost(None)
        self.reactor._poller.close()

    def reader(self, act: Any) -> Reader:
        reader = Reader(self.reactor, act)
        self.addCleanup(reader.close)
        return reader

    def systems(self) -> list[str]:
        """Give the systems that two events are carried out in."""
        seen: list[str] = []
        for _ in range(2):
            self.reader(lambda: seen.append(system()))
        self.reactor.doIteration(1)
        return seen

    def test_stock(self) -> None:
        """Twisted's own turn has a context for each: what is left out below."""
        self.assertEqual(self.systems(), ["reader", "reader"])

    def test_no_context(self) -> None:
        """Every event is carried out, in the reactor's own context."""
        self.assertTrue(use_short_turns(self.reactor))
        self.assertEqual(self.systems(), ["-", "-"])

    def test_failing_read(self) -> None:
        """A read that raises is logged, and ends that connection alone."""
        use_short_turns(self.reactor)
        read: list[int] = []
        bad = self.reader(lambda: 1 / len(bad.lost))
        self.reader(lambda: read.append(1))
        self.reactor.doIteration(1)
        self.assertEqual((len(bad.lost), read), (1, [1]))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_failing_end(self) -> None:
        """So is the end of a connection that raises; the others have their turn."""
        use_short_turns(self.reactor)
        read: list[int] = []
        for _ in range(2):
            self.reader(lambda: 1 / 0)
        self.reader(lambda: read.append(1))
        self.reactor.doIteration(1)
        self.assertEqual(read, [1])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 4)

    def test_ended_by_another(self) -> None:
        """An event of a connection that another one has ended is left out."""
        use_short_turns(self.reactor)
        read: list[Reader] = []

        def act(reader: Reader) -> None:
            read.append(reader)
            for one in both:
                one.stopReading()

        both = [self.reader(lambda: act(both[0])), self.reader(lambda: act(both[1]))]
        self.reactor.doIteration(1)
        self.assertEqual(len(read), 1)

    def test_others_go_on(self) -> None:
        """Others still have theirs in the same turn."""
        use_short_turns(self.reactor)
        read: list[str] = []
        readers = []

        def act(name: str) -> None:
            read.append(name)
            for one in readers[:2]:
                one.stopReading()

        readers = [self.reader(lambda name=name: act(name)) for name in "abc"]
        self.reactor.doIteration(1)
        self.assertEqual(len(read), 2)
        self.assertIn("c", read)

    def test_another_poller(self) -> None:
        """What is put in the poller's place, such as a clock, is asked from then on."""
        use_short_turns(self.reactor)
        asked: list[Any] = []

        class Noting:
            """Notes how long is to be waited."""

            def poll(self, timeout: float | None, most: int) -> Any:
                asked.append(timeout)
                return []

        before, self.reactor._poller = self.reactor._poller, Noting()
        for wait in (None, 0.5):
            self.reactor.doIteration(wait)
        self.reactor._poller = before
        self.assertEqual(asked, [None, 0.5])

    def test_nothing(self) -> None:
        """A turn without an event ends when it is to."""
        use_short_turns(self.reactor)
        self.reactor.doIteration(0)

    def test_interrupt(self) -> None:
        """An interrupt from the keyboard is no event's failure."""
        use_short_turns(self.reactor)

        def interrupt(*given: Any) -> None:
            raise KeyboardInterrupt

        self.reader(list)
        self.patch(self.reactor, "_doReadOrWrite", interrupt)
        self.assertRaises(KeyboardInterrupt, self.reactor.doIteration, 1)


class OtherTests(SynchronousTestCase):
    def test_others(self) -> None:
        """What waits in another way is left as it is."""

        class Derived(EPollReactor):
            """May have a turn of its own."""

        for reactor in (
            Clock(),
            object.__new__(SelectReactor),
            object.__new__(Derived),
        ):
            with self.subTest(reactor=reactor):
                before = dict(vars(reactor))
                self.assertFalse(use_short_turns(reactor))
                self.assertEqual(vars(reactor), before)
