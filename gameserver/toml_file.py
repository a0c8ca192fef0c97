"""Reading one TOML file, with the line of every key and one line for every mistake.

``tomllib`` does not say where a key is. So the text is read a second time, statement
by statement, each under the table header above it: dotted keys, quoted keys, inline
tables and values over many lines are all found by ``tomllib`` itself, and nothing here
has to know TOML's grammar.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gameserver.database_url import without_addresses
from gameserver.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KeyPath = tuple[str, ...]
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True)
class TomlFile:
    """The values of one file, and where they are."""

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def place(self, *key: str) -> str:
        """Give file and line of a key or table, ``gameserver.toml:7``."""
        return f"{self.path}:{self.lines[key]}"


def read(path: Path) -> TomlFile:
    """Read the file; ``SettingError`` if it cannot be read or is not TOML."""
    text = _text(path)
    return TomlFile(path, _document(path, text), key_lines(text))


def key_lines(text: str) -> dict[KeyPath, int]:
    """Give the first line, counted from 1, of every table and key of valid TOML."""
    lines: dict[KeyPath, int] = {}
    header = ""
    for number, statement in _statements(text):
        is_header = statement.lstrip().startswith("[")
        header = statement if is_header else header
        document = tomllib.loads(header if is_header else header + statement)
        for path in _paths(document):
            lines.setdefault(path, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Give each statement with its line; only a whole one parses by itself."""
    pending, start = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        start = start if pending else number
        pending += line + "\n"
        if _parses(pending):
            yield start, pending
            pending = ""


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _paths(table: Mapping[str, object], above: KeyPath = ()) -> Iterator[KeyPath]:
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        msg = f"{file}: cannot be read ({reason}), expected a TOML file"
        raise SettingError(msg) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingError.wrong(
            f"{file}:{line}", raw[error.start], "UTF-8 text"
        ) from error


def _document(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also a number with thousands of digits
        lines = text.split("\n")
        found = _PLACE.search(str(error))
        line, column = found.groups() if found else (None, None)
        line, column = line or str(len(lines)), column or "1"
        reason = _PLACE.sub("", str(error))
        place, seen = f"{file}:{line}:{column}", lines[int(line) - 1].strip()
        seen = without_addresses(seen)  # a password may be in one
        raise SettingError.wrong(place, seen, f"TOML ({reason})") from error
