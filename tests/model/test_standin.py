"""The stand-in passes everything on, to whatever it stands for now."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.standin import StandIn


class Lamp:
    """Something that can be succeeded."""

    def __init__(self, oil: int) -> None:
        self.oil = oil

    def burn(self) -> int:
        self.oil -= 1
        return self.oil

    def __repr__(self) -> str:
        return f"<lamp {self.oil}>"


class StandInTests(SynchronousTestCase):
    """Reading, writing, deleting, and following."""

    def setUp(self):
        self.lamp = Lamp(3)
        self.stand_in = StandIn(lambda: self.lamp)

    def test_reads_and_calls(self):
        """Attributes and methods are those of the object."""
        self.assertEqual(self.stand_in.oil, 3)
        self.assertEqual(self.stand_in.burn(), 2)
        self.assertEqual(self.lamp.oil, 2)

    def test_writes(self):
        """What is set on the stand-in is set on the object."""
        self.stand_in.oil = 9
        self.assertEqual(self.lamp.oil, 9)

    def test_deletes(self):
        """What is deleted is deleted from the object."""
        del self.stand_in.oil
        self.assertFalse(hasattr(self.lamp, "oil"))
        self.assertFalse(hasattr(self.stand_in, "oil"))

    def test_absent_attribute(self):
        """What the object lacks is the object's own error."""
        with self.assertRaises(AttributeError) as caught:
            _ = self.stand_in.wick
        self.assertIn("'Lamp' object", str(caught.exception))

    def test_follows(self):
        """Kept anywhere, it stands for the successor as soon as there is one."""
        self.lamp = Lamp(100)
        self.assertEqual(self.stand_in.burn(), 99)

    def test_shows_what_it_is(self):
        """Its repr says that it is a stand-in, and for what."""
        self.assertEqual(repr(self.stand_in), "<stand-in for <lamp 3>>")
