"""Perspective Broker's client side of one connection, with an end that always comes.

A stock ``PBClientFactory`` whose TLS handshake fails never fires ``getRootObject``,
stock PB logs what a hostile or foreign server makes it raise, and an answer it may not
read leaves its caller waiting for ever. Here each of these ends the connection, or the
call, with one error.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import (
    IHandshakeListener,
    ISSLTransport,
    ITCPTransport,
)
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.spread import pb
from twisted.spread.jelly import unjelly
from zope.interface import implementer

from gameserver.client.certificate import leaf_of
from gameserver.client.events import Event
from gameserver.client.plain import ERRORS, VALUES
from gameserver.client.refusals import coded, error_from, failure_of
from gameserver.errors import (
    BadArguments,
    CertificateRefused,
    ConnectionLost,
    GameError,
    NoSuchCall,
    NotFound,
)
from gameserver.spread.broker import StrictBroker
from gameserver.wire.limits import STOCK_SIZE, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate
    from twisted.internet.interfaces import IAddress

    Deliver = Callable[[Event], Deferred[Any]]


class Stage(Enum):
    """How far a connection has come; the value says what it waits for next."""

    CONNECTED = "the TLS handshake or the greeting"
    SECURED = "the greeting"
    READY = "calls"


class NotPB(Exception):
    """The server sent what no Perspective Broker sends; holds the first bytes."""


class Mind(pb.Referenceable):
    """What the server calls: only a name on the wire, the broker delivers itself."""


def _nobody(event: Event) -> Deferred[Any]:
    return fail(NoSuchCall(f"nobody waits for {event.name!r}"))


@implementer(IHandshakeListener)
class ClientBroker(StrictBroker):
    """One connection.

    ``on_event(event)`` gives the answer to a call of the server's; its Deferred may
    fail with ``GameError`` only. ``on_end(reason)`` is called once, after all callers
    have their error. ``accepts(leaf)`` judges the certificate once more after the
    handshake.
    """

    first_limits = Limits(size=1 << 26, items=1 << 22, depth=1 << 30, string=STOCK_SIZE)

    def __init__(self, accepts: Callable[[Certificate], bool]) -> None:
        super().__init__(isClient=True, security=VALUES)
        self.stage = Stage.CONNECTED
        self.first_bytes = b""
        self.end: BaseException | None = None
        self.leaf: Certificate | None = None
        self.on_event: Deliver = _nobody
        self.on_end: Callable[[BaseException], None] | None = None
        self._accepts = accepts
        self._fault: BaseException | None = None
        self._ready: Deferred[None] | None = None
        self._enders: list[Deferred[None]] = []

    def when_ready(self) -> Deferred[None]:
        """Fire when calls can be made; fail with the reason if it ends before.

        To be asked once: a broker that lost the race of two addresses is never asked,
        and its end must not be an unhandled error.
        """
        if self.end is not None:
            return fail(self.end)
        if self.stage is Stage.READY:
            return succeed(None)
        self._ready = Deferred()
        return self._ready

    def when_ended(self) -> Deferred[None]:
        """Fire when the connection is gone, at once if it is."""
        waiter: Deferred[None] = Deferred()
        if self.end is None:
            self._enders.append(waiter)
        else:
            waiter.callback(None)
        return waiter

    def connectionMade(self) -> None:
        """Begin; without NODELAY a call after a call would wait for the first's ACK."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        super().connectionMade()

    def handshakeCompleted(self) -> None:
        """Judge the certificate that the handshake ended with; see ``trust``."""
        self.stage = Stage.SECURED
        leaf = leaf_of(self.transport.getHandle())
        if leaf is None or not self._accepts(leaf):
            text = "the certificate after the handshake is not the one accepted in it"
            self._break(CertificateRefused(text))

    def connectionReady(self) -> None:
        """Go on: both sides have agreed to speak PB."""
        self.stage = Stage.READY
        super().connectionReady()
        if self._ready is not None:
            self._ready.callback(None)

    def dataReceived(self, chunk: bytes) -> None:
        """Read; whatever a foreign or hostile server makes PB raise ends it here."""
        if self._fault is not None:
            return
        if self.stage is not Stage.READY:
            self.first_bytes += chunk[: 80 - len(self.first_bytes)]
        try:
            super().dataReceived(chunk)
        except Exception:  # noqa: BLE001 - PB raises anything, by the peer's choice
            self._break(NotPB(self.first_bytes))

    def _break(self, fault: BaseException) -> None:
        self._fault = self._fault or fault
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure) -> None:
        """End: first every caller gets its error, then whoever waits for the start."""
        end = self._fault or reason.value
        assert end is not None
        self.end = end
        has_tls = ISSLTransport.providedBy(self.transport)
        if has_tls:
            self.leaf = leaf_of(self.transport.getHandle())
        pending = list(self.waitingForAnswers.values())
        super().connectionLost(reason)
        for answer in pending:
            unremarked(answer)
        if self.stage is not Stage.READY and self._ready is not None:
            self._ready.errback(end)
        if self.on_end is not None:
            self.on_end(end)
        for waiter in self._enders:
            waiter.callback(None)

    def proto_answer(self, requestID: int, netResult: object) -> None:
        """Give an answer to its caller; one that may not be read is an error."""
        answer = self.waitingForAnswers.pop(requestID)
        try:
            value = self.unserialize(netResult)
        except Exception:  # noqa: BLE001 - hostile jelly can raise anything
            answer.errback(coded("bad-answer", "the answer is no plain value"))
        else:
            answer.callback(value)

    def proto_error(self, requestID: int, fail: object) -> None:
        """Give an error to its caller as a ``GameError``, whatever was sent."""
        answer = self.waitingForAnswers.pop(requestID)
        try:
            error = error_from(unjelly(fail, ERRORS, None, self))
        except Exception:  # noqa: BLE001 - hostile jelly can raise anything
            error = coded("bad-answer", "the error cannot be read")
        answer.errback(error)

    def proto_message(
        self,
        requestID: int,
        objectID: object,
        message: object,
        answerRequired: int,
        netArgs: object,
        netKw: object,
    ) -> None:
        """Deliver an event; answer if asked. Keyword arguments have no meaning here."""
        del netKw
        is_asked = bool(answerRequired)
        try:
            event = self._read(objectID, message, netArgs, is_asked=is_asked)
            answer = self.on_event(event)
        except GameError as error:
            answer = fail(error)
        if not is_asked:
            answer.addErrback(_drop)
            return
        answer.addCallback(self.serialize)
        answer.addCallback(self._sendAnswer, requestID)
        answer.addErrback(self._refuse, requestID)

    def _read(
        self, target: object, message: object, jelly: object, *, is_asked: bool
    ) -> Event:
        if not isinstance(self.localObjectForID(target), Mind):
            raise NotFound("there is nothing to call under that number")
        try:
            args = tuple(self.unserialize(jelly))
            name = message.decode() if isinstance(message, bytes) else str(message)
        except Exception:  # noqa: BLE001 - hostile jelly can raise anything
            raise BadArguments("the event cannot be read") from None
        return Event(name, args, is_asked=is_asked)

    def _refuse(self, failure: Failure, requestID: int) -> None:
        """Answer with an error; the value could not be sent if it has no code."""
        if self.disconnected:
            return
        error = failure.value
        if not isinstance(error, GameError):
            error = coded("bad-answer", "the client's answer is no plain value")
        self._sendError(failure_of(error), requestID)

    def proto_didNotUnderstand(self, command: object) -> None:
        """Ignore it: stock PB would log it, and no call of ours depends on it."""

    def sendDecRef(self, objectID: object) -> None:
        """Tell that a reference is not used any more, unless nobody is there."""
        if not self.disconnected:
            super().sendDecRef(objectID)

    def forget_last_request(self) -> None:
        """Take back a call that Banana refused to write after it was numbered."""
        self.waitingForAnswers.pop(self.currentRequestID, None)


def unremarked(answer: Deferred[Any]) -> Deferred[Any]:
    """Keep Twisted from logging a lost call's failure if nobody ever asks for it.

    Whoever starts calls without waiting hears of the loss by the client's state; a
    traceback for each of them would be noise. Other failures are logged as ever.
    """
    failure = getattr(answer, "result", None)
    remark = answer._debugInfo  # noqa: SLF001 - Twisted offers no other way
    is_lost = isinstance(failure, Failure) and failure.check(ConnectionLost)
    if remark is not None and is_lost:
        remark.failResult = None
    return answer


def _drop(failure: Failure) -> None:
    """End the failure of an event whose sender wants no answer."""
    del failure


class BrokerFactory(Factory):
    """Makes the brokers of one attempt to connect; quiet, and asks for no root."""

    noisy = False
    unsafeTracebacks = False

    def __init__(self, accepts: Callable[[Certificate], bool]) -> None:
        self._accepts = accepts

    def buildProtocol(self, addr: IAddress | None) -> ClientBroker:
        """Make the broker of one connection."""
        del addr
        broker = ClientBroker(self._accepts)
        broker.factory = self
        return broker

    def clientConnectionMade(self, broker: ClientBroker) -> None:
        """Do nothing: ``when_ready`` tells whoever opens the connection."""
