"""What kind of object a value is, asked past the value: none of its own code runs.

``isinstance`` asks a value for its ``__class__``, which an author may have made a
property: of a stand-in that tells a lie, or of a proxy that raises. What a plan looks
at may be any value, so it is asked here: by its type, by the C methods of builtins.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

__all__ = [
    "bases_of", "fields_of", "flags_of", "is_of", "items_of", "length_of",
    "members_of", "memos_of", "module_of", "mro_of", "plain_of", "set_class",
]  # fmt: skip

_CONTAINERS: tuple[Any, ...] = (
    OrderedDict, dict, list, tuple, set, frozenset, deque
)  # fmt: skip

if TYPE_CHECKING:
    # A checker then narrows types as it does for the builtin.
    from builtins import isinstance as is_of
else:

    def is_of(value: object, kinds: Any) -> bool:  # noqa: ANN401 - a type, or some
        """Say whether a value's real class is one of some kinds, or below one."""
        return issubclass(type(value), kinds)


def plain_of(value: object) -> Any:  # noqa: ANN401 - a class of containers
    """Give the builtin container that a value's class is or derives from, or None."""
    kind = type(value)
    return next((one for one in _CONTAINERS if issubclass(kind, one)), None)


def items_of(value: object) -> tuple[Any, ...]:
    """Give what is in a builtin container, keys and values of a dict, by C alone."""
    plain = plain_of(value)
    if plain is None:
        return ()
    if issubclass(plain, dict):
        return (*plain.keys(value), *plain.values(value))
    # All in one call of C: another thread may change it between two steps of ours.
    return next(map(tuple, map(plain.__iter__, (value,))))


def length_of(value: object) -> int:
    """Give a builtin container's length by C alone; 0 of what is none."""
    plain = plain_of(value)
    return 0 if plain is None else plain.__len__(value)


def fields_of(value: object) -> dict[str, Any]:
    """Give an instance's fields past its class's own methods; none of other values."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a property of an author's
        return {}
    return found if type(found) is dict else {}


set_class: Any = object.__dict__["__class__"].__set__
"""Give an instance another class, past what its own class shows as its class."""

members_of: Any = type.__dict__["__dict__"].__get__
"""Give a class's own dict past its metaclass."""

bases_of: Any = type.__dict__["__bases__"].__get__
"""Give a class's bases past its metaclass."""

mro_of: Any = type.__dict__["__mro__"].__get__
"""Give a class's order of resolution past its metaclass."""


flags_of: Any = type.__dict__["__flags__"].__get__
"""Give a class's flags past its metaclass."""

_MEMOS = "__memos__"
_OF_LIBRARIES = ("__msgspec_cache__",)
"""What msgspec has read of a dataclass, an enum, a named tuple or a typed dict."""


def memos_of(owner: type) -> set[str]:
    """Name what is kept per class and can be made anew.

    By libraries, and by base classes: their ``__memos__``.
    """
    known = (members_of(base).get(_MEMOS, ()) for base in mro_of(owner))
    return {name for names in (_OF_LIBRARIES, *known) for name in names}


_module = type.__dict__["__module__"].__get__


def module_of(owner: type) -> str:
    """Give a class's ``__module__`` past its metaclass; "" if it is no name."""
    try:
        found = _module(owner)
    except AttributeError:
        return ""
    return found if type(found) is str else ""
