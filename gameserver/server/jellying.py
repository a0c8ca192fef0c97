"""What is sent, with nothing in it that a peer should not see."""

from __future__ import annotations

from typing import Final

from twisted.spread import banana
from twisted.spread.jelly import InsecureJelly, SecurityOptions, _Jellier

from gameserver.wire.codec import encode
from gameserver.wire.encoder import NotPlain, integer, string
from gameserver.wire.message import Written

_ONE_WAY: Final = integer(0)
_NO_NAMES: Final = encode({})


class Outbound(SecurityOptions):
    """What may be sent: plain values; beyond those, what PB can refer to or copy.

    Stock allows every type with a dot in its name, and sends a class or function as
    that name.
    """

    plain = frozenset(
        b"builtins.NoneType builtins.bool builtins.bytes builtins.dict builtins.float "
        b"builtins.frozenset builtins.int builtins.list builtins.set builtins.str "
        b"builtins.tuple datetime.date datetime.datetime datetime.time "
        b"datetime.timedelta decimal.Decimal".split()
    )

    def isTypeAllowed(self, typeName: bytes) -> bool:
        """Say whether a value of this type may be sent."""
        return typeName in self.plain


class StrictJellier(_Jellier):
    """Refuses what cannot be sent; stock PB sends its class name in its place."""

    def __init__(self, invoker: object = None) -> None:
        super().__init__(_OUTBOUND, None, invoker)

    def unpersistable(self, reason: str, sxp: object = None) -> object:  # noqa: ARG002 - the base's signature
        """Raise instead of writing the reason, which holds a class name."""
        raise InsecureJelly(reason)


_OUTBOUND = Outbound()


def written(value: object) -> Written:
    """Write a plain value; the same for every connection, so once is enough.

    ``InsecureJelly`` or ``BananaError`` if it cannot be sent.
    """
    try:
        return Written(encode(value))
    except NotPlain:  # a time, or a part that occurs twice
        return Written(banana.encode(StrictJellier().jelly(value)))


def event(name: str, args: tuple[object, ...]) -> bytes:
    """Write an event: all of its message that is the same for every connection."""
    return b"".join((string(name.encode()), _ONE_WAY, written(args).content, _NO_NAMES))
