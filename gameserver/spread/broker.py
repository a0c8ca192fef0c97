"""Perspective Broker over our codec, for both sides of a connection.

Plain values are read and written by ``wire``; whatever else PB knows goes Twisted's own
way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.spread import pb

from gameserver.spread.banana import WireBanana
from gameserver.spread.lazily import Lazily
from gameserver.wire.codec import decode, encode
from gameserver.wire.encoder import NotPlain, integer, list_of, string
from gameserver.wire.message import Written
from gameserver.wire.shared import expanded

if TYPE_CHECKING:
    StockBroker = Any
else:
    StockBroker = pb.Broker


_DIALECT: Final = b"pb"
_CALL: Final = 7  # parts of the message that is a call
_MESSAGE: Final = list_of(7) + string(b"message")


class WireBroker(WireBanana, StockBroker):  # type: ignore[misc]  # pb has no annotations
    """One connection; as ``pb.Broker``."""

    # Nine in ten connections need none of these, and they take half a kilobyte.
    failures = Lazily(list)
    pageProducers = Lazily(list)
    remotelyCachedObjects = Lazily(dict)
    remotelyCachedLUIDs = Lazily(dict)
    locallyCachedObjects = Lazily(dict)
    waitingForAnswers = Lazily(dict)

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - pb.Broker's
        super().__init__(*given, **named)
        del self.failures, self.pageProducers, self.waitingForAnswers
        del self.remotelyCachedObjects, self.remotelyCachedLUIDs
        del self.locallyCachedObjects

    def callExpressionReceived(self, obj: object) -> None:
        """Take a message; a call at once, where Twisted looks for its name first."""
        if (
            type(obj) is list
            and len(obj) == _CALL
            and obj[0] == b"message"
            and self._decoder.has_words
        ):
            _, number, target, name, is_answered, args, names = obj
            self.proto_message(number, target, name, is_answered, args, names)
        else:
            super().callExpressionReceived(obj)

    def proto_message(
        self,
        requestID: int,
        objectID: object,
        message: object,
        answerRequired: int,
        netArgs: object,
        netKw: object,
    ) -> None:
        """Receive a call: as Twisted does, in fewer steps; what fails goes its way."""
        is_plain = type(objectID) is int and type(message) is bytes
        local = self.localObjects.get(objectID) if is_plain else None
        given = requestID, objectID, message, answerRequired, netArgs, netKw
        if local is None:
            super().proto_message(*given)
            return
        name = message.decode()  # type: ignore[attr-defined]  # they are bytes
        try:
            result = local.object.remoteMessageReceived(self, name, netArgs, netKw)
        except BaseException as error:  # noqa: BLE001 - Twisted sends and logs it
            raising = _Raising(error)
            self._recvMessage(lambda _: raising, *given)
            return
        if not answerRequired:
            return
        if type(result) is not Written and isinstance(result, Deferred):
            result.addCallbacks(
                self._sendAnswer,
                self._sendFailure,
                callbackArgs=(requestID,),
                errbackArgs=(requestID,),
            )
        else:
            self._sendAnswer(result, requestID)

    def _sendAnswer(self, netResult: object, requestID: int) -> None:
        """Send an answer."""
        self.sendCall(b"answer", requestID, netResult)

    def serialize(
        self,
        object: object,  # noqa: A002 - pb's name
        perspective: object = None,
        method: str | None = None,
        args: object = None,
        kw: object = None,
    ) -> Any:  # noqa: ANN401 - Written, or jelly
        """Write a plain value; jelly another one."""
        if self._decoder.has_words:
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


class _Raising:
    """Raises once more what a call has raised."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def remoteMessageReceived(self, *given: object) -> object:
        """Raise it."""
        del given
        raise self._error


class StrictBroker(WireBroker):
    """One connection with a peer that is not trusted.

    No other dialect is spoken. What a peer sends holds no part of itself, and a part
    that it refers to several times is as many parts, within the limits of a message.
    """

    knownDialects = (_DIALECT,)

    def unjelly(self, sexp: object, perspective: object) -> Any:  # noqa: ANN401 - any value
        """Unjelly what is not plain; ``NotPlain`` for more than a message is."""
        alone = expanded(sexp, self.limits.size, self.limits.items)
        try:
            return decode(alone)
        except NotPlain:
            return super().unjelly(alone, perspective)
