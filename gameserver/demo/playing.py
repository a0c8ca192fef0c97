"""Going through a tour, one step after the other, until one does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.task import deferLater

from gameserver.errors import DoesNotHold, GameServerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.demo.line import Line
    from gameserver.demo.players import Player
    from gameserver.demo.stage import Stage
    from gameserver.demo.transcript import Transcript


@dataclass
class Play:
    """All that the acts of a tour are given.

    ``pace``: seconds to wait after each act, for who watches. ``before``: the number
    of the last release before the server's last start.
    """

    stage: Stage
    transcript: Transcript
    reactor: Any
    pace: float = 0.0
    before: int = 0
    players: dict[str, Player] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def marks(self) -> dict[str, int]:
        """Say how many lines each player has seen up to now."""
        return {name: len(one.lines) for name, one in self.players.items()}

    async def ask(self, verb: str, *args: object) -> Any:  # noqa: ANN401 - any verb's answer
        """Perform an admin verb."""
        return await self.stage.ask(self.reactor, verb, *args)

    async def see(self, sees: Sequence[tuple[str, str]], since: dict[str, int]) -> None:
        """Wait until each player has seen its words since then; show the lines."""
        for name, words in sees:
            line = await self.players[name].sees(words, since.get(name, 0))
            self.transcript.said(name, line)

    async def in_force(self) -> list[dict[str, Any]]:
        """Give the releases that stand, of those since the start, oldest first."""
        rows: list[dict[str, Any]] = await self.ask("releases")
        return [
            one
            for one in sorted(rows, key=lambda row: int(row["number"]))
            if one["number"] > self.before
            and one["outcome"] in {"committed", "permanent"}
        ]

    async def release(self) -> int:
        """Give the number of the last release in force; 0 as started."""
        stands = await self.in_force()
        return int(stands[-1]["number"]) if stands else 0


class Act(Protocol):
    """Something that happens in a step; ``DoesNotHold`` if it does not as it must."""

    async def play(self, play: Play) -> None:
        """Do it, and show it."""


@dataclass(frozen=True)
class Step:
    """One step of a tour: what it is about, and what happens."""

    title: str
    words: str
    acts: tuple[Act, ...]


async def play_all(tour: Sequence[Step], play: Play) -> bool:
    """Play a tour; says whether all of it holds. The server has been started."""
    began = play.reactor.seconds()
    try:
        for step in tour:
            if not await _play_step(step, play):
                return False
        return True
    finally:
        play.transcript.close(len(tour), play.reactor.seconds() - began)
        for one in play.players.values():
            await one.client.close()
        for line in play.lines.values():
            await line.cut()


async def _play_step(step: Step, play: Play) -> bool:
    transcript, began = play.transcript, play.reactor.seconds()
    transcript.begin(step.title, step.words)
    try:
        for act in step.acts:
            await act.play(play)
            await deferLater(play.reactor, play.pace)
        release = await play.release()
    except DoesNotHold as failed:
        seconds = play.reactor.seconds() - began
        transcript.fail(seconds, failed.expected, failed.seen)
        return False
    except GameServerError as error:  # a verb or a call that had to succeed
        seconds = play.reactor.seconds() - began
        seen = f"{type(error).__name__}: {error}"
        transcript.fail(seconds, f"{type(act).__name__} to succeed", seen)
        return False
    transcript.end(play.reactor.seconds() - began, release)
    return True
