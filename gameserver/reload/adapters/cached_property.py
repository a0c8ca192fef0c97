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
import operator
import weakref
from collections import deque
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from gameserver.reload.adapter import Adapter
from gameserver.reload.foresight import Foresight
from gameserver.reload.kinds import members_of
from gameserver.reload.meaning import will_change
from gameserver.reload.record import classes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Same, Translate, Versions

_MISSING = object()
_changes = itertools.count(1)


class Former(dict[int, tuple["Callable[[], object]", ...]]):
    """By id of an instance: the writes that bring its stale value back, for undo.

    ``displaced``: what they displace, so that nothing is finalised amid the writes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.displaced: list[object] = []

    def enter(self, instance: object, name: str, value: object) -> None:
        """Remember the value that an instance kept under a name, or that it did not."""
        fields = vars(instance)
        back = (
            partial(fields.pop, name, None)
            if value is _MISSING
            else partial(fields.__setitem__, name, value)
        )
        hold = partial(self.displaced.extend, map(fields.get, (name,)))
        self[id(instance)] = (hold, back)

    def bring_back(self) -> Callable[[], object]:
        """Prepare all writes that there are by then, as one call of C; for one time."""
        writes = chain.from_iterable(chain.from_iterable(map(dict.values, (self,))))
        return partial(deque, map(operator.call, writes), 0)


class Renewing(functools.cached_property[Any]):
    """A cached property whose function was changed while instances kept values."""

    fresh: Fresh
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
        key, tables = id(instance), (weakref.ref(self.fresh), self.former)
        try:
            self.fresh[key] = weakref.ref(instance, partial(_drop, tables, key))
        except TypeError:  # no weak references to it: the mark lies beside the value
            fields[self._mark()] = True
            return
        former = self.former()
        if former is not None:
            former.enter(instance, str(self.attrname), value)


class Fresh(dict[int, object]):
    """A dict to which there can be weak references."""


def _drop(tables: Iterable[weakref.ref[Any]], key: int, _: object) -> None:
    """Forget an instance that has died."""
    for table in tables:
        found = table()
        if found is not None:
            found.pop(key, None)


def _renew(owner: type, subject: functools.cached_property[Any], desk: Desk) -> None:
    """Lay down that kept values are made again, and at undo that they come back."""
    name, former = str(subject.attrname), Former()
    # CPython remembers which attributes are asked before the instance's dict; setting
    # one makes it look again: first of all at undo, last of all at commit, and so back.
    desk.set(owner, name, subject)
    desk.do(bool, former.bring_back())
    desk.put(vars(subject), "fresh", Fresh())
    desk.put(vars(subject), "former", weakref.ref(former))
    desk.put(vars(subject), "since", next(_changes))
    desk.set(subject, "__class__", Renewing)
    desk.set(owner, name, subject)
    desk.afterwards(former.displaced.clear)


class CachedProperty(Adapter):
    """Watches the cached properties of the game's classes."""

    def __init__(self) -> None:
        self._owners: WeakSet[type] = WeakSet()

    def claims(self, value: object) -> bool:
        """Claim cached properties."""
        return issubclass(type(value), functools.cached_property)

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
        desk = modules[0].desk
        foresight = Foresight.of(desk)
        for owner in list(self._owners):
            for name, value in list(members_of(owner).items()):
                if not _is_ours(value) or value.attrname != name:
                    continue
                is_to_stay = foresight.member(owner, name) is value
                if is_to_stay and will_change(value, foresight):
                    _renew(owner, value, desk)

    def _find(self, module: ModuleType) -> None:
        for _, owner in classes_of(vars(module), module.__name__):
            if any(map(self.claims, members_of(owner).values())):
                self._owners.add(owner)


def _is_like(live: object, staged: object) -> bool:
    kinds = [
        functools.cached_property if type(one) is Renewing else type(one)
        for one in (live, staged)
    ]
    return kinds[0] is kinds[1]


def _is_ours(value: object) -> bool:
    return type(value) in {functools.cached_property, Renewing}


ADAPTER = CachedProperty()
