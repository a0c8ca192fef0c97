"""What one player sees from where they stand, as sentences."""

from collections.abc import Iterable
from dataclasses import dataclass

from gameserver import GameError

from . import text
from .items import CASK, CASK_LOOKS, ITEMS, LANTERN
from .lantern import Lantern
from .rooms import Room, ways
from .words import listed, match, refusal, with_article

SHADE = "the shade"  # with a space, so that no player can have that name


def named(things: Iterable[str], lantern: Lantern) -> str:
    """List things with their articles, and the lantern with its flame and oil."""
    parts = []
    for thing in things:
        part = with_article(thing)
        if thing == LANTERN:
            part += f" ({'lit' if lantern.is_lit else 'out'}, oil {lantern.oil})"
        parts.append(part)
    return listed(parts)


@dataclass(frozen=True)
class Scene:
    """One room at one moment, for one player.

    ``things``: what lies or stands there. ``own``: what the player carries.
    ``people``: the others, by name, each with a sentence about them.
    """

    room: Room
    is_lit: bool
    things: list[str]
    own: list[str]
    people: dict[str, str]
    has_shade: bool
    lantern: Lantern

    def story(self) -> str:
        """Tell what the room is like; in the dark, what can be felt and heard."""
        things = named(self.things, self.lantern)
        if self.is_lit:
            first = text.SEEN.format(room=self.room.name, looks=self.room.looks)
            lying, people, shade = text.LYING, text.PEOPLE, text.SHADE_SEEN
        else:
            first = text.DARK.format(room=self.room.name)
            lying, people, shade = text.FELT, text.BREATHING, text.SHADE_FELT
        lines = [first, text.WAYS.format(ways=ways(self.room.name))]
        if self.things:
            lines.append(lying.format(things=things))
        if self.people:
            lines.append(people.format(people=listed(list(self.people))))
        if self.has_shade:
            lines.append(shade)
        return "\n".join(lines)

    def targets(self) -> list[str]:
        """Name whom a blow could be meant for."""
        return [SHADE, *self.people] if self.has_shade else list(self.people)

    def target(self, wish: str) -> str:
        """Give the name of whom a blow is meant for, in the dark too.

        Without a wish, the only one there is meant.
        """
        targets = self.targets()
        if not targets:
            raise refusal("not-here", text.NOBODY)
        found = match(wish, targets)
        if found is None and not wish and len(targets) == 1:
            found = targets[0]
        if found is None:
            line = text.NOBODY_SO if wish else text.HIT_WHOM
            raise refusal("not-here", line, wish=wish, targets=listed(targets))
        return found

    def look_at(self, wish: str) -> str:
        """Describe one thing or person; needs light."""
        found = match(wish, [*self.own, *self.things, *self.targets()])
        if found is None:
            raise refusal("not-here", text.NOTHING_SO, wish=wish)
        if not self.is_lit:
            raise GameError("too-dark", text.TOO_DARK)
        if found in ITEMS:
            return ITEMS[found].looks
        known = {CASK: CASK_LOOKS, SHADE: text.SHADE_LOOKS}
        return known.get(found) or self.people[found]
