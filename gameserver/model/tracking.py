"""Which live objects a turn may have changed: told by touch, found by comparing.

A touch costs a fraction of a microsecond, so it is no proof: who was touched is encoded
and compared once, at the end of the turn. Setting a public attribute is a touch
(``Stateful.__setattr__``); so is reading a declared field whose value can be changed in
place, for which a ``Tracked`` stands in the class. The value itself lies in the
instance's dict, as it would without.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any, Protocol

_ABSENT: Any = object()
_PLAIN = frozenset({"bool", "bytes", "float", "int", "str", "None"})
"""Types, as annotations spell them, whose values cannot be changed in place."""


class Touchable(Protocol):
    """What a ``Tracked`` tells of a read."""

    def __touch__(self) -> None:
        """Hear that a value of this object may be changed from now on."""


class Tracked:
    """A declared field: its class-wide default, and a touch at each read."""

    __slots__ = ("default", "name")

    def __init__(self, name: str, default: object = _ABSENT) -> None:
        self.name = name
        self.default = default

    def __get__(self, subject: Touchable | None, owner: type | None = None) -> Any:  # noqa: ANN401 - the field's value
        if subject is None:
            if self.default is _ABSENT:
                shown = getattr(owner, "__name__", "?")
                text = f"type object {shown!r} has no attribute {self.name!r}"
                raise AttributeError(text)
            return self.default
        try:
            value = subject.__dict__[self.name]
        except KeyError:
            value = self._default_of(subject)
        subject.__touch__()
        return value

    def __set__(self, subject: Touchable, value: object) -> None:
        subject.__dict__[self.name] = value
        subject.__touch__()

    def __delete__(self, subject: Touchable) -> None:
        try:
            del subject.__dict__[self.name]
        except KeyError:
            raise AttributeError(self._missing(subject)) from None
        subject.__touch__()

    def _default_of(self, subject: Touchable) -> object:
        """Give an object its default again that has lost its value: a copy, its own."""
        if self.default is _ABSENT:
            raise AttributeError(self._missing(subject)) from None
        found = subject.__dict__[self.name] = copy.deepcopy(self.default)
        return found

    def _missing(self, subject: object) -> str:
        return f"{type(subject).__name__!r} object has no attribute {self.name!r}"

    def __repr__(self) -> str:
        shown = "no default" if self.default is _ABSENT else repr(self.default)
        return f"<field {self.name!r}, {shown}>"


def track(owner: type, base: type) -> None:
    """Put a ``Tracked`` for each field of a class that can be changed in place.

    Fields of mix-ins count, those that do not derive from ``base``. A default that is
    there becomes that of the ``Tracked``.
    """
    for one in owner.__mro__:
        if one is not owner and (issubclass(one, base) or one is object):
            continue
        for name, annotation in inspect.get_annotations(one).items():
            if not name.startswith("_") and may_change_in_place(annotation):
                _put(owner, name)


def _put(owner: type, name: str) -> None:
    known = inspect.getattr_static(owner, name, _ABSENT)
    if not isinstance(known, Tracked) or name in vars(owner):
        default = known.default if isinstance(known, Tracked) else known
        if not hasattr(type(default), "__set__"):  # a property of an author's stays
            setattr(owner, name, Tracked(name, default))


def may_change_in_place(annotation: object) -> bool:
    """Say whether values of an annotation may be containers; in doubt they may."""
    text = annotation if isinstance(annotation, str) else _spelled(annotation)
    if text.startswith(("ClassVar", "typing.ClassVar", "t.ClassVar")):
        return False
    return not _PLAIN.issuperset(part.strip() for part in text.split("|"))


def _spelled(annotation: object) -> str:
    if annotation is None:
        return "None"
    return annotation.__name__ if type(annotation) is type else str(annotation)
