"""What a login brings to the realm: the mind, and the connection it came over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class LiveConnection(Protocol):
    """A connection as login and clients see it."""

    @property
    def address(self) -> str:
        """Where it comes from: ``127.0.0.1:50312``, or the path of a UNIX socket."""

    @property
    def is_secure(self) -> bool:
        """Say whether nobody on the way can read it."""

    @property
    def is_lost(self) -> bool:
        """Say whether it has ended."""

    def disconnect(self) -> None:
        """Close it after what is queued has left."""

    def notifyOnDisconnect(self, notifier: Callable[[], None]) -> None:
        """Call when it ends."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The mind given to ``requestAvatar``: anything a peer can send, and whence."""

    mind: object
    connection: LiveConnection
