"""What an author's annotation means to who types a value: a kind, and words. Pure."""

from __future__ import annotations

import re
from typing import Final

_OPTIONAL: Final = re.compile(r"(?:typing\.)?Optional\[(.*)\]")
_INNER: Final = re.compile(r"\[.*\]")
_CHOICES: Final = re.compile(r"\bLiteral\[(.*)\]")
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_WORDS: Final = {
    "int": "whole number",
    "float": "number",
    "bool": "yes or no",
    "list": "JSON list",
    "dict": "JSON dict",
}


def kind_of(declared: str) -> str:
    """Give ``str``, ``int``, ``float``, ``bool``, ``list``, ``dict`` or ``any``.

    ``declared`` is an annotation as text; ``None`` beside it does not matter, as an
    argument that is left out is not sent.
    """
    if optional := _OPTIONAL.fullmatch(declared):
        declared = optional[1]
    parts = {part.strip() for part in _INNER.sub("", declared).split("|")} - {"None"}
    if len(parts) != 1:
        return "any"
    base = parts.pop().rpartition(".")[2]
    if base in ("tuple", "set", "frozenset", "Sequence"):
        return "list"
    if base == "Mapping":
        return "dict"
    if base == "Literal":
        return "str"
    return base if base in ("str", "int", "float", "bool", "list", "dict") else "any"


def words_for(declared: str) -> str:
    """Say in a player's words what may be typed; nothing where that is any text."""
    kind = kind_of(declared)
    if kind == "str" and (choices := _CHOICES.search(declared)):
        return " or ".join(one or other for one, other in _QUOTED.findall(choices[1]))
    return _WORDS.get(kind, "")
