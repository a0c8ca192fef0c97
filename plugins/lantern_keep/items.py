"""The things of the keep: add one to ALL and it lies in its home next round."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One thing. ``home``: its room when a round begins. ``use``: what using it does.

    ``use`` is "light", "drink" or "carry"; uses.py has a function for each.
    """

    name: str
    home: str
    use: str
    looks: str


LANTERN = "lantern"
SWORD = "sword"
SHIELD = "shield"
CASK = "oil cask"  # stands in rooms.CASK_ROOM; nobody can carry it

CASK_LOOKS = "Black oak, and never empty. Bring the lantern and `use cask` to fill it."

ALL = (
    Item(
        LANTERN,
        home="Tower",
        use="light",
        looks="Brass and thick green glass. `use lantern` lights it or puts it out.",
    ),
    Item(
        SWORD,
        home="Armoury",
        use="carry",
        looks="Notched, but honest. Carry it, and every `hit` cuts deeper.",
    ),
    Item(
        SHIELD,
        home="Hall",
        use="carry",
        looks="Limewood on an iron rim. Carry it: it weakens blows, and the shade's "
        "fingers often slide off.",
    ),
    Item(
        "red potion",
        home="Hall",
        use="drink",
        looks="It smells of cherries and iron. `use red potion` gives life back.",
    ),
    Item(
        "blue potion",
        home="Crypt",
        use="drink",
        looks="It tastes, they say, of snow. `use blue potion` gives life back.",
    ),
)
ITEMS = {item.name: item for item in ALL}
