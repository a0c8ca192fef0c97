"""Circles of imports that a release closes are told, if a fresh start fails at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.circles import circles
from gameserver.reload.outline import Outline, outline
from gameserver.reload.text import text_from
from tests.reload.engines import ROOT, EngineCase

if TYPE_CHECKING:
    from gameserver.reload.plan import Entry
    from gameserver.reload.source import Text

TAKES_B = "from b import g\ndef f(): pass\n"
TAKES_A = "from a import f\ndef g(): pass\n"


@dataclass(frozen=True)
class Part:
    """A module's text, and its facts."""

    text: Text
    outline: Outline


def part(name: str, source: str) -> Part:
    """Give a module; one whose name ends in a dot is a package."""
    text = text_from(
        name.rstrip("."), source, f"{name}py", is_package=name.endswith(".")
    )
    return Part(text, outline(text))


def told(before: dict[str, str], **changed: str) -> list[Entry]:
    """Give the lines for a release of some modules."""
    old = {name.rstrip("."): part(name, one) for name, one in before.items()}
    new = {name: part(name, one) for name, one in changed.items()}
    return circles(old, old | new)


class CircleTests(SynchronousTestCase):
    def test_both_fail(self) -> None:
        """A circle in which each takes a name of the other fails wherever it begins."""
        found = told({"a": TAKES_B, "b": "def g(): pass\n"}, b=TAKES_A)
        self.assertEqual(
            {(one.module, one.name, one.line) for one in found},
            {("a", "g", 1), ("b", "f", 1)},
        )

    def test_said(self) -> None:
        """The line says which import fails, why, and what to do."""
        found = told({"a": TAKES_B, "b": "def g(): pass\n"}, b=TAKES_A)
        (one,) = [one for one in found if one.module == "b"]
        self.assertEqual(one.kind, "conflict")
        self.assertIn("that imports a first: a would still be loading", one.why)
        self.assertIn("import it in the function that uses it", one.why)

    def test_one_fails(self) -> None:
        """Only the import that fails is told, where the circle works from elsewhere."""
        late = "def g(): pass\nfrom a import f\n"
        (one,) = told({"a": TAKES_B, "b": "def g(): pass\n"}, b=late)
        self.assertEqual((one.module, one.name), ("b", "f"))
        self.assertIn("imports a first", one.why)

    def test_works(self) -> None:
        """A circle that can be imported from everywhere is none to tell of."""
        first = "def f(): pass\nfrom b import g\n"
        late = "def g(): pass\nfrom a import f\n"
        self.assertEqual(told({"a": first, "b": "def g(): pass\n"}, b=late), [])

    def test_modules_only(self) -> None:
        """Nor is one in which modules are imported, and no names of them."""
        found = told({"a": "import b\n", "b": ""}, b="import a\ndef g(): pass\n")
        self.assertEqual(found, [])

    def test_was_there(self) -> None:
        """What failed before the release already is not told again."""
        found = told({"a": TAKES_B, "b": TAKES_A}, b="import a\n" + TAKES_A)
        self.assertEqual(found, [])

    def test_three(self) -> None:
        """A circle by way of a third module counts."""
        before = {"a": TAKES_B, "b": "from c import h as g\n", "c": "def h(): pass\n"}
        found = told(before, c="from a import f\ndef h(): pass\n")
        self.assertIn(("c", "f"), {(one.module, one.name) for one in found})

    def test_in_function(self) -> None:
        """An import inside a function closes nothing."""
        late = "def g():\n    from a import f\n"
        self.assertEqual(told({"a": TAKES_B, "b": "def g(): pass\n"}, b=late), [])

    def test_for_types(self) -> None:
        """Nor does one for type checkers."""
        late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        late += "    from a import f\ndef g(): pass\n"
        self.assertEqual(told({"a": TAKES_B, "b": "def g(): pass\n"}, b=late), [])

    def test_tried(self) -> None:
        """Nor one that may fail."""
        late = "try:\n    from a import f\nexcept ImportError:\n    f = None\n"
        late += "def g(): pass\n"
        self.assertEqual(told({"a": TAKES_B, "b": "def g(): pass\n"}, b=late), [])

    def test_submodule(self) -> None:
        """A package's module can be taken while the package is still loading."""
        before = {"p.": "from p.x import f\n", "p.x": "def f(): pass\n", "p.y": ""}
        changed = {"p.x": "from p import y\ndef f(): pass\n"}
        self.assertEqual(told(before, **changed), [])

    def test_package(self) -> None:
        """A name of the package cannot, before its line; the module is relative."""
        before = {"p.": "from .x import f\nN = 1\n", "p.x": "def f(): pass\n"}
        (one,) = told(before, **{"p.x": "from . import N\ndef f(): pass\n"})
        self.assertEqual((one.module, one.name), ("p.x", "N"))
        self.assertIn("imports p first", one.why)

    def test_unknown(self) -> None:
        """A module that makes names in ways of its own may have any."""
        before = {"a": "from b import g\nglobals()['f'] = 1\n", "b": "g = 1\n"}
        found = told(before, b="from a import f\ng = 1\n")
        self.assertEqual([one.module for one in found], ["a"])

    def test_body_only(self) -> None:
        """A change behind the imports closes nothing."""
        before = {"a": TAKES_B, "b": TAKES_A}
        self.assertEqual(told(before, b=TAKES_A + "X = 1\n"), [])

    def test_new_module(self) -> None:
        """A new module may close a circle, too."""
        found = told({"a": "def f(): pass\n"}, a=TAKES_B, b=TAKES_A)
        self.assertEqual({one.module for one in found}, {"a", "b"})


class PlanTests(EngineCase):
    def test_told(self) -> None:
        """The plan has the line; the release is taken, for those loaded go on."""
        self.load(b="def g(): return 1\n", a="from worlds.b import g\ndef f(): pass\n")
        self.write(b="from worlds.a import f\ndef g(): return 2\n")
        plan = self.engine.plan()
        self.assertIn(f"that imports {ROOT}.a first", str(plan))
        release = self.engine.commit(plan)
        self.assertIn(f"that imports {ROOT}.a first", str(release.plan))

    def test_unchanged(self) -> None:
        """A later release does not tell it again."""
        self.load(b="def g(): return 1\n", a="from worlds.b import g\ndef f(): pass\n")
        self.release(b="from worlds.a import f\ndef g(): return 2\n")
        self.write(b="from worlds.a import f\ndef g(): return 3\n")
        self.assertNotIn("fresh start", str(self.engine.plan()))
