"""Through which code an error went is known, whichever way it came."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.traces import steps_of

LINE = 17


def broken() -> None:
    raise ZeroDivisionError("no")


async def waiting(waited: Deferred[None]) -> None:
    await waited
    broken()


@inlineCallbacks
def old_way(waited: Deferred[None]) -> Any:
    yield Deferred.fromCoroutine(waiting(waited))


class StepsTests(SynchronousTestCase):
    """From a failure to the code it went through."""

    def names(self, failure: Failure) -> list[str]:
        """Give the functions of this file, the outermost first."""
        steps = [one for one in steps_of(failure) if one.module == __name__]
        return [one.code.co_name for one in steps]

    def test_fresh(self) -> None:
        """Each step has code, module and place, the outermost first."""
        try:
            broken()
        except ZeroDivisionError:
            failure = Failure()
        steps = steps_of(failure)
        self.assertEqual(self.names(failure), ["test_fresh", "broken"])
        self.assertIs(steps[1].code, broken.__code__)
        self.assertEqual(steps[1].function, f"{__name__}:broken")
        self.assertEqual(steps[0].function, f"{__name__}:StepsTests.test_fresh")
        self.assertEqual(steps[1].place, f"{__file__}:{LINE}")

    def test_dropped(self) -> None:
        """The steps are there after a Deferred has held the failure."""
        waited: Deferred[None] = Deferred()
        working = Deferred.fromCoroutine(waiting(waited))
        waited.callback(None)
        failure = self.failureResultOf(working)
        self.assertEqual(self.names(failure), ["waiting", "broken"])

    def test_chained(self) -> None:
        """They are there over several Deferreds."""
        waited: Deferred[None] = Deferred()
        working = old_way(waited)
        waited.callback(None)
        failure = self.failureResultOf(working)
        self.assertEqual(self.names(failure), ["old_way", "waiting", "broken"])

    def test_none(self) -> None:
        """A failure that was never raised has none, nor one that was cleaned."""
        self.assertEqual(steps_of(Failure(ValueError("made"))), ())
        try:
            broken()
        except ZeroDivisionError:
            failure = Failure()
        failure.cleanFailure()
        self.assertEqual(steps_of(failure), ())
