"""Declared state: which fields of a class persist, their defaults, and their JSON.

A field persists when it is annotated, is no ``ClassVar`` and has no leading underscore.
Stored fields that the class does not declare are kept and written back unchanged.
Encoding is deterministic, so equal state gives equal bytes and in-place changes of
containers show. What cannot be read back is refused when it is written, not later.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast, get_origin

import msgspec

from gameserver.errors import PluginError
from gameserver.model.annotations import UNREADABLE, field_hints, parts_of
from gameserver.model.encoding import (
    UNWRITABLE,
    is_loose,
    require_same,
    unwritable,
    written,
)
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

State: TypeAlias = dict[str, Any]
"""Field to value, in JSON's types: what a migration takes and gives."""

_MISSING = object()
_SHAPE = "__state_shape__"
_raw_decoder = msgspec.json.Decoder(State)


@dataclass(frozen=True, slots=True)
class Field:
    """One persistent field; ``default`` is absent when the author gave none."""

    name: str
    type: Any
    default: object = _MISSING
    is_loose: bool = False
    """Whether JSON can change a value so that it still fits: NaN, a set as ``Any``."""

    @property
    def is_required(self) -> bool:
        """Say whether ``created`` must set it because there is no default."""
        return self.default is _MISSING


class StateShape:
    """The persistent fields of one class and the way to and from JSON."""

    def __init__(self, owner: type, fields: tuple[Field, ...]) -> None:
        self.owner = owner
        self.fields = fields
        struct = msgspec.defstruct(
            f"{owner.__name__}State",
            [(field.name, field.type) for field in fields],
        )
        self._decoder = msgspec.json.Decoder(struct)

    def defaults(self) -> State:
        """Give a fresh copy of every default; mutable ones are never shared."""
        return {
            field.name: copy.deepcopy(field.default)
            for field in self.fields
            if not field.is_required
        }

    def encode(self, subject: object, unknown: Mapping[str, object]) -> bytes:
        """Give the subject's state as JSON, with the ``unknown`` fields kept.

        Raises ``PluginError`` naming the field when a value is missing, does not fit
        its declared type, cannot be written, or would be read back as another.
        """
        declared = {field.name: self._value(subject, field) for field in self.fields}
        try:
            encoded, has_odd_keys = written({**unknown, **declared})
            readable = self._decoder.decode(encoded)
            for field in self.fields:
                if field.is_loose or has_odd_keys:
                    require_same(field.name, declared[field.name], readable)
        except UNWRITABLE as error:
            place = unwritable({**unknown, **declared})
            raise self._refusal(f"{place}{error}") from error
        return encoded

    def decode(self, state: State) -> tuple[State, State]:
        """Split stored state into (typed declared fields, unknown fields).

        A declared field that is not stored gets its default. Raises ``PluginError``
        naming the field when a stored value is not of the declared type.
        """
        declared = self.defaults() | {
            field.name: state[field.name]
            for field in self.fields
            if field.name in state
        }
        typed: State = {}
        for field in self.fields:
            value = declared.get(field.name, _MISSING)
            if value is not _MISSING:
                typed[field.name] = self._typed(field, value, field.name in state)
        names = {field.name for field in self.fields}
        return typed, {key: state[key] for key in state if key not in names}

    def _typed(self, field: Field, value: object, is_stored: bool) -> object:  # noqa: FBT001 - a private step of decode
        if not is_stored:
            return value
        try:
            return msgspec.convert(value, field.type, str_keys=True)
        except UNWRITABLE as error:
            raise self._refusal(f"{field.name}: {error}") from error

    def _value(self, subject: object, field: Field) -> object:
        try:
            return vars(subject)[field.name]  # past what tells of reads
        except (KeyError, TypeError):
            pass
        try:
            return getattr(subject, field.name)
        except AttributeError:
            raise self._refusal(
                f"{field.name}: has no value; give it a default or set it in created()"
            ) from None

    def _refusal(self, text: str) -> PluginError:
        return PluginError(place_of(self.owner), f"{self.owner.__name__}: {text}")


def raw_state(encoded: bytes) -> State:
    """Read stored JSON as field to value, types of JSON."""
    return _raw_decoder.decode(encoded)


def shape_of(owner: type) -> StateShape:
    """Read the declared fields of a class, base classes first; once per class.

    Raises ``PluginError`` for an annotation that cannot be resolved or stored, a
    default of the wrong type, or a field that takes one of the base's own names.
    """
    known = vars(owner).get(_SHAPE)
    if known is None:
        known = _read_shape(owner)
        setattr(owner, _SHAPE, known)
    return cast("StateShape", known)


def _read_shape(owner: type) -> StateShape:
    try:
        hints = _declared(owner)
    except UNREADABLE as error:
        text = f"{owner.__name__}: an annotation cannot be read: {error}"
        raise PluginError(place_of(owner), text) from error
    fields = [_field(owner, name, hint) for name, hint in hints.items()]
    return StateShape(owner, tuple(fields))


def _declared(owner: type) -> dict[str, Any]:
    """Give the persistent fields, in order of declaration, base classes first."""
    hints: dict[str, Any] = {}
    for base in reversed(owner.__mro__):
        named = inspect.get_annotations(base)
        public = {name: named[name] for name in named if not name.startswith("_")}
        hints |= field_hints(base, public)
    return {name: hints[name] for name in hints if not _is_class_variable(hints[name])}


def _is_class_variable(hint: object) -> bool:
    return hint is ClassVar or get_origin(hint) is ClassVar


def _field(owner: type, name: str, hint: object) -> Field:
    reserved: frozenset[str] = getattr(owner, "__reserved__", frozenset())
    if name in reserved:
        text = (
            f"{owner.__name__}.{name}: the name belongs to the base class; "
            f"write {name} without an annotation, or choose another name"
        )
        raise PluginError(place_of(owner), text)
    try:
        loose = is_loose(parts_of(hint))
    except UNREADABLE as error:
        text = f"{owner.__name__}.{name}: cannot be stored: {error}"
        raise PluginError(place_of(owner), text) from error
    default = getattr(owner, name, _MISSING)
    if default is _MISSING:
        return Field(name, hint, is_loose=loose)
    try:
        stored = msgspec.json.decode(written({name: default})[0])[name]
        msgspec.convert(stored, hint, str_keys=True)
    except UNWRITABLE as error:
        text = f"{owner.__name__}.{name}: the default does not fit: {error}"
        raise PluginError(place_of(owner), text) from error
    return Field(name, hint, default, loose)
