"""What an operator or author did wrong: one line that says so, and an exit code."""

from __future__ import annotations

import socket

from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.directory import is_in_use
from tests.end_to_end.processes import RUN, SETTINGS, TAC, TWISTD, Done, Place

LISTEN = 'listen = ["tcp:0:interface=127.0.0.1"]'


class MistakeCase(SynchronousTestCase):
    """Starts servers that must not start."""

    def setUp(self):
        self.place = Place(self.addCleanup)

    def server(self, *lines: str) -> None:
        """Write a settings file; ``lines`` stand in ``[server]`` from line 3 on."""
        text = "\n".join(["[server]", LISTEN, *lines])
        self.place.settings(text + "\n")

    def refused(self, code: int, *options: str) -> str:
        """Give the one line that ``gameserver run`` ends with, without its prefix."""
        done = self.place.gameserver("run", *options)
        self.assertEqual((done.code, done.out), (code, ""), done.all)
        start, _, line = done.err.removesuffix("\n").partition(": ")
        self.assertEqual(start, "gameserver")
        self.assertNotIn("\n", line)
        self.assertFalse(is_in_use(self.place.data))
        return line

    def assert_says(self, line: str, *parts: str) -> None:
        """All parts are in the line, in this order."""
        rest = line
        for part in parts:
            self.assertIn(part, rest, line)
            rest = rest.partition(part)[2]

    def busy_port(self) -> int:
        """Listen on a port."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        return listening.getsockname()[1]


class SettingTests(MistakeCase):
    """Settings: file and line or option, value seen, what was expected."""

    def test_unknown_key(self):
        """A misspelt key is named, with the keys there are and the likely one."""
        self.server("port_fil = 'ports'")
        line = self.refused(2)
        self.assert_says(line, "gameserver.toml:3: saw 'port_fil', expected a key of")
        self.assert_says(line, "did you mean port_file?")

    def test_wrong_type(self):
        """A value of another type is shown beside what was expected."""
        self.server("stop_timeout = 'soon'")
        line = self.refused(2)
        self.assert_says(line, "gameserver.toml:3: server.stop_timeout: saw 'soon'")
        self.assert_says(line, "expected a number of seconds from 0 to 3600")

    def test_no_toml(self):
        """What is not TOML is named with line and column."""
        self.place.settings("[server]\ndata = \n")
        line = self.refused(2)
        self.assert_says(line, "gameserver.toml:2:8: saw 'data =', expected TOML")

    def test_no_file(self):
        """A settings file that is not there is named."""
        line = self.refused(2, "--config", "none.toml")
        self.assert_says(line, "none.toml: cannot be read", "expected a TOML file")

    def test_option(self):
        """A wrong option is named as it was given."""
        line = self.refused(2, "--log-level", "loud")
        self.assert_says(line, "--log-level: saw 'loud', expected", "info")

    def test_unknown_option(self):
        """An unknown option is a usage error."""
        done = self.place.gameserver("run", "--prot-file", "x")
        self.assertEqual(done.code, 2)
        self.assert_says(done.err, "No such option '--prot-file'")
        self.assertNotIn("Traceback", done.err)


class EndpointTests(MistakeCase):
    """Endpoint strings and ports."""

    def test_in_the_file(self):
        """A bad endpoint is named with the file and its line."""
        self.place.settings('[server]\n\nlisten = ["tsl:8787"]\n')
        line = self.refused(2)
        self.assert_says(line, "gameserver.toml:3: server.listen: saw 'tsl:8787'")
        self.assert_says(line, "expected an endpoint such as tls:8787")

    def test_option(self):
        """So is one from an option."""
        line = self.refused(2, "--listen", "tls:99999")
        self.assert_says(line, "--listen: saw 'tls:99999', expected", "port 99999")

    def test_admin_option(self):
        """So is one for admins."""
        line = self.refused(2, "--admin-listen", "tls:x")
        self.assert_says(line, "--admin-listen: saw 'tls:x', expected", "port 'x'")

    def test_plaintext(self):
        """Plaintext beyond loopback is refused, with the ways out."""
        line = self.refused(2, "--listen", "tcp:0")
        self.assert_says(line, "--listen: saw 'tcp:0', expected tls:PORT")

    def test_missing_certificate(self):
        """A certificate file that is not there is named."""
        line = self.refused(2, "--certificate", "none.pem", "--listen", "tls:0")
        self.assert_says(line, "none.pem", "expected")

    def test_port_in_use(self):
        """A port in use is named with file, line and endpoint."""
        spec = f"tcp:{self.busy_port()}:interface=127.0.0.1"
        self.place.settings(f'[server]\nlisten = ["{spec}"]\n')
        line = self.refused(1)
        self.assert_says(line, "gameserver.toml:2: server.listen:", spec)
        self.assert_says(line, "Address already in use")

    def test_second_port_in_use(self):
        """Also when others opened before it, which are closed again."""
        spec = f"tcp:{self.busy_port()}:interface=127.0.0.1"
        done = self.place.gameserver("run", "--listen", "tls:0", "--listen", spec)
        self.assertEqual(done.code, 1)
        self.assertNotIn("Traceback", done.err)
        *_, line = done.err.removesuffix("\n").split("\n")
        self.assert_says(line, "gameserver: --listen", spec, "already in use")
        self.assertFalse((self.place.folder / "ports").exists())

    def test_port_file(self):
        """A port file that cannot be written is named."""
        done = self.place.gameserver("run", "--port-file", "none/ports")
        self.assertEqual((done.code, done.out), (2, ""))
        *_, line = done.err.removesuffix("\n").split("\n")
        self.assert_says(line, "gameserver: --port-file", "none/ports")
        self.assertFalse(is_in_use(self.place.data))

    def test_data(self):
        """So is a data directory that is a file."""
        (self.place.folder / "file").touch()
        line = self.refused(2, "--data", "file")
        self.assert_says(line, "--data", "file", "expected a directory")


class PluginTests(MistakeCase):
    """Author code that cannot be read."""

    def test_syntax(self):
        """A syntax error is named with file and line."""
        path = self.place.plugin("broken", "ok = 1\ndef (\n")
        line = self.refused(1)
        self.assert_says(line, f"{path}:2: SyntaxError: invalid syntax")
        self.assertFalse(self.place.data.exists(), "nothing is made before")

    def test_raises(self):
        """An error while importing is named with the author's line."""
        path = self.place.plugin("broken", "\nint('four')\n")
        line = self.refused(1)
        self.assert_says(line, f"{path}:2: ValueError: invalid literal", "'four'")

    def test_truncated(self):
        """So is a file with a null byte in it."""
        path = self.place.plugin("broken", "")
        path.write_bytes(b"x = 1\n\0\0\0\n")
        self.assert_says(self.refused(1), str(path))

    def test_no_avatar(self):
        """A folder without an avatar class is named."""
        place = Place(self.addCleanup, game="")
        place.plugin("empty", "")
        done = place.gameserver("run")
        self.assertEqual((done.code, done.err.count("\n")), (1, 1))
        self.assert_says(done.err, str(place.folder / "plugins"), "Avatar")

    def test_missing_folder(self):
        """A folder that is not there is named beside the option that named it."""
        line = self.refused(2, "--plugins", "nosuch")
        folder = str(self.place.folder / "nosuch")
        self.assert_says(line, "--plugins", folder, "expected")

    def test_missing_folder_of_the_file(self):
        """Or beside the file and line."""
        self.server('plugins = "nosuch"')
        folder = str(self.place.folder / "nosuch")
        self.assert_says(self.refused(2), "gameserver.toml:3", folder, "expected")


SERVICE = '''
from gameserver import Service


class Well(Service):
    """A dry one."""

    def started(self):
        raise ValueError("no water")
'''


class StartedTests(MistakeCase):
    """A service whose ``started`` raises."""

    def setUp(self):
        super().setUp()
        self.place.plugin("well", SERVICE)

    def ends(self, *command: str) -> Done:
        done = self.place.command(*command)
        self.assertEqual(done.code, 1, done.all)
        self.assertIn("ValueError: no water", done.all)
        self.assertIn('well.py", line 9', done.all)
        self.assertFalse(is_in_use(self.place.data))
        self.assertFalse((self.place.data / "admin.sock").exists())
        return done

    def test_run(self):
        """The server ends with 1 and one line; the log has the author's line."""
        *_, line = self.ends(*RUN).err.removesuffix("\n").split("\n")
        self.assertRegex(line, r"^gameserver: .+: ValueError: no water$")

    def test_twistd(self):
        """So it does under ``twistd -n gameserver``."""
        self.ends(*TWISTD)

    def test_tac(self):
        """So it does under ``twistd -ny``."""
        self.ends(*TAC)


class UnderTwistd:
    """The same line under twistd, on stderr or in the log; ``start``: the command."""

    start: tuple[str, ...]

    def ends(self, code: int) -> str:
        """Give the line with the reason, and see that it is said once."""
        done = self.place.command(*self.start)
        self.assertEqual(done.code, code, done.all)
        self.assertNotIn("Traceback", done.all)
        self.assertFalse((self.place.folder / "twistd.pid").exists())
        return done.all

    def test_setting(self):
        """A wrong setting ends with 2 and one line on stderr."""
        self.server("port_fil = 'ports'")
        said = self.ends(2)
        self.assertEqual(said.count("\n"), 1, said)
        self.assert_says(said, "gameserver: gameserver.toml:3: saw 'port_fil'")

    def test_endpoint(self):
        """So does a bad endpoint, in the log."""
        self.place.settings('[server]\nlisten = ["tsl:8787"]\n')
        said = self.ends(2)
        self.assertEqual(said.count("tsl:8787"), 1, said)
        self.assert_says(said, "gameserver.toml:2: server.listen: saw 'tsl:8787'")

    def test_plugin(self):
        """A plugin that cannot be read ends with 1 and a line in the log."""
        self.place.settings(SETTINGS)
        path = self.place.plugin("broken", "def (\n")
        said = self.ends(1)
        self.assertEqual(said.count("SyntaxError"), 1, said)
        self.assert_says(said, f"{path}:1: SyntaxError: invalid syntax")

    def test_long_message(self):
        """A message of several lines is one line, as under ``gameserver run``."""
        self.place.settings(SETTINGS)
        path = self.place.plugin("broken", "raise ValueError('one\\n  two')\n")
        self.assert_says(self.ends(1), f"{path}:1: ValueError: one two\n")


class TwistdTests(UnderTwistd, MistakeCase):
    """``twistd -n gameserver``."""

    start = TWISTD

    def test_usage(self):
        """An unknown option is a usage error with twistd's own text."""
        done = self.place.command(*TWISTD, "--nosuch")
        self.assertEqual(done.code, 1)
        self.assertNotIn("Traceback", done.all)
        self.assertIn("--nosuch", done.all)


class TacTests(UnderTwistd, MistakeCase):
    """``twistd -ny twistd.tac``."""

    start = TAC
