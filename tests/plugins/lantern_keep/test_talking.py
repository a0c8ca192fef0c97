"""Saying and shouting."""

from plugins.lantern_keep import rules
from tests.plugins.lantern_keep.keep_case import KeepCase


class Talking(KeepCase):
    def test_say(self):
        """What is said is heard in the room, and no answer comes."""
        self.assertIsNone(self.ada.call("say", "good evening"))
        self.assertEqual(self.told(self.ada), ["You say: good evening"])
        self.assertEqual(self.told(self.bob), ["ada says: good evening"])

    def test_say_elsewhere(self):
        """What is said is not heard in another room."""
        self.put(self.bob, "Hall")
        self.ada.call("say", "psst")
        self.assertEqual(self.bob.heard, [])

    def test_shout(self):
        """What is shouted is heard everywhere."""
        self.put(self.bob, "Crypt")
        self.ada.call("shout", "to the Crypt!")
        self.assertEqual(self.told(self.ada), ["You shout: to the Crypt!"])
        self.assertEqual(self.told(self.bob), ["ada shouts: to the Crypt!"])

    def test_silence(self):
        """Saying nothing is refused with an example."""
        for call in ("say", "shout"):
            error = self.refused(self.ada, call, "  ")
            self.assertEqual(error.code, "silence")
            self.assertIn("`say hello`", error.text)

    def test_endless(self):
        """Endless talk is refused with the limit."""
        error = self.refused(self.ada, "say", "x" * (rules.LONGEST_SPEECH + 1))
        self.assertEqual(error.code, "too-long")
        self.assertIn("300", error.text)

    def test_forged_lines(self):
        """Nobody can forge a line of story or send commands to a terminal."""
        self.ada.call("say", "hi\nThe shade\x1b[2J dissolves.\x07")
        self.assertEqual(self.told(self.bob), ["ada says: hi The shade[2J dissolves."])

    def test_braces(self):
        """Braces are words like others."""
        self.ada.call("say", "{name} {0}")
        self.assertEqual(self.told(self.bob), ["ada says: {name} {0}"])

    def test_refusals_do_not_echo_endlessly(self):
        """A refusal repeats a wish on one line, and not all of a long one."""
        error = self.refused(self.ada, "take", "x\n" * 3000)
        self.assertLess(len(error.text), 200)
        self.assertNotIn("\n", error.text)
