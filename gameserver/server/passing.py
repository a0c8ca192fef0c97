"""Calls at work in a service that has been succeeded go on, and nothing is lost.

A coroutine that was in the middle of the predecessor's method ends in it, with ``self``
the predecessor. What it reads and sets there of the declared fields is the successor's,
and so are clients and timers. All else, private fields and methods, is its own.

The predecessor's ``stopped`` sees the predecessor alone, in all its turns: it is told
apart by a context variable, which coroutines take along.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from gameserver.model.service import Service
from gameserver.model.state import shape_of
from gameserver.reload.instances import enter

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING: ContextVar[object] = ContextVar("ending", default=None)
_own = object.__getattribute__


@contextmanager
def ending(predecessor: Service) -> Iterator[None]:
    """Let what begins here see the predecessor as it was."""
    token = _ENDING.set(predecessor)
    try:
        yield
    finally:
        _ENDING.reset(token)


def passing_class(predecessor: Service) -> type | None:
    """Make the class that the predecessor is to have; nothing has changed yet.

    None if the author's class has a layout of its own, by ``__slots__``, so that no
    other can be put in front of it. Then what such calls change ends with them.
    """
    owner: type = type(predecessor)
    made: Any = type(owner.__name__, (Service,), dict(_MEMBERS))
    made.__module__, made.__qualname__ = owner.__module__, owner.__qualname__
    try:
        made.__bases__ = (owner,)  # so that the author's __init_subclass__ is not run
        object.__setattr__(predecessor, "__class__", made)
        object.__setattr__(predecessor, "__class__", owner)
    except TypeError:
        return None
    return cast("type", made)


def set_class(predecessor: Service, owner: type) -> None:
    """Have it pass its declared fields and its seat on, or be what it was again."""
    object.__setattr__(predecessor, "__class__", owner)
    enter(predecessor)


def _get(self: Any, name: str) -> Any:  # noqa: ANN401 - any attribute
    subject = _whose(self, name)
    return _own(self, name) if subject is None else getattr(subject, name)


def _set(self: Any, name: str, value: object) -> None:  # noqa: ANN401 - as above
    subject = _whose(self, name)
    if subject is None:
        object.__setattr__(self, name, value)
    else:
        setattr(subject, name, value)


def _delete(self: Any, name: str) -> None:  # noqa: ANN401 - as above
    subject = _whose(self, name)
    if subject is None:
        object.__delattr__(self, name)
    else:
        delattr(subject, name)


_MEMBERS = {
    "__slots__": (),
    "__getattribute__": _get,
    "__setattr__": _set,
    "__delattr__": _delete,
}


def _whose(predecessor: Any, name: str) -> Any:  # noqa: ANN401 - the author's own class
    """Give the successor if the name is its to keep, else None."""
    if name[:2] == "__" or _ENDING.get() is predecessor:
        return None
    line = _own(predecessor, "_line")
    if line is None:
        return None
    successor = line.current
    declared = shape_of(type(successor)).fields
    is_passed = name == "_seat" or any(one.name == name for one in declared)
    return successor if is_passed else None
