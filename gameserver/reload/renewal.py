"""The record of a module after a release: what its new text made."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from gameserver.reload.record import ClassRecord, Initial, initial_of, recorded
from gameserver.reload.same import remember

if TYPE_CHECKING:
    from types import CodeType, FunctionType

    from gameserver.reload.merge import ModuleMerge
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.patches import Patch
    from gameserver.reload.puts import Put
    from gameserver.reload.record import Record
    from gameserver.reload.stage import Staged
    from gameserver.reload.translate import Translation
    from gameserver.reload.tree import Place


def renewed(
    staged: Staged,
    pairs: Pairs | None,
    merge: ModuleMerge | None,
    translation: Translation,
    puts: list[Put],
    patches: list[Patch],
) -> Record:
    """Give the record of a staged module whose writes are applied.

    ``pairs`` and ``merge`` are None for a module that is new, or only moved its lines.
    """
    old = staged.old
    if old is None:
        fresh = recorded(staged.module, staged.text, staged.tree)
        fresh.enter_puts(puts)
        fresh.patches = patches
        return fresh
    if pairs is None or merge is None:
        fresh = replace(old, text=staged.text, tree=staged.tree, older=_older(staged))
    else:
        merged = [(live, made) for _, live, made in pairs.functions]
        initials = {
            live: _initial(made, translation) for live, made in merged + merge.closures
        }
        fresh = recorded(old.module, staged.text, staged.tree, initials)
        fresh.serial = old.serial
        fresh.older = _older(staged)
        fresh.enter_puts(puts)
        fresh.patches = patches
        for function in list(fresh.initials):
            if function in old.initials and function not in initials:
                # What a closure has counted since is no initial value.
                fresh.initials[function] = old.initials[function]
        _enter_initials(fresh, pairs, merge, translation)
    fresh.outline = staged.outline
    return fresh


def _enter_initials(
    fresh: Record, pairs: Pairs, merge: ModuleMerge, translation: Translation
) -> None:
    """Enter what the text makes of each name, where the live value is another."""
    made = {one: fresh.values[one] for one in pairs.staged_names if one in fresh.values}
    fresh.values = made | merge.initials_of("")
    for path, live, owner in pairs.classes:
        if path in fresh.classes:
            known = fresh.classes[path].members
            members = {name: known[name] for name in vars(owner) if name in known}
            members |= merge.initials_of(path)
            bases = translation(owner.__bases__)
            fresh.classes[path] = ClassRecord(weakref.ref(live), members, bases)


def _initial(staged: FunctionType, translation: Translation) -> Initial:
    made = initial_of(staged)
    if not (made.defaults or made.kwdefaults or made.cells or made.attributes):
        made.annotations = remember(translation(made.annotations))
        return made
    cells = {name: translation(one) for name, one in made.cells.items()}
    attributes = {name: translation(one) for name, one in made.attributes.items()}
    return replace(
        made,
        defaults=remember(translation(made.defaults)),
        kwdefaults=remember(translation(made.kwdefaults)),
        annotations=remember(translation(made.annotations)),
        cells=cells,
        attributes=attributes,
    )


def _older(staged: Staged) -> dict[Place, list[weakref.ref[CodeType]]]:
    """Give the codes that closures of earlier texts may run, those alive."""
    assert staged.old is not None
    found: dict[Place, list[weakref.ref[CodeType]]] = {}
    for place, node in staged.old.tree.nodes.items():
        if not node.is_once and place in staged.tree.nodes:
            refs = [one for one in staged.old.older.get(place, ()) if one()]
            found[place] = [*refs, weakref.ref(node.code)]
    return found
