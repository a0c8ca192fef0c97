"""The reload soak: load that never pauses, and releases, good ones and bad ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from twisted.internet.task import deferLater

from gameserver.errors import GameError
from tests.soak.reload.arena import Arena, Seen
from tests.soak.reload.editions import FAILING, Edition

_BREATH = 0.05  # seconds at most between two releases
_QUIET = 2.5  # seconds without a release at the end: a shifted timer shows then
_LATE = 200  # looks for the undo of a release whose migration fails later
_LOOK = 0.05  # seconds between two of them
_SHOWN = 200  # characters of an unexpected answer
_LOGGED = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Task:
    """How much: so many callers and releases; ``rate`` in calls of each a second."""

    callers: int
    releases: int
    seed: int
    rate: float = 4.0
    processes: int = 2
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class One:
    """One release and what came of it; ``fails``: the step at which it had to.

    ``pause``, ``waited`` in seconds: None, and 0, where it did not come so far.
    ``wrong``: what was not as expected, or "".
    """

    number: int
    fails: str
    outcome: str
    pause: float | None
    held: int
    wrong: str = ""


@dataclass
class Outcome:
    """All releases so far, and what the callers have seen."""

    task: Task
    releases: list[One] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)

    @property
    def faults(self) -> Counter[str]:
        """How much was wrong, by kind."""
        bad = Counter("release" for one in self.releases if one.wrong)
        return self.seen.faults + bad

    @property
    def pauses(self) -> list[float]:
        """The pauses of all that were committed, in seconds, the shortest first."""
        return sorted(one.pause for one in self.releases if one.pause is not None)

    def pause(self, share: float) -> float:
        """Give a quantile of the pauses; 0 if there were none."""
        pauses = self.pauses
        return pauses[math.ceil(share * len(pauses)) - 1] if pauses else 0.0

    @property
    def is_good(self) -> bool:
        """Say whether nothing was wrong, and each call was answered."""
        counts = self.seen.counts
        is_answered = counts["calls"] == counts["answers"]
        return is_answered and not self.faults

    @property
    def is_done(self) -> bool:
        """Say whether it was as much as the task asks for, and of all kinds."""
        kinds = {one.fails for one in self.releases}
        is_all = len(self.releases) >= self.task.releases
        is_heard = min(self.seen.counts[x] for x in ("answers", "ticks")) > 0
        return is_all and is_heard and kinds.issuperset(_needed(self.task.releases))


def _needed(releases: int) -> tuple[str, ...]:
    return FAILING if releases >= 3 * len(FAILING) else ()


async def soak(
    reactor: Any,
    task: Task,
    add_cleanup: Callable[..., object],
    progress: Callable[[Outcome], None],
) -> Outcome:
    """Release until the task is done; ``progress`` is told after each release.

    Raises ``AssertionError``, with its log, when a process ends as it should not.
    """
    arena = Arena(add_cleanup, reactor, task.wrong)
    outcome, random = Outcome(task), Random(task.seed)  # noqa: S311 - no secret
    names = [f"runner{number}" for number in range(task.callers)]
    await arena.start(names, task.processes, task.rate, task.seed)
    edition = Edition()
    for number in range(1, task.releases + 1):
        await deferLater(reactor, random.uniform(0, _BREATH))
        # Every third fails, each step in its turn.
        fails = FAILING[number // 3 % len(FAILING)] if number % 3 == 0 else ""
        following = edition.next(number, fails)
        policy = random.choice(("wait", "proceed"))
        one = await _released(reactor, arena, following, policy, random.choice(names))
        outcome.releases.append(one)
        if fails or one.wrong:
            arena.put(edition.text("", arena.pid))
        else:
            edition = following
        outcome.seen = arena.seen()
        progress(outcome)
    await deferLater(reactor, _QUIET)
    outcome.seen = await arena.stop()
    return outcome


async def _released(
    reactor: Any, arena: Arena, edition: Edition, policy: str, victim: str
) -> One:
    number, fails = edition.number, edition.fails
    arena.put(edition.text(victim, arena.pid))
    try:
        row = await arena.admin.ask("reload", None, policy)
    except GameError as error:
        is_ours = error.code == "not-released" and _is_reason(fails, str(error))
        wrong = "" if is_ours else f"{error.code}: {error}"[:_SHOWN]
        return One(number, fails, "refused", None, 0, wrong)
    if fails == "late":
        row = await _undone(reactor, arena)
    expected = "undone" if fails == "late" else "" if fails else "committed"
    wrong = "" if row["outcome"] == expected else f"{row['outcome']} {row['reason']}"
    held = row["facts"].get("held", 0)
    return One(number, fails, row["outcome"], row["pause"], held, wrong)


async def _undone(reactor: Any, arena: Arena) -> dict[str, Any]:
    """Wait until the newest release has been taken back; gives its row as it is."""
    for _ in range(_LATE):
        row: dict[str, Any] = (await arena.admin.ask("releases", 1))[0]
        if row["outcome"] == "undone":
            break
        await deferLater(reactor, _LOOK)
    return row


_REASONS = {
    "syntax": "SyntaxError",
    "body": "the body",
    "check": "check_nothing",
    "migration": "the migration of",
    "hook": "the hook",
    "adopt": "adopt",
    "start": "the start",
}


def _is_reason(fails: str, text: str) -> bool:
    return fails in _REASONS and _REASONS[fails] in text
