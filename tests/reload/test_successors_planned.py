"""What a plan says of instances that get successors is what the commit does."""

from __future__ import annotations

from gameserver.reload.succession import FOLLOWS, STAYS
from tests.reload.engines import EngineCase

NAMES = """ONE = S()
ROW = [S(), S()]
TABLE = {'a': S()}
PAIR = (S(), 1)
class Box:
    kept = S()
box = Box()
box.s = S()
"""
OLD = "class S:\n    __slots__ = ('a',)\n" + NAMES
NEW = """class S:
    __slots__ = ('a', 'b')
    @classmethod
    def successor(cls, before): return cls()
"""


class SuccessorPlanTests(EngineCase):
    """A class whose layout changes."""

    def test_what_follows(self):
        """Names and tables of the module get successors; the plan says so."""
        module = self.load(s=OLD)
        self.write(s=NEW + NAMES)
        plan = self.engine.plan()
        told = {x.name: (x.kind, x.why) for x in plan.entries}
        for name in ("ONE", "ROW", "TABLE"):
            self.assertEqual(told[name], (FOLLOWS.kind, FOLLOWS.why), name)
        self.engine.commit(plan)
        for one in (module.ONE, *module.ROW, module.TABLE["a"]):
            self.assertIs(type(one), module.S)

    def test_what_stays(self):
        """Fields, class attributes and tuples keep the former; that is a conflict."""
        module = self.load(s=OLD)
        self.write(s=NEW + NAMES)
        plan = self.engine.plan()
        told = {x.name: (x.kind, x.why) for x in plan.entries}
        for name in ("PAIR", "Box.kept", "box.s"):
            self.assertEqual(told[name], (STAYS.kind, STAYS.why), name)
        self.engine.commit(plan)
        for one in (module.PAIR[0], module.Box.kept, module.box.s):
            self.assertIsNot(type(one), module.S)

    def test_registered_object(self):
        """The fields of an object follow if it is registered."""
        module = self.load(s=OLD)
        self.engine.holders.register(module.box)
        self.release(s=NEW + NAMES)
        self.assertIs(type(module.box.s), module.S)

    def test_class_once(self):
        """The class itself is told of once, with the reason."""
        self.load(s=OLD)
        self.write(s=NEW + NAMES)
        told = [x.why for x in self.engine.plan().entries if x.name == "S"]
        self.assertEqual(told, ["by a new class: slots b need other memory"])

    def test_taking_the_class_in_place(self):
        """Instances that can take the new class stay themselves: no conflict."""
        far = "class A:\n    pass\nclass B(A): pass\n"
        text = "from worlds import far\nclass S{}: pass\nONE = S()\nROW = [S()]\n"
        module = self.load(far=far, s=text.format(""))
        one = module.ONE
        self.write(s=text.format("(far.B)"))
        plan = self.engine.plan()
        self.assertNotIn("conflict", plan.counts(), str(plan))
        self.engine.commit(plan)
        self.assertIs(module.ONE, one)
        self.assertIs(type(one), module.S)
