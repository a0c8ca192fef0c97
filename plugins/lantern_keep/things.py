"""Where every thing is: on the floor of a room, in somebody's hands, or used up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gameserver import GameError

from . import text
from .items import ALL, CASK
from .rooms import CASK_ROOM
from .words import listed, match, refusal, with_article


def homes() -> dict[str, str]:
    """Give the room of each thing at the beginning of a round."""
    return {item.name: item.home for item in ALL}


@dataclass
class Things:
    """Room by thing, and holder by thing; one that is in neither is used up.

    A holder is a player's name, so a thing stays with a player who is away.
    """

    lying: dict[str, str] = field(default_factory=homes)
    held: dict[str, str] = field(default_factory=dict)

    def in_room(self, room: str) -> list[str]:
        """Name what lies in a room, and the cask where it stands."""
        here = [thing for thing, place in self.lying.items() if place == room]
        return [CASK, *here] if room == CASK_ROOM else here

    def of(self, player: str) -> list[str]:
        """Name what a player carries."""
        return [thing for thing, holder in self.held.items() if holder == player]

    def has(self, player: str, thing: str) -> bool:
        """Say whether the player carries that thing."""
        return self.held.get(thing) == player

    def lay(self, thing: str, room: str) -> None:
        """Put a thing on the floor of a room."""
        self.held.pop(thing, None)
        self.lying[thing] = room

    def lay_all(self, player: str, room: str) -> None:
        """Put all that a player carries on the floor of a room."""
        for thing in self.of(player):
            self.lay(thing, room)

    def use_up(self, thing: str) -> None:
        """Take a carried thing out of the keep until the next round."""
        del self.held[thing]

    def take(self, wish: str, player: str, room: str, others: Sequence[str]) -> str:
        """Give a player the thing meant, and its name; ``others``: who else is here."""
        thing = match(wish, self.in_room(room))
        if thing == CASK:
            raise GameError("not-here", text.CASK_STAYS)
        if thing is None:
            raise self._not_here(wish, player, room, others)
        self.held[thing] = player
        del self.lying[thing]
        return thing

    def drop(self, wish: str, player: str, room: str) -> str:
        """Put the carried thing that is meant on the floor, and give its name."""
        thing = match(wish, self.of(player))
        if thing is None:
            raise self._not_carried(wish, player)
        self.lay(thing, room)
        return thing

    def to_use(self, wish: str, player: str, room: str) -> str:
        """Give the name of the thing meant: one that is carried, or the cask."""
        thing = match(wish, self.of(player))
        if thing is not None:
            return thing
        thing = match(wish, self.in_room(room))
        if thing is not None and thing != CASK:
            raise refusal("not-carried", text.TAKE_FIRST, thing=thing)
        if thing is None and match(wish, [CASK]):
            raise refusal("not-here", text.CASK_AWAY, room=CASK_ROOM)
        if thing is None:
            raise self._not_carried(wish, player)
        return CASK

    def _not_here(
        self, wish: str, player: str, room: str, others: Sequence[str]
    ) -> GameError:
        mine = match(wish, self.of(player))
        if mine:
            return refusal("not-here", text.HELD_ALREADY, thing=mine)
        for name in others:
            theirs = match(wish, self.of(name))
            if theirs:
                return refusal("not-here", text.OTHERS_HOLD, name=name, thing=theirs)
        things = listed([with_article(thing) for thing in self.in_room(room)])
        return refusal("not-here", text.NOT_LYING, wish=wish, things=things)

    def _not_carried(self, wish: str, player: str) -> GameError:
        things = listed([with_article(thing) for thing in self.of(player)])
        return refusal("not-carried", text.NOT_CARRIED, wish=wish, things=things)
