"""Modules as bodies see them while they are staged.

Elsewhere nothing sees these: they are bound in scratch namespaces only, and become the
live modules when staged values are carried over.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from gameserver.reload.kinds import is_of

if TYPE_CHECKING:
    from gameserver.reload.stage import Stage

STAGE = "__stage__"
"""Where a module's namespace keeps the stage, while it is staged."""


class Scratch(ModuleType):
    """A module that is being staged."""

    def __getattr__(self, name: str) -> object:
        stage = self.__dict__.get(STAGE)
        if stage is None or name.startswith("__"):
            text = f"module {self.__name__!r} has no attribute {name!r}"
            raise AttributeError(text)
        child = stage.modules.get(f"{self.__name__}.{name}")
        if child is not None:
            return child.module
        try:
            return stage.stand_in(self.__name__, name)
        except (AttributeError, KeyError):
            text = f"module {self.__name__!r} has no attribute {name!r}"
            raise AttributeError(text) from None


class Overlay(ModuleType):
    """A live package as bodies see it: with its staged modules."""

    def __init__(self, live: ModuleType, stage: Stage) -> None:
        super().__init__(live.__name__)
        self.__dict__["__live__"] = live
        self.__dict__[STAGE] = stage
        self.__dict__["__path__"] = getattr(live, "__path__", None)

    def __getattr__(self, name: str) -> object:
        stage: Stage = self.__dict__[STAGE]
        full = f"{self.__name__}.{name}"
        child = stage.modules.get(full)
        if child is not None and child.has_run:
            return child.module
        try:
            found = getattr(self.__dict__["__live__"], name)
        except AttributeError:
            folder = stage.folder(full)
            if folder is None:
                raise
            return Overlay(folder, stage)
        is_module = is_of(found, ModuleType) and found is sys.modules.get(full)
        if is_module and stage.has_below(full):
            return Overlay(found, stage)
        return found


def finish(module: ModuleType) -> None:
    """Make a scratch module that becomes a live one an ordinary module."""
    vars(module).pop(STAGE, None)
    if is_of(module, Scratch):
        module.__class__ = ModuleType  # type: ignore[assignment]  # its base


def live_of(module: ModuleType) -> ModuleType | None:
    """Give the live package behind the view that bodies were given."""
    return module.__dict__["__live__"] if is_of(module, Overlay) else None
