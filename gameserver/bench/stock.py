"""The stock Twisted PB server that every figure stands beside: everything as shipped.

``python -m gameserver.bench.stock PORT_FILE`` reads the account's secret from one line
of standard input, listens on loopback, writes the port file, and stops at SIGTERM.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor as installed_reactor
from twisted.internet import task
from twisted.internet.defer import inlineCallbacks
from twisted.spread import pb
from zope.interface import implementer

from gameserver.bench import process, workloads

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorTime
    from zope.interface import Interface

# Keyed by a number: references of two connections cannot be compared in Python 3.
Minds = dict[int, Any]


class StockPlayer(pb.Avatar):
    """What one login may call; the twin of ``player.BenchPlayer``."""

    def __init__(self, reactor: IReactorTime, minds: Minds, mind: Any) -> None:  # noqa: ANN401 - stock PB's
        self._reactor = reactor
        self._minds = minds
        self._mind = mind

    def perspective_greet(self, name: str) -> str:
        """Greet somebody."""
        return workloads.greeting(name)

    def perspective_move(self, dx: int, dy: int) -> dict[str, object]:
        """Look where a step would lead."""
        return workloads.step(*workloads.START, dx, dy)

    @inlineCallbacks
    def perspective_shout(self, times: int) -> Generator[Deferred[None], None, None]:
        """Tell everybody the story, as a PB author does it."""
        for _ in range(times):
            for mind in self._minds.values():
                mind.callRemote(workloads.EVENT, workloads.STORY, pbanswer=0)
            yield task.deferLater(self._reactor, 0)

    def perspective_push(self) -> Deferred[None]:
        """Tell the caller the story, then answer a moment later."""
        self._mind.callRemote(workloads.EVENT, workloads.STORY, pbanswer=0)
        return task.deferLater(self._reactor, workloads.PAUSE)

    def perspective_cpu(self) -> int:
        """Give the CPU time of this process, in nanoseconds."""
        return time.process_time_ns()

    def perspective_memory(self) -> int:
        """Give the resident memory of this process, in bytes."""
        return process.memory()

    def perspective_codec(self) -> str:
        """Say what reads and writes the wire here."""
        return "stock"


@implementer(IRealm)
class StockRealm:
    """Gives each login an avatar and remembers its mind, as the PB howto does."""

    player = StockPlayer

    def __init__(self, reactor: IReactorTime) -> None:
        self._reactor = reactor
        self._minds: Minds = {}
        self._numbers = itertools.count()

    def requestAvatar(
        self,
        avatarId: object,  # noqa: ARG002 - the interface's; one account for all
        mind: object,
        *interfaces: type[Interface],
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        """Give the avatar and what its logout does."""
        if pb.IPerspective not in interfaces:
            raise NotImplementedError(interfaces)
        number = next(self._numbers)
        if mind is not None:
            self._minds[number] = mind

        def logout() -> None:
            self._minds.pop(number, None)

        player = self.player(self._reactor, self._minds, mind)
        return pb.IPerspective, player, logout


def serve(
    reactor: Any,  # noqa: ANN401 - many interfaces in one
    secret: bytes,
    port_file: Path,
    *,
    realm: type[StockRealm] = StockRealm,
    protocol: type[pb.Broker] = pb.Broker,
) -> None:
    """Listen on loopback and tell the port; the caller runs the reactor."""
    checker = InMemoryUsernamePasswordDatabaseDontUse(**{workloads.ACCOUNT: secret})
    portal = Portal(realm(reactor), [checker])
    factory = pb.PBServerFactory(portal)
    factory.protocol = protocol
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    port_file.write_text(f"pb {port.getHost().port}\n")


if __name__ == "__main__":
    serve(installed_reactor, sys.stdin.readline().strip().encode(), Path(sys.argv[1]))
    installed_reactor.run()
