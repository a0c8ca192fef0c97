"""No small message waits for another one: TCP_NODELAY, and the order of what is sent.

How long a notification followed by an answer takes is a figure of the benchmarks. With
Nagle's algorithm at work it is 44 ms, so here the switch itself is looked at.
"""

from __future__ import annotations

import signal
import socket

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from gameserver.app import GameServer
from gameserver.client import GameClient, Trust
from gameserver.config import load
from tests.end_to_end.processes import RUN, Place
from tests.end_to_end.stock import ClientCase


class InProcessTests(ClientCase):
    """The whole server in this process, reached over real sockets."""

    async def setUp(self):
        self.place = Place(self.addCleanup)
        self.place.people()
        options = {
            "server.data": self.place.data,
            "server.plugins": self.place.folder / "plugins",
            "server.listen": ["tcp:0:interface=127.0.0.1", "tls:0:interface=127.0.0.1"],
        }
        ready = Deferred()
        self.server = GameServer(load(None, options), reactor, ready.callback)
        self.server.startService()
        self.addCleanup(self.server.stopService)
        await ready
        self.place.ports = {one.name: one.port for one in self.server.bounds}

    def accepted(self) -> list:
        """Give the transports of the players' connections."""
        return [one.transport for one in self.server.game.factory.connections]

    async def test_accepted(self):
        """Each socket that the server accepted sends at once."""
        for kind in ("tcp", "tls"):
            client = await self.join(self.place, "ada", kind)
            (transport,) = self.accepted()
            self.assertTrue(transport.getTcpNoDelay(), kind)
            self.assertFalse(client.broker.transport.getTcpNoDelay(), "the default")
            await client.close()

    async def test_silent_peers(self):
        """The kernel ends a connection whose peer acknowledges nothing for 45 s."""
        for kind in ("tcp", "tls"):
            client = await self.join(self.place, "ada", kind)
            (transport,) = self.accepted()
            beneath = transport.transport if kind == "tls" else transport
            handle = beneath.getHandle()
            options = [
                handle.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_USER_TIMEOUT")
            ]
            self.assertEqual(options, [15, 10, 45_000], kind)
            self.assertTrue(transport.getTcpKeepAlive())
            await client.close()

    async def test_game_client(self):
        """So does each socket of ``GameClient``."""
        trust = Trust.file(self.place.data / "development-certificate.pem")
        for kind, host in (("tcp", "127.0.0.1"), ("tls", "localhost")):
            endpoint = f"{kind}:{host}:{self.place.ports[kind]}"
            client = GameClient(endpoint, reactor=reactor, trust=trust)
            self.addCleanup(client.close)
            await client.login_token("ada", self.place.tokens["ada"])
            transport = client._link._connection.broker.transport
            self.assertTrue(transport.getTcpNoDelay(), kind)
            await client.close()


class OrderTests(ClientCase):
    """What a call tells the mind comes before its answer, from a real process."""

    async def test_told_then_answered(self):
        """Over TCP and TLS, for each of 200 calls, also when none is waited for."""
        place = Place(self.addCleanup)
        place.people()
        server = place.start(*RUN)
        for kind in ("tcp", "tls"):
            client = await self.join(place, "bob", kind)
            told = client.mind.heard

            def answered(total: int, told=told) -> None:
                told.append(("answered", total))

            await client.mind.until("welcome")
            told.clear()
            calls = [client.perspective.callRemote("add", 1) for _ in range(200)]
            await gatherResults([call.addCallback(answered) for call in calls])
            answers = [total for what, total in told if what == "answered"]
            self.assertEqual(answers, list(range(answers[0], answers[0] + 200)))
            self.assertEqual(len(told), 400)
            ahead = 0
            for what, _ in told:
                ahead += 1 if what == "added" else -1
                self.assertGreaterEqual(ahead, 0, "an answer before what it told")
            await client.close()
        server.signal(signal.SIGTERM)
        self.assertEqual(await server.has_ended(), 0)
        self.assert_quiet(server)
