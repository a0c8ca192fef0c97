"""Banana for Twisted by our codec: bytes in, messages out, and back.

What one batch of messages brings is answered with one write.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.spread import banana

from gameserver.spread.lazily import Lazily
from gameserver.spread.outlet import write
from gameserver.wire.codec import Decoder, message
from gameserver.wire.decoder import Refused, UnknownToken, UnknownWord
from gameserver.wire.encoder import NotPlain
from gameserver.wire.limits import PREFIX, UNBOUNDED
from gameserver.wire.message import Written

if TYPE_CHECKING:
    from gameserver.wire.limits import Limits

    StockBanana = Any
else:
    StockBanana = banana.Banana

_MANY = 1 << 30
_LARGE = 4096  # bytes that are worth a write of their own
_DIALECT = b"pb"
_AS_STOCK: dict[type[Refused], type[Exception]] = {
    UnknownToken: NotImplementedError,
    UnknownWord: KeyError,
}


class WireBanana(StockBanana):  # type: ignore[misc]  # Twisted has no annotations here
    """One connection.

    ``first_limits``: of messages from the peer; ``limit`` sets others. ``batch``: how
    many messages of one chunk are carried out before their answers are sent.
    ``write_to``: how a transport is given bytes.
    """

    # Slots: with 30 names or more in its dict an instance takes 1.3 KB more.
    __slots__ = (
        "_decoder", "_messages", "_unsent", "currentRequestID", "disconnected",
        "factory", "is_reading", "transport",
    )  # fmt: skip

    write_to = staticmethod(write)
    first_limits: Limits = UNBOUNDED
    batch = _MANY
    outgoingSymbols = banana.Banana.outgoingVocabulary
    """The same words for all; Twisted copies them for each, which takes 1.2 KB."""
    listStack = Lazily(list)
    _largestLongInt = 2 ** (7 * PREFIX) - 1
    _smallestLongInt = -_largestLongInt
    _largestInt, _smallestInt = 2**31 - 1, -(2**31)
    """Those of the usual limit of prefixes; each connection has its own of another."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - Banana's or Broker's
        self.factory: Any = None
        self.transport: Any = None
        super().__init__(*given, **named)
        del self.outgoingSymbols, self.listStack
        self._decoder = Decoder(self.first_limits)
        self._messages: list[Any] = []
        """Those that are read and not carried out yet, the last first."""
        self._unsent: list[bytes] = []
        self.is_reading = False
        """Whether what is sent waits for the end of a batch."""

    @property
    def limits(self) -> Limits:
        """The limits of the next message."""
        return self._decoder.limits

    @property
    def has_words(self) -> bool:
        """Say whether both sides speak the ``pb`` dialect by now."""
        return self._decoder.has_words

    def limit(self, limits: Limits) -> None:
        """Let these limits hold from the next message on."""
        self._decoder.limits = limits

    def setPrefixLimit(self, limit: int) -> None:
        """Limit the length of numbers, in bytes."""
        if limit == PREFIX:
            self.prefixLimit = limit  # type: ignore[misc]  # Banana has a dict
        else:
            super().setPrefixLimit(limit)
        if limit != self.limits.prefix:
            self.limit(replace(self.limits, prefix=limit))

    def _selectDialect(self, dialect: bytes) -> None:
        self._decoder.has_words = dialect == _DIALECT
        super()._selectDialect(dialect)

    def dataReceived(self, chunk: bytes) -> None:
        """Read what came; raises as Twisted for what is no Banana, or too large."""
        self.read(chunk)

    def read(self, chunk: bytes) -> None:
        """Read what came, and carry it out."""
        self._decoder.feed(chunk)
        while self.take():
            self.carry_out_batch()

    def take(self) -> bool:
        """Read the next messages, unless some wait; False if there is none."""
        if self._messages:
            return True
        # One by one until the dialect is settled: it says how the next one is read
        most = self.batch if self.currentDialect else 1
        try:
            self._messages = messages = self._decoder.take(most)
        except Refused as fault:
            kind = _AS_STOCK.get(type(fault), banana.BananaError)
            raise kind(str(fault)) from None
        messages.reverse()
        return bool(messages)

    def carry_out_batch(self) -> None:
        """Carry out the messages that are read, and send what they bring."""
        was_reading, self.is_reading = self.is_reading, True
        try:
            self.carry_out_messages(self._messages)
        finally:
            self.is_reading = was_reading  # a message may have brought this batch
            if self._unsent:
                self.flush()

    def carry_out_messages(self, messages: list[Any]) -> None:
        """Carry out messages, the last first, while it goes on."""
        while messages and self.goes_on():
            self.callExpressionReceived(messages.pop())

    def goes_on(self) -> bool:
        """Say whether the next message may be carried out now."""
        return True

    def sendEncoded(self, obj: object) -> None:
        """Send an expression; ``BananaError`` if Banana cannot."""
        stream = BytesIO()
        self._encode(obj, stream.write)
        self.send(stream.getvalue())

    def _encode(self, obj: object, write: Any) -> None:  # noqa: ANN401 - what takes bytes
        if type(obj) is Written:
            write(obj.content)
        else:
            super()._encode(obj, write)

    def sendCall(self, *exp: Any) -> None:  # noqa: ANN401 - what Banana can send
        """Send a message of PB's, which is put together from what is mostly written."""
        if self._decoder.has_words and self.prefixLimit == PREFIX:
            try:
                content = message(exp)
            except NotPlain:
                pass
            else:
                self.send(content)
                return
        self.sendEncoded(exp)

    def send(self, content: bytes) -> None:
        """Send bytes: at once, or with all else that the batch being read brings."""
        if not self.is_reading:
            self.put(content)
            return
        self._unsent.append(content)
        if len(content) > _LARGE:
            self.flush()

    def flush(self) -> None:
        """Send what waits for the end of a batch."""
        unsent = self._unsent
        if unsent:
            self._unsent = []
            self.put(b"".join(unsent))

    def put(self, content: bytes) -> None:
        """Give bytes to the transport."""
        self.write_to(self.transport, content)

    def close(self) -> None:
        """Close the connection, after all that was sent has left.

        TLS takes nothing any more from ``loseConnection`` on.
        """
        self.flush()
        self.transport.loseConnection()
