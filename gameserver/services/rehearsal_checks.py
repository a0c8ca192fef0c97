"""The plugins' own checks: functions ``check_*`` that a rehearsal calls.

A check is a function of a module of the plan, defined there, that can be called without
arguments. It fails if it raises or gives ``False``; it may be ``async``, or give a
Deferred. It sees the game as it would be after the release, in a process of its own.
"""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gameserver.reload.places import place_of, place_of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan

_PAUSE: Final = 0.005  # seconds between two looks at a coroutine that waits


def checks_of(engine: Engine, plan: Plan) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give the plugins' own checks, with their names, by module and then by line.

    A check is a function ``check_*`` of a module of the plan, defined there, that can
    be called without arguments.
    """
    for change in plan.modules:
        record = engine.records.get(change.name)
        if record is not None and change.act != "removed":
            yield from _checks_in(record.module)


def _checks_in(module: ModuleType) -> Iterator[tuple[str, Callable[[], object]]]:
    for name, value in list(vars(module).items()):
        is_named = name.startswith("check_") and callable(value)
        is_own = getattr(value, "__module__", None) == module.__name__
        if is_named and is_own and not isinstance(value, type) and _needs_none(value):
            yield f"{module.__name__}.{name}", value


def _needs_none(check: Callable[..., object]) -> bool:
    try:
        inspect.signature(check).bind()
    except (TypeError, ValueError):
        return False
    return True


def failure_of(
    name: str,
    check: Callable[[], object],
    seconds: float,
    reactor: Any,  # noqa: ANN401 - every reactor interface
) -> str:
    """Run a check to its end; give a line if it failed, else "".

    ``seconds``: how long it may wait, if it is one that waits.
    """
    try:
        result = check()
        if inspect.iscoroutine(result):
            result = Deferred.fromCoroutine(result)
        if isinstance(result, Deferred):
            result = _awaited(result, seconds, reactor)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an author's check raises anything
        why = f"{type(error).__name__}: {error}".removesuffix(": ")
        return f"{name} ({_place(check, error)}): {why}"
    return f"{name} ({place_of(check)}): it gave False" * (result is False)


def _place(check: Callable[[], object], error: BaseException) -> str:
    """Give the line of the check's file that the error passed through."""
    code = getattr(check, "__code__", None)
    origins = {code.co_filename} if code is not None else set()
    return place_of_error(error, origins) or place_of(check)


def _awaited(waited: Deferred[Any], seconds: float, reactor: Any) -> object:  # noqa: ANN401 - as above
    """Let the reactor's own timers bring a result; the game's are taken away first."""
    outcome: list[object] = []
    waited.addBoth(outcome.append)
    end = time.monotonic() + seconds
    while not outcome and time.monotonic() < end:
        time.sleep(_PAUSE)
        reactor.runUntilCurrent()
    if not outcome:
        raise TimeoutError(f"it still waits after {seconds:g} s")
    (result,) = outcome
    if isinstance(result, Failure):
        result.raiseException()
    return result
