"""State as JSON: deterministic bytes, and no value that comes back as another.

Equal state gives equal bytes, as dicts and sets are written in order. JSON has no NaN,
tuples, sets, or keys but text: a declared type brings back what it says, and where the
type says too little (``Any``, ``list``) the value read back is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.inspect import (
    AnyType,
    BoolType,
    CustomType,
    DictType,
    FloatType,
    FrozenSetType,
    NoneType,
    SetType,
    StrType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
)

from gameserver.model.annotations import parts_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNWRITABLE = (TypeError, ValueError, RecursionError, msgspec.MsgspecError)
"""What it raises to write or read back a value that cannot be stored."""

_SHOWN = 60  # characters of a value that a message repeats
_NO_KEYS = {BoolType, FrozenSetType, NoneType, TupleType, VarTupleType}
_encoder = msgspec.json.Encoder(order="deterministic")


def is_loose(parts: Sequence[Type]) -> bool:
    """Say whether some value fits the type, and fits it as another after JSON.

    Raises ``TypeError`` for keys that JSON cannot have, and for members of sets that
    cannot be put in order.
    """
    kinds = {type(part) for part in parts}
    keys = {type(part.key_type) for part in parts if isinstance(part, DictType)}
    if keys & _NO_KEYS:
        raise TypeError("the keys of a dict must be text or numbers")
    sets = [part for part in parts if isinstance(part, SetType | FrozenSetType)]
    if any(_has_no_order(one) for a_set in sets for one in parts_in(a_set.item_type)):
        raise TypeError("the members of a set must be of one kind that has an order")
    is_untyped = bool(kinds & {AnyType, CustomType}) or bool(keys - {StrType})
    return is_untyped or {FloatType, NoneType} <= kinds


def _has_no_order(part: Type) -> bool:
    less_than = getattr(getattr(part, "cls", int), "__lt__", None)
    unordered = less_than is vars(object)["__lt__"]
    return unordered or isinstance(part, UnionType | NoneType)


def written(state: Mapping[str, Any]) -> tuple[bytes, bool]:
    """Give JSON, and whether it has keys that had to be made text first."""
    try:
        return _encoder.encode(state), False
    except TypeError:  # deterministic order is for text keys only
        plain = msgspec.to_builtins(state, str_keys=True, order="deterministic")
        return _encoder.encode(plain), True


def unwritable(state: Mapping[str, Any]) -> str:
    """Name the first field that cannot be written by itself, if it is one field."""
    for name, value in state.items():
        try:
            written({name: value})
        except UNWRITABLE:
            return f"{name}: "
    return ""


def require_same(name: str, value: object, readable: object) -> None:
    """Refuse, with ``ValueError``, what JSON would silently make something else."""
    read_back = getattr(readable, name)
    if read_back != value:
        seen = f"{_excerpt(value)} would be read back as {_excerpt(read_back)}"
        raise ValueError(f"{name}: {seen}; declare its exact type")


def _excerpt(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
