"""What a player is: a place, a life, points, and windows that hear and show it."""

from typing import Any

from gameserver import Avatar, Client

from . import rules, text
from .items import LANTERN
from .rooms import START
from .scene import Scene, named


class Person(Avatar):
    """Somebody in the keep, shared by every window open under that name."""

    room: str = START
    life: int = rules.FULL_LIFE
    score: int = 0
    wins: int = 0
    round_number: int = 0  # the round that room, life and score belong to
    aim: str = ""  # whom the raised blow is meant for

    _shown: dict[str, object] | None = None  # the status that the windows show

    @property
    def keep(self) -> Any:
        """The keep, looked up at each use: it may be replaced while we play."""
        return self.realm.service("keep")

    @property
    def shade(self) -> Any:
        """The shade, looked up at each use."""
        return self.realm.service("shade")

    # Coming and going

    def created(self) -> None:
        """Begin with empty hands, whoever had this name before."""
        self.keep.things.lay_all(self.name, START)

    def attached(self, client: Client) -> None:
        """Show a new window the world; the first one brings the player into it."""
        self.keep.subscribe(client)
        self.shade.subscribe(client)
        if len(self.clients) == 1:
            self.aim = ""
            self.enter_round(self.keep.round_number)
            self.tell_others(text.COMES)
        client.notify("tell", text.WELCOME.format(goal=rules.POINTS_TO_WIN))
        client.notify("tell", self.scene().story())
        self._shown = self.status()
        client.notify("status", self._shown)

    def detached(self, client: Client) -> None:
        """Fade from the world with the last window; things stay in hand, see Keep."""
        if not self.clients:
            self.tell_others(text.FADES)

    def enter_round(self, number: int) -> None:
        """Begin afresh at the Gate, unless this round is the one played before."""
        if self.round_number != number:
            self.round_number, self.aim = number, ""
            self.room, self.life, self.score = START, rules.FULL_LIFE, 0

    # Telling and showing

    def tell(self, line: str, /, **words: object) -> None:
        """Tell every window of this player a line; ``words`` fill it in."""
        self.clients.notify("tell", line.format(**words))

    def tell_others(self, line: str, /, **words: object) -> None:
        """Tell everybody else in the room."""
        self.keep.tell_room(self.room, line, self, name=self.name, **words)

    def tell_both(self, mine: str, theirs: str, /, **words: object) -> None:
        """Tell this player one line, and the others in the room another."""
        self.tell(mine, **words)
        self.tell_others(theirs, **words)
        self.show_status()

    def scene(self) -> Scene:
        """Give what there is to see from here."""
        scene: Scene = self.keep.scene(self)
        return scene

    def has(self, thing: str) -> bool:
        """Say whether this player carries that thing."""
        return bool(self.keep.things.has(self.name, thing))

    def carried(self) -> str:
        """List what this player carries."""
        return named(self.keep.things.of(self.name), self.keep.lantern)

    def looks(self) -> str:
        """Describe this player to another one."""
        return text.ANYONE.format(
            name=self.name, things=self.carried(), life=self.life, full=rules.FULL_LIFE
        )

    def status(self) -> dict[str, object]:
        """Give what a window shows beside the story."""
        status: dict[str, object] = {"Room": self.room, "Life": self.life}
        if self.has(LANTERN):
            status["Oil"] = self.keep.lantern.oil
        return status | {"Score": self.score, "Round": self.round_number}

    def show_status(self) -> None:
        """Send the status to every window, if it has changed."""
        status = self.status()
        if status != self._shown:
            self._shown = status
            self.clients.notify("status", status)

    def show_room(self) -> None:
        """Send what there is to see, and the status."""
        self.clients.notify("tell", self.scene().story())
        self.show_status()

    # Life

    def hurt(self, harm: int) -> None:
        """Lose life; without any left, fall."""
        self.life = max(0, self.life - harm)
        if self.life == 0:
            self.fall()
        self.show_status()

    def fall(self) -> None:
        """Leave everything where it fell, and wake at the Gate."""
        self.keep.things.lay_all(self.name, self.room)
        self.tell_others(text.FALLS)
        self.room, self.life = START, rules.FULL_LIFE
        self.tell_both(text.YOU_FALL, text.WAKES)
        self.show_room()
