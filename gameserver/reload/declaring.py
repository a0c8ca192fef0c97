"""The merge of one module's interfaces and declarations, three ways.

The text's own come in its order, what was declared at run time after. Writes go to
the C members of specifications; ``News`` then has zope.interface compute the rest.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload import specifications as specs
from gameserver.reload.kinds import is_of
from gameserver.reload.lookups import lay_lookups, of_dependents
from gameserver.reload.record import classes_of, own_names
from gameserver.reload.resolution import Orders, is_same, settle
from gameserver.reload.same import remember
from gameserver.reload.specifications import ATTRIBUTES, TAGS, is_a
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Translate, Versions

OWNED = frozenset({"__implemented__", "__provides__", "__providedBy__"})
"""What zope.interface keeps in class dicts."""


class Facts:
    """What a text makes: declarations, and the tags and bases of its interfaces."""

    def __init__(self, declared: Any, interfaces: Any) -> None:  # noqa: ANN401 - dicts
        self.declared: dict[tuple[str, str], tuple[Any, ...]] = declared
        self.interfaces: dict[str, tuple[tuple[Any, ...], dict[Any, Any]]] = interfaces


def facts(module: ModuleType, translate: Translate = lambda one: one) -> Facts:
    """Read off a live module, or a staged one, what its text makes."""
    declared = {
        key: tuple(translate(one) for one in value)
        for key, value in specs.declarations(module).items()
    }
    interfaces = {
        path: (
            tuple(translate(base) for base in one._bases),  # noqa: SLF001 - C member
            remember(translate(dict(getattr(one, TAGS) or {}))),
        )
        for path, one in specs.interfaces(module)
    }
    return Facts(declared, interfaces)


class News:
    """What changes among specifications; orders in the pass, subscriptions after it."""

    def __init__(self, carried: list[Any]) -> None:
        self._applied: list[int] = []
        self._carried = list(carried)
        self._changed: dict[int, tuple[Any, tuple[Any, ...]]] = {}

    def change(self, spec: Any, bases: tuple[Any, ...]) -> None:  # noqa: ANN401 - a spec
        """Enter a live specification that changes, and the bases it will have."""
        self._changed[id(spec)] = (spec, bases)

    def bases(self, spec: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a spec
        """Give the bases that a specification will have, as far as entered."""
        found: tuple[Any, ...] = self._changed.get(id(spec), (spec, spec._bases))[1]  # noqa: SLF001 - C member
        return found

    def copy(self, spec: Any) -> Any:  # noqa: ANN401 - specs
        """Give a specification like another, which nobody knows yet."""
        kind: Any = type(spec)
        twin = kind.__new__(kind)
        vars(twin).update(vars(spec))
        fresh: dict[str, Any] = {"_implied": {}, "_dependents": None, "_v_attrs": None}
        for name, value in (fresh | {"__iro__": (), "__sro__": ()}).items():
            setattr(twin, name, value)
        self._carried.append(twin)
        return twin

    def lay_down(self, provided: dict[Any, Any], desk: Desk) -> None:
        """Lay down what follows from the changes: orders, and what lookups remember.

        ``provided``: registries whose tables change; see ``lookups.py``.
        """
        new = {id(one): (one, one._bases) for one in self._carried}  # noqa: SLF001 - C member
        orders = Orders(new | self._changed)
        orders.lay_down(desk)
        told = {one: one._provided for one in of_dependents(orders)}  # noqa: SLF001 - there is no other way in
        lay_lookups(told | provided, orders, desk)
        former = [
            (spec, (*spec._bases, *bases))  # noqa: SLF001 - C member
            for spec, bases in self._changed.values()
        ]
        applied = self._applied
        desk.do(partial(list.append, applied, 1), partial(list.pop, applied))
        desk.afterwards(partial(self._tell, former))

    def _tell(self, changed: list[tuple[Any, tuple[Any, ...]]]) -> None:
        """Mend subscriptions, which readers do not look at."""
        for spec in self._carried:
            specs.subscribe(spec, (), is_live=bool(self._applied))
        for spec, bases in changed:
            specs.subscribe(spec, bases)
        settle([*self._carried, *(spec for spec, _ in changed)])


class DeclarationMerge:
    """The merge of one module's interfaces and declarations."""

    def __init__(
        self,
        known: Facts,
        fresh: Facts,
        versions: Versions,
        translate: Translate,
        news: News,
    ) -> None:
        self._known = known
        self._fresh = fresh
        self._live: Any = versions.live
        self._staged: Any = versions.staged
        self._desk = versions.desk
        self._translate = translate
        self._news = news

    def lay_down(self) -> None:
        """Lay down the writes."""
        live = dict(specs.interfaces(self._live))
        for path, staged in specs.interfaces(self._staged):
            if live.get(path) is self._translate(staged) is not staged:
                self._interface(path, live[path], staged)
        staged_classes = dict(self._classes(self._staged))
        for path, owner in self._classes(self._live):
            if path in staged_classes:
                self._class(path, owner, staged_classes[path])
        names = own_names(vars(self._staged))
        for name, subject in [("", self._live), *own_names(vars(self._live)).items()]:
            if not name or name in names:
                self._object(name, subject, names.get(name, self._staged))

    def _classes(self, module: ModuleType) -> Iterator[tuple[str, type]]:
        return classes_of(own_names(vars(module)), module.__name__)

    def _declared(self, key: tuple[str, str], now: tuple[Any, ...]) -> tuple[Any, ...]:
        before = self._known.declared.get(key, ())
        return specs.merged(before, now, self._fresh.declared.get(key, ()))

    def _class(self, path: str, live: type, staged: type) -> None:
        spec = vars(live).get("__implemented__")
        if spec is None:
            for name in OWNED & vars(staged).keys():
                value = self._translate(vars(staged)[name])
                self._desk.set(live, name, value)
            return
        declared = self._declared(("implements", path), spec.declared)
        only = ("only", path)
        inherit = None if only in self._fresh.declared else live
        if spec.inherit is None and only not in self._known.declared:
            inherit = None  # said at run time
        bases = [] if inherit is None else [
            specs.implemented(one, self._translate) for one in staged.__bases__
        ]  # fmt: skip
        after = specs.unique((*declared, *bases))
        self._set(path, spec, after, declared=declared, inherit=inherit)
        provides: Any = vars(live).get("__provides__")
        if is_a(provides, "ClassProvides"):
            own = self._declared(("provides", path), provides._bases[:-1])  # noqa: SLF001 - C member
            self._set(path, provides, (*own, provides._bases[-1]))  # noqa: SLF001 - C member

    def _set(self, path: str, spec: Any, bases: tuple[Any, ...], **more: Any) -> None:  # noqa: ANN401 - a spec
        more["_bases"] = bases
        changed = {
            name: value
            for name, value in more.items()
            if not _identical(getattr(spec, name), value)
        }
        for name, value in changed.items():
            self._desk.set(spec, name, value)
        if changed:
            self._desk.note("patched", path, "declared interfaces")
            self._news.change(spec, bases)

    def _object(self, name: str, live: Any, staged: Any) -> None:  # noqa: ANN401 - any objects
        now, fresh = specs.provides_of(live), specs.provides_of(staged)
        key = ("provides", name)
        if now is None or fresh is now:
            if now is not fresh and name:
                self._desk.put(vars(live), "__provides__", self._translate(fresh))
            return
        before = now._bases  # noqa: SLF001 - C member
        own = self._declared(key, before[:-1])
        if _identical(own, before[:-1]):
            return
        if not own:
            if name:  # a module's name that its text gives up is dropped already
                self._desk.drop(vars(live), "__provides__")
            return
        spec = self._translate(fresh) if fresh is not None else self._news.copy(now)
        object.__setattr__(spec, "_bases", (*own, before[-1]))
        object.__setattr__(spec, "_Provides__args", (type(live), *own))
        self._desk.put(vars(live), "__provides__", spec)

    def _interface(self, path: str, live: Any, staged: Any) -> None:  # noqa: ANN401 - interfaces
        known = self._known.interfaces.get(path, (live._bases, getattr(live, TAGS)))  # noqa: SLF001 - C member
        bases, tags = self._fresh.interfaces[path]
        after = specs.merged(known[0], live._bases, bases)  # noqa: SLF001 - C member
        changes: dict[str, Any] = {"_bases": after, "__doc__": staged.__doc__}
        if type(live) is not type(staged):
            specs.translate_methods(staged, self._translate)
            changes["__class__"] = type(staged)
        changes[TAGS] = self._tags(live, known[1] or {}, tags)
        changes = {
            name: value
            for name, value in changes.items()
            if not _identical(getattr(live, name), value)
        }
        for name, value in changes.items():
            self._desk.set(live, name, value)
        if self._attributes(live, staged) or changes:
            self._desk.note("patched", path, "interface")
            self._news.change(live, after)

    def _tags(
        self,
        live: Any,  # noqa: ANN401 - an interface
        before: dict[Any, Any],
        fresh: dict[Any, Any],
    ) -> Any:  # noqa: ANN401 - the tagged values, None if there are none
        now = getattr(live, TAGS) or {}
        same = self._desk.same
        after = {}
        for name in [*now, *(one for one in fresh if one not in now)]:
            old, mine, new = (one.get(name, MISSING) for one in (before, now, fresh))
            touched = not same(old, mine)
            value = mine if touched or same(old, new) else new
            if value is not MISSING:
                after[name] = value
        return getattr(live, TAGS) if _identical(after, now) else after or None

    def _attributes(self, live: Any, staged: Any) -> bool:  # noqa: ANN401 - interfaces
        now, fresh = getattr(live, ATTRIBUTES), getattr(staged, ATTRIBUTES)
        after = {}
        is_changed = False
        for name, new in fresh.items():
            old = now.get(name)
            if type(old) is not type(new):
                new.interface = live
                after[name] = new
                continue
            after[name] = old
            content = {**vars(new), "interface": live}
            if not self._desk.same(vars(old), content):
                self._desk.refill(vars(old), self._translate(content))
                is_changed = True
        if _identical(after, now):
            return is_changed
        self._desk.refill(now, after)
        return True


def _identical(one: Any, other: Any) -> bool:  # noqa: ANN401 - tuples, dicts, texts
    if is_of(one, dict) and is_of(other, dict):
        return list(one) == list(other) and all(one[key] is other[key] for key in one)
    if is_of(one, tuple) and is_of(other, tuple):
        return is_same(one, other)
    return one is other or (is_of(one, str) and one == other)
