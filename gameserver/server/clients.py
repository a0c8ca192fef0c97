"""Logins and the sets they are in.

A client is keyed by an id of its own: remote references of two connections cannot be
compared or hashed together (``TypeError``). A mind may be anything a peer can send;
what is no remote reference is as good as none.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList, fail
from twisted.python.failure import Failure
from twisted.spread import pb

from gameserver.errors import CallTimedOut, ClientFailed, ConnectionLost, GameError
from gameserver.model.arguments import Limits, require_plain
from gameserver.server import jellying
from gameserver.server.awaiting import started
from gameserver.server.backlog import EVENTS, Backlog
from gameserver.server.quick import send_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.interfaces import Client
    from gameserver.server.arrival import Connection
    from gameserver.server.pace import Pace
    from gameserver.server.session import Session
    from gameserver.spread.outflow import Outflow

CLOSING = "closing"
"""The event that tells a client why it is about to be closed."""

_SHOWN = 200  # characters of what a client says of its own failure
_ids = itertools.count(1)
_OUTBOUND = Limits(max_string=131072, max_items=65536, max_depth=64)


class RemoteClient:
    """One login: its id, its mind, and whether it is still there."""

    __slots__ = (
        "_clock", "_held_at", "_mind", "backlog", "broker", "connection", "id",
        "is_gone", "name", "on_close", "pace", "session", "sets", "since", "target",
    )  # fmt: skip

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
        self.sets: list[Clients] = []  # few: an empty set takes four times as much
        self.session: Session | None = None
        """What keeps its events and answers; stock clients have none."""
        self.pace: Pace | None = None
        """How fast its calls are taken; None for as fast as they come."""
        self._reach(mind)
        self._clock = clock
        self.on_close: Callable[[], None] = _nothing
        self._held_at: Outflow | None = None
        """Where its events wait for the peer, if they do."""
        self.backlog: Backlog | None = None
        """Those that have to wait though there is no session to keep them."""

    @property
    def address(self) -> str:
        """Where the connection comes from."""
        return self.connection.address

    def __repr__(self) -> str:
        return f"<client {self.id} of {self.name} at {self.address}>"

    def notify(self, method: str, *args: object, key: str | None = None) -> None:
        """Tell the client; one-way, in order; never raises because it is gone.

        ``key``: see ``gameserver.interfaces.Client``.
        """
        self.deliver(_written(method, args), key)

    @property
    def is_away(self) -> bool:
        """Say whether it is expected back: its connection has ended, its login not."""
        return self.connection.is_lost and not self.is_gone

    def move(self, mind: object, connection: Connection) -> None:
        """Be reached over another connection from now on."""
        self.connection = connection
        self._held_at = None
        self._reach(mind)

    def _reach(self, mind: object) -> None:
        self._mind = _reference(mind)
        self.broker: Any = None if self._mind is None else self._mind.broker
        self.target: int = 0 if self._mind is None else self._mind.luid
        """Whom it is reached by, and the number of its mind there."""

    def deliver(self, event: bytes, key: str | None = None) -> None:
        """Send an event that is written already, or have it kept for later."""
        if self.is_gone:
            return
        if self._is_stopped:
            self._hold()
        if self.backlog is not None:
            self._keep(self.backlog, event, key)
        elif self.session is None or self.session.told(event, key):
            self.send(event)

    @property
    def _is_stopped(self) -> bool:
        """Say whether the peer does not take what it is sent."""
        return self.broker is not None and bool(self.broker.is_stopped)

    def _hold(self) -> None:
        """Let events wait until the peer has taken what it was sent."""
        outflow = self.broker.outflow
        if self._held_at is outflow:
            return
        self._held_at = outflow
        if self.session is not None:
            self.session.hold()
        elif self.backlog is None:
            self.backlog = Backlog()
        outflow.when_free(partial(self._go_on, outflow))

    def _keep(self, backlog: Backlog, event: bytes, key: str | None) -> None:
        backlog.put(event, key)
        if backlog.lost and self._held_at is not None:  # nobody could tell it of a gap
            self._held_at.cut(f"more than {EVENTS} events wait for it")

    def _go_on(self, outflow: Outflow) -> None:
        if self._held_at is outflow and not self.is_gone:
            self._held_at = None
            self.catch_up()

    def catch_up(self) -> None:
        """Send what waits, as long as the peer takes it."""
        due = self._due()
        while not self._is_stopped:
            event = next(due, None)
            if event is None:
                return
            self.send(event)
        self._hold()

    def _due(self, *, is_last: bool = False) -> Iterator[bytes]:
        backlog = self.backlog or Backlog()
        if self.session is not None:
            self.session.events.waiting.lost += backlog.gap()
        while backlog:
            event = backlog.next()
            if self.session is None or self.session.told(event):
                yield event
        self.backlog = None
        if self.session is not None:
            yield from self.session.due(is_last=is_last)

    def send(self, event: bytes) -> None:
        """Send an event, see ``jellying``, if somebody can hear it."""
        broker = self.broker
        if broker is not None and not broker.disconnected:  # its loss is on its way
            broker.send_event(self.target, event)

    def call(self, method: str, *args: object, timeout: float = 10.0) -> Deferred[Any]:
        """Ask the client and wait; see ``gameserver.interfaces.Client``."""
        _require_sendable(method, args)
        if self.is_gone or self._mind is None:
            return fail(ConnectionLost(f"{self.name} has no window that can answer"))
        try:
            asked: Deferred[Any] = self._mind.callRemote(method, *args)
        except pb.DeadReferenceError:
            return fail(ConnectionLost(f"{self.name} has left"))
        broker = self.broker
        number = broker.currentRequestID

        def give_up(waiting: Deferred[Any]) -> None:
            if broker.waitingForAnswers is not None:
                broker.waitingForAnswers.pop(number, None)
            text = f"no answer to {method!r} within {timeout:g} s"
            waiting.errback(CallTimedOut(text))

        late = self._clock.callLater(timeout, give_up, asked)
        asked.addBoth(_in_time, late)
        return asked.addCallbacks(_checked, _coded)

    def leave(self) -> None:
        """Leave every set for good; nothing reaches the client from now on."""
        self.is_gone = True
        sets, self.sets = self.sets, []
        for one in sets:
            one.forget(self)

    def close(self, code: str, text: str) -> None:
        """Tell the client why, log it out, and close its connection."""
        for event in (*self._due(is_last=True), _written(CLOSING, (code, text))):
            self.send(event)
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
        if not client.is_gone and client.id not in self._by_id:
            self._by_id[client.id] = client
            client.sets.append(self)

    def discard(self, client: Client) -> None:
        """Take a client out; no error if it is not there."""
        found = self._by_id.pop(client.id, None)
        if found is not None:
            found.sets.remove(self)

    def forget(self, client: RemoteClient) -> None:
        """Take a client out that knows no sets any more."""
        self._by_id.pop(client.id, None)

    def kept(self) -> Callable[[], None]:
        """Give what makes the set what it is now, but for clients gone since."""
        before = list(self._by_id.values())

        def put_back() -> None:
            for one in list(self._by_id.values()):
                self.discard(one)
            for one in before:
                self.add(one)

        return put_back

    def notify(self, method: str, *args: object, key: str | None = None) -> None:
        """Tell every client; the arguments are checked and written once."""
        event = _written(method, args)
        for client in send_all(list(self._by_id.values()), event):
            client.deliver(event, key)

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


def _reference(mind: object) -> pb.RemoteReference | None:
    return mind if isinstance(mind, pb.RemoteReference) else None


def _written(method: str, args: tuple[object, ...]) -> bytes:
    _require_sendable(method, args)
    return jellying.event(method, args)


def _require_sendable(method: str, args: tuple[object, ...]) -> None:
    """Refuse, in the author's face, what no client could be told."""
    if not isinstance(method, str):
        raise TypeError(f"the event is {method!r}, expected its name")
    try:
        require_plain(args, _OUTBOUND)
    except GameError as error:
        raise TypeError(f"notify {method!r}: {error.text}") from None


def _in_time(result: object, late: IDelayedCall) -> object:
    if late.active():
        late.cancel()
    return result


def _checked(answer: object) -> object:
    """Refuse an answer that is no plain value: authors should meet nothing else."""
    try:
        require_plain([answer], _OUTBOUND)
    except GameError as error:
        raise ClientFailed(error.text) from None
    return answer


def _coded(failure: Failure) -> Failure:
    """Turn whatever a call of a client failed with into one of our errors."""
    try:
        return _as_ours(failure)
    except Exception:  # noqa: BLE001 - one that a peer sent may have anything in it
        return Failure(ClientFailed("the client could not answer"))


def _as_ours(failure: Failure) -> Failure:
    if isinstance(failure.value, GameError):
        return failure
    if failure.check(pb.PBConnectionLost):
        return Failure(ConnectionLost("the client has left"))
    told = f"{failure.type}: {failure.value}" if failure.check(pb.Error) else ""
    return Failure(ClientFailed(told[:_SHOWN] or "the client could not answer"))
