"""Give a live function object the meaning that its new text has.

Code, defaults, documentation, attributes and cells are replaced in place, each merged
three ways, so whoever holds the function runs the new text. CPython refuses code with
other free variables; then a function that the text makes once passes its calls on to a
new object, and a closure made by a call stays what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.reload.forward import forward
from gameserver.reload.plainly import is_plainly_same
from gameserver.reload.same import EMPTY, content, is_one_of_a_kind
from gameserver.reload.translate import cells_of
from gameserver.reload.tree import identical

if TYPE_CHECKING:
    from types import FunctionType

    from gameserver.reload.adapter import Desk
    from gameserver.reload.record import Initial
    from gameserver.reload.translate import Translation

_MISSING = ("missing",)


def fits(live: FunctionType, staged: FunctionType) -> bool:
    """Say whether the live object can take the staged one's code."""
    return live.__code__.co_freevars == staged.__code__.co_freevars


def patch(
    live: FunctionType,
    staged: FunctionType,
    initial: Initial,
    translation: Translation,
    desk: Desk,
    *,
    is_remade: bool = False,
) -> None:
    """Lay down the writes that make ``live`` mean ``staged``; they must fit.

    ``is_remade``: the text decorates it otherwise now, so that objects of a kind of
    their own in its cells are others.
    """
    if not identical(live.__code__, staged.__code__):
        desk.set(live, "__code__", staged.__code__)
    _merge_part(live, "__defaults__", staged, initial.defaults, translation, desk)
    _merge_part(live, "__kwdefaults__", staged, initial.kwdefaults, translation, desk)
    _merge_part(live, "__doc__", staged, initial.doc, translation, desk)
    _merge_part(live, "__annotations__", staged, initial.annotations, translation, desk)
    if staged.__qualname__ != live.__qualname__:
        desk.set(live, "__qualname__", staged.__qualname__)
    if staged.__dict__ or initial.attributes:
        _merge_attributes(live, staged, initial, translation, desk)
    if live.__closure__:
        _merge_cells(live, staged, initial, translation, desk, is_remade=is_remade)


def _merge_part(
    live: FunctionType,
    part: str,
    staged: FunctionType,
    initial: Any,  # noqa: ANN401 - any value of a game
    translation: Translation,
    desk: Desk,
) -> None:
    made, now = getattr(staged, part), getattr(live, part)
    if is_plainly_same(made, now) and is_plainly_same(made, initial):
        return  # as most are: quick, for this is the commit's pause
    new = translation(made)
    if part == "__defaults__" and initial and now and new:
        found = _by_argument(live, initial), _by_argument(live, now)
        new = tuple(_with_live(*found, _by_argument(staged, new)).values())
    elif part == "__kwdefaults__" and initial and now and new:
        new = _with_live(initial, now, new)
    if desk.same(initial, new) or desk.same(now, new):
        return
    if desk.same(initial, now):
        desk.set(live, part, new)
    else:
        desk.note("conflict", live.__qualname__, f"{part} was changed at run time")


def _with_live(
    initial: dict[str, Any], now: dict[str, Any], new: dict[str, Any]
) -> dict[str, Any]:
    """Give new defaults, by argument, with live objects of a kind of their own."""
    found = dict(new)
    for name, fresh in new.items():
        three = initial.get(name), now.get(name), fresh
        if all(map(is_one_of_a_kind, three)) and type(fresh) is type(initial[name]):
            found[name] = now[name]
    return found


def _by_argument(function: FunctionType, defaults: tuple[Any, ...]) -> dict[str, Any]:
    code = function.__code__
    names = code.co_varnames[: code.co_argcount][-len(defaults) :]
    return dict(zip(names, defaults, strict=False))


def _merge_attributes(
    live: FunctionType,
    staged: FunctionType,
    initial: Initial,
    translation: Translation,
    desk: Desk,
) -> None:
    for name in dict.fromkeys([*initial.attributes, *staged.__dict__]):
        now = live.__dict__.get(name, _MISSING)
        before = initial.attributes.get(name, _MISSING)
        if name not in staged.__dict__:
            if now is not _MISSING:
                desk.drop(live.__dict__, name)
            continue
        new = translation(staged.__dict__[name])
        if now is new or desk.same(before, new) or not desk.same(before, now):
            continue
        desk.put(live.__dict__, name, new)


def _merge_cells(
    live: FunctionType,
    staged: FunctionType,
    initial: Initial,
    translation: Translation,
    desk: Desk,
    *,
    is_remade: bool,
) -> None:
    fresh = cells_of(staged)
    for name, cell in cells_of(live).items():
        new: Any = translation(content(fresh[name]))
        now = content(cell)
        before = initial.cells.get(name, now)
        if new is EMPTY or now is new or not desk.same(before, now):
            continue
        if not desk.same(before, new) or (is_remade and is_one_of_a_kind(new)):
            desk.set(cell, "cell_contents", new)


def succeed(live: FunctionType, successor: object, desk: Desk) -> None:
    """Lay down the writes that make ``live`` pass on to what replaces it."""
    forward(live, successor, desk)
    desk.note("patched", live.__qualname__, "passes on to its successor")
