"""Attribute methods that let an instance be migrated before anything reads it.

They stand on classes for as long as instances wait, and only where they must: on a
class whose subclasses inherit them, and on each class that has such a method of its
own, or inherits one from a class without interceptors; the author's version then runs
after the migration. What they cost, they cost in that time only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gameserver.reload.roll import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gameserver.reload.roll import Part

    Touch = Callable[[object], None]

NAMES: Final = ("__getattribute__", "__setattr__", "__delattr__")


ABSENT: Final = object()
"""Says that a class has no attribute of that name in its own dict."""


class Known(dict[type, "Part"]):
    """Per class, the part of its roll with those handed over; asked once for each.

    ``generation``: an instance that bears an earlier one may be waiting.
    """

    def __init__(self, generation: int) -> None:
        super().__init__()
        self.generation = generation

    def __missing__(self, cls: type) -> Part:
        """Give those of a class that is seen for the first time."""
        part = self[cls] = opened(cls).parts[-1]
        return part


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """One interceptor: where it stands, and what it stands in for (or ABSENT)."""

    owner: type
    name: str
    function: object
    original: object

    def restore(self) -> None:
        """Put the original back; whoever has replaced the interceptor may keep that."""
        if vars(self.owner).get(self.name) is not self.function:
            return
        if self.original is ABSENT:
            type.__delattr__(self.owner, self.name)
        else:
            type.__setattr__(self.owner, self.name, self.original)


def place(
    classes: Sequence[type],
    known: Known,
    touch: Touch,
    coming: Mapping[tuple[type, str], object],
) -> list[Placed]:
    """Make the interceptors that these classes need; nothing is set yet.

    ``classes``: bases first. ``coming``: what the same release sets before them, by
    class and name; ABSENT for what it deletes.
    """
    placed: dict[tuple[type, str], Placed] = {}
    for owner in classes:
        for name in NAMES:
            own = _own(owner, name, coming)
            if own is not ABSENT or not _inherits(owner, name, placed, coming):
                function = _intercept(owner, name, own, known, touch)
                placed[owner, name] = Placed(owner, name, function, own)
    return list(placed.values())


def _own(cls: type, name: str, coming: Mapping[tuple[type, str], object]) -> object:
    return coming.get((cls, name), vars(cls).get(name, ABSENT))


def _inherits(
    owner: type,
    name: str,
    placed: Mapping[tuple[type, str], Placed],
    coming: Mapping[tuple[type, str], object],
) -> bool:
    """Say whether the first such method above a class will be an interceptor."""
    nearest = next(  # object has them all
        base
        for base in owner.__mro__[1:]
        if (base, name) in placed or _own(base, name, coming) is not ABSENT
    )
    return (nearest, name) in placed


def _intercept(
    owner: type, name: str, own: object, known: Known, touch: Touch
) -> object:
    if own is not ABSENT:
        function = _before(own, known, touch)
    elif name == "__getattribute__":
        function = _before_reading(owner, known, touch)
    else:
        function = _before_the_next(owner, name, known, touch)
    function.__name__ = name
    function.__qualname__ = f"{owner.__qualname__}.{name}"
    return function


def _before_reading(owner: Any, known: Known, touch: Touch) -> Any:  # noqa: ANN401 - a class; a function
    # Written out, for it is the one that runs often. Always super(): what comes next
    # is another thing for a subclass with two bases, and may change with the release.
    generation = known.generation

    def read(self: object, name: str) -> object:
        entry = known[type(self)].get(id(self))
        if entry is None or entry.generation < generation:
            touch(self)
        return super(owner, self).__getattribute__(name)

    return read


def _before_the_next(owner: type, name: str, known: Known, touch: Touch) -> Any:  # noqa: ANN401 - a function
    generation = known.generation

    def write(self: object, *args: object) -> object:
        entry = known[type(self)].get(id(self))
        if entry is None or entry.generation < generation:
            touch(self)
        return getattr(super(owner, self), name)(*args)

    return write


def _before(own: Any, known: Known, touch: Touch) -> Any:  # noqa: ANN401 - what stands in a class dict; a function
    bind = getattr(type(own), "__get__", None)
    generation = known.generation

    def access(self: object, *args: object) -> object:
        entry = known[type(self)].get(id(self))
        if entry is None or entry.generation < generation:
            touch(self)
        call = own if bind is None else bind(own, self, type(self))
        return call(*args)

    return access
