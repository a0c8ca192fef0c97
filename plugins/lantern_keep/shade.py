"""The shade: it wanders, it is harmless in the light, and blows scatter it for a while.

Everybody in the keep is among its clients, so a shade can be heard everywhere.
"""

from random import Random
from typing import Any

from gameserver import Service

from . import rules, text
from .items import SHIELD
from .person import Person
from .rooms import ROOMS, SCORING_ROOM, exits


class Shade(Service):
    """One shade; it remembers its room, its life, and how long it stays dissolved."""

    room: str = SCORING_ROOM
    life: int = rules.SHADE_LIFE
    gone: int = 0  # ticks until it gathers again

    dice = Random()  # has no annotation, so it is not saved; tests set it

    def started(self) -> None:
        """Begin to wander."""
        self.every(rules.TICK, "tick")

    @property
    def keep(self) -> Any:
        """The keep, looked up at each use."""
        return self.realm.service("keep")

    def is_in(self, room: str) -> bool:
        """Say whether the shade is in that room, and not dissolved."""
        return self.room == room and not self.gone

    def tick(self) -> None:
        """Let one second pass; the shade sleeps while nobody is in the keep."""
        if not self.keep.everyone():
            return
        if self.gone:
            self.gather()
        elif rules.shade_wanders(self.dice):
            self.wander()
        else:
            self.touch_all()

    def wander(self) -> None:
        """Move to one of the rooms beside its own."""
        left, self.room = self.room, self.dice.choice(list(exits(self.room).values()))
        self.keep.tell_room(left, text.SHADE_LEAVES, room=self.room)
        lit = self.keep.is_lit(self.room)
        line = text.SHADE_ARRIVES if lit else text.SHADE_ARRIVES_DARK
        self.keep.tell_room(self.room, line, room=left)

    def touch_all(self) -> None:
        """Take life from everybody in its room, if the room is dark."""
        if self.keep.is_lit(self.room):
            return
        for player in self.keep.people(self.room):
            self.touch(player)

    def touch(self, player: Person) -> None:
        """Reach for one player; a shield sometimes turns the touch away."""
        harm = rules.shade_touch(self.dice, shield=player.has(SHIELD))
        player.tell(text.SHADE_TOUCHES if harm else text.SHIELD_TURNS, harm=harm)
        player.hurt(harm)

    def hurt(self, harm: int) -> None:
        """Lose life; without any left, dissolve."""
        self.life -= harm
        if self.life <= 0:
            self.gone = rules.SHADE_GONE
            self.keep.tell_room(self.room, text.SHADE_DISSOLVES)

    def gather(self) -> None:
        """Come a tick nearer to being back, in any room but the one it was torn in."""
        self.gone -= 1
        if not self.gone:
            self.room = self.dice.choice([room for room in ROOMS if room != self.room])
            self.life = rules.SHADE_LIFE
            self.clients.notify("tell", text.SHADE_GATHERS)
