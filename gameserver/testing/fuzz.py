"""The fuzzer: a script of calls must bring the same with releases between the calls.

    script = [("ada", "take", "lantern"), 0.5, ("bob", "hit", "ada"), 0.5]
    fuzz_releases(lambda: World.of_plugins(Path("plugins")), script)

It plays the script once as it is, and then again and again with releases put in, each
time in a new world. Whatever players can see must be equal: answers, each once and in
order, events, and stored state. A release that is refused or undone must leave all
texts, names, state and timers as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal

from gameserver.errors import PluginError, UndoRefused
from gameserver.testing.picture import Picture
from gameserver.testing.playing import Play, shown, stored, unlike
from gameserver.testing.versions import VERSIONS, Fate, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gameserver.testing.playing import Moment, Step
    from gameserver.testing.world import World

    Inserted = Mapping[int, Version]
    """The release before each step, by the step's index."""

_BEFORE, _LONGEST = 12, 2000  # steps and characters that a message shows
_TRIES = 60  # plays spent on finding one release that is enough


@dataclass(frozen=True, slots=True)
class Difference:
    """What a play with releases brought otherwise; ``step``: index of where."""

    step: int
    title: str
    without: object
    with_it: object


def fuzz_releases(
    world: Callable[[], World],
    script: Sequence[Step],
    versions: Sequence[Version] = VERSIONS,
    *,
    at: Literal["each", "all", "random"] = "each",
    runs: int = 20,
    seed: int = 0,
    state: Callable[[World], object] = stored,
) -> int:
    """Play a script with releases between its steps; give how often it was played.

    ``world``: makes a new world, always the same: seed its dice. ``at``: "each" puts
    one release at one place at a time, all of ``versions`` at all places; "all" puts
    one before every step, the versions in turn, so often that each
    was before each step; "random" plays ``runs`` times with some of them here
    and there, from ``seed``. ``state``: what is compared after each step beside what
    players see. Raises ``AssertionError`` that shows script, release and difference,
    with one release alone if that is enough; ``ValueError`` for a script that differs
    from itself, raises by itself, or leaves a call without an answer.
    """
    steps = list(script)
    fuzz = _Fuzz(world, steps, state)
    fuzz.begin()
    for inserted in _plans(at, len(steps), versions, runs, Random(seed)):  # noqa: S311 - no secret
        found = fuzz.difference(inserted)
        if found is not None:
            raise AssertionError(fuzz.report(*fuzz.shrunk(inserted, found)))
    return fuzz.plays


def _plans(
    at: str, length: int, versions: Sequence[Version], runs: int, dice: Random
) -> Iterator[Inserted]:
    if at == "each":
        for version in versions:
            for index in range(length):
                yield {index: version}
    elif at == "all":
        for first in range(len(versions)):
            turn = [
                versions[(first + index) % len(versions)] for index in range(length)
            ]
            yield dict(enumerate(turn))
    elif at == "random":
        for _ in range(runs):
            chance = dice.choice((0.1, 0.3, 0.7))
            places = [one for one in range(length) if dice.random() < chance]
            yield {place: dice.choice(versions) for place in places}
    else:
        raise ValueError(f"at={at!r}: expected 'each', 'all' or 'random'")


class _Fuzz:
    """One script, what it brings without releases, and plays with them."""

    def __init__(
        self,
        world: Callable[[], World],
        script: list[Step],
        state: Callable[[World], object],
    ) -> None:
        self._world = world
        self._script = script
        self._state = state
        self._plain: list[Moment] = []
        self.plays = 0

    def begin(self) -> None:
        """Play without releases, twice: a script must be like itself."""
        self._plain, unanswered = self._played({})
        if unanswered:
            text = "without any release; let more time pass at the script's end"
            raise ValueError(f"never answered: {unanswered[0]}, {text}")
        for index, moment in enumerate(self._plain):
            if moment.raised:
                text = f"raises without any release: {moment.raised}"
                raise ValueError(f"{self._line(index)} {text}")
        found = unlike(self._plain, self._played({})[0])
        if found is not None:
            text = "differs from play to play, without any release; seed the dice"
            raise ValueError(f"{self._line(found[0])}: {found[1]} {text}")

    def difference(self, inserted: Inserted) -> Difference | None:
        """Play with these releases; give the first difference, or None."""
        try:
            played, _ = self._played(inserted)
        except _Left as left:
            return left.difference
        found = unlike(self._plain, played)
        if found is None:
            return None
        step, title = found
        plain, other = (
            one[step].seen.get(title, "nothing") for one in (self._plain, played)
        )
        return Difference(step, title, plain, other)

    def shrunk(
        self, inserted: Inserted, found: Difference
    ) -> tuple[Inserted, Difference]:
        """Give one release that is enough for a difference, if there is one."""
        if len(inserted) == 1:
            return inserted, found
        before = sorted((one for one in inserted if one <= found.step), reverse=True)
        for place in before[:_TRIES]:
            alone = {place: inserted[place]}
            again = self.difference(alone)
            if again is not None:
                return alone, again
        return {place: inserted[place] for place in sorted(before)}, found

    def _played(self, inserted: Inserted) -> tuple[list[Moment], list[str]]:
        self.plays += 1
        play = Play(self._world(), self._state)
        moments = []
        for index, step in enumerate(self._script):
            if index in inserted:
                _release(play.world, inserted[index], index)
            moments.append(play.step(step))
        unanswered = play.unanswered
        return [*moments, play.end()], unanswered

    def report(self, inserted: Inserted, found: Difference) -> str:
        """Say what was released, where in the script, and what came of it."""
        first = max(0, min(inserted) - _BEFORE)
        last = min(max(*inserted, found.step), len(self._script) - 1)
        lines = ["a release changed what players see, or what a release must leave:"]
        if first:
            lines.append(f"     ... {first} steps")
        for index in range(first, last + 1):
            if index in inserted:
                version = inserted[index]
                fate = f", which {version.fate.value}" * (version.fate != Fate.STAYS)
                lines.append(f"  >> release: {version.name}{fate}")
            mark = "!!" if index == found.step else "  "
            lines.append(f"  {mark} {self._line(index)}")
        where = self._line(found.step)
        return "\n".join(
            [
                *lines,
                f"in {where}: {found.title}",
                f"  without releases: {_short(found.without)}",
                f"  with the release: {_short(found.with_it)}",
            ]
        )

    def _line(self, index: int) -> str:
        if index == len(self._script):
            return "the end of the script"
        return f"step {index + 1}: {shown(self._script[index])}"


class _Left(Exception):
    """A release was not carried out as it should, or left what it must not."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.title)
        self.difference = difference


def _release(world: World, version: Version, index: int) -> None:
    """Release a version before a step; raises ``_Left``."""
    texts = version.texts(world.texts, index + 1)
    if not texts:
        return
    world.settle()
    before = Picture(world)
    try:
        release = world.release(texts)
        if version.fate is Fate.UNDONE:
            release.finish()  # or no instance's hook has run
            release.undo()
            world.settle()
    except (PluginError, UndoRefused) as error:
        if version.fate is not Fate.REFUSED:
            raise _left(index, "the release itself", "carried out", error) from error
    else:
        if version.fate is Fate.REFUSED:
            raise _left(index, "the release itself", "refused", "carried out")
    if version.fate is not Fate.STAYS:
        changed = before.unlike(Picture(world))
        if changed is not None:
            raise _left(index, *changed)


def _left(index: int, title: str, without: object, with_it: object) -> _Left:
    return _Left(Difference(index, title, without, with_it))


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
