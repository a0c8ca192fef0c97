"""What a server sends, as text that is safe to print: pure.

Names and speech come from other players. An escape sequence among them could recolour,
retitle or rewrite a terminal, and an override of the writing direction could make one
text look like another; none of them gets through.
"""

from __future__ import annotations

import json
import textwrap
import unicodedata
from typing import Final

_LONGEST: Final = 4000
_DEEPEST: Final = 20
_REPLACED: Final = frozenset({"Cc", "Cf", "Cs"})
# The joiners belong to scripts and to family emoji, and move nothing.
_KEPT: Final = frozenset("\n\u200c\u200d")
_NEWLINES: Final = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n"}
_SURROGATE_SAFE: Final = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """Give the text with its line breaks, and without any other control character."""
    if text.isprintable():
        return text
    for written, newline in _NEWLINES.items():
        text = text.replace(written, newline)
    return "".join(map(_safe, text.expandtabs(4)))


def one_line(text: str) -> str:
    """Give cleaned text on one line, each line break a space."""
    return clean(text).replace("\n", " ")


def wrapped(text: str, columns: int) -> str:
    """Break long lines between words; what continues is indented as it began."""
    return "\n".join(_wrapped(line, columns) for line in text.split("\n"))


def _wrapped(line: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    indent = line[: len(line) - len(line.lstrip())][: columns // 2]
    parts = textwrap.wrap(
        line,
        columns,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(parts)


def plain(value: object) -> str:
    """Write a value much as JSON would, on one line, at most some thousand characters.

    Bounded, because lists that share their elements can be gigabytes when written out;
    total, because a server may send what JSON has no form for.
    """
    writer = _Writer()
    writer.write(value, 0)
    return one_line("".join(writer.parts))


def _safe(character: str) -> str:
    is_bad = unicodedata.category(character) in _REPLACED and character not in _KEPT
    return _SURROGATE_SAFE if is_bad else character


class _Writer:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self._left = _LONGEST

    def _put(self, text: str) -> None:
        if self._left <= 0:
            return
        shown = text if len(text) <= self._left else text[: self._left] + "..."
        self._left -= len(text)
        self.parts.append(shown)

    def write(self, value: object, depth: int) -> None:
        if self._left <= 0:
            return
        if depth > _DEEPEST:
            self._put("...")
        elif isinstance(value, dict):
            self._dict(value, depth)
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._list(list(value), depth)
        else:
            self._put(_atom(value))

    def _dict(self, value: dict[object, object], depth: int) -> None:
        self._put("{")
        for number, (key, item) in enumerate(value.items()):
            self._put(", " if number else "")
            self.write(key, depth + 1)
            self._put(": ")
            self.write(item, depth + 1)
            if self._left <= 0:
                return
        self._put("}")

    def _list(self, value: list[object], depth: int) -> None:
        self._put("[")
        for number, item in enumerate(value):
            self._put(", " if number else "")
            self.write(item, depth + 1)
            if self._left <= 0:
                return
        self._put("]")


def _atom(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return json.dumps(value[: _LONGEST + 1], ensure_ascii=False)
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if type(value).__module__ in ("datetime", "decimal"):
        return str(value)
    return f"<{type(value).__name__}>"
