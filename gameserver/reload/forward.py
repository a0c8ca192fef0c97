"""Let a function that is held somewhere pass its calls on to what replaced it.

A function object cannot become a class or a decorated function. Its code can become
one call to the successor, which sits in the code's constants: so whoever kept the old
object runs the new one.
"""

from __future__ import annotations

from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameserver.reload.adapter import Desk

_TARGET = "the successor goes here"


def forward(function: FunctionType, successor: object, desk: Desk) -> None:
    """Lay down the writes that make ``function`` call ``successor``."""
    template = _template(function.__code__.co_freevars)
    constants = tuple(
        successor if one == _TARGET and type(one) is str else one
        for one in template.co_consts
    )
    code = template.replace(
        co_consts=constants,
        co_name=function.__code__.co_name,
        co_qualname=function.__code__.co_qualname,
        co_filename=function.__code__.co_filename,
        co_firstlineno=function.__code__.co_firstlineno,
    )
    desk.set(function, "__code__", code)
    desk.set(function, "__defaults__", None)
    desk.set(function, "__kwdefaults__", None)
    desk.put(function.__dict__, "__wrapped__", successor)


@cache
def _template(freevars: tuple[str, ...]) -> CodeType:
    """Compile the forwarding code of a function with these free variables."""
    source = (
        f"def outer({', '.join(freevars)}):\n"
        "    def forward(*args, **named):\n"
        f"        if 0: {', '.join(freevars) or None}\n"
        f"        successor = {_TARGET!r}\n"
        "        return successor(*args, **named)\n"
    )
    outer = _inner(compile(source, "<forward>", "exec"))
    return _inner(outer)


def _inner(code: CodeType) -> CodeType:
    return next(one for one in code.co_consts if isinstance(one, CodeType))
