"""Fields of the objects that a module's text made: they merge three ways, as names do.

``settings = Settings()`` and ``settings.limit = 5``: the object stays, and what the
text set in it follows the text, unless it changed at run time. Not so for instances
of classes with a roll, a ``version`` or a hook: their fields are the game's, and change
by migrations and hooks. Nor for classes with a hash of their own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from weakref import ref

from gameserver.reload.equality import is_worth
from gameserver.reload.fields import named_fields
from gameserver.reload.hooks import instance_hook
from gameserver.reload.instances import is_known
from gameserver.reload.kinds import flags_of, is_of, module_of, mro_of
from gameserver.reload.own_registries import holds_registered
from gameserver.reload.same import is_one_of_a_kind, remember
from gameserver.reload.verdict import MISSING, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from gameserver.reload.judgement import Judge
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.record import Record
    from gameserver.reload.translate import Translation

    Fields = dict[str, Any]

_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement


@dataclass(slots=True)
class Base:
    """What a text put into the fields of one object; the object weakly, if it can."""

    subject: Callable[[], object]
    fields: Fields


@dataclass(slots=True)
class Single:
    """A live object, and what the new text made in its place.

    ``differing``: the fields that the new text makes otherwise than the old one.
    """

    path: str
    live: object
    staged: object
    base: Fields
    differing: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    """Those of them for which the texts have a reason."""
    is_judged: bool = False


def base_of(subject: object) -> Base:
    """Remember the fields of an object that a text has just made."""
    is_weak = type(subject).__weakrefoffset__
    return Base(
        ref(subject) if is_weak else lambda: subject,
        {name: remember(one) for name, one in named_fields(subject).items()},
    )


def has_base(value: object, names: Container[str], *, is_named: bool) -> bool:
    """Say whether an object's fields are remembered: one of a class of the game's.

    ``names``: the game's modules. ``is_named``: a name of the module means it.
    """
    kind = type(value)
    if kind is not SimpleNamespace and module_of(kind) not in names:
        return False
    if not is_of(value, object) or is_of(value, type):
        return False
    return (is_named or not is_known(kind)) and is_one_of_a_kind(value)


def initial_fields(old: Record, live: object) -> Fields | None:
    """Give what the text in force put into an object; None if it did not make it."""
    found = old.fields.get(id(live))
    return found.fields if found is not None and found.subject() is live else None


def merges(pairs: Pairs, live: object, staged: object) -> bool:
    """Say whether an object's fields follow the text, so that it may stay as it is."""
    if type(live) is not type(staged) or initial_fields(pairs.old, live) is None:
        return False
    return is_plain(pairs, type(live)) and bool(
        named_fields(live) or named_fields(staged)
    )


def is_plain(pairs: Pairs, kind: type) -> bool:
    """Say whether instances of a class are all fields, and these are the text's."""
    if kind is SimpleNamespace:
        return True
    if any(not flags_of(one) & _HEAP for one in mro_of(kind)[:-1]):
        return False  # made by C: it has more than fields
    staged = [fresh for _, live, fresh in pairs.classes if live is kind]
    return not any(
        is_known(one)
        or instance_hook(one)
        or hasattr(one, "__carrier__")
        or hasattr(one, "version")
        or is_worth(one)  # it may be a key somewhere, by its fields
        for one in (kind, *staged)
    )


class Singles:
    """Finds the objects of one module that stay and whose fields may differ."""

    def __init__(self, pairs: Pairs, translation: Translation, judge: Judge) -> None:
        self._pairs = pairs
        self._translation = translation
        self._judge = judge
        self._waiting: list[tuple[str, object, object]] = []

    def add(self, path: str, live: object, staged: object) -> None:
        """Say which live object stays in the place of a staged one."""
        self._waiting.append((path, live, staged))

    def find(self) -> None:
        """Compare what the texts made; objects in fields are paired on the way."""
        done: set[int] = set()
        while self._waiting:
            path, live, staged = self._waiting.pop(0)
            base = initial_fields(self._pairs.old, live)
            if base is None or id(live) in done or type(live) is not type(staged):
                continue
            done.add(id(live))
            one = Single(path, live, staged, base)
            now, there = named_fields(staged), named_fields(live)
            one.differing = [
                name
                for name in {**base, **now}
                if self._differs(
                    f"{path}.{name}",
                    *(each.get(name, MISSING) for each in (base, there, now)),
                )
            ]
            self._pairs.singles.append(one)

    def _differs(self, path: str, initial: Any, live: Any, staged: Any) -> bool:  # noqa: ANN401 - any values of a game
        if MISSING in map(_mark, (initial, staged)):
            return True
        if _is_registry(initial) or _is_registry(staged):
            return False
        made = self._translation(staged)
        one = self._judge(path, initial, live, made, None, None)
        for fresh, stays, where in one.carried:
            self._pair(f"{path}{where}", stays, fresh)
        is_kept = one.found is Verdict.KEEP and live is initial
        if is_kept and is_one_of_a_kind(made) and type(live) is type(made):
            self._pair(path, live, made)
        return one.found is not Verdict.KEEP or self._judge.is_leaving(live)

    def _pair(self, path: str, live: object, staged: object) -> None:
        if live is not staged and not is_of(live, FunctionType):
            self._translation.pair(staged, live)
            self.add(path, live, staged)


def _mark(value: object) -> object:
    return MISSING if value is MISSING else None


def _is_registry(value: object) -> bool:
    """Say whether what is entered there is seen to one by one (own_registries.py)."""
    return is_of(value, (dict, list, set, deque)) and holds_registered(value)


def renew_fields(
    pairs: Pairs, translation: Translation, now: dict[int, Base]
) -> dict[int, Base]:
    """Give the bases for the next release: what the new text made.

    ``now``: what the objects hold that the module leads to.
    """
    known = {
        one_id: base
        for one_id, base in now.items()
        if id(base.subject()) not in pairs.old.fields
    }
    for one in pairs.singles:
        before = pairs.old.fields[id(one.live)]
        if one.explained:
            made = named_fields(one.staged)
            fields = dict(before.fields)
            for name in one.explained:
                fields.pop(name, None)
                if name in made:
                    fields[name] = remember(translation(made[name]))
            before = Base(before.subject, fields)
        known[id(one.live)] = before
    return known
