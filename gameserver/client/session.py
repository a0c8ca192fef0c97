"""This client's session with the server: what it shows to have its place back."""

from __future__ import annotations

from dataclasses import dataclass

from gameserver.client.answers import read_answer

OPEN = "gameserver.session"
CALL = b"gameserver.call"
BYE = "gameserver.bye"
DROPPED = "gameserver.dropped"
"""The event that tells of a gap: how many events are gone; 0 if that is not known."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a server says of a session that it opened, or found again."""

    token: str
    resumed: bool
    heard: int


class Session:
    """The token that the server gave, "" for none, and how many events were heard."""

    def __init__(self) -> None:
        self.token = ""
        self.heard = 0

    def hear(self, event: str) -> None:
        """Count an event, unless it is the mark of a gap."""
        if event != DROPPED:
            self.heard += 1

    def opened(self, answer: object) -> bool:
        """Read what the server says; says whether it is the session it was before."""
        now = read_answer(answer, Opened, "the session")
        self.token, self.heard = now.token, now.heard
        return now.resumed

    def forget(self) -> None:
        """Have none, until a server gives one."""
        self.token, self.heard = "", 0
