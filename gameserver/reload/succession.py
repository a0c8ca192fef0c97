"""A class whose memory layout changes is succeeded by a new class object.

CPython cannot give a class other slots, or a base in place of ``object``. If its
instances can take the new class they stay themselves. If they cannot, the new class may
offer ``successor(cls, predecessor)``, a class method that builds the instance's
successor; every reference to the old instance in the game's namespaces and in
registered holders then becomes one to the new. Without either the release is refused.

The former class passes on: calling it makes an instance of the new one. Instances are
the new one's, so ``isinstance`` with a kept reference to the former says no.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload import layout
from gameserver.reload.hashes import tell_hash
from gameserver.reload.instances import alive, enter, is_known
from gameserver.reload.kinds import flags_of, is_of, items_of, mro_of, set_class
from gameserver.reload.places import place_of
from gameserver.reload.scan import instances_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.holders import Holders
    from gameserver.reload.journal import Journal
    from gameserver.reload.memento import Memento
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.plan import Scan
    from gameserver.reload.same import Comparison
    from gameserver.reload.translate import Translation

HOOK = "successor"
_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that Python code made


@dataclass(frozen=True, slots=True)
class Succession:
    """One class and the class that succeeds it; ``why`` it cannot change in place."""

    path: str
    former: type
    fresh: type
    why: str

    @property
    def has_hook(self) -> bool:
        """Say whether the new class builds new instances."""
        return callable(getattr(self.fresh, HOOK, None))


def find(pairs: Pairs, translation: Translation) -> list[Succession]:
    """Find the classes that must be succeeded, and can be; they correspond no more."""
    found = []
    for path, live, staged in pairs.classes:
        bases = tuple(_live(one, translation) for one in staged.__bases__)
        why = layout.problem(live, staged, bases, pairs.old.classes[path].bases)
        if why:
            one = Succession(path, live, staged, why)
            if one.has_hook or can_switch(live, staged):
                found.append(one)
    for one in found:
        translation.unpair(one.fresh)
        pairs.classes.remove((one.path, one.former, one.fresh))
    return found


def _live(base: type, translation: Translation) -> type:
    live = translation.counterpart(base)
    return live if is_of(live, type) else base


def can_switch(live: type, staged: type) -> bool:
    """Say whether instances of one class can become instances of the other."""
    if hasattr(live, "__del__"):  # the trial instance would run it
        return False
    try:
        solid = next(one for one in mro_of(live) if not flags_of(one) & _HEAP)
        make: Any = solid.__new__
        trial = make(live)
        set_class(trial, staged)
    except TypeError:
        return False
    return True


def lay_down(one: Succession, desk: ModuleDesk) -> None:
    """Lay down that the former class passes on, and its subclasses get a new base."""
    desk.note("patched", one.path, f"by a new class: {one.why}")
    if not one.has_hook:
        tell_hash(one.path, one.former, one.fresh, desk)
    desk.set(one.former, "__new__", staticmethod(_passing_on(one)))
    below: type
    for below in type.__subclasses__(one.former):
        bases = tuple(
            one.fresh if base is one.former else base for base in below.__bases__
        )
        why = layout.why_not(below, bases)
        if why:
            reason = f"{below.__module__}.{below.__qualname__} derives from it: {why}"
            desk.refuse(one.path, reason)
        desk.set(below, "__bases__", bases)


def _passing_on(one: Succession) -> Callable[..., object]:
    """Make the ``__new__`` of a former class."""
    former, fresh = one.former, one.fresh

    def __new__(cls: type, *args: Any, **named: Any) -> object:  # noqa: ANN401, N807 - any class's
        return fresh(*args, **named) if cls is former else object.__new__(cls)

    return __new__


def switch(
    successions: list[Succession],
    journal: Journal,
    clock: Callable[[], float],
    scans: list[Scan],
) -> None:
    """Lay down that instances take the new class, in the one pass, both ways."""
    for one in successions:
        if one.has_hook:
            continue
        subjects = _instances(one.former, clock, scans)
        for subject in subjects:
            journal.do(
                partial(set_class, subject, one.fresh),
                partial(set_class, subject, one.former),
            )
        journal.afterwards(partial(_enter_known, subjects))


def _enter_known(subjects: list[object]) -> None:
    """Enter instances with the class they have now."""
    for one in subjects:
        if is_known(type(one)):
            enter(one)


def carry_out(
    successions: list[Succession],
    memento: Memento,
    holders: Holders,
    clock: Callable[[], float],
    scans: list[Scan],
) -> None:
    """Carry every instance of the former classes over; what a hook raises is raised.

    Of a class without a hook those are left that were made just before the pass.
    """
    replaced: dict[int, tuple[object, object]] = {}
    for one in successions:
        for subject in _instances(one.former, clock, scans):
            if one.has_hook:
                replaced[id(subject)] = (subject, _successor(one, subject))
            else:
                memento.keep(subject)
                set_class(subject, one.fresh)
                if is_known(one.fresh):
                    enter(subject)
    if replaced:
        holders.replace(replaced, memento)


def _successor(one: Succession, subject: object) -> object:
    """Build an instance's successor; refuse one that cannot take its place."""
    build = getattr(one.fresh, HOOK)
    found: object = build(subject)
    if is_of(found, one.fresh):
        return found
    if found is subject:
        gave = "its predecessor"
    else:
        gave = "None" if found is None else f"an instance of {type(found).__name__}"
    place = place_of(getattr(build, "__func__", build))
    text = f"{one.path}: {HOOK}() gave {gave}, expected a new {one.fresh.__name__}"
    raise ReleaseRefused(place, text, one.fresh.__module__, "hook")


@dataclass(frozen=True, slots=True)
class Fate:
    """What the plan says of a name that holds instances which get successors."""

    kind: str
    why: str


FOLLOWS = Fate("patched", f"by what {HOOK}() makes")
STAYS = Fate(
    "conflict",
    "an instance of the former class stays there: names and containers of modules are "
    "followed, and registered holders",
)


def fate(name: str, live: object, comparison: Comparison) -> Fate | None:
    """Say what becomes of a module's or class's name that holds such instances."""
    if not comparison.leaving:
        return None
    held = [live]
    if is_of(live, dict):
        held = [*dict.keys(live), *dict.values(live)]
    elif is_of(live, (list, set, deque, tuple)):
        held = list(items_of(live))
    if not any(map(comparison.is_leaving, held)):
        return None
    return STAYS if "." in name or is_of(live, tuple) else FOLLOWS


def _instances(
    owner: type, clock: Callable[[], float], scans: list[Scan]
) -> list[object]:
    if is_known(owner):
        return [one for one in alive(owner) if type(one) is owner]
    return instances_of([owner], clock, scans)
