"""One release on its course: where it is, what is known of it, and its row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gameserver.errors import GameError, GameServerError, NotReleased, PluginError
from gameserver.model.release_row import ModuleText, ReleaseRow
from gameserver.reload.text import text_from
from gameserver.services.release_rules import Event, State, after, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.internet.interfaces import IDelayedCall

    from gameserver.reload.engine import Engine
    from gameserver.reload.overrides import Cover
    from gameserver.reload.plan import Plan
    from gameserver.reload.release import Release
    from gameserver.reload.text import Text
    from gameserver.server.plugins import Cast
    from gameserver.server.succession import Successions
    from gameserver.services.recast import Following
    from gameserver.services.slices import Slices


@dataclass(eq=False)
class Course:
    """A release from its plan to its end.

    ``covers``: the texts over the sources before it; ``own_covers``: those since.
    ``overlaid``: modules over which others were laid by the time of its undo, for later
    releases were undone before. ``release``, ``following`` and
    ``cast`` (that of before) are there from the commit on, ``row`` since it is stored.
    ``due``: names of the services that were succeeded; ``successions``: theirs, until
    their predecessors have been stopped.
    """

    plan: Plan
    actor: str
    origin: str
    at: float
    covers: Mapping[str, Cover]
    modules: tuple[ModuleText, ...]
    state: State = State.PLANNED
    facts: dict[str, Any] = field(default_factory=dict)
    pause: float | None = None
    own_covers: Mapping[str, Cover] = field(default_factory=dict)
    overlaid: frozenset[str] = frozenset()
    release: Release | None = None
    following: Following | None = None
    cast: Cast | None = None
    owners: tuple[type, ...] = ()
    due: list[str] = field(default_factory=list)
    successions: Successions | None = None
    unstored: list[str] = field(default_factory=list)
    """New services of which nothing was stored before."""
    row: ReleaseRow | None = None
    slices: Slices | None = None
    settling: IDelayedCall | None = None

    @property
    def number(self) -> int:
        """Its number; 0 until it is stored."""
        return self.row.number if self.row else 0

    @property
    def touched(self) -> list[str]:
        """The names of its modules."""
        return [one.name for one in self.plan.modules]

    def step(self, event: Event) -> None:
        """Go on; ``ValueError`` if that cannot happen now."""
        self.state = after(self.state, event)

    def as_row(
        self, reason: str = "", ended: float | None = None, number: int = 0
    ) -> ReleaseRow:
        """Give its row as things stand."""
        found = outcome(self.state)
        assert found is not None, "there is nothing to tell yet"
        return ReleaseRow(
            number,
            self.at,
            self.actor,
            self.origin,
            self.modules,
            self.plan.as_data(),
            str(self.plan),
            self.pause,
            found,
            reason,
            dict(self.facts),
            ended,
        )

    def settled(self, reason: str, ended: float) -> ReleaseRow:
        """Give the row as it ended; it stays as it was stored but for that."""
        self.row = replace(self.remarked(reason), ended=ended)
        return self.row

    def remarked(self, reason: str) -> ReleaseRow:
        """Give the row with the outcome and facts of now."""
        assert self.row is not None, "it has no row yet"
        found = outcome(self.state) or self.row.outcome
        facts = dict(self.facts)
        self.row = replace(self.row, outcome=found, reason=reason, facts=facts)
        return self.row

    def stop(self) -> None:
        """End what goes on beside it."""
        if self.slices is not None:
            self.slices.stop()
        if self.settling is not None and self.settling.active():
            self.settling.cancel()


def texts_of(plan: Plan, read: Callable[[str], Text | None]) -> tuple[ModuleText, ...]:
    """Give the new texts of a plan; ``read``: as the source has them now."""
    return tuple(
        ModuleText(one.name, one.act, _source(one.act, one.name, read), one.diff)
        for one in plan.modules
    )


def _source(act: str, name: str, read: Callable[[str], Text | None]) -> str | None:
    if act == "removed":
        return None
    try:
        text = read(name)
        source = "" if text is None else text.source
    except PluginError:  # it cannot be read or decoded, as the reason says
        return None
    return None if text is None else source


def staged(row: ReleaseRow, engine: Engine) -> dict[str, Text | None]:
    """Give the texts of a row, as they are to be released again; None: no module.

    ``NotReleased`` if the row lacks one, as that of a text that could not be read does.
    """
    lost = [x.name for x in row.modules if x.text is None and x.act != "removed"]
    if lost or not row.modules:
        what = ", ".join(lost) or "any module"
        raise NotReleased(f"release {row.number} has no text of {what}")
    return {one.name: _again(one, row, engine) for one in row.modules}


def _again(one: ModuleText, row: ReleaseRow, engine: Engine) -> Text | None:
    if one.text is None:
        return None
    others = (*engine.records, *(each.name for each in row.modules))
    known = engine.records.get(one.name)
    is_package = any(each.startswith(f"{one.name}.") for each in others)
    is_package = is_package or (known is not None and known.text.is_package)
    path = one.name.replace(".", "/") + ("/__init__" if is_package else "")
    origin = f"<release {row.number}>/{path}.py"
    return text_from(one.name, one.text, origin, is_package=is_package)


def reason_of(error: BaseException) -> str:
    """Say why in one text, with file and line where they are known."""
    if isinstance(error, GameError):
        said = error.text
    elif isinstance(error, GameServerError):
        said = str(error)
    else:
        said = f"{type(error).__name__}: {error}".rstrip(": ")
    return writable(said)


def writable(text: str) -> str:
    """Give a text that can be stored, whatever an author's error has in it."""
    return text.encode("utf-8", "backslashreplace").decode()
