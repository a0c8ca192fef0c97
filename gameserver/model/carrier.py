"""Carry a live avatar or service to the new shape of its class, when a release comes.

One migration serves live and stored: the live object's declared state is written out
as it would be stored, goes through the same steps, and is read back. Within one version
live values stay the objects they are; new fields get their defaults.
"""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

from gameserver.model.state import raw_state, shape_of
from gameserver.reload.instances import family
from gameserver.reload.migration import migrate

if TYPE_CHECKING:
    from gameserver.model.state import StateShape
    from gameserver.model.stateful import Stateful


class StateCarrier:
    """What ``Stateful.__carrier__`` gives: the shapes in force, before they change."""

    def __init__(self, owner: type[Stateful]) -> None:
        kin: list[Any] = family(owner)
        self._before = {one: shape_of(one) for one in kin}
        self._versions = {one: one.version for one in kin}
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


def _migrate(subject: Stateful, before: StateShape, version: int) -> None:
    owner, fields = type(subject), vars(subject)
    unknown: dict[str, Any] = fields["_unknown_state"]
    state = migrate(owner, raw_state(before.encode(subject, unknown)), version)
    typed, fields["_unknown_state"] = shape_of(owner).decode(state)
    for field in before.fields:
        fields.pop(field.name, None)
    fields.update(typed)


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
        if one.name in typed:
            fields[one.name] = copy.copy(typed[one.name])


def declared(owner: type) -> dict[str, str]:
    """Give the annotations of a class and its bases as text, unresolved."""
    return {
        name: annotation if isinstance(annotation, str) else repr(annotation)
        for base in reversed(owner.__mro__)
        for name, annotation in inspect.get_annotations(base).items()
        if not name.startswith("_")
    }
