"""Logins and the sets they are in.

A client is keyed by an id of its own: remote references of two connections cannot be
compared or hashed together (DESIGN.md, traps). A mind may be anything a peer can send;
what is no remote reference is as good as none.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred, DeferredList, fail
from twisted.python.failure import Failure
from twisted.spread import pb

from gameserver.errors import CallTimedOut, ConnectionLost, GameError
from gameserver.model.arguments import Limits, require_plain
from gameserver.server.awaiting import started
from gameserver.server.jellying import plain_jelly
from gameserver.server.scalars import NO_KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.internet.interfaces import IReactorTime

    from gameserver.interfaces import Client

CLOSING = "closing"
"""The event that tells a client why it is about to be closed."""

_ids = itertools.count(1)
_OUTBOUND = Limits(max_string=262144, max_items=65536, max_depth=64)


class Connection(Protocol):
    """What a client knows of its connection; several clients may share one."""

    @property
    def address(self) -> str:
        """Where it comes from."""

    def disconnect(self) -> None:
        """Close it after what is queued has left."""


class RemoteClient:
    """One login: its id, its mind, and whether it is still there."""

    def __init__(
        self,
        name: str,
        mind: object,
        connection: Connection,
        clock: IReactorTime,
        since: float,
    ) -> None:
        self.id = next(_ids)
        self.name = name
        self.since = since
        self.is_gone = False
        self.connection = connection
        self.sets: set[Clients] = set()
        self._mind = mind if isinstance(mind, pb.RemoteReference) else None
        self._clock = clock
        self.on_close: Callable[[], None] = _nothing

    @property
    def address(self) -> str:
        """Where the connection comes from."""
        return self.connection.address

    def __repr__(self) -> str:
        return f"<client {self.id} of {self.name} at {self.address}>"

    def notify(self, method: str, *args: object) -> None:
        """Tell the client; one-way, in order; never raises because it is gone."""
        self.deliver(*_written(method, args))

    def deliver(self, event: bytes, arguments: object) -> None:
        """Send an event that is written already, as stock PB sends a call."""
        if self.is_gone or self._mind is None:
            return
        broker = self._mind.broker
        if not broker.disconnected:  # else its loss is on its way to us
            number = broker.newRequestID()
            broker.sendCall(
                b"message", number, self._mind.luid, event, 0, arguments, NO_KEYWORDS
            )

    def call(self, method: str, *args: object, timeout: float = 10.0) -> Deferred[Any]:
        """Ask the client and wait; see ``gameserver.interfaces.Client``."""
        _require_sendable(method, args)
        if self.is_gone or self._mind is None:
            return fail(ConnectionLost(f"{self.name} has no window that can answer"))
        try:
            asked: Deferred[Any] = self._mind.callRemote(method, *args)
        except pb.DeadReferenceError:
            return fail(ConnectionLost(f"{self.name} has left"))
        return _bounded(asked.addErrback(_coded), self._clock, timeout, method)

    def leave(self) -> None:
        """Leave every set for good; nothing reaches the client from now on."""
        self.is_gone = True
        for one in list(self.sets):
            one.discard(self)

    def close(self, code: str, text: str) -> None:
        """Tell the client why, log it out, and close its connection."""
        self.notify(CLOSING, code, text)
        self.on_close()
        self.connection.disconnect()


class Clients:
    """A client set: ordered by login, keyed by id, safe to change while iterated."""

    def __init__(self) -> None:
        self._by_id: dict[int, RemoteClient] = {}

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, client: object) -> bool:
        return getattr(client, "id", None) in self._by_id

    def oldest(self) -> RemoteClient:
        """Give the client that logged in first; ``StopIteration`` if there is none."""
        return next(iter(self._by_id.values()))

    def add(self, client: Client) -> None:
        """Put a client in; one that is gone stays out."""
        if not isinstance(client, RemoteClient):
            raise TypeError(f"{client!r} is no client")
        if not client.is_gone:
            self._by_id[client.id] = client
            client.sets.add(self)

    def discard(self, client: Client) -> None:
        """Take a client out; no error if it is not there."""
        found = self._by_id.pop(client.id, None)
        if found is not None:
            found.sets.discard(self)

    def notify(self, method: str, *args: object) -> None:
        """Tell every client; the arguments are checked and written once."""
        event, arguments = _written(method, args)
        for client in list(self._by_id.values()):
            client.deliver(event, arguments)

    def call(
        self, method: str, *args: object, timeout: float = 10.0
    ) -> Deferred[dict[Client, Any]]:
        """Ask every client; a failed answer is the exception in its place."""
        asked = list(self)
        calls = [started(one.call(method, *args, timeout=timeout)) for one in asked]

        def gather(results: list[tuple[bool, Any]]) -> dict[Client, Any]:
            return {
                client: result if ok else result.value
                for client, (ok, result) in zip(asked, results, strict=True)
            }

        return DeferredList(calls, consumeErrors=True).addCallback(gather)


def _nothing() -> None:
    """Do what a client does when it is closed before it was admitted."""


def _written(method: str, args: tuple[object, ...]) -> tuple[bytes, object]:
    _require_sendable(method, args)
    return method.encode(), plain_jelly(args)


def _require_sendable(method: str, args: tuple[object, ...]) -> None:
    """Refuse, in the author's face, what no client could be told."""
    if not isinstance(method, str):
        raise TypeError(f"the event is {method!r}, expected its name")
    try:
        require_plain(args, _OUTBOUND)
    except GameError as error:
        raise TypeError(f"notify {method!r}: {error.text}") from None


def _coded(failure: Failure) -> Failure:
    """Turn PB's failures into ours, with the code the client answered with."""
    if failure.check(pb.PBConnectionLost):
        return Failure(ConnectionLost("the client has left"))
    if isinstance(failure, pb.CopiedFailure):
        return Failure(GameError(_text(failure.type), _text(failure.value)))
    return failure


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _bounded(
    asked: Deferred[Any], clock: IReactorTime, timeout: float, method: str
) -> Deferred[Any]:
    """Give up after ``timeout`` seconds; a later answer is dropped without noise."""
    answer: Deferred[Any] = Deferred()

    def give_up() -> None:
        text = f"no answer to {method!r} within {timeout:g} s"
        answer.errback(CallTimedOut(text))

    waiting = clock.callLater(timeout, give_up)

    def settle(result: object) -> None:
        if answer.called:
            return
        waiting.cancel()
        answer.callback(result)

    asked.addBoth(settle)
    return answer
