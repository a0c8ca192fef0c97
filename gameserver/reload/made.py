"""What a function is to the text that binds it: made by it, or only named by it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of

if TYPE_CHECKING:
    from types import FunctionType

    from gameserver.reload.outline import Binding


def is_defined(binding: Binding) -> bool:
    """Say whether a ``def`` or ``class`` binds the name, decorated or not."""
    return binding.initialiser.startswith(("def", "class"))


def is_made_here(function: FunctionType, namespace: dict[str, Any]) -> bool:
    """Say whether a function is a text's own: no other module shows it.

    A library's function that the text only names must never be changed.
    """
    if function.__globals__ is namespace:
        return True
    module = sys.modules.get(function.__module__ or "")
    if module is None or vars(module) is namespace:
        return True
    found: object = vars(module).get(function.__qualname__.partition(".")[0])
    for name in function.__qualname__.split(".")[1:]:
        found = vars(found).get(name) if is_of(found, type) else None
    return getattr(found, "__func__", found) is not function
