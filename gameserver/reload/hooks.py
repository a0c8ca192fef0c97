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
"""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

MODULE_HOOKS = ("module_reloaded", "pmnc_init", "x_reload_module")
INSTANCE_HOOKS = ("reloaded", "x_reload_class")


def module_hook(
    module: ModuleType, before: Mapping[str, Any]
) -> Callable[[], object] | None:
    """Give the call of a module's own hook, None if its text defines none."""
    for name in MODULE_HOOKS:
        hook = vars(module).get(name)
        if isinstance(hook, FunctionType) and hook.__module__ == module.__name__:
            given = (
                SimpleNamespace(**before),
                module,
                getattr(module, "__file__", None),
            )
            return partial(hook, *given[: _places(hook, len(given))])
    return None


def instance_hook(owner: type) -> Callable[[Any, object], object] | None:
    """Give what calls an instance's hook with the old version, None without a hook."""
    for name in INSTANCE_HOOKS:
        hook = getattr(owner, name, None)
        if isinstance(hook, FunctionType):
            takes_version = _places(hook, 2) > 1
            return partial(_call_with if takes_version else _call, name)
    return None


def _call_with(name: str, subject: Any, old_version: object) -> object:  # noqa: ANN401 - an author's object
    return getattr(subject, name)(old_version)


def _call(name: str, subject: Any, _: object) -> object:  # noqa: ANN401 - as above
    return getattr(subject, name)()


def _places(hook: FunctionType, most: int) -> int:
    """Say how many of ``most`` positional arguments a hook takes."""
    found = 0
    for one in inspect.signature(hook).parameters.values():
        if one.kind is one.VAR_POSITIONAL:
            return most
        if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}:
            found += 1
    return min(found, most)
