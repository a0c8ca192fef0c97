"""functools.cached_property: kept values that its changed function did not make.

The values lie in the instances, which nobody lists. So the property itself becomes
one that is asked before the instance's dict (a data descriptor), and knows which
values were made since: others are made again on the next reading, with no scan. Only
properties whose function means something else pay, until the next start:

* ``o.x`` costs a call; ``vars(o)["x"]`` shows the kept value, stale until it is read;
* ``o.x = value`` and ``del o.x`` do what they did; a value that was assigned before
  the release cannot be told from a kept one, and is made again too;
* a copy of ``o`` makes its own; ``undo`` brings the values of before back.
"""

from __future__ import annotations

import functools
import itertools
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from gameserver.reload.adapter import Adapter
from gameserver.reload.meaning import Watch
from gameserver.reload.record import classes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Same, Translate, Versions

_MISSING = object()
_ADDED = ("fresh", "former", "since")
_changes = itertools.count(1)


class Former(dict[int, tuple[weakref.ref[Any], Any]]):
    """By id of an instance: the instance and the value that was stale; for undo."""


class Renewing(functools.cached_property[Any]):
    """A cached property whose function was changed while instances kept values."""

    fresh: dict[int, object]
    """By id of an instance: that its value is of the function as it is."""
    former: weakref.ref[Former]
    since: int
    """Which change of the function it was, of all in this process."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:  # noqa: ANN401 - what the function gives
        """Give the value; make it again if it is from before."""
        if instance is not None and not self._is_fresh(instance):
            self._forget(instance)
        return super().__get__(instance, owner)

    def __set__(self, instance: Any, value: object) -> None:  # noqa: ANN401 - any instance
        """Put the value where a cached property keeps it."""
        if not self._is_fresh(instance):
            self._forget(instance)
        vars(instance)[self.attrname] = value

    def __delete__(self, instance: Any) -> None:  # noqa: ANN401 - any instance
        """Have the value made again on the next reading."""
        if self.attrname not in vars(instance):
            raise AttributeError(self.attrname)
        if not self._is_fresh(instance):
            self._forget(instance)
        else:
            del vars(instance)[self.attrname]

    def _mark(self) -> str:
        """Name the field that marks a value as fresh where a weak reference cannot."""
        return f"{self.attrname} since {self.since}"

    def _is_fresh(self, instance: Any) -> bool:  # noqa: ANN401 - any instance
        fields = getattr(instance, "__dict__", {})
        return id(instance) in self.fresh or self._mark() in fields

    def _forget(self, instance: Any) -> None:  # noqa: ANN401 - any instance
        """Take the stale value away, then say that what comes is fresh."""
        fields = getattr(instance, "__dict__", None)
        if fields is None:
            return  # the property itself says what is wrong
        value = fields.pop(self.attrname, _MISSING)
        key, fresh = id(instance), self.fresh
        try:
            fresh[key] = weakref.ref(instance, lambda _: fresh.pop(key, None))
        except TypeError:  # no weak references to it: the mark lies beside the value
            fields[self._mark()] = True
            return
        former = self.former()
        if former is not None:
            former[key] = (weakref.ref(instance), value)


class Renewal:
    """The change of one property at commit, and the way back at undo."""

    def __init__(self, owner: type, subject: functools.cached_property[Any]) -> None:
        self._owner = weakref.ref(owner)
        self._subject = subject
        self._former: Former | None = None
        self._before: dict[str, Any] = {}

    def __call__(self) -> None:
        """Go to the other side: from before to after, or back."""
        if self._former is None:
            self._begin()
        else:
            self._end(self._former)
        owner, name = self._owner(), self._subject.attrname
        if owner is not None and vars(owner).get(str(name)) is self._subject:
            # CPython remembers which attributes are asked before the instance's dict;
            # setting one makes it look again.
            type.__setattr__(owner, str(name), self._subject)

    def _begin(self) -> None:
        fields = vars(self._subject)
        self._before = {name: fields[name] for name in _ADDED if name in fields}
        self._before["__class__"] = type(self._subject)
        self._former = Former()
        fields["fresh"] = {}
        fields["former"] = weakref.ref(self._former)
        fields["since"] = next(_changes)
        self._subject.__class__ = Renewing

    def _end(self, former: Former) -> None:
        self._subject.__class__ = self._before.pop("__class__")
        for name in _ADDED:
            del vars(self._subject)[name]
        vars(self._subject).update(self._before)
        for found, value in former.values():
            fields = getattr(found(), "__dict__", {})
            fields.pop(self._subject.attrname, None)
            if value is not _MISSING:
                fields[self._subject.attrname] = value
        self._former = None


class CachedProperty(Adapter):
    """Watches the cached properties of the game's classes."""

    def __init__(self) -> None:
        self._owners: WeakSet[type] = WeakSet()

    def claims(self, value: object) -> bool:
        """Claim cached properties."""
        return isinstance(value, functools.cached_property)

    def parts(self, value: Any) -> Iterable[object]:  # noqa: ANN401 - a cached property
        """Give its function."""
        return (value.func,)

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - as above
        """Mend it in place."""
        value.func = translate(value.func)
        return value

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - as above
        """Compare by function."""
        return same(old.func, new.func)

    def merge(self, live: Any, staged: Any, initial: Any, desk: Desk) -> bool:  # noqa: ANN401 - as above
        """Keep the object, and give it the new function."""
        if live is not initial or not _is_like(live, staged):
            return False
        if live.func is not staged.func and not desk.same(live.func, staged.func):
            desk.set(live, "func", staged.func)
        if live.__doc__ != staged.__doc__:
            desk.set(live, "__doc__", staged.__doc__)
        return True

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Take note of the classes that have such properties."""
        yield
        self._find(module)

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """See to all that are known: a function may serve in another module."""
        del translate
        for one in modules:
            if one.live is not None:
                self._find(one.live)
        for owner in list(self._owners):
            for value in list(vars(owner).values()):
                if isinstance(value, functools.cached_property):
                    _see_to(owner, value, modules[0].desk)

    def _find(self, module: ModuleType) -> None:
        for _, owner in classes_of(vars(module), module.__name__):
            if any(map(self.claims, vars(owner).values())):
                self._owners.add(owner)


def _is_like(live: object, staged: object) -> bool:
    kinds = [
        functools.cached_property if type(one) is Renewing else type(one)
        for one in (live, staged)
    ]
    return kinds[0] is kinds[1]


def _see_to(owner: type, subject: Any, desk: Desk) -> None:  # noqa: ANN401 - a cached property
    """Lay down what follows if its function comes to mean something else."""
    if type(subject) in {functools.cached_property, Renewing}:
        desk.afterwards(Watch(subject, Renewal(owner, subject)))


ADAPTER = CachedProperty()
