"""What the tour prints: steps, changes, commands, what each player saw, figures."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, TextIO

from gameserver.bench.progress import show

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOLD, _DIM, _RED, _GREEN, _CYAN = "1", "2", "31", "32", "36"
_WIDTH: Final = 100  # characters of a line of a player's window that are shown


@dataclass
class StepReport:
    """One step as it went: ``release`` in force at its end, pauses in seconds."""

    number: int
    title: str
    holds: bool = False
    seconds: float = 0.0
    release: int = 0
    pauses: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    expected: str = ""
    seen: str = ""


class Transcript:
    """Prints to ``stream`` as things happen; with ``as_json`` one object at the end.

    Colours on a terminal only, and not where NO_COLOR is set.
    """

    def __init__(self, stream: TextIO, *, as_json: bool = False) -> None:
        self.steps: list[StepReport] = []
        self._stream = stream
        self._as_json = as_json
        self._has_colours = stream.isatty() and not os.environ.get("NO_COLOR")

    @property
    def step(self) -> StepReport:
        """The step at work."""
        return self.steps[-1]

    def begin(self, title: str, words: str) -> None:
        """Head a step."""
        self.steps.append(StepReport(len(self.steps) + 1, title))
        if self._as_json:
            show(f"{self.step.number}. {title}")
        self._print("")
        self._print(f"{self.step.number}. {title}", _BOLD)
        self._print(f"   {words}")

    def changed(self, file: str, lines: Sequence[str]) -> None:
        """Show what is changed in a file."""
        self._put(f"  {file}", _DIM)
        for line in lines:
            colour = {"+": _GREEN, "-": _RED}.get(line[0], _DIM)
            self._put(f"    {line}", colour)

    def typed(self, command: str) -> None:
        """Show a command."""
        self._put(f"  $ {command}", _CYAN)

    def said(self, who: str, line: str) -> None:
        """Show a line of a player's window, or what a command answered."""
        short = line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
        self._put(f"  {who:>6} | {short}")

    def told(self, line: str) -> None:
        """Show a remark."""
        self._put(f"    {line}", _DIM)

    def released(self, number: int, outcome: str, pause: float | None) -> None:
        """Show what became of a release; ``pause`` in seconds."""
        shown = "" if pause is None else f", pause {pause * 1000:.1f} ms"
        self._put(f"    release {number} is {outcome}{shown}")
        if pause is not None:
            self.step.pauses.append(pause)

    def end(self, seconds: float, release: int) -> None:
        """Close a step that holds."""
        step = self.step
        step.holds, step.seconds, step.release = True, seconds, release
        code = f"code of release {release}" if release else "code as started"
        self._print(f"   holds: {code}, {seconds:.1f} s", _GREEN)

    def fail(self, seconds: float, expected: str, seen: str) -> None:
        """Close a step that does not hold."""
        step = self.step
        step.seconds, step.expected, step.seen = seconds, expected, seen
        self._print("   DOES NOT HOLD", _RED)
        self._print(f"   expected: {expected}")
        self._print(f"   saw:      {seen}")
        self._print("   It plays what is in plugins/: what was edited there tells.")

    def close(self, whole: int, seconds: float) -> None:
        """Sum up; ``whole``: how many steps the tour has."""
        held = [one for one in self.steps if one.holds]
        pauses = [one for step in self.steps for one in step.pauses]
        document: dict[str, Any] = {
            "holds": len(held) == whole,
            "steps": [asdict(one) for one in self.steps],
            "seconds": seconds,
            "longest_pause": max(pauses, default=None),
        }
        if self._as_json:
            show("")
            self._stream.write(json.dumps(document, indent=2) + "\n")
            return
        longest = f", longest pause {max(pauses) * 1000:.1f} ms" if pauses else ""
        self._print("")
        self._print(
            f"{len(held)} of {whole} steps hold, {seconds:.1f} s{longest}", _BOLD
        )

    def _put(self, line: str, colour: str = "") -> None:
        self.step.lines.append(line.strip())
        self._print(f" {line}", colour)

    def _print(self, line: str, colour: str = "") -> None:
        if self._as_json:
            return
        if colour and self._has_colours:
            line = f"\x1b[{colour}m{line}\x1b[0m"
        self._stream.write(line + "\n")
        self._stream.flush()
