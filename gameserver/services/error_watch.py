"""Watches the new code of a release: too many errors, and somebody takes it back.

The fence tells of each failure of author code. Which functions it went through is noted
at all times, so that it is known how often they failed before the next release.
"""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Final

from twisted.python.reflect import safe_str

from gameserver.server.traces import Step, steps_of
from gameserver.services.error_rules import Recent, Threshold, TooMany, Verdict
from gameserver.services.release_record import writable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from twisted.internet.interfaces import IReactorTime
    from twisted.python.failure import Failure

_SHOWN: Final = 200  # characters of an error
_ROOT: Final = "plugins"


class Watched:
    """The new code of one release, and whether it fails too often."""

    def __init__(
        self,
        new_code: Collection[CodeType],
        verdict: Verdict,
        on_too_many: Callable[[str], None],
    ) -> None:
        self.errors = 0
        """How many errors went through its code."""
        self.verdict: Verdict | None = verdict
        """None once it was given."""
        self.on_too_many = on_too_many
        self._codes = frozenset((x, x.co_filename) for x in _nested(new_code))
        """With their files: equal code may be elsewhere, and functions have copies."""

    def has(self, step: Step) -> bool:
        """Say whether a frame ran this code."""
        return (step.code, step.code.co_filename) in self._codes


class ErrorWatch:
    """Counts errors per function; several releases may be watched at a time.

    ``root``: the package of author code. Other functions are not noted, but for new
    code, wherever that is.
    """

    def __init__(
        self,
        clock: IReactorTime,
        threshold: Threshold | None = None,
        root: str = _ROOT,
    ) -> None:
        self.threshold = threshold or Threshold()
        self.watched: dict[int, Watched] = {}
        """By the number of the release."""
        self._clock = clock
        self._root = root
        self._recent = Recent(self.threshold.seconds)

    def begin(
        self,
        release_number: int,
        new_code: Collection[CodeType],
        on_too_many: Callable[[str], None],
    ) -> None:
        """Watch this release, besides those that are watched.

        ``new_code``: of functions, or of a whole module; what is nested in it counts
        as well. ``on_too_many`` is called once at most, with the reason, in a turn of
        its own: the failure may come from the midst of author code.
        """
        before = self._recent.counts(self._clock.seconds())
        verdict = Verdict(self.threshold, before)
        self.watched[release_number] = Watched(new_code, verdict, on_too_many)

    def end(self, release_number: int | None = None) -> None:
        """Watch this one no more, None for all, and let go of its code."""
        if release_number is None:
            self.watched.clear()
        else:
            self.watched.pop(release_number, None)

    def failed(self, failure: Failure) -> None:
        """Note a failure of author code; for ``Fence.failed``."""
        steps = steps_of(failure)
        now = self._clock.seconds()
        noted = [one for one in steps if self._is_noted(one)]
        for function in {one.function for one in noted}:
            self._recent.note(function, now)
        for number, watched in list(self.watched.items()):
            new = [one.function for one in steps if watched.has(one)]
            if new and watched.verdict is not None:
                watched.errors += 1
                error = _line(failure, noted[-1])
                found = watched.verdict.failed(new, error, now)
                if found is not None:
                    self._give_notice(number, watched, found)

    def _give_notice(self, number: int, watched: Watched, found: TooMany) -> None:
        watched.verdict = None

        def tell() -> None:
            if self.watched.get(number) is watched:  # nobody has ended it meanwhile
                watched.on_too_many(str(found))

        self._clock.callLater(0, tell)

    def _is_noted(self, step: Step) -> bool:
        is_ours = step.module.partition(".")[0] == self._root
        return is_ours or any(one.has(step) for one in self.watched.values())


def _nested(given: Collection[CodeType]) -> Iterator[CodeType]:
    for code in given:
        yield code
        yield from _nested([one for one in code.co_consts if type(one) is CodeType])


def _line(failure: Failure, step: Step) -> str:
    """Give an error in one line, whatever its own text does."""
    text = " ".join(writable(safe_str(failure.value)).split())[:_SHOWN]
    name = getattr(failure.type, "__name__", "error")
    return f"{name}: {text} at {step.place}" if text else f"{name} at {step.place}"
