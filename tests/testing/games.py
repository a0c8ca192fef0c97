"""A game in one text for tests of releases: waves, a bell, a nap, a table."""

from __future__ import annotations

from textwrap import dedent

from gameserver.testing import World

NAME = "plugins.game"
GAME = dedent('''
    """People wave; a bell rings once a second."""

    from gameserver import Avatar, Client, GameError, Service

    PRICE = 2
    seen = {}
    naps = []


    def price(waves):
        return PRICE * waves


    class Player(Avatar):
        waves: int = 0

        def attached(self, client: Client) -> None:
            self.realm.service("bell").subscribe(client)

        def perspective_wave(self) -> int:
            self.waves += 1
            seen[self.name] = seen.get(self.name, 0) + 1
            for one in self.realm.online:
                one.clients.notify("waves", self.name)
            return price(self.waves)

        def perspective_seen(self) -> int:
            return seen.get(self.name, 0)

        def perspective_nothing(self) -> None:
            raise GameError("nothing", "there is nothing")

        def perspective_fail(self) -> None:
            raise KeyError("on demand")

        async def perspective_nap(self) -> int:
            from twisted.internet.defer import Deferred
            waking = Deferred()
            naps.append(waking)
            self.later(1.0, "wake")
            await waking
            return self.waves

        def wake(self) -> None:
            naps.pop(0).callback(None)


    class Bell(Service):
        rung: int = 0

        def started(self) -> None:
            self.every(1.0, "ring")

        def ring(self) -> None:
            self.rung += 1
            self.clients.notify("bell", self.rung)
''')
"""Bears every release."""

SCRIPT = [
    ("ada", "wave"),
    0.5,
    ("bob", "wave"),
    ("ada", "nap"),
    ("ada", "wave"),
    0.75,
    ("ada", "seen"),
    ("bob", "nothing"),
    1.0,
    ("ada", "fail"),
]


def game(extra: str = "", was: str = "", new: str = "") -> str:
    """Give the game's text with more at its end, or with some of it exchanged."""
    assert was in GAME, was
    return GAME.replace(was, new) + dedent(extra) if was else GAME + dedent(extra)


def world_of(text: str) -> World:
    """Make a world of one text."""
    return World.of_texts({NAME: text})
