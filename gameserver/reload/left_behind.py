"""Classes that a release takes their name from, and instances that keep them.

A class that moves to another module, or is removed, is no longer what its name means;
who was made by it stays an instance of the former class. The plan says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of, module_of, mro_of
from gameserver.reload.plan import Entry
from gameserver.reload.scan import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gameserver.reload.pairing import Pairs
    from gameserver.reload.plan import Scan
    from gameserver.reload.record import Record


def left_behind(
    pairs: Iterable[Pairs],
    removed: Iterable[Record],
    clock: Callable[[], float],
    scans: list[Scan],
) -> list[Entry]:
    """Give an entry for each such class with instances; looks through the heap."""
    gone = [
        *_gone(pairs),
        *((one, path, "") for one in removed for path in one.classes),
    ]
    owners = {
        (record.name, path): record.classes[path].owner() for record, path, _ in gone
    }
    alive = [one for one in owners.values() if one is not None]
    counts: dict[int, int] = {}
    for one in settled(alive, clock, scans).values() if alive else ():
        for kind in mro_of(type(one)):
            counts[id(kind)] = counts.get(id(kind), 0) + 1
    return [
        _entry(record, path, place, number)
        for record, path, place in gone
        if (number := counts.get(id(owners[record.name, path]), 0))
    ]


def _gone(pairs: Iterable[Pairs]) -> Iterator[tuple[Record, str, str]]:
    """Give record and path of each class that goes, and what its name means then."""
    for each in pairs:
        stay = {path for path, _, _ in each.classes}
        stay |= {one.path for one in each.successions}
        for path in each.old.classes:
            if path not in stay:
                yield each.old, path, _place(each, path)


def _place(pairs: Pairs, path: str) -> str:
    fresh: Any = pairs.staged_names.get(path)
    if not is_of(fresh, type) or module_of(fresh) == pairs.old.name:
        return ""
    return f"{module_of(fresh)}.{fresh.__qualname__}"


def _entry(record: Record, path: str, place: str, number: int) -> Entry:
    scope, _, name = path.rpartition(".")
    keep = "1 live instance keeps" if number == 1 else f"{number} live instances keep"
    why = f"{keep} the class that is removed"
    if place:
        why = f"{keep} the former class; the name means {place} now"
    line = record.outline.line(scope, name)
    return Entry("kept", record.name, path, record.text.origin, line, why)
