"""Hooks that authors write, in our spelling and in those of other places.

=====================================  ===============================================
``module_reloaded(old, new)``          in a module; ``old`` shows the values of before,
                                       ``new`` is the module as it is now
``pmnc_init(old, new, filename)``      the same, as Pythomnic spells it
``x_reload_module(old, new)``          the same, as game servers spell it
``reloaded(self, old_version)``        in a class, called on each live instance
``x_reload_class(self)``               the same, as game servers spell it
``__reloadable__ = False``             in a module: it is never reloaded
=====================================  ===============================================

The hook that runs is that of the new version. A hook that raises undoes the release.
A module's hook is what its text defines or assigns: a function, a partial, any object
that can be called. A function that it imports is the other module's, and does not run.
An ``async def`` is refused: a release waits for nobody, so nobody would await it.
"""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType, MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeGuard

from gameserver.errors import ReleaseRefused
from gameserver.reload.kinds import is_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from types import ModuleType

MODULE_HOOKS = ("module_reloaded", "pmnc_init", "x_reload_module")
INSTANCE_HOOKS = ("reloaded", "x_reload_class")


def module_hook(
    module: ModuleType, before: Mapping[str, Any], imported: Container[str] = ()
) -> Callable[[], object] | None:
    """Give the call of a module's own hook, None if its text binds none.

    ``imported``: the names that its import statements bind.
    """
    for name in MODULE_HOOKS:
        hook: object = vars(module).get(name)
        if name in imported or not _is_of(hook, module):
            continue
        _check(hook, name, module.__name__)
        given = (SimpleNamespace(**before), module, getattr(module, "__file__", None))
        return partial(hook, *given[: _places(hook, len(given))])
    return None


def _is_of(hook: object, module: ModuleType) -> TypeGuard[Callable[..., object]]:
    """Say whether a value can be the module's hook: one that it or a decorator made.

    A function that stands in another module's text is that module's.
    """
    if type(hook) is not FunctionType:
        return callable(hook)
    return hook.__module__ == module.__name__ or "<locals>" in hook.__qualname__


def instance_hook(owner: type) -> Callable[[Any, object], object] | None:
    """Give what calls an instance's hook with the old version, None without a hook."""
    for name in INSTANCE_HOOKS:
        hook = getattr(owner, name, None)
        if is_of(hook, FunctionType):
            _check(hook, f"{owner.__qualname__}.{name}", owner.__module__)
            takes_version = _places(hook, 2) > 1
            return partial(_call_with if takes_version else _call, name)
    return None


def check_module_hook(staged: ModuleType, imported: Container[str]) -> None:
    """Refuse a staged module's hook that cannot be called as one."""
    module_hook(staged, {}, imported)


def _check(hook: object, name: str, module: str) -> None:
    """Refuse a hook whose call would only make something to be awaited."""
    call, kind = awaited(hook)
    if not kind:
        return
    code = call.__code__
    place = f"{code.co_filename}:{code.co_firstlineno}"
    text = f"{name} is {kind}, and a release awaits nothing; expected a plain def"
    raise ReleaseRefused(place, text, module, "hook")


def awaited(hook: object) -> tuple[Any, str]:
    """Give what a call runs, and what it is if it gives nothing by itself, or ""."""
    while is_of(hook, partial):
        hook = hook.func
    is_plain = is_of(hook, (FunctionType, MethodType))
    call: Any = hook if is_plain else getattr(type(hook), "__call__", None)  # noqa: B004 - what a call runs, not whether
    if inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call):
        return call, "an async def"
    return call, "a generator" if inspect.isgeneratorfunction(call) else ""


def _call_with(name: str, subject: Any, old_version: object) -> object:  # noqa: ANN401 - an author's object
    return getattr(subject, name)(old_version)


def _call(name: str, subject: Any, _: object) -> object:  # noqa: ANN401 - as above
    return getattr(subject, name)()


def _places(hook: Callable[..., object], most: int) -> int:
    """Say how many of ``most`` positional arguments a hook takes."""
    try:
        parameters = inspect.signature(hook).parameters
    except (TypeError, ValueError):  # of C, and it does not say
        return 0
    found = 0
    for one in parameters.values():
        if one.kind is one.VAR_POSITIONAL:
            return most
        if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}:
            found += 1
    return min(found, most)
