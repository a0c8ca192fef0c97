"""The roll of one class: every live instance of it, each by a weak reference.

What holds, and why it needs no lock: CPython changes threads only after a call, at
the start of a function and at the end of a loop. A lookup and a store in one statement
without a call between (``roll.parts[0][key] = entry``) are therefore one step.

* An instance is entered under its id, in the first part of its class's roll.
* ``Handover.swap`` puts a new first part before the old one, as one C-level write:
  whoever is created before it is handed over, whoever comes later is not.
* An entry lies in exactly one part at every change of threads, so that all parts
  together are the living, at any moment.
* A memory address is free for another object only after the callbacks of the weak
  references to the dead one have run; a key never means two objects.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable


class Entry(ref[object]):
    """A weak reference that knows the key under which it is entered."""

    __slots__ = ("key",)

    key: int


Part = dict[int, Entry]
"""Entries by the id of their instance."""


class Roll:
    """The live instances of exactly one class.

    ``owner``: the class, weakly. ``parts``: the first takes new instances, the others
    were handed over and shrink. ``drop``: the callback of every entry.
    ``is_complete``: the roll was opened when the class was made, so that no instance
    is older than it.
    """

    __slots__ = ("__weakref__", "drop", "is_complete", "owner", "parts")

    def __init__(self, owner: type, *, is_complete: bool) -> None:
        # pop(key, ref): the weak reference lands where pop expects its default
        self.owner = ref(owner, partial(ROLLS.pop, id(owner)))
        self.parts: tuple[Part, ...] = ({},)
        self.drop: Callable[[ref[object]], None] = _dropping(self)
        self.is_complete = is_complete

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def entries(self) -> list[Entry]:
        """Copy the entries of all parts; one C-level step, so none is missed."""
        return list(chain.from_iterable(map(dict.values, self.parts)))

    def add(self, instance: object) -> None:
        """Enter one instance of the owner."""
        entry = Entry(instance, self.drop)
        entry.key = key = id(instance)
        self.parts[0][key] = entry

    def has(self, instance: object) -> bool:
        """Say whether the instance is entered here."""
        key = id(instance)
        return any(key in part for part in self.parts)


ROLLS: dict[int, Roll] = {}
"""Rolls by the id of their class; a class that goes takes its roll along.

Not an attribute of the class: a release compares and replaces those, and a subclass
would inherit it. Not a WeakKeyDictionary: its lookup runs Python code.
"""


def _dropping(roll: Roll) -> Callable[[ref[object]], None]:
    """Make the callback that drops a dead instance's entry from the roll."""

    def drop(entry: Entry) -> None:
        parts = roll.parts
        parts[0].pop(entry.key, None)
        if len(parts) > 1:
            # Twice: another thread may just carry the entry from part to part.
            for _ in range(2):
                for part in roll.parts:
                    part.pop(entry.key, None)

    return drop  # type: ignore[return-value]  # only entries have it as callback


def opened(cls: type, *, is_complete: bool = False) -> Roll:
    """Give the roll of exactly this class, a new one if it has none yet.

    ``is_complete`` counts for a new roll only: True where the class is being made.
    """
    roll = ROLLS.get(id(cls))
    if roll is None:  # two threads may get here; one roll wins
        roll = ROLLS.setdefault(id(cls), Roll(cls, is_complete=is_complete))
    return roll


class Handover:
    """All entries of a class on their way out of its roll, prepared as one write.

    ``swap``: the write, C-level and without arguments; before it nothing has changed,
    and it costs the same for one entry and for a million. ``waiting``: the entries
    handed over. ``settled``: the roll's new first part; an instance is done as soon
    as it is there. ``batch``: the few of ``waiting`` whose turn comes next.
    """

    __slots__ = ("batch", "owner", "roll", "settled", "swap", "waiting")

    def __init__(self, cls: type) -> None:
        self.owner = cls
        self.roll = opened(cls)
        if len(self.roll.parts) > 1:
            raise RuntimeError(
                f"the instances of {cls.__module__}.{cls.__qualname__} still wait for"
                " an earlier migration; finish that one first"
            )
        (self.waiting,) = self.roll.parts
        self.settled: Part = {}
        self.batch: Part = {}
        parts = (self.settled, self.batch, self.waiting)
        self.swap: Callable[[], object] = partial(setattr, self.roll, "parts", parts)

    def __len__(self) -> int:
        return len(self.waiting) + len(self.batch)

    def refill(self, size: int) -> None:
        """Carry up to ``size`` entries into the batch, in one C-level step.

        From the end: ``popitem`` is the one way into a large shrinking dict that does
        not walk over the holes of those who left before.
        """
        one_by_one = islice(iter(self.waiting.popitem, None), size)
        try:
            self.batch.update(one_by_one)
        except KeyError:  # fewer than that many; those there were are in the batch
            return

    def holds(self, instance: object) -> bool:
        """Say whether the instance is handed over and not settled yet."""
        key = id(instance)
        entry = self.waiting.get(key) or self.batch.get(key)
        return entry is not None and entry() is instance

    def settle(self, key: int) -> None:
        """Carry one entry back into the roll; one step, for there is no call in it."""
        part = self.waiting if key in self.waiting else self.batch
        self.settled[key] = part[key]
        del part[key]

    def give_back(self) -> None:
        """Make the roll one part again, whoever still waits; costs the smaller one."""
        if not self and self.roll.parts[0] is self.settled:
            self.roll.parts = (self.settled,)
            return
        # New instances first go where all will be, then the others follow.
        self.roll.parts = (self.waiting, self.settled, self.batch)
        self.waiting.update(self.settled)
        self.waiting.update(self.batch)
        self.roll.parts = (self.waiting,)


def take(cls: type) -> Handover:
    """Prepare the handing over of all instances of exactly this class.

    RuntimeError if an earlier handover of it has not been given back.
    """
    return Handover(cls)
