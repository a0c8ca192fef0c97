"""Which database is meant: the environment, a file, or the settings, in this order."""

from __future__ import annotations

import os
from contextlib import chdir

from twisted.trial.unittest import SynchronousTestCase

from gameserver.config import load
from gameserver.database import Place, found_place, place_of
from gameserver.errors import SettingError, StoreError
from tests.folders import temporary_folder

URL = "postgresql://game:s3cr3t@db.example/world"
OTHER = "postgresql://other@db.example/world"


class Case(SynchronousTestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.config = self.folder / "gameserver.toml"

    def place(self, text: str = "", **environment: str) -> Place:
        self.config.write_text(f"[server]\n{text}\n")
        return place_of(load(self.config, {}, environment))

    def address(self, content: str) -> None:
        (self.folder / "address").write_text(content)
        (self.folder / "address").chmod(0o600)


class PlaceTests(Case):
    def test_default(self):
        """Without a setting it is SQLite in the data directory."""
        place = self.place('data = "d"')
        self.assertEqual(place, Place(self.folder / "d"))
        self.assertEqual(str(place), f"{self.folder}/d/gameserver.sqlite")

    def test_setting(self):
        """The setting is an address; as a text it has no password."""
        place = self.place(f'database = "{URL}"')
        self.assertEqual(place.url.whole, URL)
        self.assertEqual(str(place), "postgresql://game:***@db.example/world")

    def test_file(self):
        """The file of the address is relative to that of the settings."""
        self.address(f"{URL}\n")
        self.assertEqual(self.place('database_file = "address"').url.whole, URL)

    def test_environment(self):
        """The environment goes before either, and needs no file."""
        given = {"GAMESERVER_DATABASE": OTHER}
        for text in ("", f'database = "{URL}"', 'database_file = "none"'):
            self.assertEqual(self.place(text, **given).url.whole, OTHER)

    def test_both(self):
        """An address and a file of one are too much."""
        self.address(URL)
        text = f'database = "{URL}"\ndatabase_file = "address"'
        error = self.assertRaises(SettingError, self.place, text)
        self.assertIn("gameserver.toml:3: server.database_file: saw", str(error))

    def test_wrong_file(self):
        """A file that is not there, is empty or holds no address is named."""
        wrong = {"None": "No such file", "": "it is empty", "mysql://x": "expected a"}
        for content, reason in wrong.items():
            if content != "None":
                self.address(content)
            said = str(
                self.assertRaises(SettingError, self.place, 'database_file = "address"')
            )
            self.assertIn("gameserver.toml:2: server.database_file: ", said)
            self.assertIn(reason, said)
            self.assertNotIn("mysql", said)

    def test_open_file(self):
        """An address that anybody can read is refused, like a key; a group's is not."""
        self.address(URL)
        for mode in (0o644, 0o604, 0o666):
            (self.folder / "address").chmod(mode)
            said = str(
                self.assertRaises(SettingError, self.place, 'database_file = "address"')
            )
            self.assertIn("gameserver.toml:2: server.database_file: ", said)
            self.assertIn(f"mode {mode:04o} seen, 0600 expected: others could", said)
            self.assertNotIn("secret", said)
        (self.folder / "address").chmod(0o640)
        self.assertEqual(self.place('database_file = "address"').url.whole, URL)


class FoundTests(Case):
    """What a verb's ``--data`` and ``--config`` mean."""

    def setUp(self):
        super().setUp()
        self.config.write_text(f'[server]\ndata = "d"\ndatabase = "{URL}"\n')

    def test_settings(self):
        """Without ``--data``, the settings of the working directory say both."""
        with chdir(self.folder):
            found = found_place(None, None)
        self.assertEqual((found.data, found.url.whole), (self.folder / "d", URL))

    def test_same_directory(self):
        """With the directory of the settings, their database is meant."""
        with chdir(self.folder):
            self.assertEqual(found_place(self.folder / "d", None).url.whole, URL)

    def test_other_directory(self):
        """With another, it is not, unless ``--config`` says so."""
        other = self.folder / "other"
        with chdir(self.folder):
            self.assertEqual(found_place(other, None), Place(other))
        self.assertEqual(found_place(other, self.config).url.whole, URL)


class OpenTests(Case):
    def test_no_driver(self):
        """Without psycopg the extra to install is named."""
        broken = self.folder / "psycopg.py"
        broken.write_text("raise ImportError('there is no psycopg here')\n")
        program = (
            "from gameserver.database import Place\n"
            "from gameserver.database_url import DatabaseUrl\n"
            "from gameserver.errors import StoreError\n"
            f"place = Place(None, DatabaseUrl({URL!r}))\n"
            "opened = lambda: place.open(print), lambda: place.reading().__enter__()\n"
            "for act in opened:\n"
            "    try:\n        act()\n    except StoreError as error:\n"
            "        print(error)\n"
        )
        said = self.printed(program, PYTHONPATH=str(self.folder))
        line = (
            "psycopg is missing, and expected for PostgreSQL: "
            "install gameserver[postgres]"
        )
        self.assertEqual(said.splitlines(), [line, line])

    def printed(self, program: str, **env: str) -> str:
        import subprocess
        import sys

        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_backup(self):
        """A copy of a PostgreSQL database is refused, with what makes one."""
        place = self.place(f'database = "{URL}"')
        error = self.assertRaises(StoreError, place.back_up, print, self.folder / "x")
        self.assertIn("pg_dump", str(error))
        self.assertNotIn("s3cr3t", str(error))
