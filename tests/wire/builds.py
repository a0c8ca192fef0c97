"""Both builds of the codec, and test cases for each: one suite, run twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gameserver import compiled
from gameserver.wire import decoder, encoder, message, plain
from gameserver.wire.edition import EDITION
from tests.builds import cases


@dataclass(frozen=True)
class Build:
    """The functions of one build."""

    name: str
    Decoder: Callable[..., Any]
    encode: Callable[[Any], bytes]
    decode: Callable[..., Any]
    message: Callable[[tuple[Any, ...]], bytes]


PURE = Build("pure", decoder.Decoder, encoder.encode, plain.decode, message.message)

_twin, _said = compiled.twin("gameserver.wire", EDITION, {})
COMPILED = (
    None
    if _twin is None
    else Build("compiled", _twin.Decoder, _twin.encode, _twin.decode, _twin.message)
)
MISSING = "" if COMPILED else _said
"""Why there is no compiled build."""
BUILDS = [one for one in (PURE, COMPILED) if one]


def both(rules: type) -> tuple[type, type]:
    """Make test cases of a suite, one for each build; see ``tests.builds``."""
    return cases(rules, PURE, COMPILED, MISSING)
