"""What a release does to whole modules: bring, remove, move their lines, show them."""

from __future__ import annotations

import linecache
import sys
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.finder import TextLoader
from gameserver.reload.kinds import is_of, items_of, members_of
from gameserver.reload.linecaching import shown
from gameserver.reload.plan import Entry, was_at
from gameserver.reload.puts import is_there
from gameserver.reload.record import classes_of, own_names
from gameserver.reload.tree import dotted
from gameserver.reload.views import finish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.journal import Journal
    from gameserver.reload.puts import Put
    from gameserver.reload.record import Record
    from gameserver.reload.stage import Stage
    from gameserver.reload.staged import Staged
    from gameserver.reload.translate import Translation
    from gameserver.reload.tree import Node
    from gameserver.reload.whereabouts import Whereabouts


def add(
    staged: Staged,
    stage: Stage,
    translation: Translation,
    desk: ModuleDesk,
) -> None:
    """Bring a new module: its scratch namespace is the one it keeps."""
    finish(staged.module)
    names = own_names(staged.namespace)
    for name, value in names.items():
        live = translation(value)
        if live is not value:
            staged.namespace[name] = live
        if not is_of(value, ModuleType):
            desk.note("added", name)
    desk.put(sys.modules, staged.name, staged.module)
    _bind(staged.module, stage, desk)


def _bind(module: ModuleType, stage: Stage, desk: ModuleDesk) -> None:
    """Bind a new module in its package; bring that one too if it is a new folder."""
    parent, _, child = module.__name__.rpartition(".")
    staged = stage.modules.get(parent)
    if staged is not None and staged.old is None:
        above: ModuleType | None = staged.module
    else:
        above = desk.journal.left_in(sys.modules, parent)
    if above is None and (above := stage.folder(parent)) is not None:
        desk.put(sys.modules, parent, above)
        _bind(above, stage, desk)
    if above is not None:
        desk.put(vars(above), child, module)


def remove(record: Record, journal: Journal) -> list[Entry]:
    """Take a module out of ``sys.modules`` and its package; give the plan's lines."""
    name, origin = record.name, record.text.origin
    if sys.modules.get(name) is record.module:
        journal.drop(sys.modules, name)
    parent, _, child = name.rpartition(".")
    above = sys.modules.get(parent)
    if above is not None and vars(above).get(child) is record.module:
        journal.drop(vars(above), child)
    return [
        Entry("removed", name, one, origin, 0, was_at(record.outline.line("", one)))
        for one in own_names(record.namespace)
    ]


def withdraw(
    puts: Sequence[tuple[Put, ModuleDesk]], whereabouts: Whereabouts
) -> list[Entry]:
    """Take entries that texts no longer make out of other modules' tables."""
    lists: dict[int, tuple[Any, set[int], ModuleDesk]] = {}
    entries = []
    there = [(put, desk) for put, desk in puts if is_there(put)]
    whereabouts.look(put.table for put, _ in there)
    for put, desk in there:
        name, why = whereabouts.entry(put, desk.name)
        entries.append(Entry("removed", desk.name, name, desk.origin, 0, why))
        if is_of(put.table, dict):
            desk.drop(put.table, put.key)
        else:
            found = lists.setdefault(id(put.table), (put.table, set(), desk))
            found[1].add(id(put.value))
    for table, gone, desk in lists.values():
        desk.refill(table, [one for one in items_of(table) if id(one) not in gone])
    return entries


def hidden_by(name: str, staged: Mapping[str, Staged]) -> str:
    """Say which new module hides the folder that a removed one lies in, or ""."""
    above = name.rpartition(".")[0]
    while above:
        one = staged.get(above)
        if one is not None and not one.text.is_package:
            return f"{one.text.origin} hides the folder of its name"
        above = above.rpartition(".")[0]
    return ""


def move(staged: Staged, journal: Journal) -> set[int]:
    """Give codes their new lines: only the layout of the text changed.

    Gives the ids of the functions that are seen to.
    """
    old = staged.old
    assert old is not None
    done: set[int] = set()
    for place, node in staged.tree.nodes.items():
        for live in old.live(place) if node.is_once else ():
            done.add(id(live))
            journal.set(live, "__code__", node.code)
    _class_lines(staged, journal)
    return done


def _class_lines(staged: Staged, journal: Journal) -> None:
    assert staged.old is not None
    nodes: dict[str, Node] = {}
    for place, one in staged.tree.nodes.items():
        nodes.setdefault(dotted(place), one)
    for path, known in staged.old.classes.items():
        owner, node = known.owner(), nodes.get(path)
        if owner is not None and node and "__firstlineno__" in members_of(owner):
            line = node.code.co_firstlineno
            journal.set(owner, "__firstlineno__", line)


def show(staged: Staged, journal: Journal) -> None:
    """Let tracebacks and ``inspect`` show the new text."""
    journal.put(linecache.cache, staged.text.origin, shown(staged.text))
    loader = getattr(staged.module, "__loader__", None)
    if staged.old is None:
        return
    if is_of(loader, TextLoader):
        journal.set(loader, "text", staged.text)
    if staged.old.is_folder:
        for name, value in staged.given.items():
            journal.put(staged.old.namespace, name, value)


def retire(staged: Staged, paired: set[int] | None) -> None:
    """Take classes that were only staged out of their bases' lists of subclasses.

    They are garbage in a cycle, and would be listed until the next collection.
    ``paired``: ids of those with a live counterpart; None if all were staged in vain.
    """
    names = own_names(staged.namespace) if staged.has_run else {}
    for _, owner in classes_of(names, staged.name):
        if paired is None or id(owner) in paired:
            with suppress(TypeError):  # of another layout: left to the collector
                type.__setattr__(owner, "__bases__", (_Retired,))


class _Retired:
    """The base of classes that were only staged, once that is over."""
