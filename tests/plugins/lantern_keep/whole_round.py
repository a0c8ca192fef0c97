"""One round of Lantern Keep as a script: from the first login to the win and beyond."""

from pathlib import Path
from random import Random

from gameserver.testing import Window, World

PLUGINS = Path(__file__).parents[3] / "plugins"


def ada_has_won(world: World, players: dict[str, Window]) -> None:
    """Claim that the round is over, so that nobody makes the script too short."""
    assert world.avatar("ada").wins == 1, players["ada"].status


FETCHING = [
    ("ada", "go", "tower"),
    ("ada", "take", "the lantern"),
    ("ada", "use", "lantern"),
    ("bob", "go", "hall"),
    ("bob", "go", "armoury"),
    0.25,
    ("bob", "take", "sword"),
    ("ada", "go", "crypt"),
    ("bob", "go", "crypt"),
]
FIGHTING = [
    ("bob", "hit", "shade"),
    0.5,
    ("ada", "hit", "bob"),
    0.75,
    ("bob", "hit", "shade"),
    1.0,
]
SCORING = [
    12.5,
    ("ada", "go", "tower"),
    ("ada", "go", "gate"),
    ("ada", "use", "cask"),
    ("ada", "go", "tower"),
    ("ada", "go", "crypt"),
    14.75,
    ("bob", "who"),
    3.25,
    ada_has_won,
    ("ada", "score"),
]
ROUND = FETCHING + FIGHTING + SCORING


def keep() -> World:
    """Make a world of the keep, with the same dice each time."""
    world = World.of_plugins(PLUGINS)
    world.service("shade").dice = Random(3)  # noqa: S311 - dice
    return world
