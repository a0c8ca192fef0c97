"""A connected player in a test: calls, and what the player heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure
from twisted.spread import pb

from gameserver.errors import ConnectionLost, GameError
from gameserver.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

    from gameserver.testing.pipe import Pipe


class Mind(pb.Referenceable):
    """Hears every event, whatever its name."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.answers: dict[str, Callable[..., Any]] = {}

    def remoteMessageReceived(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Note the event; answer as the test said, or None; a refusal is coded."""
        values = tuple(broker.unserialize(args))
        assert not broker.unserialize(kw), "the server sends positional arguments only"
        self.heard.append((message, *values))
        answer = self.answers.get(message)
        try:
            return broker.serialize(answer(*values) if answer else None)
        except GameError as error:
            raise Refusal(error) from None


class Window:
    """One login of one player, over a real Broker and a pipe."""

    def __init__(
        self,
        name: str,
        pipe: Pipe,
        factory: pb.PBClientFactory,
        settle: Callable[[], None],
    ) -> None:
        self.name = name
        self.mind = Mind()
        self.factory = factory
        self._pipe = pipe
        self._settle = settle
        self._perspective: pb.RemoteReference | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the connection stands."""
        return self._pipe.is_open

    @property
    def heard(self) -> list[tuple[Any, ...]]:
        """Every event so far: ``(name, *arguments)``, in order."""
        return self.mind.heard

    @property
    def heard_names(self) -> list[str]:
        """The names of the events so far."""
        return [event[0] for event in self.mind.heard]

    @property
    def told(self) -> list[str]:
        """The texts of the ``tell`` events so far."""
        return [event[1] for event in self.mind.heard if event[0] == "tell"]

    @property
    def status(self) -> dict[str, Any]:
        """What the last ``status`` event showed; empty if there was none."""
        shown = [event[1] for event in self.mind.heard if event[0] == "status"]
        return shown[-1] if shown else {}

    def clear(self) -> None:
        """Forget what was heard."""
        self.mind.heard.clear()

    def answer(self, event: str, give: Callable[..., Any]) -> None:
        """Answer the server's ``client.call(event, ...)`` with ``give(...)``."""
        self.mind.answers[event] = give

    def entered(self, perspective: pb.RemoteReference) -> None:
        """Note the perspective that the login gave."""
        self._perspective = perspective

    def start(self, method: str, *args: object, **kw: object) -> Deferred[Any]:
        """Begin a call and give its Deferred; it fails with ``GameError``."""
        assert self._perspective is not None, "the login has not finished"
        try:
            asked: Deferred[Any] = self._perspective.callRemote(method, *args, **kw)
        except pb.DeadReferenceError:
            raise AssertionError(f"{self.name}'s connection has ended") from None
        asked.addErrback(coded)
        self._settle()
        return asked

    def call(self, method: str, *args: object, **kw: object) -> Any:  # noqa: ANN401 - any answer
        """Call and give the answer; raises ``GameError`` as a client would see it."""
        return result_of(self.start(method, *args, **kw), f"the call {method!r}")

    def pump(self) -> bool:
        """Hand over what is under way; say whether there was anything."""
        return self._pipe.pump()

    def close(self) -> None:
        """Cut the connection."""
        self._pipe.close()
        self._settle()


def coded(failure: Failure) -> Failure:
    """Read a refusal as the ``GameError`` it crossed the wire as, or became."""
    if isinstance(failure, pb.CopiedFailure):
        return Failure(GameError(str(failure.type), str(failure.value)))
    if failure.check(pb.PBConnectionLost):
        return Failure(ConnectionLost("the connection ended before the answer"))
    return failure


def result_of(deferred: Deferred[Any], what: str) -> Any:  # noqa: ANN401 - any result
    """Give the result of a Deferred that has fired, or raise what it failed with."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    if not results:
        raise AssertionError(f"{what} has no result yet; let time pass, or use start()")
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]
