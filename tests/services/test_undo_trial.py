"""An undo that could not hand a service back is refused, before anything is undone."""

from __future__ import annotations

import json
import os
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from gameserver.model.release_row import Outcome
from gameserver.services.rehearsal import Report, Wanted
from gameserver.services.rehearsal_terms import Found, Rules
from gameserver.services.undo_trial import LIMIT, trial_of
from tests.services.rehearsal_case import RehearsalCase
from tests.services.test_release_succession import BELL, SuccessionCase

PICKY = BELL + "\n        def adopt(self, old):\n            if old.rung > 5: 1 / 0\n"
LARGE = PICKY.replace("rung += 1\n", "rung += 10\n").replace("> 5", "> 50")


class Forked:
    """Runs a trial in a child, and waits for it: no reactor runs in these tests."""

    runs = 0

    async def run(self, wanted: Wanted) -> Report:
        """Give what the child found."""
        self.runs += 1
        given, said = os.pipe()
        if not os.fork():
            found = Found(lambda _: None)
            try:
                assert wanted.trial is not None
                wanted.trial(found)
            except BaseException as error:  # noqa: BLE001 - the child ends here
                found.fail(repr(error))
            os.write(said, json.dumps(found.failed).encode())
            os._exit(0)
        os.close(said)
        with os.fdopen(given, "rb") as lines:
            failed = tuple(json.loads(lines.read()))
        os.wait()  # noqa: ASYNC222 - it has ended
        return Report(ok=not failed, was_run=True, text="", failed=failed)


class TrialTests(SuccessionCase):
    """The older code would not take the bell over, once it has rung often."""

    def setUp(self) -> None:
        super().setUp()
        self.trial = Forked()
        self.service = self.made(rehearse_undo=self.trial)
        self.release(bell=PICKY)
        self.release(bell=LARGE)

    def test_refused(self) -> None:
        """It names file and line; the successor goes on as if nothing had been."""
        self.world.advance(0.7)
        bell = self.bell()
        bell._own = "its own"
        text = self.refused(self.service.undo("eve", "here"))
        self.assertRegex(
            text,
            r"release 2 is not undone: handing back 'bell': <texts>/\S*bell\.py:\d+: ",
        )
        self.assertIn("service bell: adopt() failed: ZeroDivisionError", text)
        self.assertIn("release a text whose class takes over", text)
        self.assertIs(self.bell(), bell)
        self.assertEqual(bell._own, "its own")
        self.world.advance(1.0)
        self.assertEqual(self.rings(), [1, 11, 21])
        self.assertIs(self.stored(2).outcome, Outcome.COMMITTED)
        self.assertEqual(self.service.current, 2)

    def test_undone(self) -> None:
        """One that can is carried out, and is as it was without the trial."""
        self.ended(self.service.undo("eve", "here"))
        self.world.advance(0.7)
        self.assertEqual((self.rings(), self.trial.runs), ([1, 2], 1))
        self.assertNotIn("not_handed_back", self.stored(2).facts)

    def test_nothing_to_try(self) -> None:
        """A release that gave nobody a successor is undone without a trial."""
        self.release(other="LIMIT = 2\n")
        self.ended(self.service.undo("eve", "here"))
        self.assertEqual(self.trial.runs, 0)


class WatchTests(SuccessionCase):
    """The undo that the watch begins."""

    def test_refused(self) -> None:
        """It is refused likewise, and the history says why."""
        self.service = self.made(rehearse_undo=Forked(), watch=(watch := Loud()))
        self.release(bell=PICKY)
        self.release(bell=LARGE)
        self.world.advance(0.7)
        bell = self.bell()
        watch.tell("errors in tick")
        self.turns()
        self.assertIs(self.bell(), bell)
        row = self.stored(2)
        self.assertIs(row.outcome, Outcome.COMMITTED)
        self.assertIn("errors in tick; it could not be undone: ", row.reason)
        self.assertIn("adopt() failed: ZeroDivisionError", row.reason)


class Loud:
    """A watch that finds too many errors when it is told to."""

    def begin(self, number: int, code: Any, told: Any) -> None:
        """Keep whom to tell."""
        del number, code
        self.tell = told

    def end(self, number: int | None = None) -> None:
        """Do nothing."""


class RehearsedTests(RehearsalCase):
    """The trial in a child of the server's kind."""

    async def test_run(self) -> None:
        """What it finds comes back; nothing stored is read; no release is planned."""

        def tried(found: Found) -> None:
            found.fail("ada.py:1: no")

        rehearsal = trial_of(self.original, reactor, Rules())
        report = await Deferred.fromCoroutine(rehearsal.run(Wanted(trial=tried)))
        self.assertEqual((report.ok, report.failed), (False, ("ada.py:1: no",)))

    async def test_limit(self) -> None:
        """One that does not end is ended, and the line is named."""

        def tried(_: Found) -> None:
            while True:
                pass

        self.assertEqual(LIMIT, 10.0)
        rehearsal = trial_of(self.original, reactor, Rules(seconds=3.0))
        report = await Deferred.fromCoroutine(rehearsal.run(Wanted(trial=tried)))
        self.assertRegex(report.text, r"in the undo, at \S*test_undo_trial\.py:\d")
