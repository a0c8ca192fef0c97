"""What is no ``Exception`` refuses a release like any other error of an author's."""

from __future__ import annotations

from gameserver.model.release_row import Outcome
from tests.services.release_case import CLOCK, DOUBLE, ReleaseCase
from tests.services.test_release_succession import BELL, TEN, SuccessionCase

HOOK = """
    import asyncio

    def module_reloaded(old, new):
        raise {what}
"""
KINDS = "asyncio.CancelledError", "KeyboardInterrupt", "SystemExit"


class HookTests(ReleaseCase):
    """A hook of the commit itself."""

    def test_hook(self) -> None:
        """It is refused with file and line, and so says its row; the old code runs."""
        for number, what in enumerate(KINDS, start=1):
            self.plugins.put(player=DOUBLE + HOOK.format(what=what))
            text = self.refused(self.service.release("eve", "here"))
            kind = what.rpartition(".")[2]
            self.assertRegex(text, rf"player\.py:\d+: (\S+: )?{kind}")
            row = self.stored(number)
            self.assertIs(row.outcome, Outcome.REFUSED)
            self.assertEqual(row.reason, text)
            self.assertIsNotNone(row.ended)
            self.assertIsNone(self.world.game.calls.barrier)
        self.assertEqual(self.ada.call("earn"), 2)

    def test_body(self) -> None:
        """The body of a new text, which runs when it is planned."""
        self.plugins.put(player=DOUBLE + "\n    raise KeyboardInterrupt\n")
        text = self.refused(self.service.release("eve", "here"))
        self.assertRegex(text, r"player\.py:\d+: KeyboardInterrupt$")
        self.assertEqual(self.ada.call("earn"), 2)

    def test_started(self) -> None:
        """A new service that does not start: taken back, and none is there."""
        bad = CLOCK.replace('self.log.append("started")', "raise KeyboardInterrupt")
        self.plugins.put(other=bad)
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("KeyboardInterrupt", text)
        self.assertIs(self.stored(1).outcome, Outcome.UNDONE)
        self.assertEqual(list(self.world.game.troupe), [])


class AdoptTests(SuccessionCase):
    """A service's ``adopt``."""

    def test_adopt(self) -> None:
        """The predecessor goes on; the row has the place."""
        for number, what in enumerate(KINDS, start=1):
            bad = f"\n        def adopt(self, old) -> None:\n            raise {what}\n"
            self.plugins.put(
                bell=TEN.replace("ENDED", "import asyncio\n    ENDED", 1) + bad
            )
            text = self.refused(self.service.release("eve", "here"))
            kind = what.rpartition(".")[2]
            self.assertRegex(
                text, rf"bell\.py:\d+: service bell: adopt\(\) failed: {kind}"
            )
            self.assertEqual(self.stored(number).reason, text)
            self.assertIs(self.bell(), self.old)

    def test_stopped(self) -> None:
        """A predecessor's ``stopped`` that raises so: the release stands."""
        bad = BELL.replace("ENDED.append(self.rung)", "raise KeyboardInterrupt")
        self.plugins.put(bell=bad)
        with self.assertRaises(KeyboardInterrupt):  # it is logged, and the world tells
            self.begin(self.service.release("eve", "here"))
        self.world.flush_errors()
        self.flushLoggedErrors()
        self.turns()
        self.assertIs(self.stored(1).outcome, Outcome.COMMITTED)
