"""Dataclasses: a new field reaches the instances made before it, with no scan.

A default lies on the class anyway. A ``default_factory`` has nothing there, so a
descriptor that yields to the instance's own value makes one on first touch. Slots that
lie beside the instances (``layout.SideSlot``) are given their default the same way.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from types import MappingProxyType, MemberDescriptorType
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import Adapter
from gameserver.reload.instances import family
from gameserver.reload.kinds import is_of, members_of
from gameserver.reload.late import Maker
from gameserver.reload.layout import SideSlot
from gameserver.reload.staged_classes import StagedClasses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.adapter import Desk, Same, Translate

_FIELDS = "__dataclass_fields__"
_MISSING = dataclasses.MISSING
_PARAMS = type(dataclasses.make_dataclass("Sample", ()).__dataclass_params__)  # type: ignore[attr-defined]  # as the library keeps it
_CLAIMED = (dataclasses.Field, _PARAMS)
_TRANSLATED = ("type", "default", "default_factory")


class LazyField(Maker):
    """Stands on a class for a field whose value old instances do not have yet.

    It defines no ``__set__``, so an instance's own value comes first and costs what it
    always costs. To the class it is not there, as for any field with a factory.
    """

    __slots__ = ("_factory", "_name")

    def __init__(self, name: str, factory: Any) -> None:  # noqa: ANN401 - any callable
        super().__init__()
        self._name = name
        self._factory = factory

    def __get__(self, subject: object, owner: type | None = None) -> Any:  # noqa: ANN401 - what the factory makes
        if subject is None:
            kind = getattr(owner, "__name__", "?")
            text = f"type object {kind!r} has no attribute {self._name!r}"
            raise AttributeError(text)
        value = vars(subject).setdefault(self._name, self._factory())
        self.note(subject, value)
        return value

    def __repr__(self) -> str:
        return f"<field {self._name!r} of {self._factory!r}, made on first touch>"


class FieldSlot(SideSlot):
    """A slot beside the instances that has a default."""

    def __init__(self, owner: type, name: str, make: Any) -> None:  # noqa: ANN401 - any callable
        super().__init__(owner, name)
        self.make = make

    def __get__(self, subject: object, owner: type | None = None) -> Any:  # noqa: ANN401 - what was set
        try:
            return super().__get__(subject, owner)
        except AttributeError:
            self.__set__(subject, self.make())
            return super().__get__(subject, owner)


class Dataclasses(Adapter):
    """Claims the library's field objects, and sees to defaults on old instances."""

    def __init__(self) -> None:
        self._pairs = StagedClasses()

    def claims(self, value: object) -> bool:
        """Say whether a value is a field or a class's parameters."""
        return issubclass(type(value), _CLAIMED)

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - see Adapter
        """Translate a field's type, default and factory."""
        for name in _TRANSLATED if is_of(value, dataclasses.Field) else ():
            here = getattr(value, name)
            if (live := translate(here)) is not here:
                setattr(value, name, live)
        return value

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - see Adapter
        """Compare what the text says of a field, or of a class."""
        return all(
            same(_plain(getattr(old, name)), _plain(getattr(new, name)))
            for name in type(old).__slots__
        )

    def pairs(self, live: Any, staged: Any) -> Iterator[tuple[object, object]]:  # noqa: ANN401 - see Adapter
        """Take note of the classes that a plan sees to."""
        if is_of(live, type):
            self._pairs.note(live, staged)
        return iter(())

    def owned(self, live: type, staged: type) -> frozenset[str]:
        """See to the names for which a descriptor of ours stands."""
        del staged
        return frozenset(
            name for name, one in members_of(live).items() if is_of(one, LazyField)
        )

    def merge_class(self, live: type, staged: type, desk: Desk) -> None:
        """Lay down what gives old instances their new fields."""
        wanted = {one.name: one for one in _own_fields(staged)}
        for name in self.owned(live, staged) - wanted.keys():
            _end(live, staged, name, desk)
        for name, field in wanted.items():
            _lay_field(live, staged, name, field, desk)
        if _FIELDS in members_of(staged):
            self._tell_stale(live, staged, desk)

    def _tell_stale(self, live: type, staged: type, desk: Desk) -> None:
        """Tell of subclasses whose methods were written from fields that change."""
        before = getattr(live, _FIELDS, {})
        now = members_of(staged)[_FIELDS]
        if list(before) == list(now) and desk.same(before, desk.translated(dict(now))):
            return
        for below in family(live):
            if _FIELDS in members_of(below) and self._pairs.of(below, desk) is None:
                name = f"{below.__module__}.{below.__qualname__}"
                why = f"{name} was made from the fields before; release its module too"
                desk.note("conflict", live.__qualname__, why)
                desk.outdate(below.__module__)


ADAPTER = Dataclasses()


def _plain(value: object) -> object:
    return dict(value) if is_of(value, MappingProxyType) else value


def _own_fields(owner: type) -> Iterator[dataclasses.Field[Any]]:
    """Give the fields that a class's own text declares, or declares again."""
    for name, field in members_of(owner).get(_FIELDS, {}).items():
        bases = (vars(one).get(_FIELDS, {}) for one in owner.__mro__[1:])
        is_field = str(field._field_type) == "_FIELD"  # noqa: SLF001 - not for ClassVar, InitVar
        if is_field and all(one.get(name) is not field for one in bases):
            yield field


def _lay_field(
    live: type,
    staged: type,
    name: str,
    field: dataclasses.Field[Any],
    desk: Desk,
) -> None:
    now = members_of(live).get(name)
    is_slot = is_of(members_of(staged).get(name), MemberDescriptorType)
    if is_slot and is_of(now, MemberDescriptorType):
        return
    if is_slot and not live.__dictoffset__:
        _lay_slot(live, name, field, desk)
    elif field.default_factory is not _MISSING:
        if is_of(now, LazyField) or not _had_factory(live, name):
            factory = desk.translated(field.default_factory)
            desk.set(live, name, LazyField(name, factory))
            _tell_added(live, name, desk)
    elif is_of(now, LazyField):
        _end(live, staged, name, desk)
    elif is_slot and field.default is not _MISSING:
        desk.set(live, name, desk.translated(field.default))
    if name not in getattr(live, _FIELDS, {name}):
        _tell_required(live, name, field, desk)


def _lay_slot(live: type, name: str, field: dataclasses.Field[Any], desk: Desk) -> None:
    make = _maker(desk.translated(field))
    if make is None:
        return
    now = members_of(live).get(name)
    if is_of(now, FieldSlot):
        desk.set(now, "make", make)  # the slot holds the values, so it stays
        return
    fresh = FieldSlot(live, name, make)
    if is_of(now, SideSlot):
        desk.set(fresh, "_values", now._values)  # noqa: SLF001 - its own kind
    store = partial(type.__setattr__, live, name)
    desk.do(partial(store, fresh), partial(store, now))  # undo: what layout.py laid


def _maker(field: dataclasses.Field[Any]) -> Any:  # noqa: ANN401 - any callable
    if field.default_factory is not _MISSING:
        return field.default_factory
    if field.default is not _MISSING:
        return partial(_given, field.default)
    return None


def _given(value: object) -> object:
    return value


def _had_factory(live: type, name: str) -> bool:
    """Say whether every instance made so far was given a value by a factory."""
    field = getattr(live, _FIELDS, {}).get(name)
    return field is not None and field.default_factory is not _MISSING


def _end(live: type, staged: type, name: str, desk: Desk) -> None:
    """Take a descriptor of ours away, for what the text has there, if anything."""
    member = members_of(staged).get(name, _MISSING)
    if member is _MISSING or is_of(member, MemberDescriptorType):
        desk.delete(live, name)
    else:
        desk.set(live, name, desk.translated(member))


def _tell_added(live: type, name: str, desk: Desk) -> None:
    """Tell of a field that no class attribute shows."""
    if name not in getattr(live, _FIELDS, {}):
        desk.note("added", f"{live.__qualname__}.{name}")


def _tell_required(
    live: type, name: str, field: dataclasses.Field[Any], desk: Desk
) -> None:
    if field.default is _MISSING and field.default_factory is _MISSING:
        why = "old instances have none: give the field a default, or a hook"
        desk.note("conflict", f"{live.__qualname__}.{name}", why)
