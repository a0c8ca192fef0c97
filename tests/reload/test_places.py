"""The line that an error or the plan names is the one that a reader looks for."""

from __future__ import annotations

from tests.reload.engines import EngineCase

ONE = """from gameserver.reload import Reloadable
class P(Reloadable):
    version = 1
    def __init__(self): self.hp = 1
"""
TWO = """from gameserver import migration
from gameserver.reload import Reloadable
class P(Reloadable):
    version = 2

def share(state):
    return state["hp"] / 0

@migration(P, to=2)
def step(state):
    before = dict(state)
    {}
"""


class StepTests(EngineCase):
    """A migration's step that raises."""

    def place_of(self, line: str) -> str:
        """Give the place of the refusal for a step with this line."""
        module = self.load(a=ONE)
        self.one = module.P()
        return self.refused(a=TWO.format(line)).place

    def test_raising_line(self):
        """The line that raised is named, not the one that declares the step."""
        self.assertEqual(self.place_of("return 1 / 0"), "<texts>/worlds/a.py:12")

    def test_line_of_what_it_calls(self):
        """So is the line of a function of the same text, as with hooks."""
        self.assertEqual(self.place_of("return share(before)"), "<texts>/worlds/a.py:7")

    def test_gives_nothing(self):
        """A step that gives no fields raised nowhere: its own line is named."""
        self.assertEqual(self.place_of("return None"), "<texts>/worlds/a.py:9")


class FieldTests(EngineCase):
    """Fields that statements of the text set."""

    def test_line_of_the_statement(self):
        """A plan's line about a field names the statement that sets it."""
        text = "class B: pass\nb = B()\n\nb.x = {0}\nb.y, b.z = 1, {0}\n"
        self.load(a=text.format(1))
        self.write(a=text.format(2))
        lines = {one.name: one.line for one in self.engine.plan().entries}
        self.assertEqual(lines, {"b.x": 4, "b.z": 5})

    def test_dropped(self):
        """One that the text sets no more is named with the object's line."""
        text = "class B: pass\nb = B()\nb.x = 1\n"
        self.load(a=text)
        self.write(a="class B: pass\nb = B()\n")
        lines = {one.name: one.line for one in self.engine.plan().entries}
        self.assertEqual(lines, {"b.x": 2})
