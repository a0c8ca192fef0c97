"""What a player can do: every ``perspective_`` method is a command.

The first line of its docstring is what `help` shows. A command acts, and tells all
windows of the player and everybody in the room; or it answers a question, and then
gives the answer to the window that asked. A refusal is a GameError.
"""

from . import rules, text
from .items import SWORD
from .person import Person
from .rooms import way
from .words import speech


class Player(Person):
    """One player."""

    # Walking and looking

    def perspective_look(self, thing: str = "") -> str:
        """Look around, or at a thing or a person: look, look sword."""
        scene = self.scene()
        return scene.look_at(thing) if thing else scene.story()

    def perspective_go(self, to: str) -> None:
        """Walk to a room beside this one: go hall, go clockwise."""
        left, room = self.room, way(self.room, to)
        self.tell_others(text.LEAVES_FOR, room=room)
        self.room = room
        self.tell_others(text.ARRIVES, room=left)
        self.show_room()

    # Talking

    def perspective_say(self, words: str) -> None:
        """Say something to everybody in this room: say hello."""
        self.tell_both(text.YOU_SAY, text.SAYS, speech=speech(words))

    def perspective_shout(self, words: str) -> None:
        """Shout something to everybody in the keep: shout come here."""
        spoken = speech(words)
        self.tell(text.YOU_SHOUT, speech=spoken)
        for one in self.keep.everyone():
            if one is not self:
                one.tell(text.SHOUTS, name=self.name, speech=spoken)

    def perspective_who(self) -> str:
        """List everybody in the keep, with points and rounds won."""
        people = [
            text.WHO_ONE.format(name=one.name, score=one.score, wins=one.wins)
            for one in self.keep.everyone()
        ]
        return text.WHO.format(people=", ".join(people))

    def perspective_score(self) -> str:
        """Show your points, life and things."""
        return text.SCORE.format(
            round=self.round_number,
            score=self.score,
            goal=rules.POINTS_TO_WIN,
            wins=self.wins,
            life=self.life,
            full=rules.FULL_LIFE,
            things=self.carried(),
        )

    # Things

    def perspective_inventory(self) -> str:
        """List what you carry."""
        return text.CARRYING.format(things=self.carried())

    def perspective_take(self, thing: str) -> None:
        """Pick up a thing that lies here: take sword."""
        others = [one.name for one in self.keep.people(self.room, self)]
        taken = self.keep.things.take(thing, self.name, self.room, others)
        self.tell_both(text.YOU_TAKE, text.TAKES, thing=taken)

    def perspective_drop(self, thing: str) -> None:
        """Put down a thing that you carry: drop sword."""
        dropped = self.keep.things.drop(thing, self.name, self.room)
        self.tell_both(text.YOU_DROP, text.DROPS, thing=dropped)

    def perspective_use(self, thing: str) -> None:
        """Use a thing you carry, or the oil cask: use lantern, use potion, use cask."""
        self.keep.use(self, thing)

    # Fighting

    def perspective_hit(self, target: str = "") -> None:
        """Hit the shade or somebody here, on the next tick: hit shade, hit bob."""
        self.aim = self.scene().target(target)
        weapon = SWORD if self.has(SWORD) else "fist"
        self.tell(text.YOU_SWING, weapon=weapon, target=self.aim)
        for one in self.keep.people(self.room, self):
            if one.name == self.aim:
                one.tell(text.AIMS_AT_YOU, name=self.name)
