"""Steps that carry stored state from one version of a class to the next.

A step is a plain function from state to state, registered on the class it serves.
Steps run once each, in order of version. A version without a step needs none: new
fields with a default appear by themselves.

A step may declare its inverse (``undo=``), a function from state to state as well. The
undo of a release runs it, the last step's first, on whoever has changed since. A
version without a step needs none: the older class keeps fields that it does not know.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

from gameserver.errors import NoWayBack, PluginError, VersionTooHigh
from gameserver.reload.hooks import awaited
from gameserver.reload.places import place_of, place_of_error
from gameserver.reload.quick import has_names

if TYPE_CHECKING:
    from collections.abc import Callable

State: TypeAlias = dict[str, Any]
"""Field to value: what a step takes and gives."""

Step: TypeAlias = "Callable[[State], State]"
FIRST_VERSION = 1


def migration(
    owner: type, *, to: int, undo: Step | None = None
) -> Callable[[Step], Step]:
    """Register the step that makes version ``to`` of ``owner``'s state.

    The step gets a dict of its own, in JSON's types, and gives the new one. ``undo``
    gets a state of version ``to`` and gives one of the version before; without it, an
    undo of the release is refused once somebody has changed. Raises ``PluginError``
    when ``to`` is not a version of the class, or has a step already, or when ``undo``
    cannot be called, or when either is an ``async def`` or a generator.
    """
    if undo is not None and not callable(undo):
        text = f"migration to {to}: undo={undo!r}: expected a function of the state"
        raise PluginError(place_of(owner), text)
    if undo is not None:
        _check_plain(undo, f"{owner.__name__}: undo of the migration to {to}")

    def register(step: Step) -> Step:
        steps = own_steps(owner)
        _check(owner, to, step)
        _check_plain(step, f"{owner.__name__}: migration to {to}")
        if to in steps and _name(steps[to]) != _name(step):
            text = f"{owner.__name__} has a migration to {to} already"
            raise PluginError(place_of(step), text)
        steps[to] = step
        own_inverses(owner).pop(to, None)
        if undo is not None:
            own_inverses(owner)[to] = undo
        return step

    return register


def _check(owner: type, to: int, step: Step) -> None:
    """Refuse a step to what is no version of the class; ``PluginError``."""
    name, current = owner.__name__, getattr(owner, "version", FIRST_VERSION)
    if type(current) is not int or type(to) is not int:
        shown = (
            f"to={to!r}" if type(current) is int else f"{name}.version = {current!r}"
        )
        raise PluginError(place_of(step), f"{shown}: expected a whole number (int)")
    if FIRST_VERSION < to <= current:
        return
    text = f"to={to}: expected {FIRST_VERSION + 1} to {name}.version"
    text = f"{text}, which is {current}"
    if current == FIRST_VERSION:
        wanted = max(to, FIRST_VERSION + 1)
        also = "" if wanted == to else f", and to={wanted}"
        text = f"{text}; write version = {wanted} in the class{also}"
    raise PluginError(place_of(step), text)


def _check_plain(step: Step, what: str) -> None:
    """Refuse a step whose call would only make something to be awaited."""
    call, kind = awaited(step)
    if kind:
        text = f"{what} is {kind}, and nobody awaits it; expected a plain def"
        raise PluginError(place_of(call), text)


def _name(step: Step) -> tuple[str, str]:
    return step.__module__, step.__qualname__


def own_steps(owner: type) -> dict[int, Step]:
    """Give the steps registered on this very class, by the version they make."""
    if "__migrations__" not in vars(owner):
        owner.__migrations__ = {}  # type: ignore[attr-defined]  # made here, on demand
    steps: dict[int, Step] = vars(owner)["__migrations__"]
    return steps


def own_inverses(owner: type) -> dict[int, Step]:
    """Give the inverses registered on this very class, by the version they take."""
    if "__inverses__" not in vars(owner):
        owner.__inverses__ = {}  # type: ignore[attr-defined]  # made here, on demand
    inverses: dict[int, Step] = vars(owner)["__inverses__"]
    return inverses


def migrate(owner: type, state: State, version: int) -> State:
    """Carry ``state`` of ``version`` to the class's version.

    Raises ``VersionTooHigh`` when the state is newer than the class, and another
    ``PluginError`` when a step raises or gives no dict; the message names class and
    step, and the state given is untouched.
    """
    current = getattr(owner, "version", FIRST_VERSION)
    if version > current:
        text = (
            f"{owner.__name__}: stored state has version {version}, "
            f"newer than the class's {current}; it is not loaded, and not changed"
        )
        raise VersionTooHigh(place_of(owner), text)
    for target in range(version + 1, current + 1):
        step = step_to(owner, target)
        if step is not None:
            state = run_step(owner, step, copy.deepcopy(state), target)
    return state


def step_to(owner: type, target: int) -> Step | None:
    """Give the step that makes a version: the class's own, or the nearest base's."""
    for base in owner.__mro__:
        steps: dict[int, Step] = vars(base).get("__migrations__", {})
        if target in steps:
            return steps[target]
    return None


def steps_between(owner: type, before: int, after: int) -> list[tuple[int, Step]]:
    """Give the steps that lead from one version to another, in order."""
    found = ((to, step_to(owner, to)) for to in range(before + 1, after + 1))
    return [(to, step) for to, step in found if step is not None]


def inverses_between(owner: type, before: int, after: int) -> list[tuple[int, Step]]:
    """Give what leads from ``after`` down to ``before``, in that order.

    ``NoWayBack`` names the step that declares no inverse.
    """
    found = []
    for to, step in reversed(steps_between(owner, before, after)):
        inverse = _inverse_to(owner, to)
        if inverse is None:
            text = f"{owner.__name__}: migration to {to} has no undo="
            raise NoWayBack(place_of(step), text)
        found.append((to, inverse))
    return found


def _inverse_to(owner: type, target: int) -> Step | None:
    """Give the inverse of the step that ``step_to`` gives: of the same class."""
    for base in owner.__mro__:
        if target in vars(base).get("__migrations__", {}):
            inverses: dict[int, Step] = vars(base).get("__inverses__", {})
            return inverses.get(target)
    return None


def migrate_back(owner: type, state: State, version: int, to: int) -> State:
    """Carry ``state`` of ``version`` down to version ``to``, by declared inverses.

    Raises ``NoWayBack`` for a step that has none, ``PluginError`` for one that raises
    or gives no dict; the state given is untouched.
    """
    for target, inverse in inverses_between(owner, to, version):
        what = f"undo of the migration to {target}"
        state = run_step(owner, inverse, copy.deepcopy(state), target, what)
    return state


def run_step(
    owner: type, step: Step, state: State, target: int, what: str = ""
) -> State:
    """Run one step on a state that is its own; ``PluginError`` if it cannot.

    ``what``: what a refusal calls it, if not the migration to ``target``.
    """
    try:
        migrated = step(state)
    except Exception as error:
        why = f"failed: {type(error).__name__}: {error}"
        told = _refused(owner, step, target, what, why)
        raise PluginError(_raised_at(error, step) or told.place, told.text) from error
    if not isinstance(migrated, dict):
        why = f"gave {migrated!r}, expected a dict"
        raise _refused(owner, step, target, what, why)
    if not has_names(migrated):
        odd = next(one for one in migrated if not isinstance(one, str))
        why = f"gave the field {odd!r}, expected names (str)"
        raise _refused(owner, step, target, what, why)
    return migrated


def _raised_at(error: BaseException, step: Step) -> str:
    """Give the last line of the step's own text that an error passed through."""
    code = getattr(step, "__code__", None)
    return "" if code is None else place_of_error(error, {code.co_filename})


def _refused(owner: type, step: Step, target: int, what: str, why: str) -> PluginError:
    what = what or f"migration to {target}"
    return PluginError(place_of(step), f"{owner.__name__}: {what} {why}")
