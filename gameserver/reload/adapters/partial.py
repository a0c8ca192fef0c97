"""functools.partial and partialmethod: the held object takes the new text's meaning.

Function and arguments follow the text where they changed in it. An argument that is
the same initial value stays the live one, and one that a module names stays what the
module names: a partial over a lock, a singleton or a table keeps it. Attributes given
at run time stay.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet, ref

from gameserver.reload.adapter import Adapter
from gameserver.reload.foresight import Foresight
from gameserver.reload.kinds import is_of
from gameserver.reload.record import classes_of
from gameserver.reload.same import ATOMS
from gameserver.reload.verdict import MISSING
from gameserver.reload.walk import walk_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gameserver.reload.adapter import Desk, Same, Translate, Versions

_KINDS = (functools.partial, functools.partialmethod)


class _State(NamedTuple):
    """What a partial holds; positions and keywords are keys of ``given``."""

    function: Any
    given: dict[int | str, Any]


class Partial(Adapter):
    """Has live partials stand for staged ones, and brings them up to date."""

    def __init__(self) -> None:
        self._known: WeakSet[Any] = WeakSet()
        self._staged: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def claims(self, value: object) -> bool:
        """Claim partials, of functions and of methods."""
        return issubclass(type(value), _KINDS)

    def parts(self, value: Any) -> Iterable[object]:  # noqa: ANN401 - a partial
        """Give its function, arguments and attributes."""
        return (value.func, *value.args, *value.keywords.values(), *_fields(value))

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - as above
        """Mend it in place."""
        state = _State(
            translate(value.func),
            {key: translate(one) for key, one in _state(value).given.items()},
        )
        _setting(value, state)()
        return value

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - as above
        """Compare function and arguments."""
        return same(tuple(_state(old)), tuple(_state(new)))

    def pairs(self, live: Any, staged: Any) -> Iterable[tuple[object, object]]:  # noqa: ANN401 - as above
        """Have the live partial stand for the staged one wherever that is held."""
        if (
            type(live) is type(staged)
            and self.claims(staged)
            and staged in self._staged
        ):
            # The first name counts: the module that made it comes before importers.
            if self._staged[staged] is None:
                self._staged[staged] = live
            if self._staged[staged] is live:
                yield live, staged

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Take note of the partials that a text makes."""
        yield
        is_staged = "__stage__" in vars(module)
        for value in _partials(walk_module(module)):
            if not is_staged:
                self._known.add(value)
            elif value not in self._known:
                self._staged.setdefault(value, None)

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Bring the live partials up to date, once each."""
        done: set[int] = set()
        for one in modules:
            for name, staged in _named(one.staged):
                live = self._staged.get(staged) if self.claims(staged) else None
                if live is not None and id(live) not in done:
                    done.add(id(live))
                    _merge(name, live, staged, one, translate)
            for value in _partials(one.inside(one.staged)):
                if self._staged.get(value, value) is None:
                    self._settle(value, one.desk)

    def _settle(self, value: Any, desk: Desk) -> None:  # noqa: ANN401 - a partial
        """Lay down that a new partial is a live one from the commit on."""
        staged: Any = self._staged.data  # type: ignore[attr-defined]  # the dict inside
        known: Any = self._known.data  # type: ignore[attr-defined]  # the set inside
        key = ref(value)
        entry = ref(value, self._known._remove)  # type: ignore[attr-defined]  # noqa: SLF001 - as add() does
        drop = functools.partial(dict.pop, staged, key, None)
        desk.do(drop, functools.partial(dict.__setitem__, staged, key, None))
        add = functools.partial(set.add, known, entry)
        desk.do(add, functools.partial(set.discard, known, entry))


def _merge(
    name: str,
    live: Any,  # noqa: ANN401 - a partial
    staged: Any,  # noqa: ANN401 - a partial
    versions: Versions,
    translate: Translate,
) -> None:
    desk, then, now = versions.desk, _state(live), _state(staged)
    names = _names(versions)
    function = translate(now.function)
    if desk.same(then.function, function):
        function = then.function
    given: dict[int | str, Any] = {}
    foresight, module = Foresight.of(desk), versions.live or versions.staged
    for key, value in now.given.items():
        given[key] = translate(value)
        if key not in then.given:
            continue
        old = then.given[key]
        if names.get(id(value)) == names.get(id(old), ""):
            named = foresight.item(vars(module), names[id(old)])
            given[key] = old if named is MISSING else named
        elif desk.same(old, given[key]):
            given[key] = old
    fresh = _State(function, given)
    if not _is_identical(then, fresh):
        desk.do(_setting(live, fresh), _setting(live, then))
        desk.note("patched", name, "function or arguments of a partial")
    for field, value in vars(staged).items():
        if field not in vars(live) and field not in {"func", "args", "keywords"}:
            desk.put(vars(live), field, translate(value))


def _state(value: Any) -> _State:  # noqa: ANN401 - a partial
    return _State(value.func, {**dict(enumerate(value.args)), **value.keywords})


def _setting(value: Any, state: _State) -> Callable[[], object]:  # noqa: ANN401 - a partial
    """Prepare one C-level write of a partial's function and arguments."""
    args = tuple(one for key, one in state.given.items() if is_of(key, int))
    named = {key: one for key, one in state.given.items() if is_of(key, str)}
    if is_of(value, functools.partial):
        content = (state.function, args, named, vars(value))
        return functools.partial(functools.partial.__setstate__, value, content)  # type: ignore[attr-defined]  # as pickle does
    fields = {"func": state.function, "args": args, "keywords": named}
    return functools.partial(dict.update, vars(value), fields)


def _is_identical(one: _State, other: _State) -> bool:
    return (
        one.function is other.function
        and [*one.given] == [*other.given]
        and all(one.given[key] is other.given[key] for key in one.given)
    )


def _fields(value: Any) -> Iterable[object]:  # noqa: ANN401 - a partial
    return vars(value).values() if is_of(value, functools.partial) else ()


def _partials(inside: Iterable[object]) -> Iterator[Any]:
    return (one for one in inside if is_of(one, _KINDS))


def _named(module: ModuleType | None) -> Iterator[tuple[str, Any]]:
    if module is None:
        return
    yield from list(vars(module).items())
    for path, owner in classes_of(dict(vars(module)), module.__name__):
        for name, value in list(vars(owner).items()):
            yield f"{path}.{name}", value


def _names(versions: Versions) -> dict[int, str]:
    """Give the names of state, staged and live, by id of the value."""
    found: dict[int, str] = {}
    for module in (versions.staged, versions.live):
        for name, value in vars(module).items() if module is not None else ():
            if not is_of(value, (*ATOMS, FunctionType, type, ModuleType)):
                found.setdefault(id(value), name)
    return found


ADAPTER = Partial()
