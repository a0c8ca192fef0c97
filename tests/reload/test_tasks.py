"""What a release asks of live instances: steps, carriers and hooks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from tests.reload.game import Game

HEAD = (
    "from gameserver.reload import Reloadable\n"
    "from gameserver.reload.migration import migration\n"
)
STEP = (
    "@migration(Player, to={0})\ndef to_{0}(state):\n"
    "  return {{**state, 'steps': [*state.get('steps', []), {0}]}}\n"
)


def text(version=None, steps=(), body="pass", base="Reloadable"):
    """Give the text of a class with a version and steps."""
    own = f"  version = {version}\n" if version is not None else ""
    made = "".join(STEP.format(to) for to in steps)
    return f"{HEAD}class Player({base}):\n{own}  {body}\n{made}"


class VersionTests(SynchronousTestCase):
    def carried(self, before, after, **options):
        """Release from one text to another; give the fields of an instance."""
        game = Game(self, m=before)
        player = game.m.Player()
        release = game.release(m=after, **options)
        release.advance()
        return vars(player)

    def test_chain(self):
        """Each step runs once, in the order of versions; versions may be skipped."""
        found = self.carried(text(1), text(4, (4, 2)))
        self.assertEqual(found, {"steps": [2, 4]})

    def test_from_there(self):
        """Steps up to the version in force have been taken already."""
        found = self.carried(text(2, (2,)), text(3, (2, 3)))
        self.assertEqual(found, {"steps": [3]})

    @given(st.sets(st.integers(2, 6)), st.integers(1, 6), st.integers(0, 5))
    def test_law(self, steps, before, more):
        """From any version to a higher: the steps between, each once, in order."""
        after = before + more
        found = self.carried(
            text(before), text(after, [one for one in steps if one <= after])
        )
        taken = [one for one in sorted(steps) if before < one <= after]
        self.assertEqual(found.get("steps", []), taken)

    def test_no_version(self):
        """A class without a version was at version 1."""
        self.assertEqual(self.carried(text(), text(2, (2,))), {"steps": [2]})

    def test_version_of_a_kind(self):
        """A version that is no number has no steps: to give it some is refused."""
        with self.assertRaisesRegex(ReleaseRefused, "expected a whole number"):
            self.carried(text("'1.0'"), text(2, (2,)))
        self.assertEqual(self.carried(text(1), text("'2.0'")), {})

    def test_back(self):
        """There is no way to an earlier version while somebody lives in the later."""
        with self.assertRaisesRegex(ReleaseRefused, "falls from 2 to 1"):
            self.carried(text(2, (2,)), text(1))

    def test_inherited(self):
        """A version may be a base's, its steps too."""
        below = "\nclass Elf(Player): pass\n"
        game = Game(self, m=text(1) + below)
        elf = game.m.Elf()
        game.release(m=text(2, (2,)) + below)
        self.assertEqual(vars(elf), {"steps": [2]})

    def test_elsewhere(self):
        """Instances of subclasses in other modules are carried, too."""
        game = Game(
            self, m=text(1), n="from ROOT.m import Player\nclass Elf(Player): pass"
        )
        elf = game.n.Elf()
        game.release(m=text(2, (2,)))
        self.assertEqual(vars(elf), {"steps": [2]})

    def test_not_a_dict(self):
        """A step that gives no dict refuses the release, and says so."""
        game = Game(self, m=text(1))
        player = game.m.Player()
        game.put(m=text(2) + "@migration(Player, to=2)\ndef step(state): return 5\n")
        error = self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertIn("expected a dict", error.text)
        self.assertEqual(error.step, "migrate")
        self.assertIn(f"{game.file('m')}:", error.place)
        self.assertEqual(vars(player), {})

    def test_own_state(self):
        """A step may change the state it is given, for it is its own."""
        step = (
            "@migration(Player, to=2)\ndef step(s):\n"
            "  s['a'] = 1\n  s.pop('b', 0)\n  return s\n"
        )
        game = Game(self, m=text(1))
        player = game.m.Player()
        player.b = 2
        release = game.release(m=text(2) + step)
        self.assertEqual(vars(player), {"a": 1})
        release.undo()
        self.assertEqual(vars(player), {"b": 2})


class HookTests(SynchronousTestCase):
    def hooked(self, before, after):
        game = Game(self, m=before)
        player = game.m.Player()
        game.release(m=after)
        return vars(player)

    def test_old_version(self):
        """The hook sees the version the instance had, an inherited one too."""
        hook = "def reloaded(self, old): self.old = old"
        self.assertEqual(self.hooked(text(3), text(4, (), hook)), {"old": 3})
        self.assertEqual(self.hooked(text(), text(None, (), hook)), {"old": None})
        base = "class Base(Reloadable):\n  version = 7\n"
        game = Game(
            self, b=HEAD + base, m="from ROOT.b import Base\nclass P(Base): pass"
        )
        held = game.m.P()
        game.release(m=f"from ROOT.b import Base\nclass P(Base):\n  {hook}")
        self.assertEqual(held.old, 7)

    def test_after_steps(self):
        """It runs after the steps."""
        hook = "def reloaded(self): self.seen = list(self.steps)"
        found = self.hooked(text(1), text(2, (2,), hook))
        self.assertEqual(found["seen"], [2])

    def test_each_release(self):
        """It runs whenever its module's text changes."""
        hook = "def reloaded(self): self.count = getattr(self, 'count', 0) + {}"
        game = Game(self, m=text(1, (), hook.format(1)))
        player = game.m.Player()
        game.release(m=text(1, (), hook.format(10)))
        game.release(m=text(1, (), hook.format(100)))
        self.assertEqual(player.count, 110)

    def test_nearest(self):
        """An instance is seen to once, by the task of its nearest class."""
        hook = "def reloaded(self): self.count = getattr(self, 'count', 0) + 1\n"
        below = "class Elf(Player): pass\n"
        game = Game(self, m=text() + below)
        elf = game.m.Elf()
        game.release(m=text(None, (), hook) + below)
        self.assertEqual(elf.count, 1)

    def test_scan(self):
        """Instances of an ordinary class are found by a scan, its price in the plan."""
        hook = "def reloaded(self): self.seen = 1"
        game = Game(self, m=text(base="object"))
        player = game.m.Player()
        game.put(m=text(None, (), hook, base="object"))
        plan = game.engine.plan()
        self.assertEqual([one.why for one in plan.scans], ["instances of Player"])
        self.assertEqual(plan.counts()["migrated"], 1)
        game.engine.commit(plan)
        self.assertEqual(player.seen, 1)

    def test_known(self):
        """Those of a registered class are counted, without a scan."""
        game = Game(self, m=text())
        held = [game.m.Player() for _ in range(3)]
        game.put(m=text(None, (), "def reloaded(self): pass"))
        plan = game.engine.plan()
        self.assertEqual(plan.scans, [])
        (found,) = [one for one in plan.entries if one.kind == "migrated"]
        self.assertEqual(found.why, f"{len(held)} live instances")
        self.assertEqual(found.line, 3)


class CarrierTests(SynchronousTestCase):
    CARRIER = """
        from gameserver.reload import Reloadable

        class Carrier:
            def __init__(self, cls): self.before = cls.shape
            def is_needed(self, owner): return owner.shape != self.before
            def __call__(self, one): one.carried = (self.before, one.shape)

        class Thing(Reloadable):
            shape = {}
            @classmethod
            def __carrier__(cls): return Carrier(cls)
    """

    def test_own(self):
        """A class may bring its own carrier, asked before and after the change."""
        game = Game(self, m=self.CARRIER.format(1))
        thing = game.m.Thing()
        game.release(m=self.CARRIER.format(2))
        self.assertEqual(thing.carried, (1, 2))

    def test_not_needed_after_all(self):
        """One that is needed by the plan, and not when it has come, does nothing."""
        game = Game(self, m=self.CARRIER.format(1))
        game.m.Carrier.is_needed = lambda self, owner: owner is not game.m.Thing
        thing = game.m.Thing()
        release = game.release(lazily=True, m=self.CARRIER.format(2))
        self.assertEqual(release.advance(), 0)
        self.assertEqual(vars(thing), {})

    def test_not_needed(self):
        """One that is not needed does nothing."""
        game = Game(self, m=self.CARRIER.format(1))
        thing = game.m.Thing()
        game.release(m=self.CARRIER.format(1) + "\n        x = 1\n")
        self.assertEqual(vars(thing), {})
