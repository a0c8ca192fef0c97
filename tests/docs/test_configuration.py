"""The reference of settings: table, example and messages are the program's own."""

from __future__ import annotations

import stat

from twisted.internet import task
from twisted.trial.unittest import SynchronousTestCase

from gameserver.config import load, reference
from gameserver.errors import SettingError
from gameserver.server.directory import DataDirectory
from gameserver.server.listening import Site, parse
from gameserver.twistd import Options
from tests.docs.pages import page
from tests.folders import temporary_folder

PAGE = page("docs/reference/configuration.md")
SECTIONS = PAGE.sections()


def message(act, *args: object) -> str:
    """Give what a refused setting says."""
    try:
        act(*args)
    except SettingError as error:
        return str(error)
    raise AssertionError(f"{args} was not refused")


class ConfigurationTests(SynchronousTestCase):
    def setUp(self):
        self.file = temporary_folder(self) / "gameserver.toml"

    def test_whole(self):
        """Every block is run by a test below."""
        self.assertEqual(PAGE.names, ["gameserver.toml", "mistakes"])

    def test_table(self):
        """All settings stand there exactly as the program describes them."""
        self.assertIn(reference(), PAGE.text)

    def test_example(self):
        """The example file is read, and its paths are relative to it."""
        self.file.write_text(PAGE.block("gameserver.toml").text)
        settings = load(self.file, {"server.listen": ("tls:0",)})
        self.assertEqual(settings.realm.retire_after, 60)
        self.assertEqual(settings.server.plugins, self.file.parent / "game")
        self.assertEqual(settings.server.listen, ("tls:0",))

    def test_endpoints(self):
        """The endpoints of the example file and of the prose are accepted."""
        self.file.write_text(PAGE.block("gameserver.toml").text)
        found = [one for one in SECTIONS["Endpoints"].spans if one.endswith(":1")]
        self.assertEqual(found, [r"tls:8787:interface=\:\:1"])
        data = DataDirectory.open(self.file.parent / "data")
        self.addCleanup(data.close)
        site = Site(task.Clock(), lambda: self.pair(data))
        for spec in (*load(self.file, {}).server.listen, *found):
            parse(spec, site)

    def pair(self, data):
        from gameserver.server.certificate import Pair, development_pair

        return development_pair(Pair(data.certificate, data.certificate_key))

    def test_files(self):
        """The data directory's files are named as they are, with the stated access."""
        data = DataDirectory.open(self.file.parent / "data")
        self.addCleanup(data.close)
        self.pair(data)
        named = {row[0].split("`")[1] for row in SECTIONS["The data directory"].rows()}
        paths = [data.database, data.token_key, data.admin_socket]
        paths += [data.certificate, data.certificate_key]
        self.assertEqual(named, {"lock", *(path.name for path in paths)})
        modes = {
            one.name: stat.S_IMODE(one.stat().st_mode) for one in data.path.iterdir()
        }
        self.assertEqual(modes.pop("development-certificate.pem"), 0o644)
        self.assertEqual(set(modes.values()), {0o600})

    def test_mistakes(self):
        """The messages are those that the program gives."""
        texts = ['[server]\nlistn = ["tls:1"]', '[calls]\nmax_items = "many"']
        said = []
        for text in texts:
            self.file.write_text(text)
            said.append(message(load, self.file, {}))
        said.append(message(parse, "tcp:8788", Site(task.Clock(), None)))
        shown = [line.replace(f"{self.file.parent}/", "") for line in said]
        self.assertEqual(PAGE.block("mistakes").text.splitlines(), shown)

    def test_twistd(self):
        """The options of ``twistd -n gameserver`` are those that are named."""
        taken = {f"--{name}" for name in Options().synonyms if len(name) > 1}
        named = {one for one in PAGE.spans if one.startswith("--") and " " not in one}
        self.assertEqual(named, taken - {"--help", "--version"})
