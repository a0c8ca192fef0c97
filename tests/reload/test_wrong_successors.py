"""A ``successor`` that gives no instance of the class is refused; nothing is lost."""

from __future__ import annotations

from tests.reload.engines import EngineCase

OLD = "class S:\n    __slots__ = ('a',)\nONE = S()\nROW = [S()]\n"
NEW = """class S:
    __slots__ = ('a', 'b')
    @classmethod
    def successor(cls, before):
        {}
ONE = S()
ROW = [S()]
"""


class WrongSuccessorTests(EngineCase):
    """The refusal says where it stands and what it gave."""

    def test_refused(self):
        """What would take the place of an instance is one."""
        wrong = {
            "cls()": "None",
            "return object()": "an instance of object",
            "return before": "its predecessor",
            "return 'text'": "an instance of str",
            "return cls": "an instance of type",
        }
        module = self.load(s=OLD)
        one, other = module.ONE, module.ROW[0]
        mine = [module.S()]
        self.engine.holders.register(mine)
        held = list(mine)
        for body, gave in wrong.items():
            with self.subTest(body):
                refused = self.refused(s=NEW.format(body))
                text = f"S: successor() gave {gave}, expected a new S"
                found = (refused.text, refused.place, refused.module, refused.step)
                place = "<texts>/worlds/s.py:3"
                self.assertEqual(found, (text, place, "worlds.s", "hook"))
                self.assertIs(module.ONE, one)
                self.assertIs(module.ROW[0], other)
                self.assertEqual(mine, held)
                self.assertIs(type(one), module.S)

    def test_subclass(self):
        """An instance of a class that derives from it will do."""
        module = self.load(s=OLD)
        text = NEW.format("return Long()") + "class Long(S):\n    __slots__ = ()\n"
        self.release(s=text)
        self.assertIs(type(module.ONE), module.Long)
