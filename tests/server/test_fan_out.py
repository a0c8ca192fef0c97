"""An event for many goes the short way and the whole one alike."""

from __future__ import annotations

import socket
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.tcp import Connection
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, compiled
from gameserver.server import clients as clients_module
from gameserver.server import fan_out
from gameserver.server.clients import Clients
from gameserver.server.edition import EDITION
from gameserver.testing import World

_twin, _said = compiled.twin("gameserver.server", EDITION, {})
WAYS: dict[str, Any] = {
    "whole": lambda clients, _: clients,
    "short": fan_out.send_all,
}
if _twin is not None:
    WAYS["compiled"] = _twin.send_all

FULL, LOST, ALL = 0, -1, 1 << 30
"""What a socket takes: nothing, nothing ever again, or all; else so many bytes."""

STATES = [
    "free", "gone", "away", "reading", "lost", "no mind", "session", "queued", "closing"
]  # fmt: skip


class Player(Avatar):
    pass


class Socket:
    """Takes as many bytes as it is told to."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.taken = b""

    def send(self, content: bytes) -> int:
        """Take some; ``OSError`` as a real one."""
        if self.takes <= 0:
            raise BlockingIOError if self.takes == FULL else ConnectionResetError
        some = content[: self.takes]
        self.taken += some
        return len(some)


def _nothing() -> None:
    """Do nothing: nobody reads here."""


class Wire(Connection):
    """A TCP transport without a reactor; ``dataBuffer`` has what the socket leaves."""

    def __init__(self, takes: int) -> None:
        self.dataBuffer, self._tempDataBuffer = b"", []
        self.disconnecting = self._aborting = False
        self.disconnected, self.connected = 0, 1
        self._tempDataLen = self.offset = 0
        self.pauseProducing = self.resumeProducing = self.abortConnection = _nothing
        self.socket: Any = Socket(takes)

    def write(self, data: bytes) -> None:
        """Keep what is to be sent later."""
        self.dataBuffer += data

    def getPeer(self) -> Any:
        """Say that nobody knows."""
        return None


class Crowd:
    """Some clients of one server, each in a state and with a socket of its own."""

    def __init__(self, sockets: list[tuple[str, int]]) -> None:
        self.world = World(Player)
        self.clients = Clients()
        for number, (state, takes) in enumerate(sockets):
            self.world.login(f"p{number}", "nobody" if state == "no mind" else None)
            (client,) = self.world.avatar(f"p{number}").clients
            self.clients.add(client)
            self.change(client, state, takes)

    @staticmethod
    def change(client: Any, state: str, takes: int) -> None:
        """Bring a client into a state."""
        broker = client.connection
        broker.transport = wire = Wire(takes)
        broker.is_reading = state == "reading"
        client.is_gone = state == "gone"
        broker.disconnected = int(state == "lost")
        wire.disconnecting = state == "closing"
        if state == "queued":
            wire.dataBuffer = b"before"
        if state == "away":
            broker.outflow.pauseProducing()

    def seen_by_all(self, way: Any) -> list[Any]:
        """Tell all three things, and give what can be seen then."""
        self.tell(way)
        return [self.seen(one) for one in self.clients]

    def tell(self, way: Any) -> None:
        """Tell all three things."""
        before = clients_module.send_all
        clients_module.send_all = way
        try:
            for what in ("a", "b" * 300, {"c": 1}):
                self.clients.notify("told", what)
        finally:
            clients_module.send_all = before

    @staticmethod
    def seen(client: Any) -> Any:
        """Give what is seen of one."""
        broker = client.connection
        wire = broker.transport
        waiting = [] if client.backlog is None else list(client._due())
        sent = wire.socket.taken + bytes(wire.dataBuffer)  # in this order, on the wire
        return (
            (sent, broker._unsent, waiting),
            (broker.currentRequestID, wire.disconnecting),
        )


class AlikeTests(SynchronousTestCase):
    def alike(self, sockets: list[tuple[str, int]]) -> None:
        whole = Crowd(sockets).seen_by_all(WAYS["whole"])
        for name, way in WAYS.items():
            self.assertEqual(Crowd(sockets).seen_by_all(way), whole, name)

    def test_each(self) -> None:
        """Each state, with sockets that take all, some, nothing, or are lost."""
        takes = (ALL, 1, 100, FULL, LOST)
        self.alike([(state, size) for state in STATES for size in takes])

    @given(
        st.lists(
            st.tuples(st.sampled_from(STATES), st.sampled_from([ALL, 7, FULL, LOST])),
            max_size=6,
        )
    )
    @settings(deadline=None, max_examples=40)
    def test_crowds(self, sockets: list[tuple[str, int]]) -> None:
        """The same bytes, to whoever."""
        self.alike(sockets)

    def test_long_numbers(self) -> None:
        """Of requests and minds; those of more than 31 bits, too."""
        seen = []
        for way in WAYS.values():
            crowd = Crowd([("free", ALL)] * 5)
            numbers = (127, 128, 2**31 - 2, 2**31 - 1, 2**70)
            for client, number in zip(crowd.clients, numbers, strict=True):
                client.broker.currentRequestID = number  # type: ignore[attr-defined]
                client.target = number  # type: ignore[attr-defined]
            seen.append(crowd.seen_by_all(way))
        for one in seen:
            self.assertEqual(one, seen[0])

    def test_who_goes_the_whole_way(self) -> None:
        """Only those in whose way something stands are given back, in order."""
        for name, way in WAYS.items():
            crowd = Crowd([("free", ALL), ("queued", ALL), ("free", 3), ("gone", ALL)])
            all_of_them = list(crowd.clients)
            others = way(all_of_them, b"event")
            expected = all_of_them if name == "whole" else all_of_them[1::2]
            self.assertEqual(others, expected, name)


class RealSocketTests(SynchronousTestCase):
    """With sockets of the system, which the twin gives bytes without Python."""

    def told(self, way: Any) -> list[Any]:
        """Tell four: one hears all, one takes no more, one has gone, one is closed."""
        crowd = Crowd([("free", ALL)] * 4)
        ends = [socket.socketpair() for _ in range(4)]
        for client, (ours, theirs) in zip(crowd.clients, ends, strict=True):
            self.addCleanup(ours.close)
            self.addCleanup(theirs.close)
            ours.setblocking(False)
            theirs.setblocking(False)
            client.connection.transport.socket = ours  # type: ignore[attr-defined]
        fill(ends[1][0])
        ends[2][1].close()
        ends[3][0].close()
        crowd.tell(way)
        left = [one.connection.transport.dataBuffer for one in crowd.clients]  # type: ignore[attr-defined]
        return [ends[0][1].recv(1 << 16), *left]

    def test_alike(self) -> None:
        """Each takes what it can, the transport has the rest, nobody is waited for."""
        seen = {name: self.told(way) for name, way in WAYS.items()}
        heard, *left = seen["whole"]
        self.assertIn(b"b" * 300, heard)
        self.assertEqual(left[0], b"")
        for one in left[1:]:
            self.assertIn(b"b" * 300, one)
        for name, one in seen.items():
            self.assertEqual(one, seen["whole"], name)


def fill(one: socket.socket) -> None:
    """Send until it takes no more."""
    try:
        while True:
            one.send(bytes(1 << 16))
    except BlockingIOError:
        return


class RefusedTests(SynchronousTestCase):
    if _twin is None:
        skip = _said

    def test_borrowed_slot(self) -> None:
        """A slot of another class is none of this one."""
        size = 20_000
        names = tuple(f"a{number}" for number in range(size))
        large = type("Large", (), {"__slots__": names})
        last = vars(large)[names[-1]]
        odd = type("Odd", (), {"__slots__": (), "is_gone": last})()
        for _ in range(3):
            self.assertRaises(TypeError, WAYS["compiled"], [odd], b"")

    def test_odd_arguments(self) -> None:
        """What nobody would give it."""
        send_all = WAYS["compiled"]
        for given_ in ((), ([],), ((), b""), ([], ""), ([], b"", 1)):
            self.assertRaises(TypeError, send_all, *given_)
        self.assertRaises(AttributeError, send_all, [1], b"")
        self.assertEqual(send_all([], b""), [])
