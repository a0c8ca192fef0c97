"""The fence between author code and everybody else.

What author code raises is logged once, with a traceback and an incident id, and leaves
as a coded error that holds nothing of the author's: no path, frame or class name. A
``GameError`` is meant for the player and passes as it is, unlogged.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import DeferredList, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from gameserver.errors import GameError, InternalError
from gameserver.server.awaiting import ended, started

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.internet.defer import Deferred


class Fence:
    """Logs what author code raised, and says what the peer may know of it."""

    def __init__(self, log: Logger | None = None) -> None:
        self._log = log or Logger("gameserver.fence")
        self._at_work: set[Deferred[Any]] = set()
        self.run: Callable[[Callable[[], Any]], Any] = _plainly
        """What runs a hook or tick: it is to be known what that touches."""
        self.failed: Callable[[Failure], object] = _unheard
        """Hears of each incident; see ``services.error_watch``. It must not raise."""
        self.release_of: Callable[[Failure], int | None] = _unheard
        """Gives the release that the failed code is of; None if it is not known."""

    def coded(self, failure: Failure, during: str) -> GameError:
        """Give the error the peer may see; log anything but a ``GameError``."""
        if isinstance(failure.value, GameError):
            return failure.value
        return self.incident(failure, during)

    def incident(self, failure: Failure, during: str) -> InternalError:
        """Log a failure under a new id and give the error that names the id."""
        incident = secrets.token_hex(4)
        release = self.release_of(failure)
        told = "incident {incident} during {during}"
        self._log.failure(
            told if release is None else f"{told} release={{release}}",
            failure,
            incident=incident,
            during=during,
            release=release,
        )
        self.failed(failure)
        return InternalError(incident)

    def contain(self, during: str, act: Callable[[], Any]) -> Deferred[Any]:
        """Run a hook or tick that nobody waits for: failures are logged and end here.

        Even a ``GameError`` is an incident here, as there is no player to tell.
        """
        return self.attempt(act).addErrback(self._end, during)

    def oversee(self, during: str, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine of the server's own that runs hooks; see ``contain``."""
        self._watch(started(work)).addErrback(self._end, during)

    async def idle(self) -> None:
        """Wait until all that was begun here has ended, and what that began."""
        while self._at_work:
            await DeferredList([ended(one) for one in self._at_work])

    def attempt(self, act: Callable[[], Any]) -> Deferred[Any]:
        """Run author code, and give its result or its failure as a Deferred.

        ``SystemExit`` is a failure too, and so is what else a plugin may raise: it must
        not end the server.
        """
        try:
            working = started(self.run(act))
        except GeneratorExit:
            raise
        except BaseException:  # noqa: BLE001 - this is the fence
            return fail(Failure())
        return self._watch(working)

    def _watch(self, working: Deferred[Any]) -> Deferred[Any]:
        if not working.called or working.paused:
            self._at_work.add(working)
            working.addBoth(self._rest, working)
        return working

    def _end(self, failure: Failure, during: str) -> None:
        self.incident(failure, during)

    def _rest(self, result: object, working: Deferred[Any]) -> object:
        self._at_work.discard(working)
        return result


def _plainly(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - what it gives
    return act()


def _unheard(failure: Failure) -> None:
    """Do what is done with a failure while nobody listens."""
    del failure
