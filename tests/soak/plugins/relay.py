"""Runners with numbered calls, and a drum; the text that a reload soak releases anew.

Whatever is lost, doubled or out of order shows in the numbers: each call gives which
one it was to begin here, each notification has the next number of its own row, and each
tick says how long its timer has run.
"""

from __future__ import annotations

import time

from plugins.meter import lateness
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from gameserver import Avatar, Client, Service

EDITION = 0
PERIOD = 0.5  # seconds


class Runner(Avatar):
    """One caller. ``entered``: how many calls have begun; ``told``: notifications."""

    version = 1
    entered: int = 0
    told: int = 0
    began: float = 0.0
    mark: int = 1
    label: str = ""

    def created(self) -> None:
        self.label = self.name

    def attached(self, client: Client) -> None:
        self.realm.service("drum").subscribe(client)
        self.began = time.monotonic()
        self.every(PERIOD, "tick")

    def tick(self) -> None:
        """Say how long the timer has run, and how late the reactor is."""
        self.told += 1
        elapsed = time.monotonic() - self.began
        self.clients.notify("tick", self.told, elapsed, lateness())

    def perspective_plain(self, number: int) -> list[int]:
        """Answer at once."""
        return self.begun(number)

    def perspective_deferred(self, number: int) -> Deferred[list[int]]:
        """Answer a little later."""
        answer = self.begun(number)
        return deferLater(reactor, 0.02, lambda: answer)

    async def perspective_span(self, number: int) -> list[int]:
        """Answer after a time in which a release may come, and tell that it ends."""
        answer = self.begun(number)
        await deferLater(reactor, 0.05 + 0.05 * (number % 4))
        self.told += 1
        self.clients.notify("ended", self.told, number)
        return answer

    def perspective_edition(self) -> list[int]:
        """Say which text this is, and how far the state has come."""
        return [EDITION, self.mark]

    def begun(self, number: int) -> list[int]:
        """Count a call, and tell that it has begun."""
        self.entered += 1
        self.told += 1
        self.clients.notify("begun", self.told, number)
        return [number, self.entered]


class Drum(Service):
    """Beats for all; a release that changes it gives it a successor."""

    succession = True
    beats: int = 0
    began: float = 0.0

    def started(self) -> None:
        self.began = time.monotonic()
        self.every(PERIOD, "beat")

    def beat(self) -> None:
        """Beat; edition 0."""
        self.beats += 1
        elapsed = time.monotonic() - self.began
        self.clients.notify("beat", self.beats, elapsed, lateness())
