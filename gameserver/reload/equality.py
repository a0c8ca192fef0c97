"""Whether values are equal, by their own account, so that nothing they raise comes out.

A comparison is an author's code: it may raise, or give an array that is neither true
nor false. Values that cannot say are each one of a kind; see ``same.py``.
"""

from __future__ import annotations

import dataclasses
from typing import Any

_of_class = type.__getattribute__  # past its metaclass's own


def is_row(kind: Any) -> bool:  # noqa: ANN401 - a class of tuples
    """Say whether tuples of a class compare as tuples do."""
    return _of_class(kind, "__eq__") is tuple.__eq__


def is_worth(kind: Any) -> bool:  # noqa: ANN401 - a class; its methods are compared
    """Say whether a class defines equality and hash: its values are their worth."""
    found = _of_class(kind, "__hash__")
    own_hash = found is not None and found is not object.__hash__
    return own_hash and _of_class(kind, "__eq__") is not object.__eq__


def can_compare(value: object) -> bool:
    """Say whether a value can tell if it equals itself, with yes or with no."""
    try:
        bool(value == value)  # noqa: PLR0124 - that is the question
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return False
    return True


def same_atom(old: Any, new: Any) -> bool:  # noqa: ANN401 - of ATOMS or derived from one
    """Compare two numbers, texts, or values derived from such; 1 is not True."""
    kind = type(old)
    if type(kind) is type and kind in _ALIKE_IF_EQUAL:
        return bool(old == new)  # no repr: an int may have too many digits
    return is_equal(old, new) and _reads_alike(old, new)


_ALIKE_IF_EQUAL = frozenset({int, str, bytes, bool})


def is_equal(old: Any, new: Any) -> bool:  # noqa: ANN401 - any value of a game
    """Ask the values; what is not equal to itself is equal to what it reads like.

    Where they cannot say, each is one of a kind, and both were made by the text.
    """
    try:
        if old != old and new != new:  # noqa: PLR0124 - not-a-number, and its like
            return _reads_alike(old, new)
        return bool(old == new)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return True


def _reads_alike(old: Any, new: Any) -> bool:  # noqa: ANN401 - any value of a game
    try:
        return bool(repr(old) == repr(new))
    except Exception:  # noqa: BLE001 - an author's __repr__ may raise anything
        return True


def is_made_of_fields(kind: type) -> bool:
    """Say whether a class compares by its fields: a dataclass that is a value."""
    made = getattr(kind, "__dataclass_params__", None)
    return bool(made is not None and made.eq and made.frozen)


def compared(value: Any) -> list[str]:  # noqa: ANN401 - a dataclass's instance
    """Give the names of the fields by which a dataclass compares."""
    return [one.name for one in dataclasses.fields(value) if one.compare]
