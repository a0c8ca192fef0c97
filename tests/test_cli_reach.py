"""A verb at the local server's socket: an answer, a refusal, or one line; no hang."""

from __future__ import annotations

import socket
import sys

import click
from click.testing import CliRunner
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase, TestCase

from gameserver.cli_reach import Reach, ask_local, ask_remote, reaching
from gameserver.client import GameClient, Trust
from gameserver.errors import GameError, NotFound, NotRunning, SettingError
from tests.client.pb_server import (
    Authority,
    CannedFactory,
    GameFactory,
    Lobby,
    Running,
    World,
    listen,
    refused,
)
from tests.folders import temporary_folder

SHORT = 0.05  # seconds; long enough for what a test waits for in vain


class Verbs(pb.Root):
    """The admin socket's root, as far as these tests go."""

    def __init__(self) -> None:
        self.brokers = []

    def rootObject(self, broker):
        self.brokers.append(broker)
        return self

    def remote_who(self, *args: object) -> object:
        return [{"name": "ada", "args": list(args)}]

    def remote_kick(self, name: str) -> object:
        return refused("not-found", f"{name} is not online")

    def remote_dance(self) -> object:
        return refused("two-left-feet", "no dancing")

    def remote_hold(self) -> object:
        return Deferred()

    def remote_stop(self) -> object:
        self.brokers[-1].transport.loseConnection()
        return Deferred()


class LocalTests(TestCase):
    """``ask_local`` at real UNIX sockets."""

    timeout = 20

    def setUp(self):
        self.socket = temporary_folder(self) / "admin.sock"

    async def serve(self, factory) -> None:
        port = await UNIXServerEndpoint(reactor, str(self.socket)).listen(factory)
        running = Running(port, factory)
        self.addCleanup(lambda: Deferred.fromCoroutine(running.stop()))

    async def serve_verbs(self) -> None:
        await self.serve(GameFactory(Verbs()))

    async def ask(self, verb: str, *args: object, patience: float = 10.0) -> object:
        return await ask_local(reactor, self.socket, verb, args, patience)

    async def not_running(self, verb: str, patience: float = 10.0) -> str:
        """Give the one line of the error, which names the socket."""
        with self.assertRaises(NotRunning) as caught:
            await self.ask(verb, patience=patience)
        line = str(caught.exception)
        self.assertIn(str(self.socket), line)
        self.assertNotIn("\n", line)
        return line

    async def test_answer(self):
        """The server's answer is given as it is."""
        await self.serve_verbs()
        self.assertEqual(await self.ask("who", 1), [{"name": "ada", "args": [1]}])

    async def test_refused(self):
        """A refusal keeps the server's code and text."""
        await self.serve_verbs()
        with self.assertRaises(NotFound) as caught:
            await self.ask("kick", "bob")
        self.assertEqual(str(caught.exception), "not-found: bob is not online")
        with self.assertRaises(GameError) as caught:
            await self.ask("dance")
        self.assertEqual(caught.exception.code, "two-left-feet")

    async def test_no_server(self):
        """Without a socket, it is not there."""
        await self.not_running("who")

    async def test_left_behind(self):
        """Nor is it behind a socket that nobody listens on any more."""
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.socket))
        self.assertIn("nothing listens", await self.not_running("who"))

    async def test_closes(self):
        """A server that accepts and closes is no server."""
        await self.serve(CannedFactory(closes=True))
        await self.not_running("who")

    async def test_silent(self):
        """Nor is one that accepts and says nothing."""
        await self.serve(CannedFactory())
        await self.not_running("who", SHORT)

    async def test_stranger(self):
        """Nor one that speaks something else."""
        await self.serve(CannedFactory(b"220 mail.example ESMTP\r\n"))
        await self.not_running("who", SHORT)

    async def test_never_answers(self):
        """A verb without an answer ends in time, and the line names the verb."""
        await self.serve_verbs()
        self.assertIn("'hold'", await self.not_running("hold", SHORT))

    async def test_closes_at_work(self):
        """A server that ends before the answer is gone."""
        await self.serve_verbs()
        self.assertIn("'stop'", await self.not_running("stop"))

    async def test_long_path(self):
        """A path longer than sockets can have is one line, at once."""
        self.socket = self.socket.with_name("x" * 120)
        await self.not_running("who")


class AdminLobby(Lobby):
    """The root of an endpoint for admins."""

    def remote_hello(self) -> object:
        return {**super().remote_hello(), "admin": True}


class RemoteTests(TestCase):
    """``ask_remote`` at real TLS endpoints."""

    timeout = 20

    async def ask(self, lobby: type[Lobby]) -> object:
        """Ask ``who`` as ada; ``self.world`` is the server's."""
        self.world, authority = World(), Authority()
        running = await listen(GameFactory(lobby(self.world)), authority)
        self.addCleanup(lambda: Deferred.fromCoroutine(running.stop()))
        self.endpoint = f"tls:localhost:{running.number}"
        trust = Trust.pin(authority.pin)
        client = GameClient(self.endpoint, reactor=reactor, trust=trust)
        return await ask_remote(client, ("ada", "lace"), "who", ())

    async def test_admins(self):
        """The verb is performed after the login."""
        self.assertEqual(await self.ask(AdminLobby), ["ada"])

    async def test_players(self):
        """At the players' endpoint nobody logs in, and the game is not called."""
        with self.assertRaises(SettingError) as caught:
            await self.ask(Lobby)
        self.assertEqual(
            str(caught.exception),
            f"--connect: {self.endpoint}: this is the players' endpoint; "
            "use one of admin.listen",
        )
        self.assertEqual((self.world.players, self.world.calls), ([], []))


class OptionTests(SynchronousTestCase):
    """What the options become before a verb begins."""

    def run_verb(self, *options: str, stdin: str = "") -> Exception | None:
        """Run a verb that reads a line; ``self.seen`` is its password and that line."""

        @click.command()
        @reaching
        def verb(reach: Reach) -> None:
            self.seen = (reach.password, sys.stdin.readline())

        return CliRunner().invoke(verb, options, input=stdin).exception

    def test_login_first(self):
        """The login's password is the first line of stdin, before a new one."""
        where = ("--connect", "tls:localhost:1", "--as", "root")
        self.assertIsNone(self.run_verb(*where, stdin="login\nnew\n"))
        self.assertEqual(self.seen, ("login", "new\n"))

    def test_local(self):
        """Without ``--connect`` there is no login, and no line for it."""
        self.assertIsNone(self.run_verb(stdin="new\n"))
        self.assertEqual(self.seen, ("", "new\n"))

    def test_no_name(self):
        """``--connect`` without ``--as`` is refused before anything is asked for."""
        failure = self.run_verb("--connect", "tls:localhost:1")
        self.assertIsInstance(failure, SettingError)
        self.assertIn("--as NAME", str(failure))

    def test_unreadable(self):
        """What is wrong with a path is for us to say, in one line."""
        self.assertFalse(verb_option("data").type.readable)
        self.assertFalse(verb_option("trust").type.readable)


def verb_option(name: str) -> click.Parameter:
    """Give one of the options that ``reaching`` adds."""
    command = click.command()(reaching(lambda: None))
    return next(one for one in command.params if one.name == name)


class StoppedTests(SynchronousTestCase):
    """A data directory that no server holds."""

    def test_mistyped(self):
        """One that is not there is named, and not made."""
        data = temporary_folder(self) / "nosuch"
        for verb in ("accounts", "account_token", "audit"):
            with self.assertRaises(SettingError) as caught:
                Reach(data, None, None, None, None).perform(verb)
            self.assertEqual(
                str(caught.exception),
                f"--data: {data}/gameserver.sqlite: No such file or directory; "
                "expected a server's data directory",
            )
        self.assertFalse(data.exists())


class FarOptionsTests(SynchronousTestCase):
    """Options that mean another machine."""

    def test_without_connect(self):
        """They are refused when no other machine is named, and do not act here."""
        folder = temporary_folder(self)
        for given in (("boss", None, None), (None, folder, None), (None, None, "x")):
            reach = Reach(folder, None, *given)
            for act in (reach.ask, reach.perform):
                error = self.assertRaises(SettingError, act, "accounts")
                self.assertIn("--connect", str(error))
        self.assertEqual(list(folder.iterdir()), [])
