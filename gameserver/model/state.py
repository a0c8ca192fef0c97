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
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeAlias,
    cast,
    get_origin,
    get_type_hints,
)

import msgspec

from gameserver.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

State: TypeAlias = dict[str, Any]
"""Field to value, in JSON's types: what a migration takes and gives."""

_MISSING = object()
_SHAPE = "__state_shape__"
_encoder = msgspec.json.Encoder(order="deterministic")
_raw_decoder = msgspec.json.Decoder(State)


@dataclass(frozen=True, slots=True)
class Field:
    """One persistent field; ``default`` is absent when the author gave none."""

    name: str
    type: Any
    default: object = _MISSING

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

        Raises ``PluginError`` naming the field when a value is missing, is not of its
        declared type, or cannot be written as JSON.
        """
        state = dict(unknown)
        for field in self.fields:
            state[field.name] = self._value(subject, field)
        try:
            encoded = _encoder.encode(state)
            self._decoder.decode(encoded)
        except (TypeError, ValueError, msgspec.MsgspecError) as error:
            raise self._refusal(str(error)) from error
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
        except msgspec.ValidationError as error:
            raise self._refusal(f"{field.name}: {error}") from error

    def _value(self, subject: object, field: Field) -> object:
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
        hints = get_type_hints(owner, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        text = f"{owner.__name__}: an annotation cannot be read: {error}"
        raise PluginError(place_of(owner), text) from error
    fields = [_field(owner, name, hints[name]) for name in _declared(owner, hints)]
    try:
        return StateShape(owner, tuple(fields))
    except TypeError as error:
        text = f"{owner.__name__}: a field cannot be stored: {error}"
        raise PluginError(place_of(owner), text) from error


def place_of(owner: object) -> str:
    """Give ``file.py:line`` of a class or function, as far as it can be found."""
    try:
        file = inspect.getsourcefile(owner) or ""  # type: ignore[arg-type]  # checked by inspect
        line = inspect.getsourcelines(owner)[1]  # type: ignore[arg-type]  # the same
    except (OSError, TypeError):
        return str(getattr(owner, "__module__", "plugin"))
    return f"{file}:{line}"


def _declared(owner: type, hints: Mapping[str, Any]) -> list[str]:
    """Name the persistent fields, in order of declaration, base classes first."""
    names: dict[str, None] = {}
    for base in reversed(owner.__mro__):
        for name in inspect.get_annotations(base):
            if not name.startswith("_") and not _is_class_variable(hints[name]):
                names[name] = None
    return list(names)


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
    default = getattr(owner, name, _MISSING)
    if default is _MISSING:
        return Field(name, hint)
    try:
        stored = msgspec.json.decode(_encoder.encode(default))
        msgspec.convert(stored, hint, str_keys=True)
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        text = f"{owner.__name__}.{name}: the default does not fit: {error}"
        raise PluginError(place_of(owner), text) from error
    return Field(name, hint, default)
