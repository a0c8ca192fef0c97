"""A typed line as a call: words, quotes, and values of the declared types. Pure.

* Words are parted by spaces. A word that begins with ``'`` or ``"`` goes to the same
  quote again; an apostrophe within a word is a letter like others.
* If the last declared parameter is text, the rest of the line is its value as typed.
* Lists and dicts are written as JSON, wherever they stand.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from gameserver.client.terminal.catalogue import Catalogue, usage
from gameserver.client.terminal.kinds import kind_of
from gameserver.errors import BadArguments, NoSuchCall

if TYPE_CHECKING:
    from gameserver.client.answers import Command, Parameter

_QUOTES: Final = "'\""
_INT: Final = re.compile(r"[+-]?[0-9]{1,40}")
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it will be sent."""

    name: str
    args: tuple[Any, ...] = ()


def parse_line(line: str, catalogue: Catalogue) -> Request:
    """Read one line that is not empty.

    ``NoSuchCall`` names the nearest command; ``BadArguments`` shows the usage or the
    value that does not fit.
    """
    name, rest = _first(line)
    command = catalogue.find(name)
    if command is None:
        raise NoSuchCall(_unknown(name, catalogue))
    args, rest = _arguments(command, rest)
    required = sum(not parameter.optional for parameter in command.parameters)
    if rest or len(args) < required:
        raise BadArguments(f"usage: {usage(command)}")
    return Request(command.name, tuple(args))


def _first(text: str) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1)
    return word, rest[0].strip() if rest else ""


def _unknown(name: str, catalogue: Catalogue) -> str:
    near = catalogue.nearest(name)
    hint = f'Did you mean "{near}"?' if near else 'Try "help".'
    return f'There is no command "{name}". {hint}'


def _arguments(command: Command, rest: str) -> tuple[list[Any], str]:
    args = []
    for number, parameter in enumerate(command.parameters, 1):
        if not rest:
            break
        is_last = number == len(command.parameters)
        value, rest = _take(parameter, rest, is_last=is_last)
        args.append(value)
    return args, rest


def _take(parameter: Parameter, rest: str, *, is_last: bool) -> tuple[Any, str]:
    """Take one value off the front of the rest."""
    kind = kind_of(parameter.type)
    if kind in ("list", "dict"):
        return _take_json(parameter, kind, rest)
    if kind in ("str", "any") and is_last:
        return (rest if kind == "str" else _guess(rest)), ""
    word, rest = take_word(rest)
    return _convert(parameter, kind, word), rest


def take_word(text: str) -> tuple[str, str]:
    """Part the first word, without its quotes, from what follows it."""
    if text[0] not in _QUOTES:
        return _first(text)
    end = text.find(text[0], 1)
    if end < 0 or text[end + 1 : end + 2].strip():
        raise BadArguments(f"the quote {text[0]} is not closed before a space")
    return text[1:end], text[end + 1 :].strip()


def _convert(parameter: Parameter, kind: str, word: str) -> Any:  # noqa: ANN401 - by the declared type
    if kind == "str":
        return word
    if kind == "any":
        return _guess(word)
    if kind == "int" and _INT.fullmatch(word):
        return int(word)
    if kind == "float":
        return _float(parameter, word)
    if kind == "bool" and word.lower() in _TRUE | _FALSE:
        return word.lower() in _TRUE
    expected = {"int": "a whole number", "bool": "yes or no"}[kind]
    raise _misfit(parameter, word, expected)


def _float(parameter: Parameter, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _misfit(parameter, word, "a number")
    return number


def _take_json(parameter: Parameter, kind: str, rest: str) -> tuple[Any, str]:
    try:
        value, end = _JSON.raw_decode(rest)
    except (ValueError, RecursionError):
        value, end = None, 0
    if isinstance(value, dict if kind == "dict" else list):
        return value, rest[end:].strip()
    example = '{"name": 1}' if kind == "dict" else '["a", "b"]'
    raise _misfit(parameter, rest, f"JSON such as {example}")


def _guess(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON where the type says nothing; what is no JSON is text."""
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError):
        return text


def _misfit(parameter: Parameter, seen: str, expected: str) -> BadArguments:
    return BadArguments(f"{parameter.name}: {seen!r} is not {expected}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


# NaN and Infinity are no JSON, though Python's reader takes them.
_JSON: Final = json.JSONDecoder(parse_constant=_no_constant)
