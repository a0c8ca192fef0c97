"""The code that is new with a release: what its watch looks at."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gameserver.reload.engine import Engine

Functions: TypeAlias = "dict[tuple[str, str], list[Working]]"
"""By module and name; several may have one name."""


class Working(NamedTuple):
    """What a function runs, and what it is given when a call does not give it."""

    code: CodeType
    bare: CodeType
    given: tuple[Any, ...]

    def is_as(self, other: Working) -> bool:
        """Say whether it does the same, in other lines perhaps."""
        if self.bare != other.bare or len(self.given) != len(other.given):
            return False
        pairs = zip(self.given, other.given, strict=True)
        return all(one is another for one, another in pairs)


def functions(engine: Engine, names: Iterable[str]) -> Functions:
    """Give the functions of some modules, as they are now."""
    found: Functions = {}
    for name in names:
        record = engine.records.get(name)
        for one in [] if record is None else list(record.initials):
            code = one.__code__
            given = (*(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values())
            working = Working(code, _bare(code), given)
            found.setdefault((name, one.__qualname__), []).append(working)
    return found


def changed(now: Functions, before: Functions) -> set[CodeType]:
    """Give the code of functions that do otherwise than before, with what is inside."""
    return {
        inner
        for key, ours in now.items()
        for one in ours
        if not any(one.is_as(old) for old in before.get(key, ()))
        for inner in _inside(one.code)
    }


def _bare(code: CodeType) -> CodeType:
    """Give a code as it would be if its text stood in one line."""
    inner = tuple(
        _bare(one) if isinstance(one, CodeType) else one for one in code.co_consts
    )
    return code.replace(co_firstlineno=1, co_linetable=b"", co_consts=inner)


def _inside(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _inside(one)
