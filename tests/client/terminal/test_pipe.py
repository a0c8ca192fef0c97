from __future__ import annotations

import os
import signal
from io import StringIO

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from gameserver.client import Trust
from gameserver.client.terminal import PlayOptions
from gameserver.client.terminal.lines import LineSource
from gameserver.client.terminal.output import PlainOutput
from gameserver.client.terminal.pipe import Pipe
from gameserver.errors import ConnectionLost
from tests.client.case import ClientCase, States
from tests.client.pb_server import Authority
from tests.client.terminal.child import Child, start


class PipeTests(ClientCase):
    """The program with its input and output in pipes, against a real TLS server."""

    timeout = 60

    async def play(self, typed="", *, streams=None, **options):
        """Start it; ``typed`` is its whole input, None to keep the input open."""
        self.authority = Authority()
        self.server = await self.serve(self.authority)
        settings = {
            "connect": f"tls:localhost:{self.server.number}",
            "pin": self.authority.pin,
            "name": "ada",
            "password_stdin": "yes",
        } | options
        settings = {name: value for name, value in settings.items() if value}
        child = start(self, Child(), streams=streams, **settings)
        if typed is not None:
            child.write(typed)
            child.transport.closeStdin()
        return child

    async def test_a_script(self):
        """Commands are read line by line; answers and events are plain lines."""
        child = await self.play("lace\ngo north\n\nadd 2 3\nwho\n")
        self.assertEqual(await child.ended(), 0)
        self.assertEqual(
            child.out.splitlines(),
            [
                "Welcome, ada.",
                "The gate creaks.",
                "You are in the Hall.",
                '{"sum": 5}',
                '["ada"]',
            ],
        )
        self.assertEqual(child.err, "")

    async def test_one_after_the_other(self):
        """A line is sent when the former has been answered, not before."""
        child = await self.play(None)
        child.write("lace\nhold\nwho\n")
        await self.world.until(lambda: self.world.calls)
        self.world.players[0].tell("tell", "meanwhile")
        await child.seen("meanwhile")
        self.assertEqual(self.world.calls, [("hold",)])

    async def test_errors_of_commands(self):
        """Refusals are text and code, wrong lines are explained; the exit code is 0."""
        child = await self.play("lace\ngo up\ngoo\ngo\nadd x\nfly\n")
        self.assertEqual(await child.ended(), 0)
        self.assertEqual(
            child.out.splitlines()[1:],
            [
                "You cannot go that way. [no-exit]",
                'There is no command "goo". Did you mean "go"?',
                "usage: go <direction>",
                "one: 'x' is not a whole number",
                'There is no command "fly". Try "help".',
            ],
        )

    async def test_help_and_quit(self):
        """``help`` lists and explains; ``quit`` ends before the input does."""
        child = await self.play("lace\nhelp\nhelp go\nquit\nwho\n")
        self.assertEqual(await child.ended(), 0)
        self.assertIn(
            "  go <direction>                    Walk to the next room.", child.out
        )
        self.assertIn("usage: go <direction>\nWalk to", child.out)
        self.assertNotIn('["ada"]', child.out)

    async def test_a_command_that_came_later(self):
        """A command that a release brings while one plays works at once."""
        child = await self.play(None)
        child.write("lace\nwho\n")
        await child.seen('["ada"]')
        self.world.commands.append({"name": "echo", "summary": "Say it again."})
        child.write("echo\n")
        await child.seen("[]")

    async def test_nothing_of_a_terminal(self):
        """No escape sequence reaches the output, from ourselves or from others."""
        child = await self.play("lace\nsay \x1b[2J\x9b1mhi\x07\nhelp\n")
        self.assertEqual(await child.ended(), 0)
        self.assertIn("ada says: \ufffd[2J\ufffd1mhi\ufffd", child.out)
        self.assertNotIn("\x1b", child.out)

    async def test_login_refused(self):
        """A wrong password is one line on standard error and exit code 1."""
        child = await self.play("wrong\nwho\n")
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(child.out, "")
        self.assertEqual(
            child.err, "gameserver play: wrong name or password [login-refused]\n"
        )

    async def test_no_password(self):
        """An input without a first line is one line on standard error."""
        child = await self.play("")
        self.assertEqual(await child.ended(), 1)
        self.assertIn("there is no password on the input", child.err)
        self.assertEqual(self.world.players, [])

    async def test_no_server(self):
        """A connection that fails is one line on standard error and exit code 1."""
        child = await self.play("lace\n", connect="tcp:127.0.0.1:1")
        self.assertEqual(await child.ended(), 1)
        self.assertIn("no password is sent over tcp:127.0.0.1:1", child.err)
        child = await self.play("lace\n", connect="tls:127.0.0.1:1")
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(
            child.err,
            "gameserver play: nothing listens at tls:127.0.0.1:1 [connection-failed]\n",
        )

    async def test_wrong_pin(self):
        """Another server than the pinned one gets no password."""
        child = await self.play("lace\n", pin=Authority().pin)
        self.assertEqual(await child.ended(), 1)
        self.assertIn("[certificate-refused]", child.err)
        self.assertEqual(child.err.count("\n"), 1)

    async def test_unproved_certificate(self):
        """Whoever gave neither pin nor file is told of both."""
        child = await self.play("lace\n", pin="")
        self.assertEqual(await child.ended(), 1)
        self.assertIn("is not proved by the system's", child.err)
        remedy = "give --pin as the server printed it, or --trust FILE"
        self.assertTrue(child.err.endswith(f"; {remedy} [certificate-refused]\n"))

    async def test_certificate_file(self):
        """A CA file is another way to trust the server."""
        authority = Authority()
        server = await self.serve(authority)
        child = await self.play(
            "lace\nwho\n",
            connect=f"tls:localhost:{server.number}",
            pin="",
            trust_file=os.fspath(self.written(authority.ca_pem)),
        )
        self.assertEqual(await child.ended(), 0, child.err)
        self.assertIn('["ada"]', child.out)

    async def test_register(self):
        """With register the account is made if there is none."""
        self.world.registration = True
        child = await self.play("secret\nwho\n", name="bob", register="yes")
        self.assertEqual(await child.ended(), 0, child.err)
        self.assertIn('["bob"]', child.out)
        self.assertEqual(self.world.passwords["bob"], "secret")

    async def test_register_a_name_that_is_taken(self):
        """With register a wrong password is still a wrong password."""
        self.world.registration = True
        child = await self.play("wrong\n", register="yes")
        self.assertEqual(await child.ended(), 1)
        self.assertIn("wrong password for ada [login-refused]", child.err)

    async def test_registration_closed(self):
        """Where registration is closed, that is what is said."""
        child = await self.play("secret\n", name="bob", register="yes")
        self.assertEqual(await child.ended(), 1)
        self.assertIn("registration is closed [forbidden]", child.err)

    async def test_options(self):
        """Options that cannot work are one line and exit code 2."""
        wrong = {
            "cannot be read": {"connect": "ftp:x:1"},
            "pin 'x' cannot be read": {"pin": "x"},
            "No such file": {"pin": "", "trust_file": "/nowhere.pem"},
            "expected one": {"trust_file": "/nowhere.pem"},
            "give --name": {"name": ""},
            "expected --password-stdin": {"password_stdin": ""},
        }
        for text, options in wrong.items():
            child = await self.play("lace\n", **options)
            self.assertEqual(await child.ended(), 2, child.err)
            self.assertIn(text, child.err)
            self.assertEqual(child.err.count("\n"), 1)

    async def test_lost_and_back(self):
        """A lost connection is told, the next line waits for it to be back."""
        child = await self.play(None)
        child.write("lace\nwho\n")
        await child.seen('["ada"]')
        child.write("crash\ngo north\n")
        await child.seen("You are in the Hall.")
        child.transport.closeStdin()
        self.assertEqual(await child.ended(), 0)
        place = f"tls:localhost:{self.server.number}"
        told = [line for line in child.out.splitlines() if "Trying" not in line]
        self.assertEqual(
            told,
            [
                "Welcome, ada.",
                '["ada"]',
                f"the connection to {place} ended [connection-lost]",
                "* Connection lost: the connection broke.",
                "Welcome, ada.",
                "* Connected again.",
                "The gate creaks.",
                "You are in the Hall.",
            ],
        )

    async def test_lost_and_refused(self):
        """A login that holds no more is refused in the same words as a first one."""
        child = await self.play(None)
        child.write("lace\nwho\n")
        await child.seen('["ada"]')
        self.world.passwords.clear()
        child.write("crash\n")
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(
            child.err, "gameserver play: wrong name or password [login-refused]\n"
        )

    async def test_kicked(self):
        """A kick ends it, even while it waits for input: one line, exit code 1."""
        child = await self.play(None)
        child.write("lace\nwho\n")
        await child.seen('["ada"]')
        self.world.players[0].leave("kicked", "Mind your\nwords.")
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(child.err, "gameserver play: Mind your words. [kicked]\n")

    async def test_goodbye(self):
        """A goodbye is a peaceful end."""
        child = await self.play(None)
        child.write("lace\nleave\n")
        self.assertEqual(await child.ended(), 0)
        self.assertEqual(child.err, "")

    async def test_reader_gone(self):
        """When nobody reads the output any more, it ends without a traceback."""
        child = await self.play(None)
        child.write("lace\nwho\n")
        await child.seen('["ada"]')
        child.transport.closeStdout()
        child.write("who\nwho\n")
        self.assertEqual(await child.ended(), 0)
        self.assertEqual(child.err, "")

    async def test_no_room_for_the_output(self):
        """Output that cannot be written is one line and exit code 1."""
        full = os.open("/dev/full", os.O_WRONLY)
        self.addCleanup(os.close, full)
        child = await self.play("lace\nwho\n", streams={0: "w", 1: full, 2: "r"})
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(
            child.err, "gameserver play: standard output: No space left on device\n"
        )

    async def test_no_output(self):
        """With its output closed it says so in one line, and calls nobody."""
        child = await self.play("lace\nwho\n", streams={0: "w", 2: "r"})
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(child.err, "gameserver play: standard output is closed\n")
        self.assertEqual(self.world.players, [])

    async def test_no_input(self):
        """With its input closed it says so in one line."""
        options = {"name": "ada", "password_stdin": "yes"}
        wiring = {1: "r", 2: "r"}
        child = start(self, Child(), streams=wiring, connect="localhost:1", **options)
        self.assertEqual(await child.ended(), 2)
        self.assertIn("standard input is closed", child.err)
        self.assertEqual(child.err.count("\n"), 1)

    async def test_no_errors(self):
        """With standard error closed only the exit code tells."""
        child = await self.play("wrong\n", streams={0: "w", 1: "r"})
        self.assertEqual(await child.ended(), 1)
        self.assertEqual(child.out, "")

    async def test_interrupted(self):
        """A signal ends it in order: the connection is closed, the code is 130."""
        child = await self.play(None)
        child.write("lace\nwho\n")
        await child.seen('["ada"]')
        os.kill(child.transport.pid, signal.SIGINT)
        self.assertEqual(await child.ended(), 130)
        self.assertEqual(child.err, "")

    async def test_input_from_a_file(self):
        """The input may be a regular file, and its last line without an end."""
        self.authority = Authority()
        server = await self.serve(self.authority)
        path = self.written(b"lace\nwho\nwho")
        descriptor = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        child = start(
            self,
            Child(),
            streams={0: descriptor, 1: "r", 2: "r"},
            connect=f"tls:localhost:{server.number}",
            pin=self.authority.pin,
            name="ada",
            password_stdin="yes",
        )
        self.assertEqual(await child.ended(), 0, child.err)
        self.assertEqual(child.out.count('["ada"]'), 2)


class PatienceTests(ClientCase):
    async def test_a_server_that_stays_away(self):
        """A script is not kept waiting for ever for a server that is gone."""
        server = await self.serve(authority := Authority())
        trust = Trust.pin(authority.pin)
        client = self.client(f"tls:localhost:{server.number}", trust)
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        source = LineSource(reactor, reading)
        output = PlainOutput(StringIO(), source.end)
        pipe = Pipe(client, source, output, reactor, patience=0.05)
        options = PlayOptions(str(client.endpoint), name="ada", password_stdin=True)
        running = Deferred.fromCoroutine(pipe.run(options))
        os.write(writing, b"lace\nwho\n")
        await self.world.until(lambda: self.world.calls)
        lost = States(client).next("lost")
        await server.stop()
        await lost
        os.write(writing, b"who\n")
        error = await self.assertFailure(running, ConnectionLost)
        self.assertEqual(error.text, "no connection for 0.05 s")
