"""One case on one server: connections that stay open, loaded in spells, summed up.

Between two spells of one server come those of the others. The pace of a shared machine
changes within a second, by a factor of two: spells that are short and take turns meet
the same pace, and their sums can be compared.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from gameserver.bench import canned, workloads
from gameserver.bench.connection import Connection, Target
from gameserver.bench.counters import MatchedMessages, RepeatedBlock
from gameserver.bench.figures import Sample, percentile
from gameserver.bench.load import Caller, Delay, Listener, drive
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gameserver.bench.workloads import Workload

_LONGEST: Final = 1024


class Loaded:
    """A server under one load, and what all its spells have measured together.

    ``shouts``: how many messages each call has every listener told.
    """

    def __init__(
        self,
        callers: Sequence[Caller],
        listeners: Sequence[Listener] = (),
        shouts: int = 0,
    ) -> None:
        self._callers = callers
        self._listeners = listeners
        self._shouts = shouts
        self.forget()

    def forget(self) -> None:
        """Count from here: what was before is no part of the sample."""
        self.answered = self.told = 0
        self.delays: list[Delay] = []
        self.wall = self.cpu = self._own_cpu = 0.0

    @property
    def load_share(self) -> float:
        """How busy the load generator was, of its one core."""
        return self._own_cpu / self.wall

    def run(self, seconds: float) -> None:
        """Load the server for one spell, and until all is answered and heard."""
        for listener in self._listeners:
            listener.heard = 0
        with _cpu_time(self._callers[0].connection) as cpu:
            spell = drive(self._callers, self._listeners, seconds, self._is_done)
        self.wall += spell.wall
        self._own_cpu += spell.own_cpu
        self.cpu += cpu[0]
        self.answered += self._answered()
        self.told += self._heard()
        for caller in self._callers:
            self.delays += caller.delays

    def _answered(self) -> int:
        return sum(caller.answered for caller in self._callers)

    def _is_done(self) -> bool:
        if any(caller.in_flight for caller in self._callers):
            return False
        told = sum(listener.heard for listener in self._listeners)
        return told >= self._answered() * self._shouts * len(self._listeners)

    def _heard(self) -> int:
        """Count what the listeners heard; every one has to have heard every shout."""
        shouts = self._answered() * self._shouts
        unequal = {each.heard for each in self._listeners} - {shouts}
        if unequal:
            text = f"a mind heard {unequal.pop()} of {shouts} notifications"
            raise MeasurementFailed(text)
        return shouts * len(self._listeners)

    def calls(self) -> Sample:
        """Give what calls took: rate, delays, and the server's CPU time for each."""
        figures = {
            "calls_per_second": self.answered / self.wall,
            "p50_us": percentile(self.delays, 0.5) * 1e6,
            "p99_us": percentile(self.delays, 0.99) * 1e6,
            "cpu_us_per_call": self.cpu / self.answered * 1e6,
        }
        return Sample(figures, self.load_share)

    def notifications(self) -> Sample:
        """Give what it took until every listener had heard every shout."""
        figures = {
            "messages_per_second": self.told / self.wall,
            "cpu_us_per_message": self.cpu / self.told * 1e6,
        }
        return Sample(figures, self.load_share)

    def pushes(self) -> Sample:
        """Give the delay of an answer that follows a notification."""
        return Sample({"p50_ms": percentile(self.delays, 0.5) * 1e3}, self.load_share)


@contextmanager
def calling(targets: Sequence[Target], load: Workload, window: int) -> Iterator[Loaded]:
    """Open one connection to each target, all of one server, for calls."""
    with ExitStack() as stack:
        opened = [stack.enter_context(Connection(target)) for target in targets]
        yield Loaded([_caller(each, load, window) for each in opened])


@contextmanager
def shouting(target: Target, minds: int) -> Iterator[Loaded]:
    """Open a connection that asks to shout, and so many that listen."""
    heard = canned.notification(workloads.EVENT, workloads.STORY)
    shouts = workloads.shouts(minds)
    with ExitStack() as stack:
        asking = stack.enter_context(Connection(target))
        caller = _caller(asking, workloads.shout(shouts), 1)
        listeners = [
            Listener(
                stack.enter_context(Connection(target, mind=True)),
                MatchedMessages(heard, _LONGEST),
            )
            for _ in range(minds)
        ]
        yield Loaded([caller], listeners, shouts)


@contextmanager
def pushing(target: Target) -> Iterator[Loaded]:
    """Open a connection that is notified in the midst of each call."""
    heard = canned.notification(workloads.EVENT, workloads.STORY)
    both = canned.notified_answer(heard, canned.FIRST_REQUEST, workloads.PUSH.answer)
    with Connection(target, mind=True) as connection:
        block, _ = canned.calls(workloads.PUSH, connection.perspective, 1)
        yield Loaded([Caller(connection, block, 1, MatchedMessages(both, _LONGEST))])


def _caller(connection: Connection, load: Workload, window: int) -> Caller:
    block, answers = canned.calls(load, connection.perspective, window)
    return Caller(connection, block, window, RepeatedBlock(answers, window))


@contextmanager
def _cpu_time(connection: Connection) -> Iterator[list[float]]:
    """Fill the list with the CPU seconds that the server's process spent inside.

    The process reads its own clock, all threads of it: ``/proc`` lags by up to a tick.
    """
    spent: list[float] = []
    before = int(connection.ask("cpu"))
    yield spent
    spent.append((int(connection.ask("cpu")) - before) / 1e9)
