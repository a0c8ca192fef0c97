"""Perspective Broker over our codec, for both sides of a connection.

Plain values are read and written by ``wire``; whatever else PB knows goes Twisted's own
way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.spread import pb

from gameserver.spread.banana import WireBanana
from gameserver.wire.codec import decode, encode
from gameserver.wire.encoder import NotPlain, integer, list_of, string
from gameserver.wire.message import Written
from gameserver.wire.shared import expanded

if TYPE_CHECKING:
    StockBroker = Any
else:
    StockBroker = pb.Broker


_DIALECT: Final = b"pb"
_MESSAGE: Final = list_of(7) + string(b"message")


class WireBroker(WireBanana, StockBroker):  # type: ignore[misc]  # pb has no annotations
    """One connection; as ``pb.Broker``."""

    def serialize(
        self,
        object: object,  # noqa: A002 - pb's name
        perspective: object = None,
        method: str | None = None,
        args: object = None,
        kw: object = None,
    ) -> Any:  # noqa: ANN401 - Written, or jelly
        """Write a plain value; jelly another one."""
        if self.has_words:
            try:
                return Written(encode(object))
            except NotPlain:
                pass
        return self.jelly(object, perspective, method, args, kw)

    def jelly(self, value: object, *context: Any) -> Any:  # noqa: ANN401 - jelly; what pb gives
        """Jelly what is not plain, as Twisted does."""
        return super().serialize(value, *context)

    def unserialize(self, sexp: object, perspective: object = None) -> Any:  # noqa: ANN401 - any value
        """Read a value."""
        try:
            return decode(sexp)
        except NotPlain:
            return self.unjelly(sexp, perspective)

    def unjelly(self, sexp: object, perspective: object) -> Any:  # noqa: ANN401 - any value
        """Unjelly what is not plain, as Twisted does."""
        return super().unserialize(sexp, perspective)

    def send_event(self, target: int, event: bytes) -> None:
        """Send a call that wants no answer.

        ``event``: name, 0, arguments and keywords, as they stand on the wire: these are
        the same for every connection.
        """
        number = self.newRequestID()
        self.send(b"".join((_MESSAGE, integer(number), integer(target), event)))


class StrictBroker(WireBroker):
    """One connection with a peer that is not trusted.

    No other dialect is spoken. What a peer sends holds no part of itself, and a part
    that it refers to several times is as many parts, within the size of a message.
    """

    knownDialects = (_DIALECT,)

    def unjelly(self, sexp: object, perspective: object) -> Any:  # noqa: ANN401 - any value
        """Unjelly what is not plain; ``NotPlain`` for more than a message's size."""
        alone = expanded(sexp, self.limits.size)
        try:
            return decode(alone)
        except NotPlain:
            return super().unjelly(alone, perspective)
