"""Lines from a file descriptor, one at a time and only when wanted.

Not twisted's ``StandardIO``: it makes the descriptor non-blocking, which the shell that
started us shares. Not a thread either: one that waits in ``read`` holds up the end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.python.failure import Failure

_CHUNK = 1 << 16


@implementer(IReadDescriptor)
class LineSource:
    """Reads when the reactor says that something is there, as in a file always."""

    def __init__(self, reactor: Any, descriptor: int) -> None:  # noqa: ANN401 - any reactor
        self._reactor = reactor
        self._descriptor = descriptor
        self._buffer = b""
        self._is_over = False
        self._waiting: Deferred[str | None] | None = None

    def next_line(self) -> Deferred[str | None]:
        """Give the next line without its end, None when there are no more.

        To be asked again only after the former has fired.
        """
        line = self._taken()
        if line is not None or self._is_over:
            return succeed(line)
        self._waiting = Deferred()
        self._reactor.addReader(self)
        return self._waiting

    def end(self) -> None:
        """Read no more; whoever waits gets None."""
        self._buffer = b""
        self._is_over = True
        self._settle()

    def _taken(self) -> str | None:
        line, newline, rest = self._buffer.partition(b"\n")
        if not newline and not (self._is_over and line):
            return None
        self._buffer = rest
        return line.decode(errors="replace").rstrip("\r")

    def _settle(self) -> None:
        line = self._taken()
        if self._waiting is None or (line is None and not self._is_over):
            return
        waiting, self._waiting = self._waiting, None
        self._reactor.removeReader(self)
        waiting.callback(line)

    def doRead(self) -> None:
        """Read what there is; an error is the end, as for a terminal that is gone."""
        try:
            chunk = os.read(self._descriptor, _CHUNK)
        except OSError:
            chunk = b""
        self._buffer += chunk
        self._is_over = not chunk
        self._settle()

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._descriptor

    def logPrefix(self) -> str:
        """Name this for the reactor's log."""
        return "lines"

    def connectionLost(self, reason: Failure) -> None:
        """Take the reactor's word that the descriptor is gone."""
        del reason
        self.end()
