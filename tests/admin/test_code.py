"""Plugin text in the database by admin verbs: revisions, roles, bounds, the record."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.admin.api import Actor, Admin
from gameserver.admin.code import CodeVerbs, texts_of
from gameserver.admin.long_texts import LARGEST_TEXT
from gameserver.errors import GameError
from gameserver.model.roles import Role
from gameserver.reload.engine import Engine
from gameserver.reload.source import Texts
from gameserver.store.memory import MemoryStore

ADA = Actor("ada", Role.ADMIN, "local")
BOB = Actor("bob", Role.ADMIN, "127.0.0.1:5")
BUILDER = Actor("bea", Role.BUILDER, "127.0.0.1:6")
SWORD = "plugins.sword"


class CodeCase(SynchronousTestCase):
    def setUp(self):
        self.store = MemoryStore()
        self.verbs(CodeVerbs(self.store.code, lambda: 5.0))

    def verbs(self, group: CodeVerbs) -> None:
        """Serve this group."""
        self.admin = Admin([group], self.store, lambda: 5.0)

    def do(self, verb: str, *args: object, by: Actor = ADA) -> Any:
        return self.successResultOf(self.admin.perform(by, verb, args, {}))

    def refusal(self, verb: str, *args: object, by: Actor = ADA) -> str:
        working = self.admin.perform(by, verb, args, {})
        return str(self.failureResultOf(working, GameError).value)

    def trail(self) -> list[tuple[str, str, str, str]]:
        entries = self.successResultOf(self.store.audit.newest(20))
        return [(one.who, one.verb, one.target, one.outcome) for one in entries]


class PutTests(CodeCase):
    """``code_put`` and ``code_revert``."""

    def test_put_and_get(self):
        """A text is given back as it was put, with who, when and why."""
        answer = self.do("code_put", SWORD, "EDGE = 'é'\r\n", 0, "sharper")
        expected = {
            "module": SWORD,
            "revision": 1,
            "author": "ada",
            "at": 5.0,
            "removed": False,
            "note": "sharper",
        }
        self.assertEqual(answer, expected)
        got = self.do("code_get", SWORD)
        self.assertEqual(got, {**expected, "text": "EDGE = 'é'\r\n"})

    def test_stale(self):
        """A put that was not made from the newest revision changes nothing."""
        self.do("code_put", SWORD, "A = 1\n")
        self.do("code_put", SWORD, "A = 2\n", 1, by=BOB)
        for base in (0, 1, 3):
            said = self.refusal("code_put", SWORD, "A = 9\n", base)
            self.assertIn("stale-revision", said)
        self.assertEqual(self.do("code_get", SWORD)["text"], "A = 2\n")

    def test_authors(self):
        """Two who ask at once are told apart."""
        first = self.admin.perform(ADA, "code_put", ["plugins.a", "A = 1\n"], {})
        second = self.admin.perform(BOB, "code_put", ["plugins.b", "A = 1\n"], {})
        authors = [self.successResultOf(one)["author"] for one in (first, second)]
        self.assertEqual(authors, ["ada", "bob"])

    def test_names(self):
        """A module has a dotted name that Python could import."""
        for name in (
            "",
            "a b",
            "../x",
            "plugins.",
            "plugins.class",
            "json",
            "plugins." + "x" * 201,
        ):
            said = self.refusal("code_put", name, "A = 1\n")
            self.assertIn("expected a module's full name", said)
        self.assertEqual(self.successResultOf(self.store.code.names()), [])

    def test_size(self):
        """A text may be as large as a wire string; larger or empty ones are refused."""
        text = "#" * (LARGEST_TEXT - 1) + "\n"
        self.do("code_put", SWORD, text)
        self.assertEqual(self.do("code_get", SWORD)["text"], text)
        for wrong in (text + "\n", "é" * (LARGEST_TEXT // 2 + 1)):
            self.assertIn("expected at most", self.refusal("code_put", SWORD, wrong, 1))
        self.assertIn("saw none", self.refusal("code_put", SWORD, " \n", 1))
        self.assertIn(
            "note: saw 501", self.refusal("code_put", SWORD, "A=1", 1, "n" * 501)
        )
        self.assertEqual(len(self.do("code_log", SWORD)), 1)

    def test_remove(self):
        """A removed module has a revision that says so, and can come back."""
        self.do("code_put", SWORD, "A = 1\n")
        self.assertTrue(self.do("code_put", SWORD, None, 1)["removed"])
        self.assertIsNone(self.do("code_get", SWORD)["text"])
        self.assertEqual(self.do("code_revert", SWORD, 1)["revision"], 3)
        self.assertEqual(self.do("code_get", SWORD)["text"], "A = 1\n")

    def test_revert(self):
        """Going back is a revision of its own, which says what it is."""
        self.do("code_put", SWORD, "A = 1\n")
        self.do("code_put", SWORD, "A = 2\n", 1)
        row = self.do("code_revert", SWORD, 1, by=BOB)
        self.assertEqual((row["revision"], row["author"]), (3, "bob"))
        self.assertEqual(row["note"], "back to revision 1")
        self.assertIn("not-found", self.refusal("code_revert", SWORD, 9))


class LookTests(CodeCase):
    """``code_log`` and ``code_diff``."""

    def setUp(self):
        super().setUp()
        for base, edge in enumerate(("one", "two", "three")):
            self.do("code_put", SWORD, f"A = 1\nEDGE = '{edge}'", base)

    def diff(self, *args: object) -> list[str]:
        return "".join(self.do("code_diff", SWORD, *args)).split("\n")

    def test_log(self):
        """The log has the newest first, as many as are asked for."""
        rows = self.do("code_log", SWORD)
        self.assertEqual([one["revision"] for one in rows], [3, 2, 1])
        self.assertEqual(len(self.do("code_log", SWORD, 2)), 2)
        self.assertIn("not-found", self.refusal("code_log", "plugins.shield"))

    def test_two(self):
        """Two revisions are compared, each with its author."""
        lines = self.diff(1, 2)
        self.assertEqual(lines[0], f"--- {SWORD} (revision 1 by ada)")
        self.assertEqual(lines[1], f"+++ {SWORD} (revision 2 by ada)")
        self.assertEqual(lines[-3:], ["-EDGE = 'one'", "+EDGE = 'two'", ""])

    def test_to_newest(self):
        """Without a second one, the newest is meant; 0 is no text at all."""
        self.assertIn("+EDGE = 'three'", self.diff(2))
        self.assertEqual(self.diff(0)[0], f"--- {SWORD} (no text)")
        self.assertEqual(self.diff(3), [""])

    def test_in_force(self):
        """Without any, the newest is compared with the text that runs."""
        self.assertIn("no server runs", self.refusal("code_diff", SWORD))
        engine = Engine(Texts({"lk_sword": "A = 1\nEDGE = 'old'"}))
        engine.install()
        self.addCleanup(engine.uninstall)
        __import__("lk_sword")
        self.verbs(CodeVerbs(self.store.code, lambda: 5.0, texts_of(engine)))
        self.assertEqual(self.diff()[0], f"--- {SWORD} (not in force)")
        self.store.code.put("lk_sword", "A = 1\nEDGE = 'new'", "ada", 5.0, 0)
        lines = "".join(self.do("code_diff", "lk_sword")).split("\n")
        self.assertTrue(lines[0].endswith("(in force)"), lines[0])
        self.assertEqual(lines[-3:], ["-EDGE = 'old'", "+EDGE = 'new'", ""])


class RoleTests(CodeCase):
    def test_roles(self):
        """A builder may look, and is refused what would run at the next release."""
        self.do("code_put", SWORD, "A = 1\n")
        for verb in ("code_get", "code_log"):
            self.do(verb, SWORD, by=BUILDER)
        self.do("code_list", by=BUILDER)
        self.do("code_diff", SWORD, 0, by=BUILDER)
        for verb, *args in (("code_put", "A = 2\n", 1), ("code_revert", 1)):
            said = self.refusal(verb, SWORD, *args, by=BUILDER)
            self.assertIn("needs the role admin; yours is builder", said)

    def test_settings(self):
        """The settings move both roles."""
        group = CodeVerbs(
            self.store.code,
            lambda: 5.0,
            check_role=Role.ADMIN,
            release_role=Role.BUILDER,
        )
        self.verbs(group)
        self.do("code_put", SWORD, "A = 1\n", by=BUILDER)
        self.assertIn("forbidden", self.refusal("code_get", SWORD, by=BUILDER))

    def test_recorded(self):
        """The trail has who, verb, module and revision, and no text."""
        self.do("code_put", SWORD, "SECRET = 1\n", 0, "for ada's eyes")
        self.refusal("code_put", SWORD, "SECRET = 2\n", 7, by=BOB)
        self.do("code_get", SWORD, 1, by=BUILDER)
        expected = [
            ("bea", "code_get", f"{SWORD} 1", "done"),
            ("bob", "code_put", f"{SWORD} 7", "refused: stale-revision"),
            ("ada", "code_put", f"{SWORD} 0", "done"),
        ]
        self.assertEqual(self.trail(), expected)
