"""A server that dies while it commits a release: the next start says what became."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from tests.end_to_end.processes import RUN, SETTINGS, Place

BELLS = """\
import os
import signal

from gameserver import Avatar, Service


class Player(Avatar):
    pass


class Bells(Service):
    succession = True

    def adopt(self, predecessor: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)  # what no program can catch
"""
UNREHEARSED = f'{SETTINGS}[reload]\nrehearse = "off"\n'  # a rehearsal refuses the kill
MORE = f"{BELLS}\n    def ring(self) -> None:\n        pass\n"


class KilledTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.place = Place(self.addCleanup, BELLS, UNREHEARSED)
        server = self.place.start(*RUN)
        self.place.plugin("game", MORE)
        self.assertEqual(self.place.gameserver("reload").code, 1)
        self.assertEqual(server.ended(), -9)

    def told(self) -> tuple[str, str]:
        """Start again, and give outcome and reason of the release."""
        self.place.start(*RUN)
        (row,) = json.loads(self.place.did("releases", "--json"))
        return row["outcome"], row["reason"]

    def test_started_with_its_texts(self) -> None:
        """It is in force where the source still has its texts."""
        outcome, reason = self.told()
        self.assertEqual(outcome, "permanent")
        self.assertIn("was started with its texts", reason)
        found = json.loads(self.place.did("who", "--versions", "--json"))
        self.assertEqual([one["release"] for one in found["rows"]], [1])

    def test_started_with_others(self) -> None:
        """It was never in force where the source has others."""
        self.place.plugin("game", BELLS)
        expected = "refused", "the server ended before it was in force"
        self.assertEqual(self.told(), expected)
