"""Both builds of the codec, and test cases for each: one suite, run twice."""

from __future__ import annotations

import os
import shlex
import shutil
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.wire import codec, decoder, encoder, message, plain


@dataclass(frozen=True)
class Build:
    """The functions of one build."""

    name: str
    Decoder: Callable[..., Any]
    encode: Callable[[Any], bytes]
    decode: Callable[..., Any]
    message: Callable[[tuple[Any, ...]], bytes]


PURE = Build("pure", decoder.Decoder, encoder.encode, plain.decode, message.message)

_twin, _said = codec.twin({})
COMPILED = (
    None
    if _twin is None
    else Build("compiled", _twin.Decoder, _twin.encode, _twin.decode, _twin.message)
)
MISSING = "" if COMPILED else _said
"""Why there is no compiled build."""
BUILDS = [one for one in (PURE, COMPILED) if one]


def compiler() -> str | None:
    """Give the C compiler that an installation would find, or None."""
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    return shutil.which(shlex.split(command)[0])


def both(rules: type) -> tuple[type, type]:
    """Make test cases of a suite: its ``build`` is pure in one, compiled in the other.

    The second is skipped where there is no compiled build.
    """
    common = {"__module__": rules.__module__, "__doc__": rules.__doc__}
    compiled = {"skip": MISSING} if COMPILED is None else {"build": COMPILED}
    bases = (rules, SynchronousTestCase)
    return (
        type(f"Pure{rules.__name__}", bases, {**common, "build": PURE}),
        type(f"Compiled{rules.__name__}", bases, {**common, **compiled}),
    )
