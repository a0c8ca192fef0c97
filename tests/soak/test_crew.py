"""When the crew says that it has its answers."""

from __future__ import annotations

from random import Random

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from tests.soak.crew import Crew


class CrewTests(SynchronousTestCase):
    """What a kill waits for."""

    def test_no_answer_wanted(self):
        """A kill before the first answer has nothing to wait for."""
        crew = Crew(reactor, {"ada": "", "bob": ""}, Random(1))  # noqa: S311
        self.assertIsNone(self.successResultOf(crew.after(0)))
