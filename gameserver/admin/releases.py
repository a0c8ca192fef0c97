"""The admin verbs that change the game while they play: plan, release, take back.

What the engine and the service refuse is told with file and line: admins and authors
may see it, players never come here.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast, get_args

from gameserver.admin.api import needs
from gameserver.admin.long_texts import json_pieces, pieces
from gameserver.admin.trusted import ACT, LOOK, TrustedVerbs
from gameserver.errors import (
    BadArguments,
    NotReleased,
    PlanStale,
    PluginError,
    UndoRefused,
)
from gameserver.services.rehearsal import in_few
from gameserver.services.release_parts import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.interfaces import ReleaseStore
    from gameserver.model.release_row import ReleaseRow
    from gameserver.model.roles import Role
    from gameserver.services.release_check import Checked
    from gameserver.services.releases import ReleaseService
    from gameserver.services.versions import Overview

POLICIES: tuple[str, ...] = get_args(Policy)
"""What becomes of calls that are at work in a module when it is released."""

_MOST = 1000  # rows of an answer
_LINE = 2000  # characters of a reason
_SHOWN = 60  # characters of a wrong value that are told


class ReleaseVerbs(TrustedVerbs):
    """Check, release, undo, and read the history."""

    def __init__(
        self,
        service: ReleaseService,
        releases: ReleaseStore,
        versions: Callable[[int], Overview],
        check_role: Role = LOOK,
        release_role: Role = ACT,
        policy: str = "wait",
    ) -> None:
        """``versions`` tells what runs code of the game, with that many rows.

        ``policy``: what becomes of calls at work where a release does not say.
        """
        super().__init__(check_role, release_role)
        self._service = service
        self._releases = releases
        self._versions = versions
        self._policy = policy

    @needs(LOOK, "modules")
    async def check(
        self,
        modules: list[str] | None = None,
        as_json: bool = False,  # noqa: FBT001, FBT002 - a wire argument
    ) -> dict[str, Any]:
        """Plan and rehearse a release, and change nothing; ``plan`` is in pieces."""
        with _told():
            plan = await self._service.check(modules or None)
        text = json_pieces(plan.as_data(), "the plan") if as_json else pieces(str(plan))
        return {"plan": text, "refused": _refusal(plan)}

    @needs(ACT, "modules", "policy")
    async def reload(
        self, modules: list[str] | None = None, policy: str | None = None
    ) -> dict[str, Any]:
        """Release the new texts of these modules, of all for None.

        ``policy``: None for that of the settings.
        """
        policy = self._policy if policy is None else policy
        if policy not in POLICIES:
            expected = f"expected one of {', '.join(POLICIES)}"
            raise BadArguments(f"reload: policy: saw {policy[:_SHOWN]!r}, {expected}")
        who = self._actor
        with _told():
            row = await self._service.release(
                who.name, who.origin, modules or None, policy=cast("Policy", policy)
            )
        return summary(row)

    @needs(ACT, "number")
    async def undo(self, number: int | None = None) -> dict[str, Any]:
        """Take a release back, the newest for None."""
        with _told():
            row = await self._service.undo(self._actor.name, self._actor.origin, number)
        return summary(row)

    @needs(ACT)
    async def permanent(self) -> dict[str, Any]:
        """Give up the way back of the newest release, and of all before it."""
        who = self._actor
        with _told():
            row = await self._service.make_permanent(who.name, who.origin)
        return summary(row)

    @needs(ACT, "number")
    async def release_again(self, number: int) -> dict[str, Any]:
        """Release the texts that an earlier release brought."""
        who = self._actor
        with _told():
            policy = cast("Policy", self._policy)
            row = await self._service.release_again(
                who.name, who.origin, number, policy=policy
            )
        return summary(row)

    @needs(LOOK)
    async def releases(self, limit: int = 50) -> list[dict[str, Any]]:
        """Give the newest releases, newest first, refused ones too."""
        rows = await self._releases.newest(max(1, min(limit, _MOST)))
        return [summary(one) for one in rows]

    @needs(LOOK, "number")
    async def release_show(
        self,
        number: int,
        as_json: bool = False,  # noqa: FBT001, FBT002 - a wire argument
    ) -> dict[str, Any]:
        """Give one release: its row, and its plan with the diffs, in pieces."""
        row = await self._releases.get(number)
        whole = json_pieces(asdict(row), f"release {number}") if as_json else None
        return {**summary(row), "plan": whole or pieces(row.shown)}

    @needs(LOOK)
    def who_versions(self) -> dict[str, Any]:
        """Say which release avatars, services, timers and calls at work run.

        ``counts`` of all, by kind, module and release; ``rows``, the first of them.
        """
        found = self._versions(_MOST)
        rows = [one.as_data() for one in found.rows[:_MOST]]
        return {"counts": found.counts, "rows": rows}


def summary(row: ReleaseRow) -> dict[str, Any]:
    """Give a release in plain values, without texts, diffs and plan."""
    return {
        "number": row.number,
        "at": row.at,
        "actor": row.actor,
        "origin": row.origin,
        "modules": [{"name": one.name, "act": one.act} for one in row.modules],
        "outcome": str(row.outcome),
        "reason": row.reason,
        "pause": row.pause,
        "facts": row.facts,
        "ended": row.ended,
    }


def _refusal(plan: Checked) -> str:
    """Say in one line why a plan would be refused; empty if it would not be."""
    ran = plan.rehearsal
    if plan.refused:
        why = plan.refused[0]
    elif ran.get("was_run") and not ran.get("ok"):
        lines = ran.get("failed") or str(ran.get("text")).splitlines()
        why = f"the rehearsal failed: {in_few(lines, ran.get('more', 0))}"
    else:
        why = ""
    return " ".join(why.split())[:_LINE]


@contextmanager
def _told() -> Iterator[None]:
    """Turn what is refused below the service into an error that crosses the wire."""
    try:
        yield
    except (PluginError, PlanStale, UndoRefused) as refusal:
        raise NotReleased(refusal.line()) from refusal
