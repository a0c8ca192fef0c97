"""One connection: opened within a time limit, asked, closed; it never comes back."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any, NoReturn

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.defer import TimeoutError as OutOfTime
from twisted.internet.endpoints import (
    HostnameEndpoint,
    UNIXClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.error import ConnectingCancelledError
from twisted.spread import pb
from twisted.spread.banana import BananaError

from gameserver.client.broker import BrokerFactory, ClientBroker, unremarked
from gameserver.client.explain import no_connection, no_greeting
from gameserver.client.plain import written
from gameserver.errors import (
    BadArguments,
    CallTimedOut,
    ConnectionLost,
    GameError,
)

if TYPE_CHECKING:
    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.python.failure import Failure

    from gameserver.client.route import Route
    from gameserver.wire.message import Written


_CLOSING = 2.0
"""Seconds a peer may take to answer TLS's farewell before the connection is cut."""

_NO_NAMES = written({})
"""What no keyword arguments are in Jelly."""

_LONGEST_PATH = 107
"""Bytes that a UNIX socket's address has room for; see unix(7)."""


class Connection:
    """A connection that speaks PB, not yet or already logged in."""

    def __init__(self, broker: ClientBroker, route: Route) -> None:
        self.broker = broker
        self._route = route
        self.root = broker.remoteForName("root")

    def call(
        self,
        target: pb.RemoteReference,
        name: str,
        args: tuple[Any, ...],
        timeout: float,
    ) -> Deferred[Any]:
        """Ask and wait at most ``timeout`` seconds; fails with ``GameError`` only."""
        try:
            answer: Deferred[Any] = target.callRemote(name, *args)
        except pb.DeadReferenceError:
            return unremarked(fail(self._lost()))
        except BananaError as error:
            self.broker.forget_last_request()
            return fail(BadArguments(f"{name}: {error}"))
        answer.addErrback(self._coded, name)

        def give_up(result: object, seconds: float) -> NoReturn:
            del result
            raise CallTimedOut(f"no answer to {name!r} within {seconds:g} s")

        return answer.addTimeout(timeout, self._route.reactor, give_up)

    def post(
        self, target: pb.RemoteReference, name: bytes, given: Written
    ) -> Deferred[Any]:
        """Ask with arguments that are written already, and wait as long as it takes.

        Fails with ``GameError`` only.
        """
        broker = self.broker
        if broker.end is not None:
            return fail(self._lost())
        number = broker.newRequestID()
        try:
            broker.sendCall(b"message", number, target.luid, name, 1, given, _NO_NAMES)
        except BananaError as error:
            return fail(BadArguments(str(error)))
        answer: Deferred[Any] = Deferred()
        broker.waitingForAnswers[number] = answer
        return answer.addErrback(self._coded, name.decode())

    def tell(self, target: pb.RemoteReference, name: str) -> None:
        """Say something that has no answer."""
        if self.broker.end is None:
            target.callRemote(name, pbanswer=0)

    def _coded(self, failure: Failure, name: str) -> Failure:
        if failure.check(GameError, CancelledError):
            return failure
        if failure.check(pb.PBConnectionLost):
            raise self._lost()
        # What is left is jelly's: a value of ours that may not be sent.
        raise BadArguments(f"{name}: {failure.getErrorMessage()}")

    def _lost(self) -> ConnectionLost:
        return ConnectionLost(f"the connection to {self._route.endpoint} ended")

    def abort(self) -> Deferred[None]:
        """Cut the connection; fires when it is gone."""
        if self.broker.end is None:
            self.broker.transport.abortConnection()
        return self.broker.when_ended()

    def close(self) -> Deferred[None]:
        """Close after what is queued has left; fires when it is gone."""
        if self.broker.end is not None:
            return self.broker.when_ended()
        self.broker.close()
        ended = self.broker.when_ended()
        ended.addTimeout(_CLOSING, self._route.reactor)
        return ended.addErrback(lambda _: self.abort())


async def open_connection(route: Route) -> Connection:
    """Connect and come to speak PB within the route's time.

    ``ConnectionFailed`` says what went wrong and what to try; nothing is left open.
    """
    reactor = route.reactor
    deadline = reactor.seconds() + route.timeout
    broker = await _connected(route)
    connection = Connection(broker, route)
    try:
        rest = max(0.0, deadline - reactor.seconds())
        await broker.when_ready().addTimeout(rest, reactor)
    except Exception as error:
        await connection.abort()
        if isinstance(error, CancelledError):
            raise
        raise no_greeting(route, broker, error) from error
    return connection


async def _connected(route: Route) -> ClientBroker:
    def out_of_time(result: object, seconds: float) -> NoReturn:
        # Said here, because a canceled search for a name fails like an unknown name.
        del result
        raise OutOfTime(seconds)

    try:
        attempt = _stream(route).connect(BrokerFactory(route.trust.accepts))
        broker = await attempt.addTimeout(route.timeout, route.reactor, out_of_time)
    except (CancelledError, ConnectingCancelledError):
        raise CancelledError from None
    except Exception as error:
        raise no_connection(route, error) from error
    assert isinstance(broker, ClientBroker)
    return broker


def _stream(route: Route) -> IStreamClientEndpoint:
    endpoint, reactor = route.endpoint, route.reactor
    if endpoint.kind == "unix":
        if len(os.fsencode(endpoint.host)) > _LONGEST_PATH:
            # Twisted would log a TypeError, and never say that it cannot connect.
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        return UNIXClientEndpoint(reactor, endpoint.host, route.timeout)
    stream = HostnameEndpoint(reactor, endpoint.host, endpoint.port, route.timeout)
    if endpoint.kind == "tcp":
        return stream
    return wrapClientTLS(route.trust.creator(endpoint.host), stream, reactor)
