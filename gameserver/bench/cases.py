"""What is measured: each case is a name and a function of a server and a time."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gameserver.bench import canned, workloads
from gameserver.bench.connection import Connection, Target
from gameserver.bench.counters import MatchedMessages, RepeatedBlock
from gameserver.bench.figures import Sample, percentile
from gameserver.bench.load import Caller, Listener, Spell, drive
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gameserver.bench.workloads import Workload

SHAPES: Final = ((1, 1), (1, 32), (50, 4))
"""Connections and calls in flight on each."""

MINDS: Final = 200
_WARM_UP: Final = 0.2
_LONGEST: Final = 1024


@dataclass(frozen=True)
class Case:
    """One row group of the table. ``measure``: a server and seconds to a sample."""

    name: str
    measure: Callable[[Target, float], Sample]


def all_cases(minds: int = MINDS) -> list[Case]:
    """Give every case in the order of the table."""
    loads = (workloads.GREET, workloads.MOVE)
    cases = [calls_case(load, *shape) for load in loads for shape in SHAPES]
    return [*cases, notify_case(minds), Case("push, answer", push)]


def calls_case(load: Workload, connections: int, window: int) -> Case:
    """Give the case of a load over so many connections, so many in flight on each."""

    def measure(target: Target, seconds: float) -> Sample:
        return calls(target, seconds, load, connections, window)

    return Case(f"{load.method} {connections}x{window}", measure)


def notify_case(minds: int) -> Case:
    """Give the case of notifications to so many minds."""

    def measure(target: Target, seconds: float) -> Sample:
        return notifications(target, seconds, minds)

    return Case(f"notify {minds} minds", measure)


def calls(
    target: Target, seconds: float, load: Workload, connections: int, window: int
) -> Sample:
    """Measure calls: rate, delays, and the server's CPU time for each."""
    return calls_of([target] * connections, seconds, load, window)


def calls_of(
    targets: Sequence[Target], seconds: float, load: Workload, window: int
) -> Sample:
    """Measure the same over one connection to each target, all of one server."""
    with ExitStack() as stack:
        callers = [
            _caller(stack.enter_context(Connection(target)), load, window)
            for target in targets
        ]

        def is_done() -> bool:
            return not any(caller.in_flight for caller in callers)

        drive(callers, [], seconds * _WARM_UP, is_done)
        with _cpu_time(callers[0].connection) as cpu:
            spell = drive(callers, [], seconds, is_done)
    return _calls_sample(callers, spell, cpu[0])


def notifications(target: Target, seconds: float, minds: int) -> Sample:
    """Measure notifications: one connection asks to shout, all others listen.

    The time is that until every listener has heard every shout.
    """
    heard = canned.notification(workloads.EVENT, workloads.STORY)
    with ExitStack() as stack:
        caller = _caller(stack.enter_context(Connection(target)), workloads.SHOUT, 1)
        listeners = [
            Listener(
                stack.enter_context(Connection(target, mind=True)),
                MatchedMessages(heard, _LONGEST),
            )
            for _ in range(minds)
        ]

        def is_done() -> bool:
            told = sum(listener.heard for listener in listeners)
            return (
                not caller.in_flight
                and told >= caller.answered * workloads.SHOUTS * minds
            )

        drive([caller], listeners, seconds * _WARM_UP, is_done)
        _forget(listeners)
        with _cpu_time(caller.connection) as cpu:
            spell = drive([caller], listeners, seconds, is_done)
    return _notifications_sample(caller, listeners, spell, cpu[0])


def push(target: Target, seconds: float) -> Sample:
    """Measure the delay of an answer that follows a notification."""
    heard = canned.notification(workloads.EVENT, workloads.STORY)
    both = canned.notified_answer(heard, canned.FIRST_REQUEST, workloads.PUSH.answer)
    with Connection(target, mind=True) as connection:
        block, _ = canned.calls(workloads.PUSH, connection.perspective, 1)
        caller = Caller(connection, block, 1, MatchedMessages(both, _LONGEST))

        def is_done() -> bool:
            return not caller.in_flight

        drive([caller], [], seconds * _WARM_UP, is_done)
        spell = drive([caller], [], seconds, is_done)
    return Sample({"p50_ms": percentile(caller.delays, 0.5) * 1e3}, spell.load_share)


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


def _calls_sample(callers: Sequence[Caller], spell: Spell, cpu: float) -> Sample:
    answered = sum(caller.answered for caller in callers)
    delays = [delay for caller in callers for delay in caller.delays]
    figures = {
        "calls_per_second": answered / spell.wall,
        "p50_us": percentile(delays, 0.5) * 1e6,
        "p99_us": percentile(delays, 0.99) * 1e6,
        "cpu_us_per_call": cpu / answered * 1e6,
    }
    return Sample(figures, spell.load_share)


def _forget(listeners: Sequence[Listener]) -> None:
    for listener in listeners:
        listener.heard = 0


def _notifications_sample(
    caller: Caller, listeners: Sequence[Listener], spell: Spell, cpu: float
) -> Sample:
    shouts = caller.answered * workloads.SHOUTS
    unequal = {each.heard for each in listeners} - {shouts}
    if unequal:
        text = f"a mind heard {unequal.pop()} of {shouts} notifications"
        raise MeasurementFailed(text)
    told = shouts * len(listeners)
    figures = {
        "messages_per_second": told / spell.wall,
        "cpu_us_per_message": cpu / told * 1e6,
    }
    return Sample(figures, spell.load_share)
