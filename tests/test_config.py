"""Settings: defaults, then the file, then options; one line for every mistake."""

from __future__ import annotations

import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.trial.unittest import SynchronousTestCase

from gameserver.config import Settings, load, option_name, reference
from gameserver.errors import SettingError
from gameserver.model.roles import Role


class Case(SynchronousTestCase):
    """Runs in an empty working directory."""

    def setUp(self):
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()
        inside = contextlib.chdir(self.folder)
        inside.__enter__()
        self.addCleanup(inside.__exit__, None, None, None)

    def write(self, text: str, name: str = "game.toml") -> Path:
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def refused(self, text: str, options=None) -> str:
        """Give the one line with which a file, or options, are refused."""
        file = self.write(text)
        with self.assertRaises(SettingError) as caught:
            load(file, options or {})
        line = str(caught.exception)
        self.assertNotIn("\n", line)
        return line


class PrecedenceTests(Case):
    """Which of the places counts."""

    def test_defaults(self):
        """Without file and options every setting has its default."""
        settings = load(None, {})
        self.assertEqual(settings.server.listen, ("tls:8787:interface=127.0.0.1",))
        self.assertEqual(settings.server.data, self.folder / "data")
        self.assertEqual(settings.server.stop_timeout, 10.0)
        self.assertIsNone(settings.server.certificate)
        self.assertIsNone(settings.server.port_file)
        self.assertEqual(settings.admin.listen, ())
        self.assertEqual(settings.accounts.registration, "closed")
        self.assertEqual(settings.realm, Settings().realm)
        self.assertEqual(settings.calls.max_string, 32_768)
        self.assertEqual(settings.log.level, "info")

    def test_file_over_defaults(self):
        """What the file gives replaces the default, the rest stays."""
        file = self.write("[calls]\nmax_depth = 4\n")
        calls = load(file, {}).calls
        self.assertEqual((calls.max_depth, calls.max_items), (4, 4096))

    def test_options_over_file(self):
        """An option replaces what the file gives."""
        file = self.write('[accounts]\nregistration = "closed"\n')
        settings = load(file, {"accounts.registration": "open"})
        self.assertEqual(settings.accounts.registration, "open")

    def test_option_not_given(self):
        """None, and the empty tuple of an unused repeated option, change nothing."""
        given = {"server.listen": (), "log.level": None}
        self.assertEqual(load(None, given), load(None, {}))

    def test_found_in_the_working_directory(self):
        """Without a named file, gameserver.toml here is read."""
        self.write('[log]\nlevel = "warn"\n', "gameserver.toml")
        self.assertEqual(load(None, {}).log.level, "warn")

    def test_file_is_checked_even_when_overridden(self):
        """A mistake in the file is told although an option overrides the value."""
        line = self.refused("[calls]\nmax_depth = -1\n", {"calls.max_depth": 3})
        self.assertTrue(line.startswith("game.toml:2: calls.max_depth: saw -1"), line)


class PathTests(Case):
    """What relative paths are relative to."""

    def test_in_the_file(self):
        """A relative path in a file is relative to that file."""
        file = self.write('[server]\ndata = "d"\nport_file = "p"\n', "etc/g.toml")
        server = load(file, {}).server
        self.assertEqual(server.data, self.folder / "etc" / "d")
        self.assertEqual(server.port_file, self.folder / "etc" / "p")

    def test_in_options(self):
        """A relative path in an option is relative to the working directory."""
        file = self.write("", "etc/g.toml")
        settings = load(file, {"server.data": "d", "server.plugins": Path("p")})
        self.assertEqual(settings.server.data, self.folder / "d")
        self.assertEqual(settings.server.plugins, self.folder / "p")

    def test_absolute(self):
        """An absolute path stays."""
        file = self.write('[server]\ndata = "/srv/game"\n')
        self.assertEqual(load(file, {}).server.data, Path("/srv/game"))

    def test_nothing(self):
        """An empty text takes back a path that need not be there."""
        file = self.write('[server]\nport_file = "ports"\n')
        self.assertIsNone(load(file, {"server.port_file": ""}).server.port_file)

    def test_origin(self):
        """Later checks learn where a value came from, and its folder."""
        file = self.write('\n[server]\nlisten = ["tls:0"]\n', "etc/g.toml")
        settings = load(file, {"server.data": "d"})
        listen = settings.origin("server.listen")
        self.assertEqual(listen.place, "etc/g.toml:3: server.listen")
        self.assertEqual(listen.folder, self.folder / "etc")
        self.assertEqual(settings.origin("server.data").place, "--data")
        unset = settings.origin("log.level")
        self.assertEqual(unset.place, "default of log.level")
        self.assertEqual(unset.folder, self.folder)


class MistakeTests(Case):
    """Each mistake is one line: file, place, value, expectation."""

    def test_unknown_key(self):
        """An unknown key is named with its line and the key it resembles."""
        line = self.refused('[server]\nlisen = ["tls:0"]\n')
        self.assertTrue(line.startswith("game.toml:2: saw 'lisen', expected a key"))
        self.assertIn("(did you mean listen?)", line)

    def test_key_of_another_section(self):
        """A key in the wrong section is sent to the right one."""
        line = self.refused('[server]\nregistration = "open"\n')
        self.assertIn("(did you mean accounts.registration?)", line)

    def test_unknown_section(self):
        """An unknown section is named with its line and the nearest."""
        line = self.refused("# hi\n\n[sever]\n")
        self.assertTrue(line.startswith("game.toml:3: saw 'sever', expected a section"))
        self.assertIn("(did you mean server?)", line)

    def test_section_that_is_a_value(self):
        """A section must be a table."""
        line = self.refused("server = 3\n")
        expected = "game.toml:1: server: saw 3, expected a table, [server]"
        self.assertEqual(line, expected)

    def test_section_that_is_a_list(self):
        """A list of tables is no section either."""
        self.assertIn("expected a table", self.refused("[[server]]\n"))

    def test_a_boolean_is_no_number(self):
        """True is not taken for 1."""
        line = self.refused("[calls]\nmax_items = true\n")
        expected = (
            "game.toml:2: calls.max_items: saw true, "
            "expected a whole number of items from 1 to 1000000"
        )
        self.assertEqual(line, expected)

    def test_a_fraction_is_no_whole_number(self):
        """4.0 is not taken for 4."""
        self.assertIn("saw 4.0", self.refused("[calls]\nmax_depth = 4.0\n"))

    def test_a_number_is_no_boolean(self):
        """1 is not taken for true."""
        line = self.refused("[server]\nplaintext = 1\n")
        self.assertTrue(line.endswith("saw 1, expected true or false"), line)

    def test_a_text_is_no_list(self):
        """One endpoint without brackets is not taken for a list of letters."""
        line = self.refused('[server]\nlisten = "tls:0"\n')
        self.assertIn("server.listen: saw 'tls:0', expected a list", line)

    def test_list_items(self):
        """Lists hold texts that are not empty."""
        for items in ("[8787]", '[""]', '["a\\u0000b"]', "[]"):
            line = self.refused(f"[server]\nlisten = {items}\n")
            self.assertIn("expected a list with at least one endpoint", line)

    def test_out_of_range(self):
        """Numbers have a range; infinities and nan are in none."""
        for number in ("-0.5", "3600.5", "inf", "nan"):
            line = self.refused(f"[server]\nstop_timeout = {number}\n")
            ending = f"saw {number}, expected a number of seconds from 0 to 3600"
            self.assertTrue(line.endswith(ending), line)

    def test_not_one_of(self):
        """A word must be one of those listed."""
        line = self.refused('[log]\nlevel = "loud"\n')
        ending = "saw 'loud', expected one of 'debug', 'info', 'warn', 'error'"
        self.assertTrue(line.endswith(ending), line)

    def test_avatar(self):
        """The avatar names a module and a class."""
        for value in ("keep.player", "keep:", ":Player", "a b:C", "keep.:Player"):
            line = self.refused(f'[realm]\navatar = "{value}"\n')
            self.assertIn("expected 'plugin.module:Class'", line)
        file = self.write('[realm]\navatar = "keep.player:Player"\n')
        self.assertEqual(load(file, {}).realm.avatar, "keep.player:Player")

    def test_paths(self):
        """A path that must be there is a text, not empty, without NUL."""
        for value in ("3", '""', '"a\\u0000b"'):
            line = self.refused(f"[server]\ndata = {value}\n")
            self.assertTrue(line.endswith("expected a path"), line)

    def test_key_without_certificate(self):
        """A key alone is a mistake: it belongs to some certificate."""
        line = self.refused('[server]\nkey = "key.pem"\n')
        self.assertTrue(line.startswith("game.toml:2: server.key: saw "), line)
        self.assertTrue(line.endswith("expected server.certificate beside it"), line)

    def test_long_values_are_cut(self):
        """A message repeats only the beginning of a long value."""
        line = self.refused(f'[log]\nlevel = "{"x" * 5000}"\n')
        self.assertLess(len(line), 200)

    def test_option(self):
        """For an option the place is its name."""
        line = self.refused("", {"server.stop_timeout": -1})
        self.assertTrue(line.startswith("--stop-timeout: saw -1, expected"), line)

    def test_unknown_option(self):
        """An option that is no setting is refused as a key would be."""
        line = self.refused("", {"server.lisen": "x"})
        self.assertIn("(did you mean server.listen?)", line)

    def test_option_text(self):
        """A number or boolean may come as text; what spells none is refused."""
        options = {"server.stop_timeout": "2", "server.plaintext": "true"}
        settings = load(None, options)
        self.assertEqual(settings.server.stop_timeout, 2.0)
        self.assertIs(settings.server.plaintext, True)
        line = self.refused("", {"server.stop_timeout": "soon"})
        self.assertIn("--stop-timeout: saw 'soon', expected a number", line)


class ReloadTests(Case):
    """The section on releases."""

    def test_production(self):
        """Nothing is released by itself unless that is asked for."""
        self.assertEqual(load(None, {}).reload.watch, "off")
        found = load(None, {"reload.watch": "release"}).reload
        self.assertEqual(found.watch, "release")
        line = self.refused("", {"reload.watch": "always"})
        ending = "--watch: saw 'always', expected one of 'off', 'check', 'release'"
        self.assertEqual(line, ending)

    def test_roles(self):
        """The words for roles are those of accounts, and a player's is refused."""
        for word in ("builder", "admin"):
            file = self.write(f'[reload]\nrelease_role = "{word}"\n')
            self.assertIn(load(file, {}).reload.release_role, list(Role))
        line = self.refused('[reload]\ncheck_role = "player"\n')
        self.assertIn("saw 'player', expected one of 'builder', 'admin'", line)


class FileTests(Case):
    """Files that cannot be read, or are not TOML."""

    def test_missing(self):
        """A file that was named must exist."""
        with self.assertRaises(SettingError) as caught:
            load(Path("none.toml"), {})
        reason = "none.toml: cannot be read (No such file or directory)"
        self.assertTrue(str(caught.exception).startswith(reason))

    def test_directory(self):
        """A directory is no file."""
        with self.assertRaises(SettingError) as caught:
            load(self.folder, {})
        self.assertIn("cannot be read (Is a directory)", str(caught.exception))

    def test_syntax(self):
        """A TOML error names line, column, the text there and the reason."""
        line = self.refused("[server]\n\nlisten [\n")
        self.assertTrue(line.startswith("game.toml:3:8: saw 'listen [', expected TOML"))

    def test_unfinished(self):
        """Of a text that ends too early the last line is named."""
        line = self.refused('[server]\nlisten = ["tls:0"')
        self.assertTrue(line.startswith("game.toml:2:1: saw 'listen ="), line)

    def test_twice(self):
        """A key given twice is TOML's mistake, and named with its line."""
        line = self.refused('[log]\nlevel = "info"\nlevel = "warn"\n')
        self.assertTrue(line.startswith("game.toml:3:"), line)

    def test_not_utf8(self):
        """Other encodings are refused with the line of the first such byte."""
        Path("latin.toml").write_bytes(b"[log]\n# caf\xe9\n")
        with self.assertRaises(SettingError) as caught:
            load(Path("latin.toml"), {})
        line = str(caught.exception)
        self.assertEqual(line, "latin.toml:2: saw 233, expected UTF-8 text")

    def test_enormous_number(self):
        """A number Python will not read is a mistake of the file, not of ours."""
        line = self.refused(f"[calls]\nmax_depth = {'9' * 5000}\n")
        self.assertIn("expected TOML (Exceeds the limit", line)


class ReferenceTests(SynchronousTestCase):
    """The generated table."""

    def test_every_setting(self):
        """The reference has one row for each setting, with its default and range."""
        rows = reference().splitlines()
        self.assertEqual(len(rows), 2 + 35)
        self.assertIn("| `server.plaintext` | `false` |", reference())
        self.assertIn('| `server.listen` | `["tls:8787:interface', reference())
        self.assertIn("from 0 to 3600", reference())

    def test_option_names(self):
        """Options are called like the key, but where two sections share one."""
        names = ("server.port_file", "admin.listen", "log.level")
        seen = [option_name(name) for name in names]
        self.assertEqual(seen, ["--port-file", "--admin-listen", "--log-level"])
