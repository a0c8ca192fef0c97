"""Instances that have changed, or are new, go back through a step's inverse."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import NoWayBack, PluginError, UndoRefused
from gameserver.reload.migration import migrate, migrate_back, migration
from tests.reload.game import Game

ONE = """
    from gameserver.reload import Reloadable, migration

    class P(Reloadable):
        version = 1
        def __init__(self):
            self.bag = []
            self.coins = 1
"""
TWO = """
    from gameserver.reload import Reloadable, migration

    class P(Reloadable):
        version = 2
        def __init__(self):
            self.bag = []
            self.gold = 100

    def back(state):
        state["coins"] = state.pop("gold") // RATE
        return state

    RATE = 100

    @migration(P, to=2, undo=back)
    def step(state):
        state["gold"] = state.pop("coins") * RATE
        return state
"""
BARE = TWO.replace(", undo=back", "")
PLAIN = "class P:"


@dataclass(slots=True)
class Seat:
    """What the server gives an avatar or service, of which the name matters here."""

    name: object


class UndoTests(SynchronousTestCase):
    """A class whose version rose, with an inverse or without."""

    def test_names(self) -> None:
        """Who has a seat is named, with no code of the author asked."""
        named = "        name = property(lambda self: 1 // 0)\n"
        release = self.begin(
            two=BARE.replace("    version = 2\n", f"    version = 2\n{named}")
        )
        self.held._seat = Seat("ada")
        error = self.assertRaises(UndoRefused, release.undo)
        said = "1 migrated instance has changed since: ada; "
        self.assertTrue(str(error).startswith(said), str(error))
        self.held._seat = Seat(5)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertTrue(str(error).startswith(said.replace(": ada", "")), str(error))

    def begin(self, one: str = ONE, two: str = TWO, *, lazily: bool = True) -> Any:
        """Release the second text over the first; give the release."""
        self.game = Game(self, m=one)
        self.held = self.game.m.P()
        self.bag = self.held.bag
        release = self.game.release(m=two, lazily=lazily)
        release.advance()
        return release

    def test_changed(self) -> None:
        """One that has changed since keeps that, in the fields of before."""
        for lazily in (False, True):
            release = self.begin(lazily=lazily)
            self.held.gold += 250
            self.bag.append("sword")
            release.undo()
            self.assertEqual(vars(self.held), {"bag": ["sword"], "coins": 3})
            self.assertIs(self.held.bag, self.bag)

    def test_made_since(self) -> None:
        """One that was made since gets the fields that it would have had."""
        release = self.begin()
        made = self.game.m.P()
        release.undo()
        self.assertEqual(vars(made), {"bag": [], "coins": 1})

    def test_heap(self) -> None:
        """Instances of classes that keep no registry, too."""
        plain = [text.replace("class P(Reloadable):", PLAIN) for text in (ONE, TWO)]
        release = self.begin(*plain)
        self.held.gold = 700
        made = self.game.m.P()
        release.undo()
        self.assertEqual((self.held.coins, made.coins), (7, 1))

    def test_none(self) -> None:
        """Without an inverse it is refused, and the step is named with its line."""
        release = self.begin(two=BARE)
        self.held.gold = 700
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("P: migration to 2 has no undo=", str(error))
        self.assertIn("m.py:", str(error))
        self.assertEqual(self.held.gold, 700)

    def test_none_made_since(self) -> None:
        """So with one that was made since; when it is gone, the undo is possible."""
        release = self.begin(two=BARE)
        made = self.game.m.P()
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("1 instances of", str(error))
        self.assertIn("no undo=", str(error))
        del made, error
        gc.collect()
        release.undo()
        self.assertEqual(self.held.coins, 1)

    def test_raises(self) -> None:
        """An inverse that raises for one refuses it for all, and nothing changes."""
        release = self.begin()
        made = self.game.m.P()
        self.held.gold, made.gold = 700, None
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("undo of the migration to 2 failed: TypeError", str(error))
        self.assertEqual((self.held.gold, made.gold), (700, None))
        made.gold = 0
        release.undo()
        self.assertEqual((self.held.coins, made.coins), (7, 0))

    def test_require_undoable(self) -> None:
        """Whether it can be undone can be asked, and nothing changes."""
        release = self.begin()
        self.held.gold = 700
        release.require_undoable()
        self.assertEqual((self.held.gold, self.game.m.RATE), (700, 100))
        self.held.gold = None
        self.assertRaises(UndoRefused, release.require_undoable)

    def test_several_steps(self) -> None:
        """All inverses run, the last step's first."""
        three = TWO.replace("version = 2", "version = 3").replace("gold = 100", "g = 1")
        three += """
    def ungild(state):
        state["gold"] = state.pop("g") * 10
        return state

    @migration(P, to=3, undo=ungild)
    def gild(state):
        state["g"] = state.pop("gold") // 10
        return state
"""
        release = self.begin(two=three)
        self.held.g += 50
        release.undo()
        self.assertEqual(self.held.coins, 6)

    def test_fails_late(self) -> None:
        """A migration that fails later undoes it with what inverses can save."""
        self.game = Game(self, m=ONE)
        held, bad = self.game.m.P(), self.game.m.P()
        bad.coins = None
        release = self.game.release(m=TWO, lazily=True)
        held.gold += 250
        made = self.game.m.P()
        release.advance()
        self.assertTrue(release.is_undone)
        self.assertEqual((held.coins, made.coins, bad.coins), (3, 1, None))
        self.assertNotIn("went back", str(release.failure))

    def test_slots(self) -> None:
        """Fields in slots have no way back, and that is said."""
        slots = '__slots__ = ("bag", "coins", "gold")\n        version ='
        texts = [text.replace("version =", slots) for text in (ONE, TWO)]
        release = self.begin(*texts)
        self.held.gold = 700
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("slots", str(error))
        self.assertEqual(self.held.gold, 700)

    def test_inverse_that_changes(self) -> None:
        """A release that changes the inverse alone puts the new one in its place."""
        self.begin().make_permanent()
        again = TWO.replace("// RATE", "// RATE + 1")
        self.game.release(m=again)
        inverses = vars(self.game.m.P)["__inverses__"]
        self.assertEqual(inverses[2]({"gold": 100}), {"coins": 2})
        self.game.release(m=BARE)
        self.assertEqual(vars(self.game.m.P)["__inverses__"], {})


class DeclaredTests(SynchronousTestCase):
    """What ``undo=`` takes, and what runs."""

    def owner(self, version: int) -> Any:
        return type("Owner", (), {"version": version, "__module__": __name__})

    def test_no_function(self) -> None:
        """What cannot be called is refused where it is written."""
        with self.assertRaises(PluginError) as caught:
            migration(self.owner(2), to=2, undo="back")  # type: ignore[arg-type]
        self.assertIn("undo='back'", str(caught.exception))

    def test_nearest(self) -> None:
        """A class's own step hides its base's, with the inverse."""
        base = self.owner(2)
        migration(base, to=2, undo=dict)(lambda state: state)
        child = type("Child", (base,), {})
        self.assertEqual(migrate_back(child, {"a": 1}, 2, 1), {"a": 1})
        migration(child, to=2)(lambda state: state)
        with self.assertRaises(NoWayBack):
            migrate_back(child, {"a": 1}, 2, 1)

    def test_no_step(self) -> None:
        """A version without a step needs no inverse."""
        self.assertEqual(migrate_back(self.owner(3), {"a": 1}, 3, 1), {"a": 1})

    @given(
        st.dictionaries(st.text(), st.integers() | st.lists(st.integers())),
        st.integers(1, 5),
    )
    def test_there_and_back(self, state: dict[str, Any], versions: int) -> None:
        """Up and down again gives the state, if each inverse undoes its step."""
        owner = self.owner(versions)
        for to in range(2, versions + 1):

            def up(old: dict[str, Any], to: int = to) -> dict[str, Any]:
                return {f"{to}{name}": [to, value] for name, value in old.items()}

            def down(new: dict[str, Any]) -> dict[str, Any]:
                return {name[1:]: value[1] for name, value in new.items()}

            migration(owner, to=to, undo=down)(up)
        before = repr(state)
        raised = migrate(owner, state, 1)
        self.assertEqual(migrate_back(owner, raised, versions, 1), state)
        self.assertEqual(repr(state), before)
