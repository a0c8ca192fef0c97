"""The address of a database: what is accepted, and that no secret of it is shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.config import load
from gameserver.database_url import DatabaseKind, DatabaseUrl
from gameserver.errors import SettingError
from gameserver.toml_file import read
from tests.folders import temporary_folder

SECRET = "s3cr3t-Qx"
HERE = Path("/")


def accepted(address: str) -> DatabaseUrl | None:
    return DatabaseKind().accept(address, HERE)


def refusal(value: object) -> str:
    """Give the message that a wrong setting gets."""
    try:
        load(None, {}, {"GAMESERVER_DATABASE": value})
    except SettingError as error:
        return str(error)
    raise AssertionError(f"{value!r} was not refused")


class AcceptedTests(SynchronousTestCase):
    def test_addresses(self):
        """An address with user, password, port, socket or driver is kept whole."""
        for address in (
            f"postgresql://game:{SECRET}@db.example:5432/world",
            "postgresql+psycopg://game@localhost/world?sslmode=verify-full",
            "postgresql://tester@/world?host=%2Frun%2Fpg",
            "postgresql://game:%40%2F%3A@[::1]/world",
        ):
            self.assertEqual(accepted(f" {address}\n").whole, address)

    def test_nothing(self):
        """An empty text means none."""
        self.assertIsNone(accepted(""))
        self.assertIsNone(load(None, {}, {"GAMESERVER_DATABASE": ""}).server.database)

    @given(st.text(min_size=4, max_size=20).map(lambda one: f"{one}{SECRET}"))
    def test_shown(self, password):
        """As text and in a repr it has everything but the password."""
        try:
            escaped = quote(password, safe="")
        except UnicodeEncodeError:  # half of a pair of surrogates
            return
        url = accepted(f"postgresql://game:{escaped}@db.example:5432/world")
        for shown in (
            str(url),
            repr(url),
            repr(load(None, {"server.database": url.whole})),
        ):
            self.assertNotIn(SECRET, shown)
        self.assertEqual(str(url), "postgresql://game:***@db.example:5432/world")


class RefusedTests(SynchronousTestCase):
    @given(st.sampled_from("/:@#?% \t\n").map(lambda one: f"a{one}{SECRET}"))
    @example(SECRET)
    def test_wrong_scheme(self, password):
        """A message repeats the address's first word only."""
        said = refusal(f"mysql://game:{password}@db.example/world")
        self.assertIn("GAMESERVER_DATABASE: saw 'mysql://...', expected postgres", said)
        self.assertNotIn(SECRET, said)

    def test_unescaped(self):
        """A password that is not written %XX is refused, not read as something else."""
        for mark in "/@# ?":
            said = refusal(f"postgresql://game:x{mark}{SECRET}@db.example/world")
            self.assertNotIn(SECRET, said)

    def test_forms(self):
        """No host, no database, a list of words, or a password in the query."""
        for wrong in (
            "postgresql://",
            "postgresql:///world",
            "postgresql://db.example/",
            f"host=db.example password={SECRET}",
            f"postgresql://db.example/world?password={SECRET}",
        ):
            self.assertNotIn(SECRET, refusal(wrong))

    def test_other_types(self):
        """What is no text is named by its type."""
        file = temporary_folder(self) / "game.toml"
        file.write_text("[server]\ndatabase = 7\n")
        error = self.assertRaises(SettingError, load, file, {}, {})
        self.assertIn("game.toml:2: server.database: saw 'int'", str(error))


class FileTests(SynchronousTestCase):
    """A file of settings with mistakes beside the address, or in it."""

    def message(self, text: str) -> str:
        file = temporary_folder(self) / "game.toml"
        file.write_text(text)
        return str(self.assertRaises(SettingError, load, file, {}, {}))

    def test_not_toml(self):
        """The line that is no TOML is shown without the address."""
        said = self.message(f'[server]\ndatabase = "postgresql://u:{SECRET}@h/d\n')
        self.assertIn('database = "postgresql://...', said)
        self.assertNotIn(SECRET, said)

    def test_no_section(self):
        """So is a value where a section belongs."""
        said = self.message(f'server = "postgresql://u:{SECRET}@h/d"\n')
        self.assertNotIn(SECRET, said)

    def test_other_lines(self):
        """Other lines are shown as they are."""
        file = temporary_folder(self) / "game.toml"
        file.write_text("[server\n")
        error = self.assertRaises(SettingError, read, file)
        self.assertIn("'[server'", str(error))
