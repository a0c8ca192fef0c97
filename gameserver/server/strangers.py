"""What strangers may send before they log in."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from gameserver.errors import BadArguments
from gameserver.wire.codec import decode
from gameserver.wire.encoder import NotPlain
from gameserver.wire.shared import is_remote

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE: Final = object()
"""Stands for a value that is not read before login."""

_MOST: Final = 8
_NO_NAMES: Final = [b"dictionary"]
_SCALARS: Final = ([b"unicode"], [b"None"])


def read_flat(
    args: object, kw: object, reference: Callable[[object], object]
) -> list[object]:
    """Read what a stranger may send before login: text, bytes, numbers, a reference.

    A reference is read by ``reference``; any other value becomes ``UNREADABLE``, so
    that nothing deep or shared is ever built for somebody unknown. Raises
    ``BadArguments`` for what is no short list of arguments.
    """
    if kw != _NO_NAMES or type(args) is not list or args[:1] != [b"tuple"]:
        raise BadArguments("the arguments cannot be read")
    if len(args) > _MOST:
        raise BadArguments("too many arguments")
    return [_read_one(item, reference) for item in islice(args, 1, None)]


def _read_one(item: object, reference: Callable[[object], object]) -> object:
    if type(item) is list and is_remote(item):
        return reference(item)
    try:
        is_scalar = type(item) is not list or item[:1] in _SCALARS
        return decode(item) if is_scalar else UNREADABLE
    except NotPlain:
        return UNREADABLE
