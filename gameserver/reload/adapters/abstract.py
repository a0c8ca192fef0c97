"""Abstract base classes: what is still abstract, who is registered, cached answers.

The registry of an abstract class lies in a C object that no Python code can write to;
another registry therefore comes as another such object, put in place of the old one,
and undo puts the old one back. Registrations by the text follow the text; those made
at run time stay. Subclasses in other modules get their abstract names counted again.
"""

from __future__ import annotations

import _abc  # type: ignore[import-not-found]  # a C module without stubs
import abc
import weakref
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from gameserver.reload.abstract_names import recount
from gameserver.reload.adapter import Adapter
from gameserver.reload.foresight import Foresight
from gameserver.reload.instances import family, unordered_family
from gameserver.reload.kinds import bases_of, is_of, members_of, module_of, mro_of
from gameserver.reload.staged_classes import StagedClasses
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Same, Translate, Versions

_STATE = "_abc_impl"
_ABSTRACT = "__abstractmethods__"
_STATE_TYPE = type(vars(abc.ABC)[_STATE])
_NOTHING: frozenset[str] = frozenset()


class Abstract(Adapter):
    """Claims the C object that holds an abstract class's registry."""

    def __init__(self) -> None:
        self._pairs = StagedClasses()
        self._by_text: weakref.WeakKeyDictionary[type, set[weakref.ref[type]]] = (
            weakref.WeakKeyDictionary()
        )
        """For a class, the abstract ones with which its module's text registers it."""
        self._merged: list[tuple[weakref.ref[type], weakref.ref[type]]] = []

    def claims(self, value: object) -> bool:
        """Say whether a value is such an object."""
        return type(value) is _STATE_TYPE

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - see Adapter
        """Give a registry with live classes for staged ones."""
        here = registry(value)
        there = {translate(one) for one in here}
        return value if here == there else state_with(there)

    def remembered(self, value: Any) -> object:  # noqa: ANN401 - see Adapter
        """Remember who is registered, weakly as the registry does."""
        return frozenset(map(weakref.ref, registry(value)))

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - see Adapter
        """Compare two registries."""
        del same
        return registry(old) == registry(new)

    def owned(self, live: type, staged: type) -> frozenset[str]:
        """See to the registry and to the abstract names."""
        is_abstract = any(is_of(one, abc.ABCMeta) for one in (live, staged))
        return frozenset({_STATE, _ABSTRACT}) if is_abstract else _NOTHING

    def pairs(self, live: Any, staged: Any) -> Iterator[tuple[object, object]]:  # noqa: ANN401 - see Adapter
        """Take note of the classes that a plan sees to."""
        if is_of(live, type):
            self._pairs.note(live, staged)
        return iter(())

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note with whom a text registers its own classes as it is imported."""
        before = abc.get_cache_token()
        yield
        if abc.get_cache_token() == before:
            return
        for owner in _all_abstract():
            for one in _registered(owner):
                if _made_by(module, one):
                    noted = self._by_text.setdefault(one, set())
                    noted.add(weakref.ref(owner))

    def merge_class(self, live: type, staged: type, desk: Desk) -> None:
        """Lay down registry and abstract names."""
        if is_of(live, abc.ABCMeta) or is_of(staged, abc.ABCMeta):
            _merge_abstract(live, staged, desk)
            self._merge_state(live, staged, desk)
        self._enlist(live, staged, desk)
        self._merged.append((weakref.ref(live), weakref.ref(staged)))

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Count subclasses' abstract names again, and drop what was answered."""
        del translate
        merged = [
            (live, staged)
            for one, other in self._merged
            if (live := one()) is not None and (staged := other()) is not None
        ]
        self._merged.clear()
        desk = modules[0].desk
        below = [
            one
            for one in family(*(live for live, _ in merged))
            if is_of(one, abc.ABCMeta)
        ]
        recount(below, desk)
        if below or any(_may_answer_otherwise(*one) for one in merged):
            _forget_answers([*below, *_with_hooks()], desk)

    def _merge_state(self, live: type, staged: type, desk: Desk) -> None:
        if not is_of(staged, abc.ABCMeta):
            desk.delete(live, _STATE)
        elif _STATE not in members_of(live):
            desk.set(live, _STATE, desk.translated(members_of(staged)[_STATE]))
        else:
            self._lay_registry(live, desk)

    def _enlist(self, live: type, staged: type, desk: Desk) -> None:
        """See to the registries that the text entered the class in, or did."""
        now = [desk.translated(one) for one in _registrars(staged)]
        noted = self._by_text.get(live, set())
        before = [one for ref in noted if (one := ref()) is not None]
        for owner in {*now, *before}:
            self._lay_registry(owner, desk)
        if set(now) != set(before):
            noted = self._by_text.setdefault(live, set())
            desk.refill(noted, set(map(weakref.ref, now)))

    def _lay_registry(self, owner: type, desk: Desk) -> None:
        """Lay down what a live abstract class's registry holds after the commit."""
        here = _registered(owner)
        now = {one for one in here if desk.translated(one) is one}
        text = {desk.translated(one) for one in here - now}
        staged = self._pairs.of(owner, desk)
        if staged is not None:
            text |= {desk.translated(one) for one in _registered(staged)}
        before = {ref() for ref in desk.initial(owner, _STATE) or ()}
        before |= {one for one in here if self._is_by_text(one, owner, desk)}
        wanted = (now - (before - text)) | text
        if wanted == here:
            return
        desk.set(owner, _STATE, state_with(wanted))
        for one in sorted(wanted ^ now, key=lambda one: one.__qualname__):
            kind = "added" if one in wanted else "removed"
            desk.note(kind, one.__qualname__, f"registered with {owner.__qualname__}")

    def _is_by_text(self, one: type, owner: type, desk: Desk) -> bool:
        """Say whether a text of the plan registered a class until now."""
        noted = self._by_text.get(one, ())
        return weakref.ref(owner) in noted and self._pairs.of(one, desk) is not None


ADAPTER = Abstract()


def registry(state: object) -> set[type]:
    """Give the classes registered in such a C object."""
    lent = SimpleNamespace(_abc_impl=state)  # of this call: none keeps the state alive
    found = _abc._get_dump(lent)[0]  # noqa: SLF001 - the only way to read it
    return {one for ref in found if (one := ref()) is not None}


def state_with(classes: Iterable[type]) -> object:
    """Make such a C object with classes registered in it."""
    probe = abc.ABCMeta("Probe", (), {"__slots__": ()})
    for one in classes:
        probe.register(one)
    state = vars(probe)[_STATE]
    type.__delattr__(probe, _STATE)  # a registrar is who has one
    return state


def _merge_abstract(live: type, staged: type, desk: Desk) -> None:
    if not is_of(staged, abc.ABCMeta):
        desk.delete(live, _ABSTRACT)
        return
    now, wanted = members_of(live).get(_ABSTRACT), members_of(staged)[_ABSTRACT]
    if now != wanted:
        desk.set(live, _ABSTRACT, wanted)


def _registered(owner: type) -> set[type]:
    return registry(members_of(owner)[_STATE])


def _made_by(module: ModuleType, owner: type) -> bool:
    """Say whether a class is this module's; a scratch module has its own version."""
    if module_of(owner) != module.__name__:
        return False
    found: object = module
    for name in owner.__qualname__.split("."):
        found = vars(found).get(name) if hasattr(found, "__dict__") else None
    return found is owner


def _registrars(staged: type) -> list[type]:
    """Give the abstract classes in whose registries a class is."""
    callbacks = [ref.__callback__ for ref in weakref.getweakrefs(staged)]
    if not any(getattr(one, "__name__", "") == "_destroy" for one in callbacks):
        return []  # nobody's registry holds it; that spares a walk over all classes
    return [one for one in _all_abstract() if staged in _registered(one)]


def _all_abstract() -> Iterable[type]:
    every = unordered_family(object)
    found = (one for one in every if is_of(one, abc.ABCMeta))
    return (one for one in found if _STATE in members_of(one))


def _may_answer_otherwise(live: type, staged: type) -> bool:
    """Say whether hooks such as that of ``Sized`` may find something else now."""
    return members_of(live).keys() != members_of(staged).keys() or len(
        bases_of(live)
    ) != len(bases_of(staged))


def _with_hooks() -> list[type]:
    return [
        one
        for one in _all_abstract()
        if any("__subclasshook__" in members_of(base) for base in mro_of(one)[:-1])
    ]


def _forget_answers(owners: Iterable[type], desk: Desk) -> None:
    """Lay down that no cached answer holds, of the registries before and after."""
    foresight = Foresight.of(desk)
    for one in owners:
        states = (members_of(one).get(_STATE, MISSING), foresight.member(one, _STATE))
        for state in {id(one): one for one in states if one is not MISSING}.values():
            lent = SimpleNamespace(_abc_impl=state)
            act = partial(_abc._reset_caches, lent)  # noqa: SLF001 - no public way
            desk.do(act, act)
    # A check that is under way has its negative answer kept, but for a registration.
    register = partial(_abc._abc_register, _Counted, int)  # noqa: SLF001 - as above
    desk.do(register, register)


class _Counted:
    """Registers with itself what nobody asks about, which every cache takes notice of.

    Its class is plain, so that no Python code runs.
    """

    _abc_impl = state_with(())
