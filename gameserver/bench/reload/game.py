"""The plugin of ``bench reload``, a text for each release; pure.

Each release raises the avatars' version, with a step that gives all of them another
rank, and changes a method. Its calls answer the same in every release.
"""

from __future__ import annotations

from typing import Final

PLUGIN: Final = "bench_lodger"

_TEXT: Final = '''\
"""The game of ``bench reload``, as of version {version}."""

from twisted.internet.defer import DeferredList

from gameserver import Avatar, migration
from gameserver.bench.durable.world import LEVEL, stored_name
from gameserver.bench.reload.probe import PROBE
from gameserver.server.awaiting import started


class Lodger(Avatar):
    """A small player, as most are: numbers, a text and a list."""

    version = {version}
    gold: int = 0
    level: int = LEVEL
    mood: str = "calm"
    items: list[str] = ["sword", "lamp"]
    rank: int = 1

    def perspective_earn(self, amount: int) -> int:
        """Change one field; the answer waits for the disk."""
        self.gold += amount
        return self.level

    def perspective_version(self) -> int:
        """Say which text this is."""
        return {version}

    def perspective_probe(self, since: float) -> str:
        """Give what the reactor did since then, as JSON."""
        return PROBE.summary(since)

    async def perspective_awaken(self, first: int, last: int) -> int:
        """Bring stored avatars to life, from number ``first`` up to before ``last``."""
        names = [stored_name(number) for number in range(first, last)]
        found = [started(self.realm.find(name)) for name in names]
        return sum(is_found for is_found, _ in await DeferredList(found))
'''
_STEP: Final = '''

@migration(Lodger, to={version})
def promote_{version}(state):
    """Give everybody the next rank."""
    return {{**state, "rank": {version}}}
'''


def text(version: int) -> str:
    """Give the plugin of a version, 1 or more, with the steps that lead to it."""
    steps = (_STEP.format(version=one) for one in range(2, version + 1))
    return _TEXT.format(version=version) + "".join(steps)


_STOCK: Final = '''\
"""The game of the stock server, as of version {version}."""


class Lodger:
    """A small player; plain, as rebuild needs it."""

    def __init__(self, number):
        self.gold, self.level, self.mood = number, 7, "calm"
        self.items = ["sword", "lamp"]

    def version(self):
        return {version}


def version():
    """Say which text this is."""
    return {version}
'''


def stock_text(version: int) -> str:
    """Give the text of the stock server's game; it has no migrations."""
    return _STOCK.format(version=version)
