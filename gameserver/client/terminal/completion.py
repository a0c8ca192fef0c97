"""What could follow what is typed; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gameserver.client.terminal.catalogue import Catalogue, usage
from gameserver.client.terminal.plain_text import one_line

if TYPE_CHECKING:
    from gameserver.client.answers import Command


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on: ``text`` in place of the last ``replaces`` characters.

    ``shown`` and ``meta`` are what a menu says of it: the usage and the summary.
    """

    text: str
    replaces: int
    shown: str
    meta: str


def candidates(before_cursor: str, catalogue: Catalogue) -> list[Candidate]:
    """Give the commands that begin like the word being typed.

    Only for the first word, and for the topic of ``help``; arguments are the game's.
    """
    first, space, rest = before_cursor.lstrip().partition(" ")
    if not space:
        return [_candidate(one, first) for one in _beginning(first, catalogue)]
    own = catalogue.find_own(first)
    topic = rest.lstrip()
    if own is None or own.name != "help" or " " in topic:
        return []
    return [_candidate(one, topic) for one in _beginning(topic, catalogue)]


def hint(line: str, catalogue: Catalogue) -> str:
    """Give the usage of the command whose arguments are being typed, or nothing."""
    name, space, _ = line.lstrip().partition(" ")
    command = catalogue.find(name) or catalogue.find_own(name)
    return usage(command) if command is not None and space else ""


def _beginning(word: str, catalogue: Catalogue) -> list[Command]:
    begin = word.lower()
    return [one for one in catalogue.all if one.name.lower().startswith(begin)]


def _candidate(command: Command, word: str) -> Candidate:
    return Candidate(
        one_line(command.name), len(word), usage(command), one_line(command.summary)
    )
