"""What would happen to every stored avatar and service with the code that is there.

Each snapshot goes through the same migrations and the same reading as when it is
loaded, and through the same writing as when it is saved next. Nothing is stored, and no
object is made, so no hook of an author's runs.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from gameserver.errors import GameServerError
from gameserver.model.avatar import Avatar
from gameserver.model.service import Service, service_name
from gameserver.model.state import StateShape, raw_state, shape_of
from gameserver.reload.migration import migrate
from gameserver.reload.places import place_of, place_of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gameserver.model.snapshot import Snapshot
    from gameserver.model.stateful import Stateful
    from gameserver.server.plugins import Cast
    from gameserver.time_limit import Limit

FIT, MIGRATED, LEFT, FAILED = "fit", "migrated", "left", "failed"
_LONGEST = 500  # characters of a reason, which may repeat what an author said


@dataclass(slots=True)
class Tally:
    """How many snapshots there were of each outcome."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    """What was said of rows that cannot be read."""

    def damaged(self, line: str) -> None:
        """Note a row that cannot be read; ``failures`` gives its line."""
        self.lines.append(line)
        self.counts[FAILED] += 1

    def __str__(self) -> str:
        counts = self.counts
        total = counts.total()
        of = "snapshot" if total == 1 else "snapshots"
        said = f"{total} {of}: {counts[FIT]} fit as they are, "
        said += f"{counts[MIGRATED]} after migration, {counts[FAILED]} failed"
        left = f", {counts[LEFT]} of no class here and left alone"
        return said + left * bool(counts[LEFT])


def failures(
    cast: Cast,
    snapshots: Iterable[Snapshot],
    tally: Tally,
    told: Callable[[int], object],
    limit: Limit | None = None,
) -> Iterator[str]:
    """Try every snapshot; give a line for each that could not be loaded, or saved.

    A line names kind and id, then the class's or the step's file and line, and the
    field. ``tally`` is added to, ``told`` how many were tried. ``limit``: for each
    snapshot; what takes longer has failed.
    """
    owners = _owners(cast)
    for snapshot in snapshots:
        owner = owners.get((snapshot.kind, _name(snapshot)))
        try:
            with nullcontext() if limit is None else limit.kept():
                outcome = LEFT if owner is None else _tried(owner, snapshot)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the author's migration raised it: the others are tried
            outcome = FAILED
            why = _reason(error, owner)
            if owner is not None and limit is not None and limit.was_passed:
                place = _place(error, cast, owner)
                why = f"{place}: {owner.__name__}: {limit}"
            line = f"{snapshot.kind} {snapshot.id!r}: {why}"
            yield " ".join(line.split())
        tally.counts[outcome] += 1
        told(tally.counts.total())
    yield from tally.lines


def _owners(cast: Cast) -> dict[tuple[str, str], type[Stateful]]:
    """Give the classes by kind and, for services, by name."""
    owners: dict[tuple[str, str], type[Stateful]] = {(Avatar.kind, ""): cast.avatar}
    for service in cast.services:
        owners[Service.kind, service_name(service)] = service
    return owners


def _name(snapshot: Snapshot) -> str:
    return "" if snapshot.kind == Avatar.kind else snapshot.id


def _tried(owner: type[Stateful], snapshot: Snapshot) -> str:
    state = migrate(owner, raw_state(snapshot.state), snapshot.version)
    shape = shape_of(owner)
    typed, unknown = shape.decode(state)
    missing = [one.name for one in shape.fields if one.name not in typed]
    if missing and not _sets_by_itself(owner):
        text = "is not stored and has no default; created() ran long ago"
        raise ValueError(f"{owner.__name__}: {missing[0]}: {text}")
    if missing:  # what the author's __init__ gives is not known here
        given = tuple(one for one in shape.fields if one.name in typed)
        shape = StateShape(owner, given)
    shape.encode(SimpleNamespace(**typed), unknown)
    return FIT if snapshot.version == owner.version else MIGRATED


def _reason(error: BaseException, owner: type[Stateful] | None) -> str:
    if owner is None or isinstance(error, GameServerError | ValueError):
        return str(error)[:_LONGEST]
    return f"{owner.__name__}: {type(error).__name__}: {error}"[:_LONGEST]


def _place(error: BaseException, cast: Cast, owner: type) -> str:
    """Give the author's line at which an error came, else that of the class."""
    engine = cast.engine
    files = {x.text.origin for x in engine.records.values()} if engine else set()
    files.add(place_of(owner).rpartition(":")[0])
    for one in (error.__cause__, error):
        place = place_of_error(one, files) if one is not None else ""
        if place:
            return place
    return place_of(owner)


def _sets_by_itself(owner: Any) -> bool:  # noqa: ANN401 - a class whose __init__ is looked at
    """Say whether the author's ``__init__`` may give the field."""
    return owner.__init__ is not object.__init__
