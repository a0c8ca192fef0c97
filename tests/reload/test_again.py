"""A module that a release left stale runs again when it is named, until it has run."""

from __future__ import annotations

import sys
from typing import Any

from tests.reload.engines import ROOT, EngineCase

RULES = "LIMIT = 5\nclass Sword: pass\n"
SHOP = """
from worlds.rules import LIMIT, Sword
DOUBLE = LIMIT * 2
class Fire(Sword): pass
"""
BASE = """
from dataclasses import dataclass
@dataclass
class A:
    x: int = 1
"""
BELOW = """
from dataclasses import dataclass
from worlds.base import A
@dataclass
class B(A):
    z: int = 3
"""
USER = f"{ROOT}.shop"


class StaleAgainTests(EngineCase):
    """Naming a module later is the remedy that the plan names."""

    def loaded(self) -> Any:
        """Load a module with what another made of it; give the other."""
        return self.load(rules=RULES, shop=SHOP)

    def test_made_from_a_constant(self) -> None:
        """What was made from a value that changed is made again."""
        shop = self.loaded()
        self.release(rules=RULES.replace("5", "7"))
        self.engine.release([USER])
        self.assertEqual(shop.DOUBLE, 14)

    def test_made_from_a_class(self) -> None:
        """A class has the base that its name means by then."""
        shop = self.loaded()
        self.release(rules="LIMIT = 5\nclass Blade: pass\nSword = Blade\n")
        self.engine.release([USER])
        rules = sys.modules[f"{ROOT}.rules"]
        self.assertEqual(shop.Fire.__bases__, (rules.Blade,))

    def test_recommended(self) -> None:
        """So does a module of which a line says that it is to be released, too."""
        below = self.load(base=BASE, below=BELOW)
        release = self.release(base=BASE + "    y: int = 2\n")
        self.assertIn("release its module too", str(release.plan))
        self.engine.release([f"{ROOT}.below"])
        self.assertEqual(below.B(y=9).y, 9)

    def test_once(self) -> None:
        """When it has run it is stale no more."""
        self.loaded()
        self.release(rules=RULES.replace("5", "7"))
        self.engine.release([USER])
        self.assertTrue(self.engine.plan([USER]).is_empty)

    def test_undone(self) -> None:
        """Nor is it when the release that made it stale is undone."""
        self.loaded()
        release = self.release(rules=RULES.replace("5", "7"))
        release.undo()
        self.assertTrue(self.engine.plan([USER]).is_empty)

    def test_last_one_undone(self) -> None:
        """Of two releases that made it stale one is still in force."""
        shop = self.loaded()
        self.release(rules=RULES.replace("5", "7"))
        self.release(rules=RULES.replace("5", "9")).undo()
        self.engine.release([USER])
        self.assertEqual(shop.DOUBLE, 14)

    def test_second_run_undone(self) -> None:
        """It is stale again when the release that ran it is undone."""
        shop = self.loaded()
        self.release(rules=RULES.replace("5", "7"))
        self.engine.release([USER]).undo()
        self.assertEqual(shop.DOUBLE, 10)
        self.engine.release([USER])
        self.assertEqual(shop.DOUBLE, 14)

    def test_permanent(self) -> None:
        """It stays so when the release that made it stale becomes permanent."""
        shop = self.loaded()
        self.release(rules=RULES.replace("5", "7")).make_permanent()
        self.engine.release([USER])
        self.assertEqual(shop.DOUBLE, 14)

    def test_only_planned(self) -> None:
        """A plan that is not committed makes nobody stale."""
        self.loaded()
        self.write(rules=RULES.replace("5", "7"))
        self.assertTrue(self.engine.plan().stale)
        self.write(rules=RULES)
        self.assertTrue(self.engine.plan([USER]).is_empty)
