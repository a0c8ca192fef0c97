"""Named tuples: methods, defaults and docstrings change in place, fields do not.

A tuple's items are its memory. Other fields are therefore taken only if no instance is
alive, which a scan of the heap tells; else the release is refused, with the names.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, NamedTuple

from gameserver.reload.adapter import Adapter
from gameserver.reload.kinds import bases_of, is_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.adapter import Desk, Same


class _Sample(NamedTuple):
    """Shows the type of the descriptors that read a field."""

    item: int


_GETTER = type(vars(_Sample)["item"])
_AT_START = min(gc.get_freeze_count(), 1_000)
"""What the interpreter itself froze when it began: 375 objects in 3.12."""


class NamedTuples(Adapter):
    """Claims the descriptors of fields; guards the layout of the classes."""

    def claims(self, value: object) -> bool:
        """Say whether a value is the descriptor of a field."""
        return type(value) is _GETTER

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - see Adapter
        """Compare place and docstring."""
        return same(old.__reduce__(), new.__reduce__())

    def pairs(self, live: Any, staged: Any) -> Iterator[tuple[object, object]]:  # noqa: ANN401 - see Adapter
        """Give bases made in the class statement: ``class P(namedtuple(...))``."""
        if not is_of(live, type) or len(bases_of(live)) != len(bases_of(staged)):
            return
        for old, new in zip(bases_of(live), bases_of(staged), strict=True):
            if old is not new and _is_one(old) and _is_one(new) and _is_equal(old, new):
                yield old, new

    def merge_class(self, live: type, staged: type, desk: Desk) -> None:
        """Refuse other fields if there are instances; the rest is plain merging."""
        if not (_is_one(live) and _is_one(staged)):
            return
        before, now = _fields(live), _fields(staged)
        if before == now:
            return
        change = f"fields ({', '.join(before)}) become ({', '.join(now)})"
        why = _why_not(live, len(before))
        if why:
            remedy = "give the class another name, or restart"
            desk.refuse(live.__qualname__, f"{change}, and {why}; {remedy}")
        desk.note("patched", live.__qualname__, f"{change}; no instance is alive")


ADAPTER = NamedTuples()


def _is_one(owner: type) -> bool:
    return issubclass(owner, tuple) and is_of(getattr(owner, "_fields", 0), tuple)


def _fields(owner: Any) -> tuple[str, ...]:  # noqa: ANN401 - a named tuple class
    return tuple(owner._fields)


def _is_equal(old: Any, new: Any) -> bool:  # noqa: ANN401 - named tuple classes
    """Say whether two classes that no name leads to are made by the same call."""
    defaults = (old._field_defaults, new._field_defaults)
    return (
        old.__name__ == new.__name__
        and vars(old).keys() == vars(new).keys()
        and old._fields == new._fields
        and defaults[0].keys() == defaults[1].keys()
        and all(one is defaults[1][name] for name, one in defaults[0].items())
    )


def _why_not(live: type, length: int) -> str:
    if gc.get_freeze_count() > _AT_START:
        return "whether instances are alive cannot be told after gc.freeze()"
    found = sum(
        issubclass(type(one), live) and tuple.__len__(one) == length
        for one in gc.get_objects()
    )
    if not found:
        return ""
    return "an instance is alive" if found == 1 else f"{found} instances are alive"
