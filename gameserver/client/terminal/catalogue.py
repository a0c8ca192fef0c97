"""The commands a player has, found by name, near name, and shown as usage: pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from gameserver.client.answers import Command, Parameter
from gameserver.client.terminal.kinds import words_for
from gameserver.client.terminal.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN: Final = (
    Command(
        "help",
        (Parameter("command", "str", optional=True),),
        "List the commands, or explain one.",
    ),
    Command("quit", (), "Leave."),
)
"""What the terminal itself understands; ``/help`` too, if the game has a ``help``."""


@dataclass(frozen=True)
class Catalogue:
    """What can be typed: the game's commands, and the terminal's own behind them."""

    commands: tuple[Command, ...] = ()

    @property
    def all(self) -> tuple[Command, ...]:
        """The game's commands, then the terminal's own that it does not hide."""
        hidden = {command.name for command in self.commands}
        return (*self.commands, *(own for own in OWN if own.name not in hidden))

    def find(self, name: str) -> Command | None:
        """Give the game's command of that name; capitals matter only between two."""
        return _named(name, self.commands)

    def find_own(self, word: str) -> Command | None:
        """Give the terminal's own command: ``/quit``, or ``quit`` if no game's."""
        if word.startswith("/"):
            return _named(word[1:], OWN)
        return None if self.find(word) else _named(word, OWN)

    def nearest(self, name: str) -> str | None:
        """Give the name that was probably meant, or None."""
        names = {command.name.lower(): command.name for command in self.all}
        begun = [one for one in names if one.startswith(name.lower())]
        close = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        return names[(begun or close)[0]] if begun or close else None


def usage(command: Command) -> str:
    """Show how it is typed: ``give <item> [count: whole number]``."""
    words = [command.name, *map(_placeholder, command.parameters)]
    return one_line(" ".join(words))


def labelled(parameter: Parameter) -> str:
    """Give its name, and in a player's words what it takes if that is not text."""
    words = words_for(parameter.type)
    return f"{parameter.name}: {words}" if words else parameter.name


def _placeholder(parameter: Parameter) -> str:
    shown = labelled(parameter)
    return f"[{shown}]" if parameter.optional else f"<{shown}>"


def _named(name: str, commands: Iterable[Command]) -> Command | None:
    among = list(commands)
    exact = [one for one in among if one.name == name]
    similar = [one for one in among if one.name.lower() == name.lower()]
    return next(iter(exact or similar), None)
