"""A release as data."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.plan import Entry, ModuleChange, Plan, Scan, diff
from tests.reload.game import Game, text_of

CHANGE = ModuleChange("m", "changed", "m.py", "-a\n+b\n")
SCAN = Scan("closures of f", 0.0125, 300)


def entry(kind, name, line=1, why=""):
    return Entry(kind, "m", name, "m.py", line, why)


class PlanTests(SynchronousTestCase):
    def test_empty(self):
        """A plan without modules is empty and says so."""
        plan = Plan()
        self.assertTrue(plan.is_empty)
        self.assertIn("nothing to release", str(plan))

    def test_text(self):
        """The text has modules, entries by weight, stale importers, scans, diffs."""
        plan = Plan(
            (CHANGE, ModuleChange("n", "added", "n.py", "")),
            [entry("kept", "b"), entry("conflict", "a", 0, "so it is")],
            [entry("stale", "c")],
            [SCAN],
        )
        self.assertEqual(
            str(plan).splitlines(),
            [
                "changed  m  m.py",
                "added    n  n.py",
                "conflict m:a  m.py  (so it is)",
                "kept     m:b  m.py:1",
                "stale    m:c  m.py:1",
                "scan     300 objects, 12 ms  (closures of f)",
                "-a",
                "+b",
            ],
        )

    def test_several_lines(self):
        """Words of several lines do not break the form; as data they are as given."""
        plan = Plan(
            (CHANGE,), [entry("refused", "a", why="one:\n  two")], refused=["x\ny"]
        )
        self.assertIn("refused  m:a  m.py:1  (one: two)", str(plan).splitlines())
        self.assertIn("REFUSED  x y", str(plan).splitlines())
        self.assertEqual(plan.as_data()["entries"][0]["why"], "one:\n  two")

    def test_removed(self):
        """A name that is gone has no line in the new text; it says where it was."""
        game = Game(self, m="A = 1\n\nB = 2\ndef f(): pass\n", n="C = 1\n")
        game.put(m="A = 1\n")
        del game.texts[game.full("n")]
        plan = game.engine.plan()
        found = {x.name: (x.line, x.why) for x in plan.entries if x.kind == "removed"}
        lines = {"B": 3, "f": 4, "C": 1}
        for name, line in lines.items():
            self.assertEqual(found[name], (0, f"was at line {line}"))

    def test_refused(self):
        """A plan that cannot be committed says why, even without modules."""
        self.assertEqual(str(Plan(refused=["it is so"])), "REFUSED  it is so")

    def test_counts(self):
        """Entries are counted by kind, in the order of their weight."""
        plan = Plan(
            entries=[entry("kept", "a"), entry("added", "b"), entry("kept", "c")]
        )
        self.assertEqual(list(plan.counts().items()), [("added", 1), ("kept", 2)])

    def test_json(self):
        """The JSON text holds all that the plan does."""
        plan = Plan(
            (CHANGE,), [entry("kept", "a")], [entry("stale", "b")], [SCAN], ["x"]
        )
        found = json.loads(plan.to_json())
        self.assertEqual(found, plan.as_data())
        self.assertEqual(found["modules"][0]["act"], "changed")
        self.assertEqual(found["entries"][0]["name"], "a")
        self.assertEqual(found["stale"][0]["line"], 1)
        self.assertEqual(found["scans"][0]["objects"], 300)
        self.assertEqual(found["refused"], ["x"])

    def test_of_engine(self):
        """What the engine plans has file and line of each object."""
        game = Game(self, m="a = 1\ndef f(): return 1\n")
        game.put(m="a = 1\n\ndef f(): return 2\n")
        plan = game.engine.plan()
        (found,) = plan.entries
        self.assertEqual(
            (found.kind, found.name, found.file, found.line),
            ("patched", "f", game.file("m"), 3),
        )
        self.assertIn("+def f(): return 2", str(plan))


class DiffTests(SynchronousTestCase):
    def test_changed(self):
        """A changed text has a unified diff, labelled."""
        found = diff(text_of("a\nb\n"), text_of("a\nc\n")).splitlines()
        self.assertEqual(found[:2], ["--- <m> (in force)", "+++ <m> (new)"])
        self.assertEqual(found[3:], [" a", "-b", "+c"])

    def test_one_side(self):
        """A new text is all plus, a removed one all minus."""
        self.assertIn("+a\n", diff(None, text_of("a")))
        self.assertIn("-a\n", diff(text_of("a"), None))
