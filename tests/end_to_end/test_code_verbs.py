"""``gameserver code``: plugin text in the database, the server running or stopped."""

from __future__ import annotations

import json
import subprocess

from twisted.trial.unittest import SynchronousTestCase

from gameserver.admin.long_texts import LARGEST_TEXT
from tests.end_to_end.processes import RUN, SETTINGS, Done, Place

ADMIN = SETTINGS + '[admin]\nlisten = ["tls:0:interface=127.0.0.1"]\n'
MODULE = "plugins.game"


class CodeCase(SynchronousTestCase):
    """A place with a world, and a file to put; one module for each test."""

    place: Place

    def setUp(self):
        self.module = f"plugins.{self._testMethodName}"

    def write(self, text: str | bytes, name: str = "sword.py") -> str:
        """Write a file beside the plugins; gives its name."""
        content = text.encode() if isinstance(text, str) else text
        (self.place.folder / name).write_bytes(content)
        return name

    def put(self, text: str | bytes, *args: str) -> Done:
        return self.place.gameserver(
            "code", "put", self.module, self.write(text), *args
        )

    def refused(self, done: Done) -> str:
        """Give the one line that a refused verb ends with."""
        self.assertEqual(done.code, 1, done.all)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        return done.err

    def stored(self) -> int:
        """Give how many revisions there are."""
        done = self.place.gameserver("code", "log", self.module, "--json")
        return len(json.loads(done.out)) if done.code == 0 else 0


class BothTests:
    """What holds with the server running, and while it is stopped."""

    def test_there_and_back(self):
        """What is got is what was put, to the byte, and stderr says how to go on."""
        text = "EDGE = 'é'  # \t x\r\n\nB = 1"
        said = self.put(text).out
        self.assertEqual(said, f"put {self.module}, revision 1; not in force yet\n")
        got = subprocess.run(
            [f"{self.place.bin}/gameserver", "code", "get", self.module],
            cwd=self.place.folder,
            capture_output=True,
            timeout=30,
            check=True,
        )
        self.assertEqual(got.stdout, text.encode())
        line = got.stderr.decode()
        self.assertRegex(line, r"^revision 1 by uid:\d+ \(\w+\), 2.*\n$")
        self.assertIn("put it back with --base 1", line)

    def test_file(self):
        """What only the folder has is printed, and stderr says where it is."""
        file = self.place.plugin("chapel", "BELLS = 'é'\n")
        done = self.place.gameserver("code", "get", "plugins.chapel")
        self.assertEqual((done.code, done.out), (0, "BELLS = 'é'\n"), done.all)
        said = f"{file}, not in the database; put it there without --base\n"
        self.assertEqual(done.err, said)
        got = self.place.did("code", "get", "plugins.chapel", "--json")
        row = json.loads(got)
        self.assertEqual((row["revision"], row["source"]), (0, str(file)))
        line = self.refused(self.place.gameserver("code", "get", "plugins.nave"))
        self.assertIn("'plugins.nave' has no text in the database", line)

    def test_stale(self):
        """A put on an older revision is refused, and shows what others changed."""
        self.put("EDGE = 1\nSIDE = 1\n")
        self.put("EDGE = 1\nSIDE = 2\n", "--base", "1", "--note", "second")
        done = self.put("EDGE = 9\nSIDE = 1\n", "--base", "1")
        line = self.refused(done)
        self.assertIn("the text was made from revision 1, but the newest is", line)
        self.assertIn(f"get the newest with `gameserver code get {self.module}`", line)
        self.assertIn("-SIDE = 1\n+SIDE = 2\n", done.out)
        self.assertNotIn("EDGE = 9", done.out)
        self.assertEqual(self.stored(), 2)

    def listed(self) -> dict[str, dict[str, object]]:
        """Give what ``code list`` tells, by module."""
        rows = json.loads(self.place.did("code", "list", "--json"))
        return {str(row["module"]): row for row in rows}

    def test_list(self):
        """Each module is listed with the one source that it is served from."""
        self.put("A = 1\n")
        file = str(self.place.plugin("tower", "A = 1\n"))
        tower = "plugins.tower"
        found = self.listed()
        self.assertEqual(found[tower]["source"], file)
        self.assertIsNone(found[tower]["author"])
        own = found[self.module]
        self.assertEqual(own["source"], "database, revision 1")
        self.assertRegex(str(own["author"]), r"^uid:\d+")
        self.assertEqual((own["release"], own["in_force"]), (None, False))
        header, *lines = self.place.did("code", "list").split("\n")
        self.assertEqual(header.split(), ["module", "release", "in_force", "source"])
        (line,) = (one for one in lines if one.startswith(f"{self.module} "))
        self.assertRegex(line, r" -  +-  +database, revision 1 by uid:\d+ \(\w+\)$")
        line = next(one for one in lines if one.startswith(f"{tower} "))
        self.assertTrue(line.endswith(file), line)


class StoppedTests(BothTests, CodeCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup)
        cls.place.people()

    def test_no_base(self):
        """Without --base a module that has a text is not overwritten."""
        self.put("EDGE = 1\n")
        done = self.put("EDGE = 2\n")
        line = self.refused(done)
        self.assertIn(f"get it with `gameserver code get {self.module}`", line)
        self.assertIn("put with the --base that it tells", line)
        self.assertEqual((done.out, self.stored()), ("", 1))

    def test_log(self):
        """The log lists the revisions, newest first."""
        self.put("A = 1\n", "--note", "begun")
        self.put("A = 2\n", "--base", "1")
        header, newest, oldest = self.place.did("code", "log", self.module).split("\n")
        self.assertEqual(
            header.split(), ["revision", "at", "author", "removed", "note"]
        )
        self.assertEqual([newest[0], oldest[0]], ["2", "1"])
        self.assertTrue(oldest.endswith("begun"), oldest)
        unknown = self.place.gameserver("code", "log", "plugins.nosuch")
        self.assertIn("not-found", self.refused(unknown))

    def test_remove_and_revert(self):
        """A module can be taken out, and any revision come back."""
        self.put("A = 1\n")
        args = ("code", "put", self.module, "--remove", "--base", "1")
        self.assertIn("removed", self.place.did(*args))
        gone = self.refused(self.place.gameserver("code", "get", self.module))
        self.assertIn("is removed since revision 2", gone)
        said = self.place.did("code", "revert", self.module, "1")
        self.assertIn("is back to revision 1, as 3", said)
        diff = ("code", "diff", self.module, "1", "3")
        self.assertEqual(self.place.did(*diff), "no difference")

    def test_stdin(self):
        """The text may come by stdin."""
        args = ("code", "put", self.module, "-")
        self.place.did(*args, stdin="A = 1\n")
        self.place.did(*args[:-1], "--base", "1", stdin="A = 2\n")
        got = self.place.gameserver("code", "get", self.module, "--revision", "2")
        self.assertEqual(got.out, "A = 2\n")

    def test_in_force(self):
        """Nothing is in force; two revisions can be compared."""
        self.put("A = 1\n")
        done = self.place.gameserver("code", "diff", self.module)
        self.assertIn("no server runs", self.refused(done))

    def test_list_stopped(self):
        """Nothing runs, so no release does."""
        self.assertIsNone(self.listed()[MODULE]["release"])

    def test_recorded(self):
        """Who did it is in the trail."""
        self.put("A = 1\n")
        (entry, *_) = json.loads(self.place.did("audit", "--json"))
        told = [entry[name] for name in ("verb", "target", "origin", "outcome")]
        self.assertEqual(told, ["code_put", f"{self.module} 0", "offline", "done"])


class RunningTests(BothTests, CodeCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup, settings=ADMIN)
        cls.place.people()
        cls.server = cls.place.start(*RUN)

    def test_large(self):
        """A text as large as one may be comes there and back, and can be compared."""
        text = "A = 1\n" + "#" * (LARGEST_TEXT - 7) + "\n"
        self.assertEqual(self.put(text).code, 0)
        got = self.place.gameserver("code", "get", self.module)
        self.assertEqual(got.out, text)
        other = text.replace("A = 1", "A = 2")
        self.assertEqual(self.put(other, "--base", "1").code, 0)
        diff = self.place.did("code", "diff", self.module, "1", "2")
        self.assertIn("-A = 1\n+A = 2\n", diff)

    def test_both_ends(self):
        """The largest difference there can be comes whole."""
        half = LARGEST_TEXT // 2
        old = "#" + "é" * (half - 2) + "\n"
        new = "#" + "ü" * (half - 2) + "\n"
        self.put(old)
        self.put(new, "--base", "1")
        diff = self.place.did("code", "diff", self.module, "1", "2")
        self.assertIn(f"-{old}+{new.rstrip()}", diff)

    def test_in_force(self):
        """The newest revision is compared with the text that runs."""
        self.module = MODULE
        running = (self.place.folder / "plugins/game.py").read_text()
        self.put(running.replace("how far they came", "how far they got"))
        lines = self.place.did("code", "diff", MODULE).split("\n")
        self.assertIn("(in force)", lines[0])
        self.assertIn('+"""Players who count; it is kept how far they got."""', lines)
        self.assertEqual(sum(line.startswith("+") for line in lines), 2)

    def test_list_running(self):
        """What runs is told, and whether that is the source's text."""
        place = Place(self.addCleanup)
        place.people()
        place.start(*RUN)
        self.place, self.module = place, MODULE
        self.assertEqual(self.runs(), (0, True, None))
        text = (place.folder / "plugins/game.py").read_text()
        self.put(f"{text}MORE = 1\n")
        self.assertEqual(self.runs(), (0, False, None))
        place.did("reload")
        self.assertEqual(self.runs(), (1, True, None))
        place.did("undo")
        self.assertEqual(self.runs(), (0, True, "the text from before release 1"))
        self.assertIn(
            "the text from before release 1, over database, revision 1 by",
            place.did("code", "list"),
        )

    def runs(self) -> tuple[object, ...]:
        """Tell of the module: its release, whether in force, and what covers it."""
        row = self.listed()[self.module]
        return row["release"], row["in_force"], row["covered_by"]

    def test_over_tls(self):
        """Beside the password's line, the text may come by stdin too."""
        password = "correct horse battery"
        self.place.did(
            *("account", "add", "wizard", "--role", "admin", "--password-stdin"),
            stdin=f"{password}\n",
        )
        port = self.place.ports["admin-tls"]
        trust = str(self.place.data / "development-certificate.pem")
        reach = ("--connect", f"tls:localhost:{port}", "--as", "wizard")
        self.place.did(
            *("code", "put", self.module, *reach, "--trust", trust),
            stdin=f"{password}\nA = 'é'\n",
        )
        got = json.loads(self.place.did("code", "get", self.module, "--json"))
        self.assertEqual((got["text"], got["author"]), ("A = 'é'\n", "wizard"))
