"""What a release asks of the parts around it, and parts that do nothing.

The real ones are ``rehearsal.Rehearsal``, ``server.quiesce.Quiesce`` and
``error_watch.ErrorWatch``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gameserver.server.quiesce_rules import Held, Quiesced
from gameserver.services.collector import Unmoved
from gameserver.services.rehearsal import Report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from types import CodeType

    from gameserver.model.release_row import ReleaseRow
    from gameserver.services.collector import Collects
    from gameserver.services.rehearsal import Wanted


Policy = Literal["wait", "proceed", "refuse"]
"""What a release does about calls at work; see ``quiesce_rules.Policy``."""


class Rehearses(Protocol):
    """Tries a release where it does no harm."""

    def run(self, wanted: Wanted) -> Awaitable[Report]:
        """Plan, commit and migrate on a copy."""


class Quiesces(Protocol):
    """Keeps calls out of modules that are about to change."""

    def close(self, modules: Collection[str], policy: Policy) -> Awaitable[Quiesced]:
        """Let calls wait; return, outside of author code, when the release may come.

        If ``refused`` is not 0, it may not, and all is open again.
        """

    def open(self) -> Held:
        """Let them go on; it does nothing if nothing was closed."""


class Watches(Protocol):
    """Counts the errors of new code."""

    def begin(
        self,
        release_number: int,
        new_code: Collection[CodeType],
        on_too_many: Callable[[str], None],
    ) -> object:
        """Watch this release, too; say why when it is too many."""

    def end(self, release_number: int | None = None) -> object:
        """Watch this one no more; None for all."""


class NoRehearsal:
    """Rehearses nothing, and says so."""

    async def run(self, wanted: Wanted) -> Report:
        """Give a report that nothing was run."""
        del wanted
        why = "this server does not rehearse"
        return Report(ok=True, was_run=False, text=f"not rehearsed: {why}", why_not=why)


class OpenGate:
    """Keeps nobody out."""

    async def close(self, modules: Collection[str], policy: Policy) -> Quiesced:
        """Return at once."""
        del modules, policy
        return Quiesced()

    def open(self) -> Held:
        """Do nothing: it is open."""
        return Held()


class NoWatch:
    """Counts nothing."""

    def begin(
        self,
        release_number: int,
        new_code: Collection[CodeType],
        on_too_many: Callable[[str], None],
    ) -> None:
        """Forget it."""
        del release_number, new_code, on_too_many

    def end(self, release_number: int | None = None) -> None:
        """Do nothing."""
        del release_number


def figures(found: Report | Quiesced) -> dict[str, Any]:
    """Give what a part found in JSON's types."""
    pairs = asdict(found).items()
    return {name: list(x) if isinstance(x, tuple) else x for name, x in pairs}


def _nobody(row: ReleaseRow) -> None:
    """Tell nobody."""
    del row


def _forget(number: int, modules: Collection[str]) -> None:
    """Forget it."""
    del number, modules


async def _nothing() -> None:
    """Read nothing: every source reads when it is asked."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Who takes part in a release.

    ``told``: hears each row that is added to the history, and each as it ended.
    ``in_force``: hears number and modules of a release in the turn of its commit.
    ``rehearse_undo``: tries undos, beside any rehearsal of a release.
    ``refresh``: reads anew, before each plan, what a source keeps in memory.
    """

    rehearse: Rehearses = field(default_factory=NoRehearsal)
    quiesce: Quiesces = field(default_factory=OpenGate)
    watch: Watches = field(default_factory=NoWatch)
    told: Callable[[ReleaseRow], object] = _nobody
    refresh: Callable[[], Awaitable[object]] = _nothing
    collector: Collects = field(default_factory=Unmoved)
    in_force: Callable[[int, Collection[str]], object] = _forget
    rehearse_undo: Rehearses = field(default_factory=NoRehearsal)
