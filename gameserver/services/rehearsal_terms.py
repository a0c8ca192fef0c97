"""What a rehearsal is told, and what its child finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from gameserver.model.snapshot import Snapshot
    from gameserver.model.stateful import Stateful
    from gameserver.reload.engine import Engine
    from gameserver.reload.overrides import Cover
    from gameserver.reload.plan import Plan
    from gameserver.server.plugins import Cast

NAMED: Final = 20
"""How many failures are named; the others are counted."""

_LONGEST: Final = 500  # characters of a line
_BOTH: Final = "live and stored "


def _nobody(_: Plan) -> None:
    """Hand over no service."""


@dataclass(frozen=True, slots=True)
class Original:
    """What a rehearsal needs to know of the server.

    ``cast``: gives the game's classes as the code then is, and is told which modules
    were released; ``GameServerError`` if they cannot work. ``live``: every live avatar
    and service. ``stored``: opens what is stored, in a thread of its own; a text in
    place of a snapshot is the line of a row that cannot be read, whatever the code.
    """

    engine: Engine
    cast: Callable[[Collection[str]], Cast]
    live: Callable[[], Collection[Stateful]]
    stored: Callable[[], AbstractContextManager[Iterable[Snapshot | str]]]
    handed: Callable[[Plan], object] = _nobody
    """Hands over the services that a plan, once committed, gives a successor."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be released: ``names`` and ``remove`` as for ``Engine.plan``.

    ``covers``: the texts over those of the sources; None: as they are. ``trial``: what
    is done in place of a release, such as an undo.
    """

    names: tuple[str, ...] | None = None
    remove: tuple[str, ...] = ()
    covers: Mapping[str, Cover] | None = None
    trial: Callable[[Found], None] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits: seconds for the whole and for one check that waits; bytes beyond now."""

    seconds: float = 60.0
    check_seconds: float = 5.0
    memory: int = 1024 * 1024 * 1024


@dataclass(slots=True)
class Found:
    """What was found; ``failed`` has lines, at most ``NAMED``, ``more`` the number."""

    told: Callable[[dict[str, Any]], object]
    live: int = 0
    stored: int = 0
    checks: int = 0
    damaged: int = 0
    failed: list[str] = field(default_factory=list)
    more: int = 0

    def step(self, name: str) -> None:
        """Say what comes next, so that the parent can say where it ended."""
        self.told({"step": name, **self.counts()})

    def fail(self, line: str) -> None:
        """Note a failure in one line; what was noted before is not noted again."""
        line = " ".join(line.split())[:_LONGEST]
        alike = line.replace("stored ", "live ", 1)
        if line in self.failed or line.replace("stored ", _BOTH, 1) in self.failed:
            return
        if alike in self.failed and line.startswith("stored "):
            self.failed[self.failed.index(alike)] = line.replace("stored ", _BOTH, 1)
            return
        if len(self.failed) >= NAMED:
            self.more += 1
            return
        self.failed.append(line)

    def counts(self) -> dict[str, int]:
        """Give how many were migrated and checked so far."""
        return {"live": self.live, "stored": self.stored, "checks": self.checks}

    def end(self) -> None:
        """Tell all of it."""
        lines = {"failed": self.failed, "more": self.more, "damaged": self.damaged}
        self.told({"done": True, **lines, **self.counts()})
