"""What a login brings to the realm: the mind, and the connection it came over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Connection(Protocol):
    """A connection as login and clients see it; several logins may share one."""

    @property
    def address(self) -> str:
        """Where it comes from: ``127.0.0.1:50312``, ``local`` for a UNIX socket."""

    @property
    def is_secure(self) -> bool:
        """Say whether nobody on the way can read it."""

    @property
    def is_lost(self) -> bool:
        """Say whether it has ended."""

    def disconnect(self) -> None:
        """Hear no more, and close it after what is queued has left."""

    def abort(self) -> None:
        """Close it now; what is queued is lost."""

    def notifyOnDisconnect(self, notifier: Callable[[], None]) -> None:
        """Call when it ends."""

    def dontNotifyOnDisconnect(self, notifier: Callable[[], None]) -> None:
        """Do not call after all; no error if it was not to be called."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The mind given to ``requestAvatar``: anything a peer can send, and whence.

    ``session``: the token of a session that is to go on over this connection, if any.
    """

    mind: object
    connection: Connection
    session: str = ""
