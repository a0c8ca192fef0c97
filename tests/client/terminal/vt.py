"""As much of a VT100 as a prompt needs: what a person would see on the glass."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"\x1b\[(?P<args>[0-9;?]*)(?P<gap> ?)(?P<final>[@-~])"  # control sequences
    r"|\x1b\](?P<title>[^\x07]*)\x07"  # titles
    r"|\x1b(?P<short>[^\[\]])"
)


class Glass:
    """80 columns, 24 rows, and all that has scrolled off above them."""

    columns, rows = 80, 24

    def __init__(self):
        self.lines = [""]
        self.top = 0
        self.x = self.y = 0
        self.colours = set()
        self._held = ""

    def feed(self, text):
        """Draw; give what the terminal answers to the program."""
        text, self._held = self._held + text, ""
        replies, at = "", 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
                continue
            found = _SEQUENCE.match(text, at)
            if found is None:
                self._held = text[at:]
                break
            replies += self._control(found)
            at = found.end()
        return replies

    def _put(self, one):
        if one == "\r":
            self.x = 0
        elif one == "\n":
            self._down()
        elif one == "\b":
            self.x = max(0, self.x - 1)
        elif one >= " ":
            if self.x == self.columns:
                self.x = 0
                self._down()
            line = self.lines[self.y].ljust(self.x)
            self.lines[self.y] = line[: self.x] + one + line[self.x + 1 :]
            self.x += 1

    def _down(self):
        self.y += 1
        if self.y == len(self.lines):
            self.lines.append("")
        self.top = max(self.top, self.y - self.rows + 1)

    def _control(self, found):
        final, args = found["final"], found["args"] or ""
        if final is None or args.startswith("?"):
            return ""
        numbers = [int(one or 0) for one in args.split(";")]
        if final in "ABCD":
            self._move(final, max(1, numbers[0]))
        elif final in "JK":
            rest = len(self.lines) if final == "J" else self.y + 1
            self.lines[self.y : rest] = [self.lines[self.y][: self.x]]
        elif final == "m":
            self.colours.update(one for one in numbers if 30 <= one % 60 <= 47)
        elif final == "n":
            return f"\x1b[{self.y - self.top + 1};{self.x + 1}R"
        return ""

    def _move(self, direction, count):
        if direction == "A":
            self.y = max(self.top, self.y - count)
        elif direction == "B":
            for _ in range(count):
                self._down()
        elif direction == "C":
            self.x = min(self.columns, self.x + count)
        else:
            self.x = max(0, self.x - count)

    @property
    def text(self):
        """All lines, without what is blank at their ends."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip()

    @property
    def cursor_line(self):
        """The line the cursor is in, up to the cursor."""
        return self.lines[self.y].ljust(self.x)[: self.x]
