"""Two builds of the codec, beside each other: whatever they do has to be the same.

What comes out is compared by how it prints: that tells 1 from True, 0.0 from -0.0, a
list from a tuple, and finds NaN equal to itself. Of errors, type and text count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from gameserver.wire.limits import UNBOUNDED, Limits
from tests.wire.builds import Build
from tests.wire.mutations import pieces, value

NARROW = Limits(size=120, items=40, depth=6, string=60)
_TIGHT = Limits(size=30, items=5, depth=2, string=9, prefix=3)
_LIMITS = (UNBOUNDED, NARROW, NARROW, _TIGHT)

Step = tuple[str, Any]
"""``feed`` bytes, ``take`` at most so many, set ``limits``, set ``has_words``."""


class Difference(Exception):
    """Two ways that should agree."""


class Odd(str):
    """No plain value, for it is more than a ``str``."""

    __slots__ = ()


_ODD = (Odd("x"), 1j, object, "\ud800", [[] for _ in range(40)], 2**448, b"x" * 655_361)


def outcome(act: Callable[..., Any], *given: Any) -> str:
    """Say what an act gives, or how it ends."""
    try:
        return repr(act(*given))
    except Exception as error:  # noqa: BLE001 - whatever it is, both have to say it
        return f"{type(error).__qualname__}: {error}"


def same(what: str, one: Any, other: Any) -> None:
    """Raise ``Difference`` unless both print alike."""
    one, other = (each if type(each) is str else repr(each) for each in (one, other))
    if one != other:
        raise Difference(f"{what}: {one:.2000} is not {other:.2000}")


def played(build: Build, steps: Iterable[Step], *, has_words: bool = True) -> list[Any]:
    """Lead a decoder through some steps; give what it took, and said."""
    decoder, said = build.Decoder(UNBOUNDED, has_words=has_words), []
    for kind, given in steps:
        if kind == "feed":
            decoder.feed(given)
        elif kind == "take":
            try:
                said.append(decoder.take(given))
            except Exception as error:  # noqa: BLE001 - the same
                said.append(f"{type(error).__qualname__}: {error}")
        else:
            setattr(decoder, kind, given)
    return said


def script(data: bytes, random: Random) -> list[Step]:
    """Draw a way to read bytes: half of the time whole and without limits."""
    if random.random() < 0.5:
        return [("feed", data), ("take", 99), ("take", 99)]
    steps: list[Step] = [("limits", random.choice(_LIMITS))]
    if random.random() < 0.1:
        steps.append(("has_words", False))
    most = random.choice((1, 2, 99, 99))
    for piece in pieces(data, random):
        steps += [("feed", piece), ("take", most)]
    return [*steps, ("take", 99), ("take", 99)]


def read_alike(one: Build, other: Build, data: bytes, random: Random) -> list[Any]:
    """Have both read bytes in some way; give the messages."""
    steps = script(data, random)
    found, theirs = played(one, steps), played(other, steps)
    if repr(found) != repr(theirs):
        same(f"read by {steps}", found, theirs)
    return [each for taken in found if type(taken) is list for each in taken]


def values_alike(one: Build, other: Build, expression: Any) -> None:
    """Have both read an expression as a value, and write it, and what it stands for."""
    ours, theirs = outcome(one.decode, expression), outcome(other.decode, expression)
    if ours != theirs:
        same(f"the value of {expression!r:.2000}", ours, theirs)
    if type(expression) is list:
        parts = tuple(expression)
        said = outcome(one.message, parts)
        same("as a message", said, outcome(other.message, parts))


def written_alike(one: Build, other: Build, value: Any) -> None:
    """Have both write a value."""
    ours, theirs = outcome(one.encode, value), outcome(other.encode, value)
    if ours != theirs:
        same(f"{value!r:.2000} written", ours, theirs)


def drawn(random: Random) -> Any:
    """Draw a value, one in ten with something in it that is not plain."""
    found = value(random)
    if random.random() < 0.1:
        return random.choice(([found, random.choice(_ODD)], {"a": found, "b": found}))
    return found
