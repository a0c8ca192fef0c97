"""When a change in the plugin folder is whole: events in, verdict out, no clock.

- A burst is settled when ``settle`` seconds passed since the last event, and no file is
  being written: modified, and not closed since.
- A file that vanished is waited for longer: some editors remove one, then write it.
- A text that is cut short is waited for, however long that takes; if nothing more comes
  for ``PATIENCE``, that is told as a mistake. A text with a mistake in its midst is
  whole: the release will be refused, and say why.
- What is as it was when last told is no change: an editor saved it unchanged, or put
  it back.
"""

from __future__ import annotations

import io
import tokenize
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SETTLE = 0.3
"""Seconds without an event that end a burst."""
VANISHED = 1.0
"""Seconds without an event after which a file that is gone is believed to be."""
PATIENCE = 5.0
"""Seconds without an event after which a text that is cut short is a mistake."""

_CUT = "looks cut short"
_WRITING = "is being written"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about the changes so far.

    ``changed``: the files to tell of, if it is time. Else ``until``: when to look
    again, in the seconds of the events; None: at the next event. ``waits_for``: why
    files are waited for, a line each. ``overdue``: what is wrong with those for which
    that took too long.
    """

    changed: frozenset[str] = frozenset()
    until: float | None = None
    waits_for: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()


NOTHING = Verdict()


@dataclass
class Burst:
    """What has happened since the last call.

    ``known``: the content of each file as it was told last. Times are seconds of any
    clock that never goes back.
    """

    known: dict[str, bytes]
    settle: float = SETTLE
    vanished: float = VANISHED
    last: float | None = None
    """When the last event came; None if none did since the last call."""
    writing: set[str] = field(default_factory=set)
    """Files that were modified and not closed since."""

    @property
    def due(self) -> float | None:
        """When to ask for a verdict; None for not before the next event."""
        return None if self.last is None else self.last + self.settle

    def touched(self, now: float) -> None:
        """Note that something has changed."""
        self.last = now

    def modified(self, file: str, now: float) -> None:
        """Note that somebody writes to a file."""
        self.writing.add(file)
        self.touched(now)

    def closed(self, file: str, now: float) -> None:
        """Note that a file was closed after writing, moved, or removed."""
        self.writing.discard(file)
        self.touched(now)

    def judge(self, found: Mapping[str, bytes], now: float) -> Verdict:
        """Decide, and note what is told as known.

        ``found``: the content of every file that is there.
        """
        if self.last is None:
            return NOTHING
        changed = {one for one in found if found[one] != self.known.get(one)}
        gone = self.known.keys() - found.keys()
        due = self.last + max(self.settle, self.vanished if gone else 0.0)
        if now < due:
            return Verdict(until=due)
        waits = self._waits(found, changed) if changed or gone else ()
        if waits:
            return self._waiting(waits, now)
        self.known = dict(found)
        self.last = None
        return Verdict(frozenset(changed | gone))

    def _waiting(self, waits: tuple[str, ...], now: float) -> Verdict:
        assert self.last is not None, "something has changed"
        late = self.last + PATIENCE
        if now < late:
            return Verdict(until=late, waits_for=waits)
        wrong = tuple(
            one.replace(_CUT, "SyntaxError", 1)
            for one in waits
            if not one.endswith(_WRITING)
        )
        return Verdict(waits_for=waits, overdue=wrong)

    def _waits(
        self, found: Mapping[str, bytes], changed: Collection[str]
    ) -> tuple[str, ...]:
        """Say of each file that is not whole why."""
        why = {
            one: cut_short(found[one], self.known.get(one, b"")) for one in changed
        } | dict.fromkeys(self.writing, _WRITING)
        return tuple(f"{one}: {why[one]}" for one in sorted(why) if why[one])


def cut_short(content: bytes, before: bytes = b"") -> str:
    """Say in what way a text looks as if its end were missing; "" if it does not.

    ``before``: the text that it replaces: what was empty already may be so.
    """
    if not content.strip():
        return "is empty" if before.strip() else ""
    if b"\0" in content:
        return "holds null bytes"  # as after a crash, or before all is copied
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the release tells them, once
            compile(content, "<saved>", "exec", dont_inherit=True)
    except SyntaxError as error:
        line = error.lineno or 1
        if _is_cut_in_a_character(content) or line >= _last_statement(content, error):
            return f"{_CUT} at line {line}: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return ""  # too deep, perhaps: nothing that is missing would mend that
    return ""


def _is_cut_in_a_character(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


def _last_statement(content: bytes, wrong: SyntaxError) -> int:
    """Give the line at which the last statement begins; 0 if a bracket is open there.

    The parser names the line of an open bracket, however far from the end, unless it
    stumbled before: then ``wrong`` says no more than that.
    """
    first, is_new = 1, True
    try:
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            if token.type == tokenize.NEWLINE:
                is_new = True
            elif is_new and token.type not in _NO_STATEMENT:
                first, is_new = token.start[0], False
    except tokenize.TokenError as error:
        if any(word in str(error) for word in ("EOF", "triple-quoted")):
            return _last_line(content) if wrong.msg == "invalid syntax" else 0
        return _last_line(content)
    except SyntaxError:
        return _last_line(content)
    return first


def _last_line(content: bytes) -> int:
    """Give the number of the last line that is neither blank nor a comment."""
    lines = list(enumerate(content.splitlines(), 1))
    full = (n for n, line in lines if line.strip() and line.lstrip()[:1] != b"#")
    return max(full, default=1)


_NO_STATEMENT = frozenset(
    {
        tokenize.ENCODING,
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)
