"""The record of a module after a release: what its new text made."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from gameserver.reload.kinds import bases_of, members_of
from gameserver.reload.known import enter_made
from gameserver.reload.own_fields import renew_fields
from gameserver.reload.record import (
    ClassRecord,
    Initial,
    Record,
    classes_of,
    initial_of,
    own_names,
    recorded,
)
from gameserver.reload.same import remember

if TYPE_CHECKING:
    from types import CodeType, FunctionType

    from gameserver.reload.merge import ModuleMerge
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.patches import Patch
    from gameserver.reload.puts import Put
    from gameserver.reload.staged import Staged
    from gameserver.reload.translate import Translation
    from gameserver.reload.tree import Place


def renewed(
    staged: Staged,
    pairs: Pairs | None,
    merge: ModuleMerge | None,
    translation: Translation,
    puts: list[Put],
    patches: list[Patch],
    game: frozenset[str],
    moment: int,
) -> Record:
    """Give the record of a staged module whose writes are applied.

    ``game``: the names of the game's modules. ``moment``: of the release. ``pairs``
    and ``merge`` are None for a module that is new, or only moved its lines.
    """
    old = staged.old
    if old is None:
        fresh = recorded(staged.module, staged.text, staged.tree, game=game)
        fresh.enter_puts(puts)
        fresh.patches = patches
        return fresh
    if pairs is None or merge is None:
        fresh = replace(old, text=staged.text, tree=staged.tree, older=_older(staged))
    else:
        merged = [(live, made) for _, live, made in pairs.functions]
        initials = {
            live: pairs.settled.get(id(made)) or _initial(made, translation)
            for live, made in merged + merge.closures
        }
        fresh = Record(old.module, staged.text, staged.tree)
        fresh.initials.update(initials)
        fresh.serial = old.serial
        fresh.older = _older(staged)
        fresh.succeed(old, moment)
        # Not recorded(): its walk would go through all that the game has put there.
        _enter_initials(fresh, pairs, merge, translation)
        enter_made(fresh, pairs, translation.newborn, game)
        fresh.fields = renew_fields(pairs, translation, fresh.fields)
        fresh.enter_puts(puts)
        fresh.patches = patches
        for function in list(fresh.initials):
            if function in old.initials and function not in initials:
                # What a closure has counted since is no initial value.
                fresh.initials[function] = old.initials[function]
    fresh.outline = staged.outline
    return fresh


def _enter_initials(
    fresh: Record, pairs: Pairs, merge: ModuleMerge, translation: Translation
) -> None:
    """Enter what the text makes of each name: not what is there, which may be much."""
    made = merge.initials_of("")
    order = [name for name in pairs.staged_names if name in made]
    fresh.values = {name: made[name] for name in order} | made
    paired = {path: (live, staged) for path, live, staged in pairs.classes}
    for path, owner in classes_of(own_names(fresh.namespace), fresh.name):
        known = pairs.old.classes.get(path)
        live, staged = paired.get(path, (None, owner))
        if live is None and known is not None and known.owner() is owner:
            fresh.classes[path] = known
            continue
        made = merge.initials_of(path) if live is not None else {}
        there = members_of(owner)
        members = {
            name: made[name] if name in made else remember(there[name])
            for name in members_of(staged)
            if name in made or name in there
        }
        bases = translation(bases_of(staged)) if live is not None else bases_of(owner)
        ref = weakref.ref(owner if live is None else live)
        fresh.classes[path] = ClassRecord(ref, members | made, bases)


def _initial(staged: FunctionType, translation: Translation) -> Initial:
    made = initial_of(staged)
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
