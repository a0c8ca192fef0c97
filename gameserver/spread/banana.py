"""Banana for Twisted by our codec: bytes in, messages out, and back.

What one batch of messages brings is answered with one write.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.spread import banana

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

    ``limits``: of messages from the peer; ``limit`` sets others. ``batch``: how many
    messages of one chunk are carried out before what they were answered is sent.
    """

    limits: Limits = UNBOUNDED
    batch = _MANY
    transport: Any
    _is_reading = False

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - Banana's or Broker's
        super().__init__(*given, **named)
        self._decoder = Decoder(self.limits)
        self._messages: deque[Any] = deque()
        """Those that are read and not carried out yet."""
        self._unsent: list[bytes] = []

    @property
    def has_words(self) -> bool:
        """Say whether both sides speak the ``pb`` dialect by now."""
        return self._decoder.has_words

    def limit(self, limits: Limits) -> None:
        """Let these limits hold from the next message on."""
        self.limits = self._decoder.limits = limits

    def setPrefixLimit(self, limit: int) -> None:
        """Limit the length of numbers, in bytes."""
        super().setPrefixLimit(limit)
        self.limit(replace(self.limits, prefix=limit))

    def _selectDialect(self, dialect: bytes) -> None:
        self._decoder.has_words = dialect == _DIALECT
        super()._selectDialect(dialect)

    def dataReceived(self, chunk: bytes) -> None:
        """Read what came; raises as Twisted for what is no Banana, or too large."""
        self._decoder.feed(chunk)
        self.carry_out()

    def carry_out(self) -> None:
        """Carry out what has come."""
        while self.take():
            self.carry_out_batch()

    def take(self) -> bool:
        """Read the next messages, unless some wait; False if there is none."""
        if not self._messages:
            # One by one until the dialect is settled: it says how the next one is read
            most = self.batch if self.currentDialect else 1
            try:
                self._messages.extend(self._decoder.take(most))
            except Refused as fault:
                kind = _AS_STOCK.get(type(fault), banana.BananaError)
                raise kind(str(fault)) from None
        return bool(self._messages)

    def carry_out_batch(self) -> None:
        """Carry out the messages that are read, and send what they bring."""
        messages = self._messages
        self._is_reading = True
        try:
            while messages and self.goes_on():
                self.callExpressionReceived(messages.popleft())
        finally:
            self._is_reading = False
            self.flush()

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
        try:
            self.send(self._message(exp))
        except NotPlain:
            self.sendEncoded(exp)

    def _message(self, exp: tuple[Any, ...]) -> bytes:
        if not self.has_words or self.prefixLimit != PREFIX:
            raise NotPlain("another dialect")
        return message(exp)

    def send(self, content: bytes) -> None:
        """Send bytes: at once, or with all else that the batch being read brings."""
        if not self._is_reading:
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
        write(self.transport, content)

    def close(self) -> None:
        """Close the connection, after all that was sent has left.

        TLS takes nothing any more from ``loseConnection`` on.
        """
        self.flush()
        self.transport.loseConnection()
