"""The keep is changed while they play: nobody notices, or only what was changed."""

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.testing import VERSIONS, fuzz_releases, released
from gameserver.testing.versions import NEW_NAME
from tests.plugins.lantern_keep.whole_round import ROUND, keep

RULES = "plugins.lantern_keep.rules"
STEPS = [("ada", "hit", "bob"), 0.75, ("bob", "go", "hall"), 0.5]


class UnnoticedTests(SynchronousTestCase):
    """Releases of every module, between any two calls."""

    def test_round(self):
        """A whole round goes as it would without them: answers, story, ticks, state."""
        fuzz_releases(keep, ROUND, [NEW_NAME], at="all")

    def test_versions(self):
        """So it does with releases that are undone, or refused, and leaves nothing."""
        fuzz_releases(keep, STEPS, VERSIONS, at="all")


class NoticedTests(SynchronousTestCase):
    """Changes of a rule, while ada and bob are at the Gate."""

    def setUp(self):
        self.world = keep()
        self.addCleanup(self.world.close)
        self.ada, self.bob = self.world.login("ada"), self.world.login("bob")
        self.rules = self.world.texts[RULES]

    def blow(self):
        """Let ada hit bob, and give what it took."""
        before = self.world.avatar("bob").life
        self.ada.call("hit", "bob")
        self.world.advance(1)
        return before - self.world.avatar("bob").life

    def changed(self, before, after):
        """Give the rules with one line exchanged."""
        self.assertEqual(self.rules.count(before), 1)
        return {RULES: self.rules.replace(before, after)}

    def test_harder(self):
        """Between two blows fists become harder, and then what they were."""
        self.assertEqual(self.blow(), 1)
        with released(self.world, self.changed("FIST = 1", "FIST = 4")):
            self.assertEqual(self.blow(), 4)
        self.assertEqual(self.blow(), 1)

    def test_raised_blow(self):
        """A blow that is raised when the release comes lands by the new rule."""
        self.ada.call("hit", "bob")
        self.world.advance(0.5)
        self.world.release(self.changed("FIST = 1", "FIST = 4"))
        self.world.advance(0.5)
        self.assertEqual(self.world.avatar("bob").life, 6)

    def test_phase(self):
        """The tick keeps its phase: it comes a second after the last one."""
        self.ada.call("hit", "bob")
        self.world.advance(0.75)
        self.world.release(NEW_NAME.texts(self.world.texts, 1))
        self.world.advance(0.125)
        self.assertEqual(self.world.avatar("bob").life, 10)
        self.world.advance(0.125)
        self.assertEqual(self.world.avatar("bob").life, 9)

    def test_refused(self):
        """A typo is refused with file and line; the blow lands by the old rule."""
        texts = self.changed("FIST = 1", "FIST = = 4")
        error = self.assertRaises(ReleaseRefused, self.world.release, texts)
        line = self.rules.splitlines().index("FIST = 1  # life a blow takes") + 1
        self.assertTrue(error.place.endswith(f"rules.py:{line}"), error.place)
        self.assertEqual(self.blow(), 1)
