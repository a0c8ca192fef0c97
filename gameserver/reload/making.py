"""A class that gives up its own ``__new__`` and inherits one again.

CPython never quite lets it: who had a ``__new__`` of its own reaches ``object.__new__``
by way of a lookup from then on, and that refuses every argument meant for ``__init__``
(bpo-5322). So such a class keeps a ``__new__`` that passes on.
"""

from __future__ import annotations

from typing import Any

from gameserver.reload.kinds import is_of

_MARK = "passes on"
_object_new = object.__new__
_object_init: Any = object.__init__


def needs_passing_on(owner: type) -> bool:
    """Say whether a class without its own ``__new__`` would come to object's."""
    above = (base for base in owner.__mro__[1:] if "__new__" in vars(base))
    return next(above) is object


def passing_on(owner: Any) -> object:  # noqa: ANN401 - a class
    """Give a ``__new__`` for a class that means to have none."""

    def __new__(cls: Any, /, *args: Any, **named: Any) -> object:  # noqa: ANN401, N807 - any class's
        make: Any = super(owner, cls).__new__
        if make is not _object_new:
            return make(cls, *args, **named)
        if (args or named) and cls.__init__ is _object_init:
            raise TypeError(f"{cls.__name__}() takes no arguments")
        return make(cls)

    __new__.__doc__ = _MARK
    return staticmethod(__new__)


def passes_on(member: object) -> bool:
    """Say whether a class's member is such a ``__new__``, which is as good as none."""
    return is_of(member, staticmethod) and member.__func__.__doc__ is _MARK
