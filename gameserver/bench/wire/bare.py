"""Our broker with nothing behind it: a bare perspective, as stock's is.

``python -m gameserver.bench.wire.bare [PART]... PORT_FILE``, as
``gameserver.bench.stock``, without these parts. What the server adds to this is what
its realm, checks and durability cost.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet import reactor as installed_reactor
from twisted.internet import task
from twisted.internet.defer import inlineCallbacks

from gameserver.bench import codec, workloads
from gameserver.bench.stock import StockPlayer, StockRealm, serve
from gameserver.bench.wire.parts import take_out
from gameserver.model.arguments import Limits
from gameserver.server.jellying import event
from gameserver.server.message_limits import of_players
from gameserver.server.polling import use_short_turns
from gameserver.spread.broker import StrictBroker

if TYPE_CHECKING:
    from collections.abc import Generator

    from twisted.internet.defer import Deferred


class BareBroker(StrictBroker):
    """One connection: limits of messages as a player's, no wait for a slow client."""

    first_limits = of_players(Limits())

    def connectionMade(self) -> None:
        """Begin."""
        self.transport.setTcpNoDelay(True)
        super().connectionMade()


class BarePlayer(StockPlayer):
    """As stock's, but for how a crowd is told: what is the same for all, once."""

    @inlineCallbacks
    def perspective_shout(self, times: int) -> Generator[Deferred[None], None, None]:
        """Tell everybody the story."""
        for _ in range(times):
            told = event(workloads.EVENT, (workloads.STORY,))
            for mind in self._minds.values():
                mind.broker.send_event(mind.luid, told)
            yield task.deferLater(self._reactor, 0)

    def perspective_codec(self) -> str:
        """Say what reads and writes the wire here."""
        return codec.in_use()


class BareRealm(StockRealm):
    """As stock's, with players of ours."""

    player = BarePlayer


if __name__ == "__main__":
    *parts, port_file = sys.argv[1:]
    take_out(parts)
    use_short_turns(installed_reactor)
    serve(
        installed_reactor,
        sys.stdin.readline().strip().encode(),
        Path(port_file),
        realm=BareRealm,
        protocol=BareBroker,
    )
    installed_reactor.run()
