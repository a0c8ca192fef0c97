"""What a setting may be: a number in a range, one of some words, a path, a list.

A kind checks one value and gives it as the program uses it. It knows nothing of where
the value came from; ``SettingError.wrong`` makes the operator's line of a refusal.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

_T = TypeVar("_T")


def setting(kind: Kind, doc: str, *, default: _T, option: str = "") -> _T:
    """Declare one setting of a section, as ``dataclasses.field`` does.

    ``doc``: its meaning in a sentence. ``option``: its command line name where that
    is not the key's.
    """
    metadata = {"kind": kind, "doc": doc, "option": option}
    return field(default=default, metadata=metadata)


def as_toml(default: object) -> str:
    """Give a default as one would write it in the file."""
    if default is None:
        return '""'
    return json.dumps(str(default) if isinstance(default, Path) else default)


class Kind(Protocol):
    """What a setting may be. ``expected`` completes the sentence "expected ..."."""

    @property
    def expected(self) -> str:
        """Say in words what is accepted."""

    def accept(self, value: object, folder: Path) -> object:
        """Give the value as the program uses it.

        ``folder``: what a relative path is relative to. Raises ``TypeError`` or
        ``ValueError``, without a text, for what is not ``expected``.
        """


@dataclass(frozen=True)
class Number:
    """A finite number in a closed range; ``whole`` ones are integers."""

    low: float
    high: float
    whole: bool = False
    unit: str = "seconds"

    @property
    def expected(self) -> str:
        """Name the range."""
        noun = "a whole number of" if self.whole else "a number of"
        return f"{noun} {self.unit} from {self.low:.12g} to {self.high:.12g}"

    def accept(self, value: object, folder: Path) -> object:
        """Refuse other types, also booleans, and what is outside the range."""
        del folder
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError
        if self.whole and not isinstance(value, int):
            raise TypeError
        if not self.low <= value <= self.high:  # false for nan too
            raise ValueError
        return value if self.whole else float(value)


@dataclass(frozen=True)
class Flag:
    """A boolean."""

    expected: str = "true or false"

    def accept(self, value: object, folder: Path) -> object:
        """Refuse all but a boolean."""
        del folder
        if type(value) is not bool:
            raise ValueError
        return value


@dataclass(frozen=True)
class Text:
    """A text that matches ``pattern`` whole."""

    expected: str
    pattern: re.Pattern[str]

    def accept(self, value: object, folder: Path) -> object:
        """Refuse other types and other forms."""
        del folder
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValueError
        return value


@dataclass(frozen=True)
class Texts:
    """A list of texts that are not empty, at least ``fewest`` of them."""

    expected: str
    fewest: int = 0

    def accept(self, value: object, folder: Path) -> object:
        """Give a tuple; refuse a single text, which Python would take for a list."""
        del folder
        if not isinstance(value, list | tuple) or len(value) < self.fewest:
            raise ValueError
        for item in value:
            if not isinstance(item, str) or not item.strip() or "\0" in item:
                raise ValueError
        return tuple(value)


@dataclass(frozen=True)
class PathName:
    """A path, made absolute; where it is ``optional`` an empty text means None."""

    optional: bool = False

    @property
    def expected(self) -> str:
        """Say whether nothing is an answer too."""
        return "a path or an empty text" if self.optional else "a path"

    def accept(self, value: object, folder: Path) -> object:
        """Refuse other types and paths no file can have."""
        if self.optional and value == "":
            return None
        if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
            raise ValueError
        return folder / value


def one_of(*words: str) -> Text:
    """Give the kind of a text that is one of ``words``."""
    listed = ", ".join(repr(word) for word in words)
    return Text(f"one of {listed}", re.compile("|".join(words)))


ENTRY_POINT = Text(
    "'plugin.module:Class' or an empty text",
    re.compile(r"([A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)?"),
)


def spelled(kind: Kind, value: object) -> object:
    """Take an option's text for the number or boolean that it spells, if it does."""
    if not isinstance(value, str) or not isinstance(kind, Number | Flag):
        return value
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except ValueError:
        return value
