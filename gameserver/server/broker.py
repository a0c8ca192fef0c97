"""The Broker: PB with TCP_NODELAY, limits, a time limit before login, and codes only.

It knows a PB root and nothing of the realm behind it, so that other processes could
stand between the two one day.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.spread import banana, pb

from gameserver.errors import Busy, PeerError
from gameserver.server.awaiting import is_deferred
from gameserver.server.jellying import StrictJellier
from gameserver.server.liveness import notice_loss
from gameserver.server.message_limits import BEFORE_LOGIN
from gameserver.server.quick import carry_out, write
from gameserver.server.receiving import called
from gameserver.server.refusal import Refusal
from gameserver.spread.fair import BATCH, FairBroker
from gameserver.spread.line import Line
from gameserver.wire.limits import PREFIX
from gameserver.wire.message import Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime

    from gameserver.server.fence import Fence
    from gameserver.wire.limits import Limits

_log = Logger("gameserver.broker")
_LINGER = 5.0  # seconds for a closing connection to take what is queued
_BEFORE_LOGIN = 16_384  # bytes; open lists take fifty times their bytes in memory
_FIRST_BATCH = 8  # messages read at once before login: three are enough for one
_SHOWN = 200  # characters of an error that strangers cause


class _Nobody:
    """What a number stands for that stands for nothing."""

    def remoteMessageReceived(self, *given: object) -> object:
        """Refuse the call."""
        del given
        raise Refusal(PeerError("there is no such object"))


_NOBODY = _Nobody()


class GameBroker(FairBroker):
    """One connection of a client."""

    factory: GameFactory
    first_limits = BEFORE_LOGIN
    write_to = staticmethod(write)
    __slots__ = (
        "_cutting", "_deadline", "_heard", "_is_aborted", "batch", "is_lost", "is_usual"
    )  # fmt: skip

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - Broker's
        super().__init__(*given, **named)
        self._deadline: IDelayedCall | None = None
        self._heard = 0
        self._is_aborted = self.is_usual = False
        self.batch = _FIRST_BATCH
        self.is_lost = False
        """Whether the connection has ended; calls that came before may be due yet."""
        self._cutting: IDelayedCall | None = None

    @property
    def address(self) -> str:
        """Where the connection comes from: ``127.0.0.1:50312``."""
        return shown(self.transport.getPeer())

    @property
    def is_secure(self) -> bool:
        """Say whether nobody on the way can read it: TLS, or within this machine."""
        return self._is_local or ISSLTransport.providedBy(self.transport)

    @property
    def _is_local(self) -> bool:
        return isinstance(self.transport.getPeer(), UNIXAddress)

    def connectionMade(self) -> None:
        """Begin; a notification followed by an answer takes 44 ms without NODELAY."""
        if not self._is_local:
            self.transport.setTcpNoDelay(True)
            notice_loss(self.transport)
        self.clock, self.line = self.factory.clock, self.factory.line
        self.spent = self.line.now  # so it waits: who comes anew has earned nothing
        self.factory.connections.add(self)
        limit = self.factory.login_timeout
        self._deadline = self.factory.clock.callLater(limit, self._expire)
        super().connectionMade()

    def dataReceived(self, chunk: bytes) -> None:
        """Read what came; whoever sends what is no PB is cut off, without a fuss."""
        if self._cutting is not None:
            return  # told to go; what it still says is not heard
        if self._deadline is not None and not self._is_local:
            self._heard += len(chunk)
            if self._heard > _BEFORE_LOGIN:
                _log.warn("{address} says too much, no login", address=self.address)
                self.abort()
                return
        try:  # as ``guarded``, without a step more for every chunk
            self.read(chunk)
        except Exception as error:  # noqa: BLE001 - the same
            self._cut_off(error)

    def guarded(self, act: Callable[[], object]) -> None:
        """Do something that fails for what a peer has sent, and cut it off then."""
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - nobody else would hear of it
            self._cut_off(error)

    def _cut_off(self, error: BaseException) -> None:
        _log.warn(
            "{address} was cut off, it does not speak PB: {error!r}",
            address=self.address,
            error=repr(error)[:_SHOWN],
        )
        self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End every login of this connection, after the calls that came before."""
        self.is_lost = True
        self._stop_waiting()
        if self._cutting is not None and self._cutting.active():
            self._cutting.cancel()
        lost = partial(self._lost, reason)
        if self._cutting is None and not self._is_aborted:
            self.finish(lost)
        else:
            lost()

    def _lost(self, reason: Failure) -> None:
        self.factory.connections.discard(self)
        self.is_usual = False
        self.end_flow()
        super().connectionLost(reason)

    def logged_in(self, limits: Limits) -> None:
        """Lift the time limit that stands before login, and set others for messages."""
        self._stop_waiting()
        self.batch = BATCH
        self.limit(limits)
        is_closing = self._is_aborted or self._cutting is not None
        is_plain = self.has_words and self.prefixLimit == PREFIX
        self.is_usual = is_plain and not is_closing
        self.begin_outflow()

    def cut(self, reason: str) -> None:
        """Give up a peer that does not take what it is sent."""
        if not self._is_aborted:
            _log.warn("{address} was cut off: {why}", address=self.address, why=reason)
            self.abort()

    def carry_out_messages(self, messages: list[Any]) -> None:
        """Carry out messages: common calls the short way."""
        carry_out(self, messages)

    def callExpressionReceived(self, obj: object) -> None:
        """Take a message, unless it came after the one that made us close."""
        if self._cutting is None and not self._is_aborted:
            super().callExpressionReceived(obj)

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def disconnect(self) -> None:
        """Hear no more, and close the connection after what is queued has left.

        A peer that takes nothing, or does not end TLS on its side, is cut off.
        """
        self.is_usual = False
        if self._cutting is None and not self.is_lost:
            self._cutting = self.factory.clock.callLater(_LINGER, self.abort)
            self.flush()
            if self.outflow is not None:
                self.outflow.close()  # TLS ends only where nobody promises more
            self.close()
            self.read_on()  # and only when it has read that the peer ends it, too

    def when_dropped(self, reference: pb.Serializable, act: Callable[[], None]) -> None:
        """Call when the peer lets go of a reference that it is about to be given."""
        self._localCleanup[reference.processUniqueID()] = act

    def dontNotifyOnDisconnect(self, notifier: Callable[[], None]) -> None:
        """Do not call after all; also while the connection is being lost."""
        if self.disconnects is not None:
            super().dontNotifyOnDisconnect(notifier)

    def abort(self) -> None:
        """Close the connection at once; nothing more is heard or said."""
        self._is_aborted, self.is_usual = True, False
        self._unsent.clear()
        self.end_flow()
        if self.transport is not None and not self.is_lost:
            self.transport.abortConnection()

    def _expire(self) -> None:
        _log.info("{address} did not log in in time", address=self.address)
        self.abort()

    def jelly(self, value: object, *context: Any) -> Any:  # noqa: ANN401 - jelly
        """Jelly what is not plain; ``InsecureJelly`` if it cannot be sent."""
        if isinstance(value, Deferred):
            return value.addCallback(self.serialize, *context)
        self.serializingPerspective, *_ = (*context, None)
        try:
            return StrictJellier(self).jelly(value)
        finally:
            self.serializingPerspective = None

    def proto_message(
        self,
        requestID: int,
        objectID: object,
        message: object,
        answerRequired: int,
        netArgs: object,
        netKw: object,
    ) -> None:
        """Receive a call that does not go the short way."""
        name = message.decode() if isinstance(message, bytes) else str(message)
        asked = partial(self._asked, objectID, name, netArgs, netKw)
        self.tell(requestID, answerRequired, asked)

    def _asked(self, number: object, name: str, args: object, names: object) -> object:
        return called(self, self._target(number), name, args, names)

    def tell(
        self, number: int, is_answered: object, asked: Callable[[], object]
    ) -> None:
        """Send what a call gives; how one that wants no answer fails is for the log."""
        try:
            result = asked()
        except Refusal as refusal:
            refusal.__traceback__ = None  # it may be one for all, and keep this call
            if is_answered:
                self._sendError(refusal, number)
        except BaseException:  # noqa: BLE001 - the fence of one call
            coded = self._coded(Failure())
            if is_answered:
                self._sendError(coded, number)
        else:
            if type(result) is Written:  # so nothing can be wrong with it any more
                if is_answered and not self.disconnected:
                    self.sendCall(b"answer", number, result)
            elif is_deferred(result):
                self._follow(result, number, is_answered=bool(is_answered))
            elif is_answered:
                self._sendAnswer(result, number)

    def _target(self, number: object) -> Any:  # noqa: ANN401 - what can be called
        known = self.localObjects.get(number) if type(number) is int else None
        if known is not None:
            return known.object
        is_id = isinstance(number, int | bytes | str)  # a peer may send anything
        found = self.localObjectForID(number) if is_id else None
        return _NOBODY if found is None else found

    def _follow(self, result: Deferred[Any], number: int, *, is_answered: bool) -> None:
        if is_answered:
            result.addCallbacks(
                self._sendAnswer,
                self._sendFailure,
                callbackArgs=(number,),
                errbackArgs=(number,),
            )
        else:
            result.addErrback(self._coded)

    def proto_didNotUnderstand(self, command: object) -> None:
        """Hear that the peer knows no such message; it may say so without end."""

    def proto_cachemessage(self, *given: object) -> None:
        """Hear a call of something cached, which nothing here is."""
        del given
        self.cut("it calls what is cached here, and nothing is")

    def registerReference(self, object: pb.Serializable) -> int:  # noqa: A002 - pb's name
        """Count a reference; a peer that lets go of none is cut off."""
        try:
            number: int = super().registerReference(object)
        except pb.Error:
            self.cut("it holds too many references")
            raise Busy("you hold too many references of this server") from None
        return number

    def proto_answer(self, requestID: int, netResult: object) -> None:
        """Receive an answer, unless it comes too late."""
        if requestID in (self.waitingForAnswers or ()):
            super().proto_answer(requestID, netResult)

    def proto_error(self, requestID: int, fail: object) -> None:
        """Receive an error, unless it comes too late."""
        if requestID in (self.waitingForAnswers or ()):
            super().proto_error(requestID, fail)

    def _sendAnswer(self, netResult: object, requestID: int) -> None:
        """Send an answer; one that Banana refuses is an incident, not silence."""
        if self.is_lost:
            return
        try:
            super()._sendAnswer(netResult, requestID)
        except banana.BananaError:
            incident = self.factory.fence.incident(Failure(), "sending an answer")
            self._sendError(Refusal(incident), requestID)

    def _sendError(self, fail: object, requestID: int) -> None:
        """Send an error as a code, unless there is nobody left to hear it."""
        if self.is_lost:
            return
        refusal = self._coded(fail)
        if self.has_words:
            self.sendCall(b"error", requestID, refusal.written())
        else:
            super()._sendError(refusal, requestID)

    _sendFailure = _sendError  # the fence has logged it

    def _coded(self, fail: object) -> Refusal:
        """Code what did not pass the fence: author's references, wrong object ids."""
        failure = fail if isinstance(fail, Failure) else Failure(fail)
        if isinstance(failure.value, Refusal):
            return failure.value
        error = self.factory.fence.coded(failure, "a call on a reference")
        return Refusal(error)


class GameFactory(pb.PBServerFactory):
    """Makes a Broker for each connection and knows those that are open."""

    protocol = GameBroker
    noisy = False

    def __init__(
        self,
        root: object,
        clock: IReactorTime,
        fence: Fence,
        login_timeout: float,
    ) -> None:
        super().__init__(root)
        self.clock = clock
        self.line = Line(clock)
        self.fence = fence
        self.login_timeout = login_timeout
        self.connections: set[GameBroker] = set()


def shown(address: IAddress) -> str:
    """Give an address as people write it."""
    host = getattr(address, "host", None)
    if host is None:
        return "local"
    return f"{host}:{getattr(address, 'port', 0)}"
