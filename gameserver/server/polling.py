"""Events of sockets, each without a context of its own for the log.

Twisted's reactor tells the log whose event it carries out: it asks the connection for a
name, and makes two dictionaries and five calls, a third of what it spends on one. None
of our own lines shows that name. Hence a server's reactor has it left out; in lines
that are written with ``twisted.python.log`` the system is ``-`` then, also where
Twisted logs what a connection's reading has raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable

_log = Logger()


def use_short_turns(reactor: Any) -> bool:  # noqa: ANN401 - every reactor interface
    """Have the reactor carry out events without a context for the log.

    Gives False, and changes nothing, for one that is not just Twisted's own with
    epoll: others have other ways to wait.
    """
    try:
        from twisted.internet.epollreactor import EPollReactor
    except ImportError:  # the system has none
        return False
    if type(reactor) is not EPollReactor:
        return False
    reactor.doIteration = _turn_of(reactor)  # type: ignore[method-assign]  # of this one
    return True


def _turn_of(reactor: Any) -> Callable[[float | None], None]:  # noqa: ANN401 - EPollReactor
    """Give what waits for events and carries them out: ``EPollReactor.doPoll``."""

    def turn(timeout: float | None) -> None:
        selectables = reactor._selectables  # noqa: SLF001 - this and those below as it does
        carry_out = reactor._doReadOrWrite  # noqa: SLF001
        for file, event in reactor._poller.poll(timeout, len(selectables)):  # noqa: SLF001
            selectable = selectables.get(file)
            if selectable is None:
                continue  # an event before has ended it
            try:
                carry_out(selectable, file, event)
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001 - the others have theirs all the same
                _log.failure(
                    "{selectable} could not be ended in order; its socket may be open",
                    selectable=selectable,
                )

    return turn
