"""A transparent stand-in: asks which object it stands for at each use.

What can be done with the object can be done with the stand-in: attributes, calls,
items, ``in``, ``len``, iteration, ``with``, ``await``, ``async with``, ``async for``,
order. No arithmetic.

* ``isinstance(stand_in, Lamp)`` is that of the object; ``type(stand_in)`` is not.
* ``==`` is that of the object. Two stand-ins for one object are equal, and so are a
  stand-in and the object itself.
* ``hash`` stays what it is over successions, so that a stand-in can be a key: all
  stand-ins for one resource are one key. A stand-in and the bare object are two keys,
  though they are equal; no rule could keep both. If the object's class has a hash of
  its own, it is that one.
* ``with`` and ``async with`` end on whoever the stand-in stands for by then: what was
  entered is the predecessor's to hand over.
* An iterator belongs to the object that was asked for it, as a bound method does.
* A copy of a stand-in is the stand-in itself. It cannot be pickled.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class StandIn:
    """Passes everything on to the object that ``current`` gives.

    Kept anywhere, it follows successions, as nothing of the object is kept in it.
    ``key``: what it is hashed by, the same for all stand-ins of one resource.
    """

    __slots__ = ("__weakref__", "_current", "_key")

    def __init__(
        self, current: Callable[[], object], key: Hashable | None = None
    ) -> None:
        _current_of.__set__(self, current)
        _key_of.__set__(self, current if key is None else key)

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - any attribute
        if name in _OWN:
            return object.__getattribute__(self, name)
        return getattr(bare(self), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(bare(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(bare(self), name)

    def __repr__(self) -> str:
        return f"<stand-in for {bare(self)!r}>"

    def __hash__(self) -> int:
        subject = bare(self)
        own: Any = type(subject).__hash__
        return hash(_key_of.__get__(self) if own is object.__hash__ else subject)

    def __contains__(self, one: object) -> bool:
        return operator.contains(bare(self), one)

    def __copy__(self) -> StandIn:
        return self

    def __deepcopy__(self, memo: object) -> StandIn:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self!r} cannot be pickled; keep the resource's name")


_OWN = frozenset({"__copy__", "__deepcopy__", "__reduce_ex__"})
"""What ``copy`` and ``pickle`` ask an instance for; the stand-in is to answer."""

_current_of: Final[Any] = vars(StandIn)["_current"]
_key_of: Final[Any] = vars(StandIn)["_key"]


def bare(one: object) -> Any:  # noqa: ANN401 - any object
    """Give the object that a stand-in stands for now; others are given as they are."""
    while type(one) is StandIn:
        one = _current_of.__get__(one)()
    return one


def _plainly(act: Callable[..., Any]) -> Callable[..., Any]:
    """Make the special method of what a function of Python's does."""

    def special(self: StandIn, *args: object) -> Any:  # noqa: ANN401 - what it gives
        return act(bare(self), *args)

    return special


def _compared(act: Callable[..., Any]) -> Callable[..., Any]:
    """Make the special method of a comparison: stand-ins on either side."""

    def special(self: StandIn, other: object) -> Any:  # noqa: ANN401 - what it gives
        return act(bare(self), bare(other))

    return special


def _asked(name: str) -> Callable[..., Any]:
    """Make the special method that asks for the object's own, of its class."""

    def special(self: StandIn, *args: object) -> Any:  # noqa: ANN401 - what it gives
        subject = bare(self)
        own = getattr(type(subject), name, None)
        if own is None:
            raise TypeError(f"{type(subject).__name__!r} object has no {name}()")
        return own(subject, *args)

    return special


def _call(self: StandIn, /, *args: object, **named: object) -> Any:  # noqa: ANN401 - what it gives
    return bare(self)(*args, **named)


_PLAINLY: dict[str, Callable[..., Any]] = {
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__len__": len,
    "__bool__": bool,
    "__iter__": iter,
    "__next__": next,
    "__reversed__": reversed,
    "__str__": str,
    "__format__": format,
    "__dir__": dir,
}
_COMPARED = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_ASKED = (
    "__enter__",
    "__exit__",
    "__await__",
    "__aenter__",
    "__aexit__",
    "__aiter__",
    "__anext__",
)


def _equip() -> None:
    """Give the class what Python looks up there, and not by attribute."""
    for name, act in _PLAINLY.items():
        setattr(StandIn, name, _plainly(act))
    for name in _COMPARED:
        setattr(StandIn, name, _compared(getattr(operator, name)))
    for name in _ASKED:
        setattr(StandIn, name, _asked(name))
    type.__setattr__(StandIn, "__call__", _call)


_equip()
