"""Names of other modules that a text gives another meaning."""

from __future__ import annotations

from tests.reload.engines import EngineCase

FAR = "def hit(n): return n\nclass Hero:\n    def go(self): return 1\nLEVEL = 1\n"
WRAP = """
from functools import wraps
from worlds import far
def louder(f):
    @wraps(f)
    def inner(*args): return f(*args) * 2
    return inner
far.hit = louder(far.hit)
far.Hero.go = louder(far.Hero.go)
far.LEVEL = 7
"""


class PatchTests(EngineCase):
    """``far`` is loaded first, or by the text that changes it."""

    def setUp(self) -> None:
        super().setUp()
        self.far = self.load(far=FAR)
        self.load(near=WRAP)

    def state(self) -> tuple[object, ...]:
        """Give what the three names do."""
        return self.far.hit(1), self.far.Hero().go(), self.far.LEVEL

    def test_wrapped_once(self):
        """What is wrapped is what the module itself defined, release after release."""
        self.assertEqual(self.state(), (2, 2, 7))
        for factor in (3, 4, 5):
            self.release(near=WRAP.replace("* 2", f"* {factor}"))
            self.assertEqual(self.state(), (factor, factor, 7))
        self.engine.releases[-1].undo()
        self.assertEqual(self.state(), (4, 4, 7))

    def test_kept_aside(self):
        """So is what a text keeps of it under a name of its own."""
        text = "from worlds import far\n_old = far.hit\n"
        text += "def hit(n): return _old(n) * 2\nfar.hit = hit\n"
        self.release(near=text)
        self.assertEqual(self.far.hit(1), 2)
        self.release(near=text.replace("* 2", "* 3"))
        self.assertEqual(self.far.hit(1), 3)

    def test_no_longer(self):
        """A name that the text leaves alone now means again what it did."""
        release = self.release(near="from worlds import far\n")
        self.assertEqual(self.state(), (1, 1, 1))
        release.undo()
        self.assertEqual(self.state(), (2, 2, 7))

    def test_removed(self):
        """It does, too, if the module goes."""
        del self.texts["worlds.near"]
        release = self.engine.release()
        self.assertEqual(self.state(), (1, 1, 1))
        release.undo()
        self.assertEqual(self.state(), (2, 2, 7))

    def test_refused(self):
        """A refused release changes nothing of it."""
        self.refused(near=WRAP + "1 / 0\n")
        self.assertEqual(self.state(), (2, 2, 7))

    def test_comment(self):
        """A comment changes nothing of it either, and the next release is as ever."""
        self.release(near=WRAP + "# so it is\n")
        self.assertEqual(self.state(), (2, 2, 7))
        self.release(near=WRAP.replace("* 2", "* 3"))
        self.assertEqual(self.state(), (3, 3, 7))

    def test_changed_since(self):
        """What somebody else has put there since is not taken away."""
        self.far.LEVEL = 9
        self.release(near=WRAP.replace("* 2", "* 3"))
        self.assertEqual(self.state(), (3, 3, 9))
        self.release(near="from worlds import far\n")
        self.assertEqual(self.state(), (1, 1, 9))


class FirstTests(PatchTests):
    """The text that changes the names is the first to import their module."""

    def setUp(self) -> None:
        EngineCase.setUp(self)
        self.write(far=FAR)
        self.far = self.load(near=WRAP).far
