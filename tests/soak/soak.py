"""The kill soak: load, SIGKILL at a random moment, restart, read, compare, go on."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from twisted.internet.defer import TimeoutError as OutOfTime
from twisted.internet.task import deferLater

from tests.soak.comparing import Finding, compare, numbers_applied
from tests.soak.crew import Crew
from tests.soak.market_books import World, genesis
from tests.soak.town import Town

NAMES = ("ada", "bea", "bob", "cleo", "dan", "eve", "finn", "gwen")
_PATIENCE = 60.0  # seconds for the answers before a kill
_JITTER = 0.02  # seconds at most between the last awaited answer and the kill


@dataclass(frozen=True, slots=True)
class Task:
    """How much: at least so many kills, and so many acknowledged changes.

    ``is_wrong``: on a server that answers before it commits. ``resume``: with clients
    that come back by themselves.
    """

    kills: int
    changes: int
    seed: int
    is_wrong: bool = False
    resume: bool = False

    @property
    def mean(self) -> int:
        """How many changes should be acknowledged between two kills."""
        return -(-self.changes // self.kills)


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill and what came of it.

    ``answers``: after how many the kill was due; ``delay``: seconds from there.
    ``open_applied``, ``open_dropped``: calls without an answer, by what became of them.
    ``late``: those answered by the next server, which clients that come back wait for.
    """

    number: int
    answers: int
    delay: float
    sent: int
    acknowledged: int
    open_applied: int
    open_dropped: int
    findings: tuple[Finding, ...]
    late: int = 0


@dataclass
class Outcome:
    """All kills so far."""

    task: Task
    kills: list[Kill] = field(default_factory=list)

    def total(self, what: str) -> int:
        """Give the sum of one of a kill's numbers: ``acknowledged``, ``sent``."""
        return sum(getattr(kill, what) for kill in self.kills)

    def found(self) -> Counter[str]:
        """Give how much was found of each kind of finding."""
        found: Counter[str] = Counter()
        for kill in self.kills:
            for finding in kill.findings:
                found[finding.kind] += finding.count
        return found

    @property
    def is_good(self) -> bool:
        """Say whether nothing was wrong, and something was acknowledged at all."""
        return not self.found() and self.total("acknowledged") > 0

    @property
    def is_done(self) -> bool:
        """Say whether the task is done."""
        task = self.task
        is_enough = self.total("acknowledged") >= task.changes
        return len(self.kills) >= task.kills and is_enough


async def soak(
    reactor: Any,
    task: Task,
    add_cleanup: Callable[..., object],
    progress: Callable[[Outcome], None],
) -> Outcome:
    """Kill until the task is done; ``progress`` is told after each kill.

    Ends early after as many kills again without enough changes: a server so slow is
    shown by ``Outcome.is_done``. Raises ``AssertionError``, with the server's log, when
    it does not come up again.
    """
    random = Random(task.seed)  # noqa: S311 - a kill's moment is no secret
    town = Town(add_cleanup, is_wrong=task.is_wrong, is_pinned=task.resume)
    await town.start()
    tokens = await town.settle_in(list(NAMES), reactor)
    crew = Crew(reactor, tokens, random, resume=task.resume)
    outcome, world = Outcome(task), genesis(NAMES)
    try:
        await crew.enter(town.endpoint)
        while not outcome.is_done and len(outcome.kills) < 2 * task.kills:
            number = len(outcome.kills) + 1
            answers, delay = _moment(task, random)
            await _load_and_kill(reactor, town, crew, world, answers, delay)
            before, world = world, await crew.read()
            outcome.kills.append(_judged(number, answers, delay, before, world, crew))
            progress(outcome)
    finally:
        await crew.close()
    town.stop()
    await town.end(0)
    return outcome


def _moment(task: Task, random: Random) -> tuple[int, float]:
    """Draw after how many answers to kill, and how many seconds later."""
    return random.randint(0, 2 * task.mean), random.uniform(0, _JITTER)


async def _load_and_kill(
    reactor: Any, town: Town, crew: Crew, world: World, answers: int, delay: float
) -> None:
    """Have load, kill and restart; leaves everybody logged in and nothing open."""
    crew.begin(world)
    try:
        await crew.after(answers).addTimeout(_PATIENCE, reactor)
    except OutOfTime:
        text = f"{crew.answers} of {answers} answers in {_PATIENCE:g} s"
        raise AssertionError(f"the server is stuck: {text}:\n{town.log}") from None
    await deferLater(reactor, delay)
    town.kill()
    crew.stop_sending()
    await town.end(-signal.SIGKILL)
    crew.go_on()
    if not crew.resumes:
        await crew.close()
        await crew.settle()
    await town.start()
    await crew.enter(town.endpoint)
    await crew.settle()


def _judged(
    number: int, answers: int, delay: float, before: World, after: World, crew: Crew
) -> Kill:
    traffic = {name: caller.traffic for name, caller in crew.callers.items()}
    unanswered = {n: t.sent.keys() - t.acknowledged for n, t in traffic.items()}
    applied = sum(
        len(unanswered[name].intersection(numbers_applied(name, before, after)))
        for name in traffic
    )
    return Kill(
        number=number,
        answers=answers,
        delay=delay,
        sent=sum(len(one.sent) for one in traffic.values()),
        acknowledged=sum(len(one.acknowledged) for one in traffic.values()),
        open_applied=applied,
        open_dropped=sum(map(len, unanswered.values())) - applied,
        findings=tuple(compare(before, after, traffic)),
        late=sum(len(one.late) for one in traffic.values()),
    )
