"""What ``gameserver play`` was asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gameserver.client.trust import Trust

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """One run of the terminal client.

    ``connect``: an endpoint string. At most one of ``trust_file`` (PEM) and ``pin``
    (``sha256:HEX``); neither is the system's CAs. ``register``: make the account if the
    login is refused. ``password``: where it is known without asking.
    """

    connect: str
    name: str | None = None
    trust_file: str | Path | None = None
    pin: str | None = None
    password_stdin: bool = False
    register: bool = False
    password: str | None = field(default=None, repr=False)

    def trust(self) -> Trust:
        """Give what the server has to prove; ``SettingError`` if both are given."""
        return Trust.chosen(self.trust_file, self.pin)
