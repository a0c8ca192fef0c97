"""Which staged object is the new version of which live one.

Classes correspond by the names that lead to them, functions by their place in the
text, modules by name, and parts of library objects as their adapter says. A function
that gains a decorator is no longer what its name means: the staged inner function is
then a new object, and the live one passes on to the decorated one (``forward.py``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapter_for, adapters
from gameserver.reload.kinds import fields_of, is_of, members_of, module_of
from gameserver.reload.plainly import is_plain_row
from gameserver.reload.record import (
    classes_of,
    initial_of,
    is_plainly_as,
    is_settled,
    made_in,
    own_names,
)
from gameserver.reload.same import ATOMS
from gameserver.reload.succession import Succession, find
from gameserver.reload.tree import identical
from gameserver.reload.views import STAGE
from gameserver.reload.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gameserver.reload.own_fields import Single
    from gameserver.reload.reasons import Reasons
    from gameserver.reload.record import Initial, Record
    from gameserver.reload.stage import Stage
    from gameserver.reload.staged import Staged
    from gameserver.reload.translate import Translation
    from gameserver.reload.tree import CodeTree, Place

_PLAIN = (staticmethod, classmethod, property)


@dataclass(slots=True)
class Pairs:
    """What corresponds, for one staged module that replaces a live one."""

    staged: Staged
    old: Record
    classes: list[tuple[str, type, type]] = field(default_factory=list)
    """Name, live class, staged class."""
    functions: list[tuple[Place, FunctionType, FunctionType]] = field(
        default_factory=list
    )
    """Place, live function, staged function: those that the text makes once."""
    staged_names: dict[str, Any] = field(default_factory=dict)
    settled: dict[int, Initial] = field(default_factory=dict)
    """By id of a staged function that holds nothing to translate: what it holds."""
    unchanged: set[tuple[int, int]] = field(default_factory=set)
    """Ids of a live and a staged function that both texts have made alike."""
    successors: dict[int, FunctionType] = field(default_factory=dict)
    """By id of a live function whose code cannot be replaced: its new object."""
    successions: list[Succession] = field(default_factory=list)
    """Classes that cannot change in place, and what succeeds them."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What the new text made of names whose live object stays."""
    wrapped: set[int] = field(default_factory=set)
    """Ids of live functions whose names mean something made around them now."""
    singles: list[Single] = field(default_factory=list)
    """Live objects that stay, and what the new text made in their place."""
    reasons: Reasons | None = None
    """Why a field may differ; read when first asked for."""
    game: frozenset[str] = frozenset()
    """The names of the game's modules."""
    is_constant: Callable[[str], bool] = lambda _: False
    """Says whether a name would be made of the very same things as before."""

    def bare(self) -> list[FunctionType]:
        """Give the live functions that hold nothing but plain defaults, as made.

        Left out are those of which the text makes several at one place.
        """
        made = Counter(place for place, _, _ in self.functions)
        return [
            live
            for place, live, staged in self.functions
            if id(staged) in self.settled
            and made[place] == 1
            and not (live.__closure__ or live.__dict__ or live.__kwdefaults__)
            and is_plain_row(live.__defaults__ or ())
        ]


def pair_modules(
    stage: Stage,
    translation: Translation,
    elsewhere: Iterable[FunctionType],
    registered: Sequence[object],
) -> dict[str, Pairs]:
    """Find what corresponds in all modules, and enter it in the translation.

    ``elsewhere``: functions found in other modules' tables, such as callbacks.
    ``registered``: what the new texts put there.
    """
    found = {
        name: _paired(staged, staged.old, translation)
        for name, staged in stage.modules.items()
        if staged.old is not None and staged.has_run
    }
    for pairs in found.values():
        for function in elsewhere:
            if function.__globals__ is pairs.old.namespace:
                pairs.old.known(function)
        pairs.successions += find(pairs, translation)
    for pairs in found.values():
        _pair_parts(stage, pairs, translation, registered)
    return found


def _paired(staged: Staged, old: Record, translation: Translation) -> Pairs:
    names = own_names(staged.namespace)
    names.pop(STAGE, None)
    pairs = Pairs(staged, old, staged_names=names)
    translation.pair(staged.module, old.module)
    _pair_classes(pairs, translation)
    return pairs


def _pair_parts(
    stage: Stage,
    pairs: Pairs,
    translation: Translation,
    registered: Sequence[object],
) -> None:
    old, names = pairs.old, pairs.staged_names
    entered = [x for one in registered for x in (one if type(one) is list else [one])]
    roots = [*names.values(), *entered]
    roots += [inner for one in roots for inner in fields_of(one).values()]
    _pair_functions(stage, pairs, translation, roots)
    _pair_values(pairs, old.values, names, translation)
    for path, _, owner in pairs.classes:
        _pair_values(
            pairs, old.classes[path].members, dict(members_of(owner)), translation
        )


def mark_made(stage: Stage, staged: Staged, translation: Translation) -> None:
    """Tell the translation which classes a staged module made."""
    modules = made_in(*stage.modules)
    for value in walk(own_names(staged.namespace).values(), modules):
        if is_of(value, type) and modules(value) and _is_made(stage, value):
            translation.made(value)
    for name, binding in staged.outline.bindings.get("", {}).items():
        if binding.initialiser.startswith("def "):  # what a decorator made of it
            translation.made(staged.namespace.get(name))


def _is_made(stage: Stage, owner: type) -> bool:
    staged = stage.modules[module_of(owner)]
    if staged.old is None:
        return True
    return all(one.owner() is not owner for one in staged.old.classes.values())


def _pair_classes(pairs: Pairs, translation: Translation) -> None:
    module = pairs.staged.name
    for path, owner in classes_of(pairs.staged_names, module):
        known = pairs.old.classes.get(path)
        live = known.owner() if known else None
        if live is None or live is owner:
            continue
        pairs.classes.append((path, live, owner))
        translation.pair(owner, live)
        for adapter in adapters():
            for live_part, staged_part in adapter.pairs(live, owner):
                translation.pair(staged_part, live_part)


def _pair_functions(
    stage: Stage, pairs: Pairs, translation: Translation, roots: Sequence[object]
) -> None:
    made: dict[Place, list[FunctionType]] = {}
    for value in walk(roots, made_in(*stage.modules)):
        if not is_of(value, FunctionType):
            continue
        if value.__globals__ is not pairs.staged.namespace:
            continue
        node = pairs.staged.tree.find(value.__code__)
        if node is not None and node.is_once:
            made.setdefault(node.place, []).append(value)
    succeeded = {one.path for one in pairs.successions}
    for place, functions in made.items():
        if _is_below(place, succeeded):
            continue  # the former class keeps its methods
        for one, value in _aligned(pairs, pairs.old.live(place), functions):
            if translation.counterpart(value) is None:
                translation.pair(value, one)
            _share_code(pairs.staged.tree, place, one, value)
            pairs.functions.append((place, one, value))
            pairs.old.initials.setdefault(one, initial_of(one))
            if is_settled(value):
                _settle(pairs, one, value)


def _settle(pairs: Pairs, live: FunctionType, staged: FunctionType) -> None:
    """Note what a function holds, and whether the former text has made the same."""
    pairs.settled[id(staged)] = made = initial_of(staged)
    is_shared = live.__code__ is staged.__code__
    if is_shared and is_plainly_as(made, pairs.old.initials[live]):
        pairs.unchanged.add((id(live), id(staged)))


def _share_code(
    tree: CodeTree, place: Place, live: FunctionType, staged: FunctionType
) -> None:
    """Let an unchanged function's code be the live one: a commit then sees it by id."""
    code = live.__code__
    if code is not staged.__code__ and identical(code, staged.__code__):
        tree.graft(tree.nodes[place], code)
        staged.__code__ = code


def _aligned(
    pairs: Pairs, live: Sequence[FunctionType], staged: Sequence[FunctionType]
) -> Iterator[tuple[FunctionType, FunctionType]]:
    """Say which of the functions that one place made is which: a loop makes several.

    Those under a key of a table are what is there under that key; the others come one
    after the other, unless that would only be a guess.
    """
    there = {key: one for one, key in _keys(pairs.old.namespace).items()}
    by_id, keys = {id(one): one for one in live}, _keys(pairs.staged_names)
    found = {
        id(one): by_id[there[keys[id(one)]]]
        for one in staged
        if there.get(keys.get(id(one), ())) in by_id
    }
    yield from ((found[id(one)], one) for one in staged if id(one) in found)
    taken = set(map(id, found.values()))
    others = [one for one in live if id(one) not in taken]
    fresh = [one for one in staged if id(one) not in found]
    if not found and len(fresh) == 1:
        yield from ((one, fresh[0]) for one in others)
    elif not found or len(others) == len(fresh):
        yield from zip(others, fresh, strict=False)


def _keys(names: Mapping[str, Any]) -> dict[int, tuple[object, ...]]:
    """Give, by id of a function in a table that a name means, the name and the key."""
    return {
        id(one): (name, key)
        for name, table in names.items()
        if type(table) is dict
        for key, one in table.copy().items()
        if is_of(one, FunctionType) and type(key) in ATOMS
    }


def _is_below(place: Place, paths: set[str]) -> bool:
    names = [name for name, _ in place]
    return any(".".join(names[:n]) in paths for n in range(1, len(names)))


def _pair_values(
    pairs: Pairs,
    initial: Mapping[str, Any],
    staged: Mapping[str, Any],
    translation: Translation,
) -> None:
    for name in [one for one in staged if one in initial]:
        before, now = initial[name], staged[name]
        adapter = adapter_for(now)
        if adapter is not None and adapter_for(before) is adapter:
            for live_part, staged_part in adapter.pairs(before, now):
                translation.pair(staged_part, live_part)
        elif is_of(before, FunctionType) and _is_wrapped_now(before, now, translation):
            _unpair(pairs, before, now, translation)


def _is_wrapped_now(
    before: FunctionType, now: object, translation: Translation
) -> bool:
    """Say whether a plain function's name now means something made around it."""
    return (
        callable(now)
        and not is_of(now, (type, *_PLAIN))
        and translation.counterpart(now) is not before
    )


def _unpair(
    pairs: Pairs, before: FunctionType, now: object, translation: Translation
) -> None:
    for inner in walk([now], lambda _: False):
        if translation.counterpart(inner) is before:
            translation.unpair(inner)
            pairs.wrapped.add(id(before))
