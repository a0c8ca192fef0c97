"""What refuses a plan: an error with module, file and line."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError, ReleaseRefused
from gameserver.reload.plan import ModuleChange, Plan
from gameserver.reload.refusal import refusal, refused_entry

PLAN = Plan((ModuleChange("m", "changed", "<m>", ""),))


class Mute(Exception):
    """One whose words cannot be had."""

    def __str__(self):
        raise LookupError


class RefusalTests(SynchronousTestCase):
    def told(self, error, plan=PLAN):
        found = refusal(error, plan, ())
        return found.place, found.text, found.module, found.step

    def raised(self, text):
        with self.assertRaises(Exception) as caught:
            exec(compile(text, "<m>", "exec"), {"Mute": Mute})  # noqa: S102 - an author's text
        return caught.exception

    def test_refused(self):
        """A refusal stays itself."""
        error = ReleaseRefused("<m>:5", "no", "m", "run")
        self.assertIs(refusal(error, PLAN, ()), error)

    def test_author(self):
        """An author's error has its module, if it is of the plan."""
        told = self.told(PluginError("<m>:5", "no"))
        self.assertEqual(told, ("<m>:5", "no", "m", "read"))
        told = self.told(PluginError("<n>", "no"))
        self.assertEqual(told, ("<n>", "no", "", "read"))

    def test_unforeseen(self):
        """Any other error is told by the author's line that it came from."""
        told = self.told(self.raised("\n1 / 0"))
        expected = ("<m>:2", "ZeroDivisionError: division by zero", "m", "plan")
        self.assertEqual(told, expected)

    def test_cause(self):
        """The error itself is the cause."""
        error = ValueError("no")
        self.assertIs(refusal(error, PLAN, ()).__cause__, error)

    def test_no_line(self):
        """One that came from no author's line names the first module's first."""
        self.assertEqual(self.told(ValueError())[:2], ("<m>:1", "ValueError"))
        self.assertEqual(self.told(ValueError(), Plan())[0], "<plan>")

    def test_no_words(self):
        """An error whose own ``__str__`` raises is told by its class."""
        told = self.told(self.raised("\n\nraise Mute"))
        self.assertEqual(told, ("<m>:3", "Mute", "m", "plan"))

    def test_entry(self):
        """A refused plan's line has file and line apart."""
        entry = refused_entry(ReleaseRefused("<m>:5", "no", "m", "run"))
        self.assertEqual((entry.file, entry.line, entry.module), ("<m>", 5, "m"))
        entry = refused_entry(ReleaseRefused("<plan>", "no", "", "run"))
        self.assertEqual((entry.file, entry.line), ("<plan>", 0))
