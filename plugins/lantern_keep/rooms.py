"""The map: five rooms in a ring. Add a room to RING and it is in the game."""

from dataclasses import dataclass

from gameserver import GameError

from . import text
from .words import match, refusal


@dataclass(frozen=True)
class Room:
    """One room. ``bright``: one sees, and the shade is harmless, without a lantern."""

    name: str
    bright: bool
    looks: str


# In clockwise order; the last one leads on to the first.
RING = (
    Room(
        "Gate",
        bright=True,
        looks="Wind rattles the portcullis. Torches hiss in their brackets, and under "
        "them stands an oil cask with a brass tap.",
    ),
    Room(
        "Hall",
        bright=True,
        looks="A long table is laid for guests who never came. The hearth still burns, "
        "though nobody feeds it.",
    ),
    Room(
        "Armoury",
        bright=False,
        looks="Racks line the walls, most of them bare. The shutters are nailed down "
        "from the inside.",
    ),
    Room(
        "Crypt",
        bright=False,
        looks="Stone sleepers lie in rows, their faces worn smooth. Whoever bears a "
        "light in here is master of the keep.",
    ),
    Room(
        "Tower",
        bright=True,
        looks="A stair winds up to nothing. The roof is gone, and the moon looks in.",
    ),
)
ROOMS = {room.name: room for room in RING}

# The sentences in text.py name these rooms, too.
START = "Gate"  # where players begin, and wake after a fall
CASK_ROOM = "Gate"  # where the lantern is refilled
SCORING_ROOM = "Crypt"

OTHER_WORDS = {
    "cw": "clockwise",
    "ccw": "anticlockwise",
    "counterclockwise": "anticlockwise",
}


def exits(room: str) -> dict[str, str]:
    """Give the rooms beside this one, by direction."""
    names = list(ROOMS)
    here = names.index(room)
    return {
        "clockwise": names[(here + 1) % len(names)],
        "anticlockwise": names[here - 1],
    }


def way(room: str, wish: str) -> str:
    """Give the room beside this one that is meant, by its name or by direction."""
    beside = exits(room)
    found = match(wish, [*beside.values(), *beside, *OTHER_WORDS])
    if found is None:
        raise no_way(room, wish)
    direction = OTHER_WORDS.get(found, found)
    return beside.get(direction, direction)


def no_way(room: str, wish: str) -> GameError:
    """Say why one cannot go where one wishes, and where one can."""
    known = match(wish, ROOMS)
    if known == room:
        return refusal("no-way", text.THERE_ALREADY, room=room, ways=ways(room))
    line = text.NOT_BESIDE if known else text.NO_WAY
    return refusal("no-way", line, wish=known or wish, room=room, ways=ways(room))


def ways(room: str) -> str:
    """Name the ways out: ``Hall (clockwise), Tower (anticlockwise)``."""
    return ", ".join(f"{name} ({way})" for way, name in exits(room).items())
