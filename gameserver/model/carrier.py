"""Carry a live avatar or service to the new shape of its class, when a release comes.

One migration serves live and stored: the live object's declared state is written out
as it would be stored, goes through the same steps, and is read back. A live value whose
stored form the steps leave as it is stays the object it is; new fields get defaults.
"""

from __future__ import annotations

import copy
import inspect
import json
from typing import TYPE_CHECKING, Any

from gameserver.errors import PluginError
from gameserver.model.state import raw_state, shape_of
from gameserver.reload.instances import family
from gameserver.reload.migration import migrate, migrate_back
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from gameserver.model.state import State, StateShape
    from gameserver.model.stateful import Stateful


class StateCarrier:
    """What ``Stateful.__carrier__`` gives: the shapes in force, before they change."""

    is_whole = True
    """It carries what the bases declare, too; theirs would carry it twice."""

    def __init__(self, owner: type[Stateful]) -> None:
        kin: list[Any] = family(owner)
        self._before = {one: shape_of(one) for one in kin}
        self._versions: dict[type, int] = {one: one.version for one in kin}
        self._declared = declared(owner)
        self._version = owner.version

    def is_needed(self, owner: type[Stateful]) -> bool:
        """Say whether version or declared fields are others now."""
        return owner.version != self._version or declared(owner) != self._declared

    def __call__(self, subject: Stateful) -> None:
        """Carry one avatar or service."""
        owner = type(subject)
        before, version = self._before[owner], self._versions[owner]
        if owner.version == version:
            _refit(subject, before, shape_of(owner))
        else:
            _migrate(subject, before, version)

    def returned(self, subject: Stateful) -> dict[str, Any]:
        """Give the fields that one would have in the shape of before; nothing changes.

        ``NoWayBack`` if a step declares no inverse; ``PluginError`` as ``as_before``.
        Private fields stay what they are.
        """
        fields = dict(vars(subject))
        owner = self._kin(type(subject))
        now, before = shape_of(owner), self._before[owner]
        stored = raw_state(now.encode(subject, fields["_unknown_state"]))
        state, (typed, unknown) = self._lowered(owner, stored, owner.version)
        _put(fields, (now, before), (stored, state), typed)
        fields["_unknown_state"] = unknown
        return fields

    def as_before(self, owner: type[Stateful], state: State, version: int) -> State:
        """Give stored state of a version as the class of before would store it.

        Raises ``PluginError`` if an inverse raises, or gives what did not fit then.
        """
        return self._lowered(owner, state, version)[0]

    def version_before(self, owner: type[Stateful]) -> int:
        """Give the version that a class, or its nearest base here, had."""
        return self._versions[self._kin(owner)]

    def _lowered(
        self, owner: type[Stateful], state: State, version: int
    ) -> tuple[State, tuple[State, State]]:
        kin = self._kin(owner)
        before = self._before[kin]
        state = migrate_back(kin, state, version, self._versions[kin])
        typed, unknown = before.decode(state)
        lost = [x.name for x in before.fields if x.is_required and x.name not in typed]
        if lost:
            text = f"{kin.__name__}: the way back gives no {', '.join(lost)}"
            raise PluginError(place_of(kin), text)
        return state, (typed, unknown)

    def _kin(self, owner: type[Stateful]) -> type[Stateful]:
        """Give the class itself, or what it derives from: some are made later."""
        return next(one for one in owner.__mro__ if one in self._before)


def _put(
    fields: dict[str, Any],
    shapes: tuple[StateShape, StateShape],
    states: tuple[State, State],
    typed: State,
) -> None:
    """Exchange the declared fields of one shape for those of another.

    ``states``: as stored, before and after. What is the same there stays the object
    that it is, if it has the type still.
    """
    (one_shape, other), (stored, state) = shapes, states
    same = {name for name in stored if name in state and _is_as(stored, state, name)}
    former = {one.name: fields.pop(one.name, None) for one in one_shape.fields}
    types = {one.name: one.type for one in one_shape.fields}
    for one in other.fields:
        live = former.get(one.name)
        is_kept = one.name in same and one.name in former
        if is_kept and (types[one.name] == one.type or _fits(live, typed[one.name])):
            typed[one.name] = live
    fields.update(typed)


def _migrate(subject: Stateful, before: StateShape, version: int) -> None:
    owner, fields = type(subject), vars(subject)
    unknown: dict[str, Any] = fields["_unknown_state"]
    stored = raw_state(before.encode(subject, unknown))
    state = migrate(owner, stored, version)
    after = shape_of(owner)
    typed, fields["_unknown_state"] = after.decode(state)
    _put(fields, (before, after), (stored, state), typed)


def _is_as(before: dict[str, Any], after: dict[str, Any], name: str) -> bool:
    """Say whether a field's stored form is the same; 1 is neither 1.0 nor true."""
    one, other = before[name], after[name]
    return one is other or json.dumps(one) == json.dumps(other, default=repr)


def _fits(live: object, read: object) -> bool:
    """Say whether a live value is what would be read, type for type, in plain types."""
    kind = type(live)
    if kind is not type(read):
        return False
    if isinstance(live, list) and isinstance(read, list):
        return len(live) == len(read) and all(map(_fits, live, read))
    if isinstance(live, dict) and isinstance(read, dict):
        is_same = _fits(list(live), list(read))
        return is_same and _fits(list(live.values()), list(read.values()))
    return kind in (str, int, float, bool, type(None)) and live == read


def _refit(subject: Stateful, before: StateShape, after: StateShape) -> None:
    """Give new fields their defaults; read values of fields with another type again."""
    fields = vars(subject)
    types = {field.name: field.type for field in before.fields}
    changed = [one for one in after.fields if types.get(one.name) != one.type]
    gone = types.keys() - {one.name for one in after.fields}
    if not changed and not gone:
        return
    unknown: dict[str, Any] = fields["_unknown_state"]
    stored = raw_state(before.encode(subject, unknown))
    typed, fields["_unknown_state"] = after.decode(stored)
    for name in gone:
        fields.pop(name, None)
    for one in changed:
        if one.name not in typed or _fits(fields.get(one.name), typed[one.name]):
            continue
        fields[one.name] = copy.copy(typed[one.name])


def declared(owner: type) -> dict[str, str]:
    """Give the annotations of a class and its bases as text, unresolved."""
    return {
        name: annotation if isinstance(annotation, str) else repr(annotation)
        for base in reversed(owner.__mro__)
        for name, annotation in inspect.get_annotations(base).items()
        if not name.startswith("_")
    }
