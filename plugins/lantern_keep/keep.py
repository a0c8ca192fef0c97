"""The keep itself: who and what is where, the heartbeat, and the rounds.

Once a second, in this order: all raised blows land together, the bearer of the lantern
scores, the lantern burns. The keep sleeps while nobody is in it.
"""

from typing import Any

from gameserver import Service

from . import fight, rules, text, uses
from .items import LANTERN
from .lantern import Lantern
from .person import Person
from .rooms import ROOMS, SCORING_ROOM
from .scene import Scene
from .things import Things


class Keep(Service):
    """One keep; it remembers its things, its lantern and the number of the round."""

    round_number: int = 1
    things: Things = Things()
    lantern: Lantern = Lantern()

    def started(self) -> None:
        """Start the heartbeat."""
        self.every(rules.TICK, "tick")

    @property
    def shade(self) -> Any:
        """The shade, looked up at each use: it may be replaced while the keep runs."""
        return self.realm.service("shade")

    # Who is here

    def everyone(self) -> list[Person]:
        """Give all players with a window open, by name."""
        return [one for one in self.realm.online if isinstance(one, Person)]

    def people(self, room: str, *but: Person) -> list[Person]:
        """Give the players in a room, without ``but``; who has faded is not there."""
        return [one for one in self.everyone() if one.room == room and one not in but]

    def tell_room(self, room: str, line: str, /, *but: Person, **words: object) -> None:
        """Tell everybody in a room, without ``but``; ``words`` fill in the line."""
        for one in self.people(room, *but):
            one.tell(line, **words)

    def tell_all(self, line: str, /, **words: object) -> None:
        """Tell everybody in the keep."""
        self.clients.notify("tell", line.format(**words))

    # Light

    def bearer(self) -> Person | None:
        """Give the player who holds the lantern, unless that player has faded."""
        holder = self.things.held.get(LANTERN)
        return next((one for one in self.everyone() if one.name == holder), None)

    def lantern_room(self) -> str | None:
        """Give the room the lantern is in; a faded bearer has it out of the world."""
        bearer = self.bearer()
        return bearer.room if bearer else self.things.lying.get(LANTERN)

    def is_lit(self, room: str) -> bool:
        """Say whether one sees in a room, by itself or by the lantern."""
        shines = self.lantern.is_lit and self.lantern_room() == room
        return ROOMS[room].bright or shines

    def scene(self, player: Person) -> Scene:
        """Give what a player sees."""
        others = self.people(player.room, player)
        return Scene(
            room=ROOMS[player.room],
            is_lit=self.is_lit(player.room),
            things=self.things.in_room(player.room),
            own=self.things.of(player.name),
            people={one.name: one.looks() for one in others},
            has_shade=self.shade.is_in(player.room),
            lantern=self.lantern,
        )

    def use(self, player: Person, wish: str) -> None:
        """Let a player use a thing; uses.py says what comes of it."""
        uses.use(player, wish)

    # The heartbeat

    def tick(self) -> None:
        """Let one second pass."""
        players = self.everyone()
        if not players:
            return
        fight.land_blows(players)
        self.score()
        self.burn()
        self.wait_for_bearer()
        for player in players:
            player.show_status()

    def score(self) -> None:
        """Give the bearer this tick's points; enough of them end the round."""
        bearer = self.bearer()
        if bearer is None:
            return
        in_crypt = bearer.room == SCORING_ROOM
        points = rules.points(lit=self.lantern.is_lit, in_crypt=in_crypt)
        bearer.score += points
        if points and bearer.score in rules.MILESTONES:
            goal = rules.POINTS_TO_WIN
            self.tell_all(text.POINTS, name=bearer.name, score=bearer.score, goal=goal)
        if bearer.score >= rules.POINTS_TO_WIN:
            self.end_round(bearer)

    def end_round(self, winner: Person) -> None:
        """Count the win, put everything back, and call everybody to the Gate."""
        winner.wins += 1
        self.tell_all(text.WINS, name=winner.name, round=self.round_number)
        self.round_number += 1
        self.things = Things()
        self.lantern = Lantern()
        for player in self.everyone():
            player.enter_round(self.round_number)
        self.tell_all(text.ROUND_BEGINS, round=self.round_number)

    def burn(self) -> None:
        """Burn this tick's oil; a lantern that is out of the world does not burn."""
        room = self.lantern_room()
        if room is None:
            return
        oil = rules.oil_burnt(shade=self.shade.is_in(room))
        seen = self.lantern.burn(oil)
        if seen:
            self.tell_room(room, seen)

    def wait_for_bearer(self) -> None:
        """Let the lantern fall once its bearer has been away for too long.

        So nobody keeps it from the others by leaving, and a lost connection that comes
        back in time, or a restart of the server, costs nobody the lantern.
        """
        lantern, bearer = self.lantern, self.bearer()
        if bearer:
            lantern.bearer_room, lantern.waiting = bearer.room, 0
        elif LANTERN in self.things.held:
            lantern.waiting += 1
            if lantern.waiting > rules.BEARER_GRACE:
                self.things.lay(LANTERN, lantern.bearer_room)
                self.tell_room(lantern.bearer_room, text.LANTERN_FALLS)
