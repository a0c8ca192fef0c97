"""What happens, as pieces of text of a kind; pure, and safe to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gameserver.client.session import DROPPED
from gameserver.client.terminal.catalogue import Catalogue, labelled, usage
from gameserver.client.terminal.plain_text import clean, one_line, plain

if TYPE_CHECKING:
    from gameserver.client.answers import Command
    from gameserver.errors import GameError


@dataclass(frozen=True, slots=True)
class Piece:
    """One or more whole lines. ``kind`` only chooses a colour where there are any."""

    kind: Literal["story", "answer", "error", "notice", "help"]
    text: str


def answer(value: Any) -> Piece | None:  # noqa: ANN401 - from the wire
    """Show what a call gave: text as it is, None not at all, the rest like JSON."""
    if value is None:
        return None
    return Piece("answer", clean(value) if isinstance(value, str) else plain(value))


def event(name: str, args: tuple[object, ...]) -> Piece | None:
    """Show what the server tells; ``tell`` as text, ``status`` and ``closing`` not."""
    if name == "tell" and args and all(isinstance(one, str) for one in args):
        return Piece("story", clean("\n".join(map(str, args))))
    if name == DROPPED:
        return Piece("notice", _gap(args))
    is_status = name == "status" and status_line(args) is not None
    if is_status or name == "closing":
        return None
    shown = ", ".join(map(_argument, args))
    return Piece("notice", f"{one_line(name)}: {shown}" if shown else one_line(name))


def _gap(args: tuple[object, ...]) -> str:
    """Say what is missing; after a restart nobody knows whether anything is."""
    number = args[0] if args else 0
    if number:
        return f"* {number} lines of what happened meanwhile are not shown."
    return "* Back again; what happened meanwhile, if anything did, is not shown."


def status_line(args: tuple[object, ...]) -> str | None:
    """Show a ``status`` event's labels on one line; None if it is no such event."""
    if len(args) != 1 or not isinstance(args[0], dict):
        return None
    labels = (f"{_argument(label)} {_argument(it)}" for label, it in args[0].items())
    return " | ".join(labels)[:500]


def _argument(value: Any) -> str:  # noqa: ANN401 - from the wire
    return one_line(value) if isinstance(value, str) else plain(value)


def error(failed: GameError) -> Piece:
    """Show a refusal and its code."""
    text = clean(failed.text) or "refused"
    return Piece("error", f"{text} [{one_line(failed.code)}]")


def problem(failed: GameError) -> Piece:
    """Show what is wrong with a line that was not sent."""
    return Piece("error", one_line(failed.text))


def state(name: str, *details: Any) -> Piece | None:  # noqa: ANN401 - as on_state tells
    """Show a change of the connection; None for what needs no words."""
    match name, details:
        case "lost", (why,):
            return Piece("notice", f"* Connection lost: {one_line(why).rstrip('.')}.")
        case "reconnecting", (seconds,):
            return Piece("notice", f"* Trying again in {seconds:.1f} s.")
        case "resumed", _:
            return Piece("notice", "* Connected again.")
    return None


def help_for(topic: str, catalogue: Catalogue) -> Piece:
    """Show all commands with their summaries, or one and what it takes."""
    if not topic:
        return Piece("help", "\n".join(_listed(catalogue)))
    command = catalogue.find(topic) or catalogue.find_own(topic)
    if command is not None:
        return Piece("help", "\n".join(_explained(command)))
    near = catalogue.nearest(topic)
    hint = f' Did you mean "{near}"?' if near else ""
    return Piece("error", one_line(f'There is no command "{topic}".{hint}'))


def _listed(catalogue: Catalogue) -> list[str]:
    usages = [usage(command) for command in catalogue.all]
    width = min(32, max(map(len, usages)))
    return [
        f"  {shown:<{width}}  {one_line(command.summary)}".rstrip()
        for shown, command in zip(usages, catalogue.all, strict=True)
    ]


def _explained(command: Command) -> list[str]:
    lines = [f"usage: {usage(command)}", one_line(command.summary)]
    for parameter in command.parameters:
        optional = ", may be left out" if parameter.optional else ""
        said = labelled(parameter) + optional
        if said != parameter.name:  # the usage has the name already
            lines.append(one_line(f"  {said}"))
    return [line for line in lines if line]
