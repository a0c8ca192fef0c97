"""Releases that give live instances another hash."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.hashes import NONE, OTHER
from tests.reload.game import Game

POS = """\
from dataclasses import dataclass
@dataclass(frozen=True)
class Pos:
    x: int
    y: int
HERE = {}
SEEN = set()
def put(): HERE[Pos(1, 2)] = 3; SEEN.add(Pos(1, 2))
def get(): return HERE.get(Pos(1, 2)), Pos(1, 2) in SEEN
"""
DEEP = POS.replace("    y: int\n", "    y: int\n    z: int = 0\n")
REBUILT = (
    DEEP
    + """\
def module_reloaded(old, new):
    items, seen = list(HERE.items()), list(SEEN)
    HERE.clear(); SEEN.clear()
    HERE.update(items); SEEN.update(seen)
"""
)
OWN = "class C:\n  k = 1\n  def __eq__(self, o): return {}\n  def __hash__(self): {}\n"


class HashTests(SynchronousTestCase):
    def said(self, before: str, after: str, make: str = "") -> list[tuple[str, str]]:
        """Release a text; give the conflicts of the plan."""
        game = Game(self, m=before)
        if make:
            game.made = getattr(game.m, make)()
        plan = game.release(m=after).plan
        found = [(one.name, one.why) for one in plan.entries if one.kind == "conflict"]
        data = plan.as_data()["entries"]
        self.assertEqual(
            found,
            [(one["name"], one["why"]) for one in data if one["kind"] == "conflict"],
        )
        return found

    def test_field(self) -> None:
        """A frozen dataclass with another field is told, for it is a key somewhere."""
        self.assertEqual(self.said(POS, DEEP), [("Pos", OTHER)])

    def test_rebuilt(self) -> None:
        """A hook can build the tables anew, and undo gives them back as they were."""
        game = Game(self, m=POS)
        game.m.put()
        release = game.release(m=REBUILT)
        self.assertEqual(game.m.get(), (3, True))
        release.undo()
        self.assertEqual(game.m.get(), (3, True))

    def test_not_compared(self) -> None:
        """A field that is not compared leaves the hash as it is; so does a method."""
        odd = DEEP.replace("int = 0", "int = __import__('dataclasses').field("
                           "default=0, compare=False)")  # fmt: skip
        self.assertEqual(self.said(POS, odd), [])
        self.assertEqual(self.said(POS, POS.replace("y: int", "y: int\n    s = 1")), [])

    def test_written(self) -> None:
        """A written ``__hash__`` is told if its text is another, and only then."""
        before = OWN.format("True", "return 1")
        self.assertEqual(
            self.said(before, OWN.format("True", "return 2")), [("C", OTHER)]
        )
        self.assertEqual(
            self.said(before, "\n\n" + OWN.format("False", "return 1")), []
        )

    def test_comes_and_goes(self) -> None:
        """One in place of identity is told, and one that goes, to whatever."""
        plain = "class C:\n  k = 1\n"
        own = OWN.format("True", "return 1")
        for before, after, why in (
            (plain, own, OTHER),
            (own, plain, OTHER),
            (plain, plain + "  def __eq__(self, o): return True\n", NONE),
        ):
            self.assertEqual(self.said(before, after), [("C", why)])

    def test_unhashable(self) -> None:
        """Instances that had no hash are in no table."""
        plain = POS.replace("(frozen=True)", "")
        self.assertEqual(self.said(plain, DEEP.replace("(frozen=True)", "")), [])
        self.assertEqual(self.said(plain, POS), [])

    def test_inherited(self) -> None:
        """Of a base and its subclasses the base is told; a new base tells of itself."""
        below = "class D(C): pass\n"
        before = OWN.format("True", "return 1") + below
        after = OWN.format("True", "return 2") + below
        self.assertEqual(self.said(before, after), [("C", OTHER)])
        free = (
            "class B: pass\n" + OWN.format("True", "return 1") + "class D({}): pass\n"
        )
        told = self.said(free.format("B"), free.format("C"))
        self.assertEqual(told, [("D", OTHER)])

    def test_decorated(self) -> None:
        """Below a decorator that wraps it, the text counts."""
        head = "import functools\ndef log(f):\n  @functools.wraps(f)\n"
        head += "  def inner(*a): return f(*a)\n  return inner\n"
        text = head + OWN.replace("  def __hash__", "  @log\n  def __hash__")
        told = self.said(text.format(1, "return 1"), text.format(1, "return 2"))
        self.assertEqual(told, [("C", OTHER)])

    def test_none_alive(self) -> None:
        """Of a class whose instances are known, only if there are some."""
        head = "from gameserver.reload import Reloadable\n"
        text = head + OWN.replace("class C", "class C(Reloadable)")
        before, after = text.format(1, "return 1"), text.format(1, "return 2")
        self.assertEqual(self.said(before, after), [])
        self.assertEqual(self.said(before, after, make="C"), [("C", OTHER)])

    def test_succeeded(self) -> None:
        """Instances that take a class of another layout are told of, too."""
        base = "class B:\n  def __hash__(self): return 4\n"
        before, after = base + "class C: pass\n", base + "class C(B): pass\n"
        self.assertEqual(self.said(before, after), [("C", OTHER)])
