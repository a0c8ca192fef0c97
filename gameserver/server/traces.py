"""Through which code an error went."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.python.failure import Failure

_MOST: Final = 2000  # steps that are looked at; a deep recursion has a thousand


@dataclass(frozen=True, slots=True)
class Step:
    """One frame of a traceback; ``line``: where in the file the error passed."""

    code: CodeType
    module: str
    line: int

    @property
    def function(self) -> str:
        """The function's name, the same over releases: ``plugins.shop:Shop.sell``."""
        return f"{self.module}:{self.code.co_qualname}"

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.code.co_filename}:{self.line}"


def steps_of(failure: Failure) -> tuple[Step, ...]:
    """Give the steps of a failure, the outermost first.

    There are none of a failure that was never raised, nor of one that somebody has
    cleaned. No Deferred does so, in the Twisted that we need.
    """
    return tuple(_walked(failure))


def _walked(failure: Failure) -> Iterator[Step]:
    traceback = failure.getTracebackObject()
    for _ in range(_MOST):
        if traceback is None:
            return
        frame = traceback.tb_frame
        if isinstance(frame.f_code, CodeType):  # not Twisted's imitation of one
            module = str(frame.f_globals.get("__name__", ""))
            yield Step(frame.f_code, module, traceback.tb_lineno or 0)
        traceback = traceback.tb_next
