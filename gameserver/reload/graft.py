"""Carry live objects that are one of a kind over into a new table or row.

So a table that gains an entry keeps the live singletons of its other entries, and a
closure in it keeps what it has counted. Where the text makes another object in place of
a live one, the live one stays, and ``others`` says where; the plan names it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.displays import (
    aligned,
    is_reference,
    is_reworded,
    of_row,
    of_table,
)
from gameserver.reload.fields import named_fields
from gameserver.reload.kinds import is_of
from gameserver.reload.same import ATOMS, DEEPEST, is_one_of_a_kind
from gameserver.reload.walk import MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.reload.displays import Words
    from gameserver.reload.same import Comparison

    Doubles = dict[tuple[int, Any], Any]

_TABLES = frozenset({dict, OrderedDict, defaultdict, Counter})
_ROWS = frozenset({list, tuple, deque})
_SETS = frozenset({set, frozenset})
GRAFTED = _TABLES | _ROWS | _SETS
"""Kinds of containers in which live objects are carried over."""

_ATOMS = frozenset(ATOMS)
_ATOM_IDS = frozenset(map(id, ATOMS))  # for types that hash by an author's code
SHOWN = 3  # places in one line of the plan
STAYS = "the live one stays; change it in module_reloaded"
MADE_OTHERS = (
    "the text makes others; the live ones stay; change them in module_reloaded"
)


def _is_atom(kind: type) -> bool:
    # Of another metaclass it is none, and may hash by an author's code.
    return type(kind) is type and kind in _ATOMS


def is_grafted(kind: type) -> bool:
    """Say whether live objects are carried over inside of a kind of container."""
    return type(kind) is type and kind in GRAFTED


class Graft:
    """The graft of one name's value: call it once.

    ``doubles``: by container and key, what the text made where a live object has been
    put; a graft may be made again, for the live world of a later moment.
    ``is_changed``: the name is bound in other words now.
    ``is_kept``: the live value stays as a whole.
    ``merges``: says whether a live object's fields become those that the text makes.
    """

    def __init__(
        self,
        comparison: Comparison,
        doubles: Doubles,
        *,
        is_changed: bool,
        is_kept: bool,
        merges: Callable[[object, object], bool] = lambda _live, _staged: False,
    ) -> None:
        self._comparison = comparison
        self._doubles = doubles
        self._is_changed = is_changed
        self._is_kept = is_kept
        self._merges = merges
        self.others: list[tuple[str, str]] = []
        """Place and type of what the text makes anew while a live one stays."""
        self.is_moved = False
        """The text names another object than before in some place."""
        self.is_unsure = False
        """Which live object is which of the new ones cannot be told."""
        self.carried: list[tuple[object, object, str]] = []
        """What the text made, the live object in its place, and where."""

    def __call__(  # noqa: PLR0911 - one line per kind
        self,
        initial: Any,  # noqa: ANN401 - any values of a game
        live: Any,  # noqa: ANN401 - the same
        staged: Any,  # noqa: ANN401 - the same
        old: Words = None,
        new: Words = None,
        where: str = "",
        depth: int = 0,
    ) -> Any:  # noqa: ANN401 - the same
        """Give the new value with live objects in it; lists and dicts change in place.

        ``old``, ``new``: what the texts write for it, as far as known.
        """
        kind = type(staged)
        if staged is live or depth > DEEPEST or _is_atom(kind):
            return staged
        if is_of(staged, FunctionType):
            stays = live is initial and self._comparison.same(initial, staged, 1)
            return self._carry(staged, live, where) if stays else staged
        alike = type(initial) is type(live) is kind
        if not is_grafted(kind):
            three = (staged,) if alike else (staged, initial, live)
            if not all(map(is_one_of_a_kind, three)):
                return staged
            return self._single(initial, live, staged, old, new, where)
        if not alike or self._is_all_plain(staged):
            return staged
        if kind in _TABLES:
            return self._table(initial, live, staged, old, new, where, depth)
        if kind in _ROWS:
            return self._row(initial, live, staged, old, new, where, depth)
        return self._set(initial, live, staged)

    def _is_all_plain(self, staged: Any) -> bool:  # noqa: ANN401 - a container
        """Say whether there is nothing to carry over, or too much to look for it."""
        if self._is_kept and len(staged) > MANY:
            return True
        inner = staged.values() if type(staged) in _TABLES else staged
        return _ATOM_IDS.issuperset(map(id, map(type, inner)))

    def _carry(self, staged: object, live: object, where: str) -> object:
        self.carried.append((staged, live, where))
        return live

    def _single(
        self,
        initial: object,
        live: object,
        staged: object,
        old: Words,
        new: Words,
        where: str,
    ) -> object:
        if is_reference(new):
            if is_reworded(old, new) is False:
                return live
            if live is initial:
                self.is_moved = True
                return staged
        is_kin = self._comparison.is_one_kind(initial, staged)
        if not is_kin or self._is_other(live, staged, old, new):
            self.others.append((where, type(staged).__name__))
        return self._carry(staged, live, where)

    def _is_other(self, live: object, staged: object, old: Words, new: Words) -> bool:
        """Say whether the text now makes another object than it made."""
        words = is_reworded(old, new)
        if not self._is_changed or words is False or self._merges(live, staged):
            return False
        now, fresh = named_fields(live), named_fields(staged)
        if not (now or fresh):
            return bool(words)  # nothing to see in it: the words say it
        return not self._comparison.same(
            dict(sorted(now.items())), dict(sorted(fresh.items()))
        )

    def _table(
        self,
        initial: Any,  # noqa: ANN401 - dicts
        live: Any,  # noqa: ANN401 - the same
        staged: Any,  # noqa: ANN401 - the same
        old: Words,
        new: Words,
        where: str,
        depth: int,
    ) -> Any:  # noqa: ANN401 - the same
        before, after = of_table(old, initial), of_table(new, staged)
        for key, there in list(staged.items()):
            if _is_atom(type(there)) or key not in live or key not in initial:
                continue
            fresh = self._doubles.get((id(staged), key), there)
            place = f"{where}[{_read(key)}]"
            value = self(
                initial[key], live[key], fresh, before.get(key), after.get(key),
                place, depth + 1,
            )  # fmt: skip
            self._put(staged, key, there, fresh, value)
        return staged

    def _put(
        self,
        table: Any,  # noqa: ANN401 - a dict, list or deque
        key: Any,  # noqa: ANN401 - its key or index
        there: object,
        fresh: object,
        value: object,
    ) -> None:
        if value is not there:
            self._doubles[id(table), key] = fresh
            table[key] = value

    def _row(
        self,
        initial: Any,  # noqa: ANN401 - lists, tuples or deques
        live: Any,  # noqa: ANN401 - the same
        staged: Any,  # noqa: ANN401 - the same
        old: Words,
        new: Words,
        where: str,
        depth: int,
    ) -> Any:  # noqa: ANN401 - the same
        before, after = of_row(old, len(initial)), of_row(new, len(staged))
        is_told = bool(before and after)
        pairs: Iterable[tuple[int, int]] = zip(
            range(len(initial)), range(len(staged)), strict=False
        )
        if is_told:
            pairs = aligned(before, after)
        elif not len(initial) == len(live) == len(staged):
            self.is_unsure |= any(map(is_one_of_a_kind, live))
            return staged
        row = list(staged)
        for was, index in pairs:
            if was >= len(live):
                break
            fresh = self._doubles.get((id(staged), index), row[index])
            then, now = (before[was], after[index]) if is_told else (None, None)
            place = f"{where}[{index}]"
            value = self(initial[was], live[was], fresh, then, now, place, depth + 1)
            if is_of(staged, tuple):
                row[index] = value
            else:
                self._put(staged, index, row[index], fresh, value)
        if not is_of(staged, tuple):
            return staged
        changed = any(a is not b for a, b in zip(row, staged, strict=True))
        return tuple(row) if changed else staged

    def _set(self, initial: Any, live: Any, staged: Any) -> Any:  # noqa: ANN401 - sets
        if self._is_kept or not any(map(is_one_of_a_kind, live)):
            return staged
        if self._comparison.same(initial, staged):
            return live
        self.is_unsure = True
        return staged

    @property
    def why(self) -> str:
        """What to tell of the live objects that stay; "" if there is nothing."""
        if not self.others:
            return ""
        if len(self.others) == 1:
            place, kind = self.others[0]
            return f"{place}: {made_otherwise(kind)}"
        places = [place for place, _ in self.others[:SHOWN]]
        if len(self.others) > SHOWN:
            places.append(f"{len(self.others) - SHOWN} more")
        return f"{', '.join(places)}: {MADE_OTHERS}"


def _read(key: object) -> str:
    try:
        return repr(key)
    except Exception:  # noqa: BLE001 - an author's __repr__ may raise anything
        return f"a {type(key).__name__}"


def made_otherwise(kind: str) -> str:
    """Say that a live object stays although the text makes it otherwise now."""
    return f"the text makes another {kind}; {STAYS}"
