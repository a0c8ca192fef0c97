"""What tests of Lantern Keep begin with: ada and bob at the Gate, the shade away."""

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from gameserver import GameError
from gameserver.testing import Window, World
from plugins.lantern_keep import Keep, Player, Shade

FOR_EVER = 1_000_000


class Loaded(Random):
    """Dice that always fall the same way: 0.0 is the lowest throw, 0.99 the highest."""

    def __init__(self, throw: float) -> None:
        super().__init__()
        self.throw = throw

    def random(self) -> float:
        return self.throw


class KeepCase(SynchronousTestCase):
    """Two players in a keep, with nothing heard yet."""

    def setUp(self) -> None:
        self.world = World(Player, services=[Keep, Shade])
        self.addCleanup(self.world.close)
        self.shade.gone = FOR_EVER
        self.ada, self.bob = self.world.login("ada"), self.world.login("bob")
        self.clear()

    @property
    def keep(self) -> Keep:
        return self.world.service("keep")

    @property
    def shade(self) -> Shade:
        return self.world.service("shade")

    def clear(self) -> None:
        """Forget what was heard so far."""
        self.ada.clear()
        self.bob.clear()

    def told(self, window: Window) -> list[str]:
        """Give the lines of story that a window heard."""
        return [line for event, line in window.heard if event == "tell"]

    def shown(self, window: Window) -> dict[str, object]:
        """Give the last status that a window heard."""
        return [status for event, status in window.heard if event == "status"][-1]

    def refused(self, window: Window, *call: str) -> GameError:
        """Make a call that must be refused, and give the refusal."""
        return self.assertRaises(GameError, window.call, *call)

    def give(self, window: Window, *things: str) -> None:
        """Put things into a player's hands without a walk."""
        for thing in things:
            self.keep.things.lying.pop(thing, None)
            self.keep.things.held[thing] = window.name

    def put(self, window: Window, room: str) -> Player:
        """Put a player into a room without a walk."""
        player = self.world.avatar(window.name)
        player.room = room
        return player

    def wake_shade(self, room: str, throw: float = 0.99) -> None:
        """Put the shade into a room; with the highest throw it stays there."""
        self.shade.room, self.shade.gone = room, 0
        self.shade.dice = Loaded(throw)
