"""functools.partial and partialmethod: the held object takes the new text's meaning."""

from __future__ import annotations

import functools
import gc

from gameserver.errors import ReleaseRefused
from tests.reload.adapters.game import GameCase

TICK = """
import functools
import threading

STATE = {}
LOCK = threading.Lock()

def tick(*args, **named): return ("tick", args, named)
def tock(*args, **named): return ("tock", args, named)

run = functools.partial(tick, 1)
kept = functools.partial(tick, STATE, LOCK, 1, lock=LOCK)

class Clock:
    def turn(self, *args, **named): return ("turn", args, named)

    once = functools.partialmethod(turn, 1)
"""


class PartialTests(GameCase):
    def test_held_partial_takes_new_arguments(self) -> None:
        """Who holds the partial gets the new arguments; importers hold the same one."""
        module = self.load("m", TICK)
        user = self.load("u", "from ROOT.m import run\n")
        run = module.run
        self.release(m=TICK.replace("tick, 1)", "tick, 2, on=True)"))
        self.assertEqual(run(), ("tick", (2,), {"on": True}))
        self.assertIs(module.run, run)
        self.assertIs(user.run, run)

    def test_held_partial_takes_a_new_function(self) -> None:
        """The partial may be of another function."""
        run = self.load("m", TICK).run
        self.release(m=TICK.replace("partial(tick, 1)", "partial(tock, 1)"))
        self.assertEqual(run(), ("tock", (1,), {}))

    def test_patched_function(self) -> None:
        """The function inside runs its new text."""
        run = self.load("m", TICK).run
        self.release(m=TICK.replace('("tick"', '("TICK"'))
        self.assertEqual(run(), ("TICK", (1,), {}))

    def test_undo(self) -> None:
        """Undo gives back the very arguments."""
        module = self.load("m", TICK)
        before = module.kept.__reduce__()
        changed = TICK.replace("tick, STATE, LOCK, 1", "tock, STATE, LOCK, 2")
        self.release(m=changed).undo()
        after = module.kept.__reduce__()
        self.assertEqual(after, before)
        self.assertIs(module.kept.args[0], module.STATE)

    def test_refused(self) -> None:
        """A body or a hook that raises leaves the partial as it was."""
        module = self.load("m", TICK)
        before = module.run.__reduce__()
        changed = TICK.replace("tick, 1)", "tick, 2)")
        self.refuse(m=changed)
        with self.assertRaises(ReleaseRefused):
            self.release(m=changed + "\ndef module_reloaded(old, new): 1/0\n")
        self.assertEqual(module.run.__reduce__(), before)

    def test_state_stays_the_live_one(self) -> None:
        """Tables and locks that a partial is over stay those that the module names."""
        module = self.load("m", TICK)
        module.STATE["hp"] = 5
        self.release(m=TICK.replace("LOCK, 1,", "LOCK, 2,"))
        self.assertIs(module.kept.args[0], module.STATE)
        self.assertEqual(module.STATE, {"hp": 5})
        self.assertIs(module.kept.args[1], module.LOCK)
        self.assertIs(module.kept.keywords["lock"], module.LOCK)
        self.assertEqual(module.kept.args[2], 2)

    def test_state_that_changes_in_the_text(self) -> None:
        """A table that the text changes reaches the partial over it; undo goes back."""
        module = self.load("m", TICK)
        release = self.release(m=TICK.replace("STATE = {}", 'STATE = {"hp": 9}'))
        self.assertEqual(module.kept.args[0], {"hp": 9})
        self.assertIs(module.kept.args[0], module.STATE)
        release.undo()
        self.assertIs(module.kept.args[0], module.STATE)

    def test_attributes_given_at_run_time_stay(self) -> None:
        """An attribute of the partial stays."""
        run = self.load("m", TICK).run
        run.note = "mine"
        self.release(m=TICK.replace("tick, 1)", "tick, 2)"))
        self.assertEqual((run.note, run.args), ("mine", (2,)))

    def test_rebound_at_run_time_stays(self) -> None:
        """A name given another object keeps it; the text's partial follows the text."""
        module = self.load("m", TICK)
        run, module.run = module.run, "mine"
        self.release(m=TICK.replace("tick, 1)", "tick, 2)"))
        self.assertEqual((module.run, run.args), ("mine", (2,)))

    def test_importer_takes_another_partial(self) -> None:
        """An importer that imports another partial under the name changes neither."""
        module = self.load("m", TICK)
        user = self.load("u", "from ROOT.m import run\n")
        run, kept = module.run, module.kept
        self.release(u="from ROOT.m import kept as run\n")
        self.assertIs(user.run, kept)
        self.assertIs(module.run, run)
        self.assertEqual(run.args, (1,))

    def test_importer_released_with_its_module(self) -> None:
        """Module and importer in one release hold one object."""
        module = self.load("m", TICK)
        user = self.load("u", "from ROOT.m import run\n")
        run = module.run
        changed = TICK.replace("tick, 1)", "tick, 2)")
        self.release(u="from ROOT.m import run\nN = 1\n", m=changed)
        self.assertIs(user.run, run)
        self.assertIs(module.run, run)

    def test_partial_added_then_changed(self) -> None:
        """A partial that a release brought is held on to by the next."""
        module = self.load("m", "import functools\ndef tick(*a): return a\n")
        text = "import functools\ndef tick(*a): return a\n"
        text += "run = functools.partial(tick, 1)\n"
        self.release(m=text)
        run = module.run
        self.release(m=text.replace("1)", "2)"))
        self.assertIs(module.run, run)
        self.assertEqual(run(), (2,))

    def test_partialmethod(self) -> None:
        """A partial method follows, for instances and bound calls."""
        module = self.load("m", TICK)
        clock, member = module.Clock(), vars(module.Clock)["once"]
        release = self.release(m=TICK.replace("(turn, 1)", "(turn, 2, on=True)"))
        self.assertEqual(clock.once(3), ("turn", (2, 3), {"on": True}))
        self.assertIs(vars(module.Clock)["once"], member)
        release.undo()
        self.assertEqual(clock.once(3), ("turn", (1, 3), {}))

    def test_no_growth(self) -> None:
        """Releases leave no partials behind."""
        self.load("m", TICK)
        texts = (TICK.replace("tick, 1)", "tick, 2)"), TICK)

        def count() -> int:
            gc.collect()
            return sum(type(one) is functools.partial for one in gc.get_objects())

        def go(times: int) -> None:
            for number in range(times):
                self.release(m=texts[number % 2]).make_permanent()

        go(4)
        before = count()
        go(60)
        self.assertLessEqual(count(), before)
