"""Each log line of author code carries its release."""

from __future__ import annotations

import io
from typing import Any

from twisted.logger import Logger, LogLevel, textFileLogObserver
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.release_log import ReleaseStamp


class StampTests(SynchronousTestCase):
    """Lines that plugins log."""

    def setUp(self) -> None:
        self.stream = io.StringIO()
        self.stamp = ReleaseStamp(textFileLogObserver(self.stream))

    def said(self, namespace: str) -> str:
        Logger(namespace, observer=self.stamp).info("{what} sold", what="a sword")
        return self.stream.getvalue().partition(" ")[2]

    def test_author(self) -> None:
        """They carry the release of their module."""
        self.stamp.release_of = {"plugins.shop": 7}.get
        expected = "[plugins.shop#info release=7] a sword sold\n"
        self.assertEqual(self.said("plugins.shop"), expected)

    def test_ours(self) -> None:
        """Those of the server do not, nor any before the game is there."""
        self.assertEqual(
            self.said("gameserver.x"), "[gameserver.x#info] a sword sold\n"
        )

    def test_event(self) -> None:
        """The event has the number; the one that others see is left alone."""
        seen: list[Any] = []
        stamp = ReleaseStamp(seen.append)
        stamp.release_of = lambda _: 7
        event = {"log_namespace": "plugins.a", "log_level": LogLevel.warn}
        stamp(event)
        self.assertEqual(seen[0]["release"], 7)
        self.assertNotIn("release", event)
