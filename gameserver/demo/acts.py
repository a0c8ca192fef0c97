"""What players do and see in a tour: calls, ticks, lines that are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gameserver.demo.line import Line
from gameserver.demo.players import Player
from gameserver.demo.verdicts import require_in_order, require_once, require_steady
from gameserver.errors import DoesNotHold, GameError

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from gameserver.demo.playing import Play

Sees = tuple[tuple[str, str], ...]
"""Who sees which words, in the order in which they are waited for."""

_GAP: Final = "may be missing"


@dataclass(frozen=True)
class Join:
    """Somebody makes an account and logs in, over a line of their own."""

    name: str
    sees: Sees = ()

    async def play(self, play: Play) -> None:
        """Connect, register, log in."""
        line = Line(play.stage.port, play.reactor)
        play.lines[self.name] = line
        endpoint = f"tls:localhost:{line.entry}"
        player = Player(self.name, endpoint, play.stage.trust, play.reactor)
        play.players[self.name] = player
        await player.join()
        play.transcript.told(f"{self.name} has joined, over TLS")
        await play.see(self.sees, {})


@dataclass(frozen=True)
class Do:
    """A player calls a command: ``answer`` has these words, and all see ``sees``.

    ``refused``: the code with which the call must fail, empty if it must not.
    """

    name: str
    typed: str
    sees: Sees = ()
    answer: str = ""
    refused: str = ""

    async def play(self, play: Play) -> None:
        """Call, and wait for what is to be seen."""
        since = play.marks()
        play.transcript.said(self.name, f"> {self.typed}")
        answer = await self._called(play)
        text = "" if answer is None else str(answer)
        if self.answer not in text:
            raise DoesNotHold(f"{self.typed} answers: {self.answer}", text or "nothing")
        if text:
            play.transcript.said(self.name, _around(text, self.answer))
        await play.see(self.sees, since)

    async def _called(self, play: Play) -> Any:  # noqa: ANN401 - the game's values
        command, _, words = self.typed.partition(" ")
        call = play.players[self.name].client.call(command, *([words] if words else []))
        try:
            answer = await call
        except GameError as error:
            if not self.refused or error.code != self.refused:
                expected = self.refused or "an answer"
                raise DoesNotHold(f"{self.typed}: {expected}", str(error)) from error
            return str(error)
        if self.refused:
            raise DoesNotHold(f"{self.typed}: refused, {self.refused}", str(answer))
        return answer


@dataclass(frozen=True)
class Breathe:
    """Let the shade tick: each player hears each breath once, a second apart.

    Those of the whole step count, so a release between two ticks is among them.
    """

    ticks: int = 2

    async def play(self, play: Play) -> None:
        """Wait for so many more, and compare all that was heard."""
        breaths = [one.breaths for one in play.players.values() if one.breaths]
        last = max((heard[-1][0] for heard in breaths), default=0)
        for one in play.players.values():
            await one.breathed(last + self.ticks)
            gap = require_steady(one.name, one.breaths)
            numbers = ", ".join(str(number) for number, _ in one.breaths)
            apart = f"; at most {gap:.2f} s apart" if gap else ""
            play.transcript.said(one.name, f"breath {numbers}{apart}")


@dataclass(frozen=True)
class Cut:
    """A player's line is cut; the server is not told."""

    name: str

    async def play(self, play: Play) -> None:
        """Cut, and wait until the client knows."""
        player = play.players[self.name]
        since = len(player.states)
        await play.lines[self.name].cut()
        await player.is_in_state("lost", since=since)
        play.transcript.told(f"{self.name}'s line is cut")


@dataclass(frozen=True)
class Mend:
    """The line is mended: the client comes back, and hears what it has missed."""

    name: str
    sees: Sees

    async def play(self, play: Play) -> None:
        """Mend, and wait for the session of before and for the events."""
        player = play.players[self.name]
        since, states = play.marks(), len(player.states)
        play.lines[self.name].mend()
        await player.is_in_state("resumed", True, since=states)  # noqa: FBT003 - the state's detail
        play.transcript.told(f"{self.name} is back, in the same session; it missed:")
        await play.see(self.sees, since)
        await player.is_told_all()
        missed = player.lines[since[self.name] :]
        require_in_order(missed, [words for _, words in self.sees])


@dataclass(frozen=True)
class Kill:
    """The server is killed; it starts again, and all clients come back by themselves.

    ``calls``: who calls what while there is no server. Each is carried out once, by
    the new one: its caller sees these words once. All are told that events of before,
    which nobody can know of any more, may be missing.
    """

    calls: tuple[tuple[str, str, str], ...]

    async def play(self, play: Play) -> None:
        """Kill, call, start, and wait for all sessions and answers."""
        since = play.marks()
        states = {name: len(one.states) for name, one in play.players.items()}
        rows = await play.ask("releases", 1)
        play.before = rows[0]["number"] if rows else 0
        play.stage.kill()
        play.transcript.told("the server process is dead: SIGKILL")
        for name, one in play.players.items():
            await one.is_in_state("lost", since=states[name])
        answers = [self._called(play, name, typed) for name, typed, _ in self.calls]
        await self._restarted(play, states)
        for answer in answers:
            await answer
        await play.see([(name, _GAP) for name in play.players], since)
        await play.see([(name, words) for name, _, words in self.calls], since)
        for name, _, words in self.calls:
            await play.players[name].is_told_all()
            require_once(name, play.players[name].lines[since[name] :], words)

    def _called(self, play: Play, name: str, typed: str) -> Deferred[Any]:
        """Make a call that has nowhere to go yet."""
        play.transcript.said(name, f"> {typed}")
        command, _, words = typed.partition(" ")
        return play.players[name].client.call(command, words)

    async def _restarted(self, play: Play, states: dict[str, int]) -> None:
        """Start the server again, and wait until all are in their sessions."""
        began = play.reactor.seconds()
        play.transcript.typed("gameserver run")
        await play.stage.start(play.reactor)
        for name, one in play.players.items():
            await one.is_in_state("resumed", True, since=states[name])  # noqa: FBT003 - as above
        seconds = play.reactor.seconds() - began
        play.transcript.told(f"all are back in their sessions, after {seconds:.1f} s")


def _around(text: str, words: str) -> str:
    """Give the first line of a text that has these words."""
    return next((one for one in text.splitlines() if words in one), text)
