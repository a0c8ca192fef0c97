"""The roll of one class: every live instance of it, each by a weak reference.

A handover lets whoever is entered wait until he is settled. Whoever is entered after it
lies in a part of its own; among those before it each entry bears its generation. Who
waits bears an earlier one than the handover's, and that one when he is settled. Nobody
moves, so all of it costs the same in a roll of two and of a million, and no table grows
or is copied for it.

What holds, and why it needs no lock: CPython changes threads only after a call, at
the start of a function and at the end of a loop. Statements in a row without a call
between them are therefore one step.

* ``roll.parts[0][key] = entry`` is one step, and so is the swap of a handover: whoever
  is entered before it waits, whoever comes later does not.
* A memory address is free for another object only after the callbacks of the weak
  references to the dead one have run; a key never means two objects.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, count, islice
from operator import call
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Entry(ref[object]):
    """A weak reference that knows the key under which it is entered, and since when."""

    __slots__ = ("generation", "key")

    key: int
    generation: int


Part = dict[int, Entry]
"""Entries by the id of their instance."""

_FEW = 64  # entries looked at in one go
_generations = count(1)


class _Nobody:
    __slots__ = ("__weakref__",)


_GONE = Entry(_Nobody())  # it has died already


class Roll:
    """The live instances of exactly one class.

    ``owner``: the class, weakly. ``parts``: the first takes new instances; there is a
    second one of those handed over. ``generation``: what a new entry bears. ``gone``:
    one for each of those that waited and have died. ``drop``: the callback of every
    entry. ``is_complete``: the roll was opened when the class was made, so that no
    instance is older than it.
    """

    __slots__ = (
        "__weakref__", "drop", "generation", "gone", "is_complete", "owner", "parts"
    )  # fmt: skip

    def __init__(self, owner: type, *, is_complete: bool) -> None:
        # pop(key, ref): the weak reference lands where pop expects its default
        self.owner = ref(owner, partial(ROLLS.pop, id(owner)))
        self.parts: tuple[Part, ...] = ({},)
        self.generation = next(_generations)
        self.gone: list[None] = []
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
        entry.generation = self.generation
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
        # Asked before, in one step: if the swap comes in between, it counts too many
        # that wait, and never too few.
        generation, gone, parts = roll.generation, roll.gone, roll.parts
        # Twice: another thread may just put the younger part's into the other one.
        for part in parts if len(parts) == 1 else parts * 2:
            found = part.pop(entry.key, None)
            if found is not None and found.generation < generation:
                gone.append(None)

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
    """All entries of a class, to be settled one by one; prepared as one write.

    ``swap``: the write, C-level and without arguments; before it nothing has changed,
    and it costs the same for one entry and for a million. ``generation``: who bears an
    earlier one waits.
    """

    __slots__ = (
        "_ahead", "_done", "_drawn", "_gone", "_keys", "_number", "_size", "following",
        "generation", "owner", "part", "roll", "swap",
    )  # fmt: skip

    def __init__(self, cls: type, generation: int) -> None:
        self.owner = cls
        self.roll = roll = opened(cls)
        if len(roll.parts) > 1:
            raise RuntimeError(
                f"the instances of {cls.__module__}.{cls.__qualname__} still wait for"
                " an earlier migration; finish that one first"
            )
        (self.part,) = roll.parts
        self.generation = generation
        self._done = 0
        self._gone: list[None] = []
        self._number: list[int] = []
        """How many there were at the swap, once it has come."""
        self._ahead: list[int] = []
        """The keys of those looked at next."""
        self.following: Iterator[Entry] = self._following()
        """Entries of those that wait, the oldest first; some may have died.

        After a few that wait no more it gives the entry of a dead one, so that whoever
        goes through it can look at the clock: to pass by 100,000 took 16 ms.

        An exception in it, such as Control-C, ends it: see ``begin_again``.
        """
        self._keys: Iterator[int] | None = None
        self._drawn = self._size = 0
        """How many were drawn, and of how many entries when this was begun."""
        writes = (
            partial(setattr, roll, "generation", generation),
            partial(setattr, roll, "parts", ({}, self.part)),
            partial(setattr, roll, "gone", self._gone),
            # An iterator of C that asks for the length only when it is drawn from.
            partial(self._number.extend, map(len, (self.part,))),
        )
        # any(): every write gives None, so it runs them all, and allocates nothing
        self.swap: Callable[[], object] = partial(any, map(call, writes))

    def __len__(self) -> int:
        if not self._number:
            return len(self.part)
        return max(self._number[0] - self._done - len(self._gone), 0)

    def holds(self, instance: object) -> bool:
        """Say whether the instance is handed over and not settled yet."""
        entry = self.part.get(id(instance))
        return (
            entry is not None
            and entry.generation < self.generation
            and entry() is instance
        )

    def begin_again(self) -> None:
        """Look at all once more; who does not wait is passed by."""
        self._ahead, self._keys, self._drawn = [], None, 0
        self.following = self._following()

    def _following(self) -> Iterator[Entry]:
        part, generation = self.part, self.generation
        while self._draw():
            is_any = False
            for key in self._ahead:
                entry = part.get(key)
                if entry is not None and entry.generation < generation:
                    is_any = True
                    yield entry
            if not is_any:
                yield _GONE
        while self:
            left = (one for one in list(part.values()) if one.generation < generation)
            entry = next((one for one in left if one() is not None), None)
            if entry is None:
                return
            yield entry

    def _draw(self) -> bool:
        """Look at a few more; False when all have been looked at.

        Never at all at once: after a fork the first look at an entry copies its page,
        and so a list of 100,000 took 5 ms. Keys lie closer together.
        """
        if self._keys is None:
            self._keys, self._size = iter(self.part), len(self.part)
        try:
            self._ahead = list(islice(self._keys, _FEW))
        except RuntimeError:  # somebody has died: from where it was, or before that
            gone = self._size - len(self.part)
            self._size -= gone
            self._drawn = max(self._drawn - gone, 0)
            self._keys = islice(self.part, self._drawn, None)
            return self._draw()
        self._drawn += len(self._ahead)
        return bool(self._ahead)

    def settle(self, key: int) -> None:
        """Let one that waits wait no more, unless it is entered elsewhere by now."""
        entry = self.part.get(key)
        if entry is not None and entry.generation < self.generation:
            entry.generation = self.generation
            self._done += 1

    def give_back(self) -> None:
        """Make the roll one part again, whoever still waits; twice is as good."""
        self._ahead, self.following = [], iter(())
        if len(self.roll.parts) > 1:
            young, old = self.roll.parts
            # New instances first go where all will be, then the others follow.
            self.roll.parts = (old, young)
            old.update(young)
            self.roll.parts = (old,)


def take(*classes: type) -> dict[type, Handover]:
    """Prepare the handing over of all instances of exactly these classes.

    RuntimeError if an earlier handover of one has not been given back.
    """
    generation = next(_generations)
    return {cls: Handover(cls, generation) for cls in classes}
