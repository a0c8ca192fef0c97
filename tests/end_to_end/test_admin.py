"""The admin verbs, by the commands and over TLS, on a running server and on none."""

from __future__ import annotations

import json
import stat
import time

from tests.end_to_end.processes import RUN, SETTINGS, TAC, TWISTD, Place
from tests.end_to_end.stock import ClientCase

ADMIN = SETTINGS + '[admin]\nlisten = ["tls:0:interface=127.0.0.1"]\n'


class AdminCase(ClientCase):
    """One server for all tests of a class; players log in and leave in each test."""

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup, settings=ADMIN)
        cls.place.people()
        cls.server = cls.place.start(*RUN)

    def refused(self, *args: str) -> str:
        """Give the line that a verb ends with."""
        done = self.place.gameserver(*args)
        self.assertEqual((done.code, done.out), (1, ""), done.all)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertTrue(done.err.startswith("gameserver: "), done.err)
        return done.err

    def trail(self) -> list[tuple]:
        """Give who tried what on whom, and how it ended, newest first."""
        entries = json.loads(self.place.did("audit", "--json"))
        columns = ("who", "verb", "target", "outcome")
        return [tuple(entry[column] for column in columns) for entry in entries]


class CommandTests(AdminCase):
    """The commands, faces of the verbs."""

    async def test_who(self):
        """``who`` lists every client: name, address, since when."""
        before = time.time()
        for kind in ("tcp", "tls"):
            await self.join(self.place, "ada", kind)
        await self.join(self.place, "bob")
        rows = json.loads(self.place.did("who", "--json"))
        names = sorted(row["name"] for row in rows)
        self.assertEqual(names, ["ada", "ada", "bob"])
        self.assertEqual(len({row["client"] for row in rows}), 3)
        self.assertEqual(len({row["address"] for row in rows}), 3)
        for row in rows:
            self.assertRegex(row["address"], r"^127\.0\.0\.1:\d+$")
            self.assertTrue(before - 1 <= row["since"] <= time.time())
        header, *lines = self.place.did("who").split("\n")
        self.assertEqual(header.split(), ["name", "client", "address", "since"])
        self.assertEqual(sorted(line.split()[0] for line in lines), names)

    async def test_who_after_leaving(self):
        """Nobody is listed who has left."""
        client = await self.join(self.place, "bob")
        await client.close()
        self.assertNotIn("bob", self.place.did("who"))

    async def test_kick(self):
        """``kick`` closes every connection of a player, with the reason, no other."""
        windows = [await self.join(self.place, "bob", kind) for kind in ("tcp", "tls")]
        other = await self.join(self.place, "ada")
        said = self.place.did("kick", "Bob", "--reason", "time for bed")
        self.assertEqual(said, "closed 2 connection(s) of Bob")
        for window in windows:
            self.assertEqual(
                await window.mind.until("closing"), ["kicked", "time for bed"]
            )
            await window.closed
        await other.call("add", 1)
        again = await self.join(self.place, "bob")
        await again.call("add", 1)

    def test_kick_nobody(self):
        """Who is not online cannot be kicked."""
        self.assertIn("'nobody' is not online", self.refused("kick", "nobody"))

    async def test_say(self):
        """``say`` tells every client a line."""
        clients = [await self.join(self.place, name) for name in ("ada", "bob")]
        self.assertEqual(self.place.did("say", "tea", "is", "up"), "told 2 client(s)")
        for client in clients:
            self.assertEqual(await client.mind.until("tell"), ["tea is up"])

    def test_say_much(self):
        """The bound on what strangers say does not hold for the server's own user."""
        self.assertIn("told", self.place.did("say", "x" * 30_000))

    def test_say_nothing(self):
        """Words are needed, and a blank is none."""
        self.assertIn("expected some words", self.refused("say", " "))

    async def test_stats(self):
        """``stats`` gives the figures of the running world."""
        client = await self.join(self.place, "ada")
        before = json.loads(self.place.did("stats", "--json"))
        for _ in range(3):
            await client.call("add", 1)
        after = json.loads(self.place.did("stats", "--json"))
        self.assertEqual(after["calls"] - before["calls"], 3)
        self.assertEqual((after["clients"], after["services"]), (1, 1))
        self.assertGreater(after["uptime"], before["uptime"])
        lines = self.place.did("stats").split("\n")
        self.assertEqual([line.split()[0] for line in lines], list(after))

    def test_audit(self):
        """``audit`` shows what was done and what was refused, newest first."""
        self.place.did("say", "hello")
        self.refused("kick", "nobody")
        (_, *kicked), (_, *said) = self.trail()[:2]
        self.assertEqual(kicked, ["kick", "nobody", "refused: not-found"])
        self.assertEqual(said[::2], ["say", "done"])
        header, own, newest = self.place.did("audit", "--limit", "2").split("\n")
        columns = ["when", "who", "origin", "verb", "target", "outcome"]
        self.assertEqual(header.split(), columns)
        self.assertIn("audit", own)
        self.assertEqual(
            newest.split()[-4:], ["kick", "nobody", "refused:", "not-found"]
        )

    def test_quiet(self):
        """None of it is an error of the server."""
        self.assert_quiet(self.server)


class SocketTests(AdminCase):
    """The UNIX socket that the commands use."""

    def test_owner_only(self):
        """Only the server's own user can open it, and look into its directory."""
        for path, mode in (
            (self.place.data / "admin.sock", 0o600),
            (self.place.data, 0o700),
        ):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode, path)


class RemoteTests(AdminCase):
    """Admins who log in over TLS with stock Perspective Broker."""

    async def enter(self, name: str):
        return await self.join(self.place, name, "admin-tls")

    async def test_admin(self):
        """An admin may use the verbs."""
        await self.join(self.place, "ada")
        admin = await self.enter("root")
        (row,) = await admin.call("who")
        self.assertEqual(row["name"], "ada")
        self.assertEqual(await admin.call("say", "hear, hear"), 1)
        self.assertEqual(await admin.call("kick", "ada", reason="enough"), 1)

    async def test_player(self):
        """A player is refused every verb, and the try is recorded."""
        await self.join(self.place, "bob")
        player = await self.enter("ada")
        for verb, *args in (["kick", "bob"], ["who"], ["stop"], ["audit"]):
            code, text = await self.refusal(player.call(verb, *args))
            self.assertEqual(code, "forbidden")
            self.assertIn("yours is player", text)
        tries = [
            (who, verb, target, "refused: forbidden")
            for who, verb, target in (
                ("ada", "audit", ""),
                ("ada", "stop", ""),
                ("ada", "who", ""),
                ("ada", "kick", "bob"),
            )
        ]
        self.assertEqual(self.trail()[:4], tries)
        self.assertIn("bob", self.place.did("who"))

    async def test_builder(self):
        """A builder may look, and not act."""
        builder = await self.enter("bea")
        self.assertEqual(await builder.call("who"), [])
        self.assertIn("uptime", await builder.call("stats"))
        for verb, *args in (
            ["kick", "bob"],
            ["say", "hello"],
            ["stop"],
            ["account_role", "bea", "admin"],
            ["account_token", "root"],
        ):
            code, _ = await self.refusal(builder.call(verb, *args))
            self.assertEqual(code, "forbidden", verb)

    async def test_role_changes(self):
        """A role given or taken holds on the open connection, from the next verb on."""
        client = await self.enter("bob")
        self.assertEqual((await self.refusal(client.call("who")))[0], "forbidden")
        self.place.did("account", "role", "bob", "admin")
        self.assertEqual(await client.call("say", "hear"), 0)
        self.place.did("account", "role", "bob", "player")
        self.assertEqual((await self.refusal(client.call("who")))[0], "forbidden")

    async def test_removed(self):
        """Who loses the account loses the verbs on the open connection."""
        self.place.did("account", "add", "rita", "--no-password", "--role", "admin")
        client = await self.connect(self.place, "admin-tls")
        await client.login("rita", self.place.did("account", "token", "rita"))
        self.assertEqual(await client.call("who"), [])
        self.place.did("account", "remove", "rita", "--yes")
        self.assertEqual((await self.refusal(client.call("who")))[0], "forbidden")

    async def test_wrong_verb(self):
        """What is no verb is refused, whatever Python name it is."""
        admin = await self.enter("root")
        for name in ("nosuch", "verb", "_game", "__init__", "perform"):
            code, _ = await self.refusal(admin.call(name))
            self.assertEqual(code, "no-such-call", name)

    async def test_wrong_arguments(self):
        """Arguments are checked as those of a player's call."""
        admin = await self.enter("root")
        for verb, *args in (["kick"], ["kick", 5], ["say", "a", "b"], ["audit", "x"]):
            code, _ = await self.refusal(admin.call(verb, *args))
            self.assertEqual(code, "bad-arguments", (verb, args))

    async def test_players_door(self):
        """An admin's account is a player's where players log in."""
        player = await self.join(self.place, "root", "tls")
        code, _ = await self.refusal(player.call("kick", "ada"))
        self.assertEqual(code, "no-such-call")

    def test_quiet(self):
        """None of it is an error of the server."""
        self.assert_quiet(self.server)


class StopTests(ClientCase):
    """``stop`` is answered before the server goes, and ends the process with 0."""

    def setUp(self):
        self.place = Place(self.addCleanup, settings=ADMIN)
        self.place.people()

    async def stopped_by_command(self, *start: str) -> None:
        server = self.place.start(*start)
        client = await self.join(self.place, "ada", "tls")
        await client.call("add", 4)
        self.assertEqual(self.place.did("stop"), "the server is stopping")
        self.assertEqual((await client.mind.until("closing"))[0], "stopping")
        self.assertEqual(await server.has_ended(), 0)
        self.assert_quiet(server)

    async def test_run(self):
        """``gameserver run``, with the state saved and the stop in the trail."""
        await self.stopped_by_command(*RUN)
        newest = json.loads(self.place.did("audit", "--json"))[0]
        self.assertEqual((newest["verb"], newest["outcome"]), ("stop", "done"))
        self.place.start(*RUN)
        client = await self.join(self.place, "ada", "tls")
        self.assertEqual(await client.mind.until("welcome"), [4])

    async def test_twistd(self):
        """``twistd -n gameserver``."""
        await self.stopped_by_command(*TWISTD)

    async def test_tac(self):
        """``twistd -ny twistd.tac``."""
        await self.stopped_by_command(*TAC)

    async def test_over_tls(self):
        """An admin over TLS gets the answer too."""
        server = self.place.start(*RUN)
        admin = await self.join(self.place, "root", "admin-tls")
        self.assertIsNone(await admin.call("stop"))
        await admin.closed
        self.assertEqual(await server.has_ended(), 0)
        self.assert_quiet(server)


class NotRunningTests(AdminCase):
    """Verbs of a running world, without one."""

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup)
        cls.place.people()

    def test_each(self):
        """Each says in one line that no server runs there, and how to start it."""
        verbs = (["who"], ["kick", "ada"], ["say", "hi"], ["stats"], ["stop"])
        for verb in verbs:
            line = self.refused(*verb)
            self.assertIn("no server runs on data; start it with", line)

    def test_killed(self):
        """So it is when the server was killed and its socket is still there."""
        self.place.start(*RUN).kill()
        self.assertTrue((self.place.data / "admin.sock").exists())
        self.assertIn("no server runs on data", self.refused("stats"))

    def test_audit(self):
        """The audit trail can be read without a server."""
        self.assertTrue(any(verb == "account_add" for _, verb, _, _ in self.trail()))
