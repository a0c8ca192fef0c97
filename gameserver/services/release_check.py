"""What ``check`` gives: a plan that tells of its rehearsal and of covered texts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from gameserver.reload.plan import Plan
from gameserver.server.code_source import GameCode
from gameserver.services.release_parts import figures

if TYPE_CHECKING:
    from collections.abc import Collection

    from gameserver.reload.overrides import Cover, Overrides
    from gameserver.services.rehearsal import Report

_MOST = 5  # lines of one kind that a release tells


@dataclass(eq=False)
class Checked(Plan):
    """A plan for reading; it is not to be committed.

    ``rehearsal``: the report as data, empty if there was nothing to rehearse.
    ``covered``: a line for each module that runs an earlier text in place of its
    source's. ``unread``: one for each file that is not read, as its module is served
    from the database.
    """

    rehearsal: dict[str, Any] = field(default_factory=dict)
    covered: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """Give plan, rehearsal, covered and unread texts in JSON's types."""
        lines = {"covered": list(self.covered), "unread": list(self.unread)}
        return {**super().as_data(), "rehearsal": dict(self.rehearsal), **lines}

    def __str__(self) -> str:
        lines = [super().__str__(), *(f"COVERED  {one}" for one in self.covered)]
        lines += [f"UNREAD   {one}" for one in self.unread]
        told = self.rehearsal.get("text", "").splitlines()
        lines += [one for one in told if one not in self.refused]
        return "\n".join(lines)


def checked(
    plan: Plan,
    report: Report | None,
    overrides: Overrides,
    names: Collection[str] | None = None,
) -> Checked:
    """Give a plan, of some modules or of all, with what was found out besides."""
    given = {one.name: getattr(plan, one.name) for one in fields(Plan)}
    ran = {} if report is None else figures(report)
    left = unread(overrides, names)
    return Checked(**given, rehearsal=ran, covered=covered(overrides), unread=left)


def covered(overrides: Overrides) -> list[str]:
    """Name the modules whose source has another text than the one in force."""
    found = ((name, overrides.cover(name)) for name in sorted(overrides.covers))
    return [f"{name}: {_covers(one)}" for name, one in found if one is not None]


def unread(overrides: Overrides, names: Collection[str] | None = None) -> list[str]:
    """Name the files, of these modules or of all, that the database stands before."""
    code = overrides.below
    return code.unread(names) if isinstance(code, GameCode) else []


def bounded(lines: list[str]) -> list[str]:
    """Give the first few lines, and how many more there are."""
    more = len(lines) - _MOST
    return lines if more <= 0 else [*lines[:_MOST], f"and {more:,} more"]


def _covers(cover: Cover) -> str:
    said = told_of(cover)
    said = f"there is {said}" if cover.text is None else f"{said} is in force"
    if cover.covered is None:
        return f"{said}; the source has no such module: the next start is without"
    return f"{said}; that of the source comes when it is edited, or released by name"


def told_of(cover: Cover) -> str:
    """Say whose text is in force, or that there is ``no module, as in release 25``."""
    if cover.text is not None:
        return cover.why
    when = cover.why.replace("the text of", "in").replace("the text from ", "")
    return f"no module, as {when}"
