"""Mend staged objects in place: what they hold becomes what the live world holds.

Each function sees to one object and goes no deeper: what it asks of the translation
enters the parts, whose own insides wait. To do it twice does no harm.
"""

from __future__ import annotations

from collections import deque
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import kind_of, run
from gameserver.reload.fields import named_fields, slots_in, storage_of
from gameserver.reload.kinds import fields_of, is_of, items_of, members_of
from gameserver.reload.same import ATOMS
from gameserver.reload.walk import MANY

if TYPE_CHECKING:
    from gameserver.reload.translate import Translation

_ATOM_IDS = frozenset(map(id, ATOMS))  # for types that hash by an author's code


def table(owner: dict[Any, Any], translation: Translation) -> None:
    """Mend the values of a dict; its keys once all else is mended."""
    if dict.__len__(owner) > MANY:
        return
    for key, one in dict.items(owner):
        if (live := translation(one)) is not one:
            dict.__setitem__(owner, key, live)
    _hashed(owner, tuple(dict.keys(owner)), translation)


def members_of_set(owner: set[Any], translation: Translation) -> None:
    """Mend the items of a set, once all else is mended."""
    _hashed(owner, items_of(owner), translation)


def _hashed(owner: Any, keys: tuple[Any, ...], translation: Translation) -> None:  # noqa: ANN401 - a dict or set
    keys = tuple(one for one in keys if id(type(one)) not in _ATOM_IDS)
    if keys:
        deque(map(translation, keys), maxlen=0)
        translation.rehash_later(owner)


def rehash(owner: Any, translation: Translation) -> None:  # noqa: ANN401 - a dict or set
    """Fill a dict or set anew if there are other keys or items for it."""
    kind: Any = kind_of(type(owner))
    now = kind.copy(owner)
    if all(translation(one) is one for one in now):
        return
    if is_of(owner, dict):
        fresh: Any = {translation(key): one for key, one in now.items()}
    else:
        fresh = {translation(one) for one in now}
    run(kind.fill(owner, fresh))


def row(owner: Any, translation: Translation) -> None:  # noqa: ANN401 - a list or deque
    """Mend the items of a list or deque."""
    plain: Any = list if is_of(owner, list) else deque
    for index, item in enumerate(items_of(owner)):
        if (live := translation(item)) is not item:
            plain.__setitem__(owner, index, live)


def cell(owner: CellType, translation: Translation) -> None:
    """Mend what a closure's variable holds."""
    try:
        inner = owner.cell_contents
    except ValueError:
        return
    if (live := translation(inner)) is not inner:
        owner.cell_contents = live


def fields(owner: object, translation: Translation) -> None:
    """Mend the fields of an instance, in its dict and in its slots."""
    table(fields_of(owner), translation)
    for slot, one in slots_in(owner, storage_of(type(owner))).items():
        if (live := translation(one)) is not one:
            slot.__set__(owner, live)


def remade(pair: tuple[object, object], translation: Translation) -> None:
    """Give an instance of a live class what the staged one holds."""
    staged, live = pair
    for name, one in named_fields(staged).items():
        value = translation(one)
        try:
            object.__setattr__(live, name, value)
        except AttributeError:
            translation.settle_later(live, name, value)


def function_on(namespace: dict[str, Any], staged: FunctionType) -> FunctionType:
    """Make a function like a staged one that looks up its globals elsewhere."""
    live = FunctionType(
        staged.__code__, namespace, staged.__name__, None, staged.__closure__
    )
    live.__kwdefaults__ = staged.__kwdefaults__
    live.__defaults__ = staged.__defaults__
    live.__dict__.update(staged.__dict__)
    for name in ("__doc__", "__annotations__", "__qualname__", "__module__"):
        setattr(live, name, getattr(staged, name))
    if hasattr(staged, "__type_params__"):
        live.__type_params__ = staged.__type_params__  # type: ignore[attr-defined]  # 3.12
    return live


def function(owner: FunctionType, translation: Translation) -> None:
    """Mend what a function holds: cells, defaults, attributes, annotations."""
    for one in owner.__closure__ or ():
        translation(one)
    if owner.__defaults__:
        defaults = translation(owner.__defaults__)
        if defaults is not owner.__defaults__:
            owner.__defaults__ = defaults
    if owner.__kwdefaults__:
        table(owner.__kwdefaults__, translation)
    table(owner.__dict__, translation)
    table(owner.__annotations__, translation)


def members(owner: type, translation: Translation) -> None:
    """Mend what a staged class holds."""
    for name, member in list(members_of(owner).items()):
        if name not in {"__dict__", "__weakref__"}:
            live = translation(member)
            if live is not member:
                type.__setattr__(owner, name, live)
