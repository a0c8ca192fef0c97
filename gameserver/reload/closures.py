"""New code for the functions that calls of old functions made: closures, inner defs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.reload.tree import dotted, identical, means_the_same

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FunctionType

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.record import Record
    from gameserver.reload.tree import CodeTree, Node

_ANONYMOUS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


def changed_codes(old: Record, new: CodeTree) -> dict[int, tuple[CodeType, Node]]:
    """Give, by id, the codes whose functions nothing lists, with their next version.

    Codes of earlier texts that may still run are among them: a closure that could not
    take one version may take the next.
    """
    found: dict[int, tuple[CodeType, Node]] = {}
    for place, node in old.tree.nodes.items():
        after = new.nodes.get(place)
        if after is None or not _is_hidden(node, old) or not after.is_function:
            continue
        earlier = [code for one in old.older.get(place, ()) if (code := one())]
        for code in [node.code, *earlier]:
            if not identical(code, after.code):
                found[id(code)] = (code, after)
    return found


def _is_hidden(node: Node, old: Record) -> bool:
    if not node.is_function or node.is_local or node.code.co_name in _ANONYMOUS:
        return False
    return not node.is_once or not old.live(node.place)


def lay_down(
    codes: dict[int, tuple[CodeType, Node]],
    find: Callable[[list[CodeType]], list[FunctionType]],
    desk: ModuleDesk,
    done: set[int],
) -> None:
    """Lay down new code for every function found; ``done`` are patched already."""
    for function in find([code for code, _ in codes.values()]):
        if id(function) in done:
            continue
        before, node = codes[id(function.__code__)]
        after = node.code
        name = dotted(node.place)
        if not _fits(before, after):
            desk.note("kept", name, "a live closure of another shape stays as it was")
            continue
        desk.set(function, "__code__", after)
        if not means_the_same(before, after):
            desk.note("patched", name, "live closures")


def _fits(before: CodeType, after: CodeType) -> bool:
    """Say whether a closure's cells and defaults mean the same to the new code."""
    named = before.co_argcount + before.co_kwonlyargcount
    return (
        before.co_freevars == after.co_freevars
        and before.co_argcount == after.co_argcount
        and before.co_kwonlyargcount == after.co_kwonlyargcount
        and before.co_varnames[:named] == after.co_varnames[:named]
    )
