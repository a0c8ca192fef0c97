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

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from twisted.internet.interfaces import IReactorTime
    from twisted.python.failure import Failure

_SHOWN: Final = 200  # characters of an error
_ROOT: Final = "plugins"


class ErrorWatch:
    """Counts errors per function; one release at a time is watched.

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
        self.number = 0
        """The release that is watched; 0 for none."""
        self.errors = 0
        """How many errors went through its new code."""
        self._clock = clock
        self._root = root
        self._recent = Recent(self.threshold.seconds)
        self._new: frozenset[tuple[CodeType, str]] = frozenset()
        """With their files: equal code may be elsewhere, and functions have copies."""
        self._verdict: Verdict | None = None
        self._on_too_many: Callable[[str], None] = _forget

    def begin(
        self,
        release_number: int,
        new_code: Collection[CodeType],
        on_too_many: Callable[[str], None],
    ) -> None:
        """Watch this release, and no other any more.

        ``new_code``: of functions, or of a whole module; what is nested in it counts
        as well. ``on_too_many`` is called once at most, with the reason, in a turn of
        its own: the failure may come from the midst of author code.
        """
        self.number, self.errors = release_number, 0
        nested = _nested(new_code)
        self._new = frozenset((code, code.co_filename) for code in nested)
        before = self._recent.counts(self._clock.seconds())
        self._verdict = Verdict(self.threshold, before)
        self._on_too_many = on_too_many

    def end(self) -> None:
        """Watch no more, and let go of the code; no error if nothing was watched."""
        self.number = 0
        self._new, self._verdict, self._on_too_many = frozenset(), None, _forget

    def failed(self, failure: Failure) -> None:
        """Note a failure of author code; for ``Fence.failed``."""
        steps = steps_of(failure)
        now = self._clock.seconds()
        new = [one for one in steps if self._is_new(one)]
        noted = [one for one in steps if self._is_noted(one)]
        for function in {one.function for one in noted}:
            self._recent.note(function, now)
        if self._verdict is None or not new:
            return
        self.errors += 1
        error = _line(failure, noted[-1])
        found = self._verdict.failed([one.function for one in new], error, now)
        if found is not None:
            self._give_notice(found)

    def _give_notice(self, found: TooMany) -> None:
        number, act = self.number, self._on_too_many
        self._verdict = None

        def tell() -> None:
            if self.number == number:  # nobody has ended it meanwhile
                act(str(found))

        self._clock.callLater(0, tell)

    def _is_noted(self, step: Step) -> bool:
        is_ours = step.module.partition(".")[0] == self._root
        return is_ours or self._is_new(step)

    def _is_new(self, step: Step) -> bool:
        return (step.code, step.code.co_filename) in self._new


def _nested(given: Collection[CodeType]) -> Iterator[CodeType]:
    for code in given:
        yield code
        yield from _nested([one for one in code.co_consts if type(one) is CodeType])


def _line(failure: Failure, step: Step) -> str:
    """Give an error in one line, whatever its own text does."""
    text = " ".join(safe_str(failure.value).split())[:_SHOWN]
    name = getattr(failure.type, "__name__", "error")
    return f"{name}: {text} at {step.place}" if text else f"{name} at {step.place}"


def _forget(reason: str) -> None:
    del reason
