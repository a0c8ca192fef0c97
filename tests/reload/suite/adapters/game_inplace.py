"""Game servers' classic "hot update", written out: functions and classes in place."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import FunctionType, ModuleType

from tests.reload.suite.adapters.base import Base

KEPT = ("__file__", "__path__", "__spec__", "__package__", "__loader__")


class GameInplace(Base):
    """In-place update of functions and classes; all data is kept.

    ``x_reload_module`` in the module, ``x_reload_class`` on every instance found by gc.
    """

    name = "game-inplace"
    short = "game"

    def reload(self, lab, names):
        """Update each module."""
        for name in names:
            Update(name).run()

    def module_hook(self, body):
        """Spell the module's hook, which sees the live module as both."""
        head = "def x_reload_module(old, new):\n    new = old\n"
        return head + body + "\n"

    def instance_hook(self, body):
        """Spell the hook of instances."""
        return "def x_reload_class(self):\n" + body + "\n"


class Update:
    """One module's update, with the classes it has met."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.classes: list[type] = []

    def run(self) -> None:
        """Take over what the new source defines, then call the hooks."""
        old = sys.modules[self.name]
        new = rerun(old)
        for key, value in list(vars(new).items()):
            if key not in vars(old):
                setattr(old, key, value)
            else:
                self.take(vars(old)[key], value)
        if hasattr(new, "x_reload_module"):
            new.x_reload_module(old, new)
        self.call_instances()

    def call_instances(self) -> None:
        """Call the hook of every instance that gc can find."""
        for cls in self.classes:
            for found in gc.get_referrers(cls):
                if type(found) is cls and hasattr(found, "x_reload_class"):
                    found.x_reload_class()

    def take(self, old, new) -> None:
        """Make an old function or class behave as the new one."""
        if type(old) is not type(new):
            return
        if isinstance(new, FunctionType):
            take_function(old, new)
        elif isinstance(new, (staticmethod, classmethod)):
            self.take(old.__func__, new.__func__)
        elif isinstance(new, type) and new.__module__ == self.name:
            self.take_class(old, new)

    def take_class(self, old: type, new: type) -> None:
        """Add what is new to a class; update what is a function or a class."""
        self.classes.append(old)
        for key, value in list(new.__dict__.items()):
            if key not in old.__dict__:
                setattr(old, key, value)
            else:
                self.take(old.__dict__[key], value)


def take_function(old: FunctionType, new: FunctionType) -> None:
    """Give a function its new code, unless its cells forbid it."""
    try:
        old.__code__ = new.__code__
    except ValueError:
        return
    old.__defaults__ = new.__defaults__
    old.__doc__ = new.__doc__


def rerun(old: ModuleType) -> ModuleType:
    """Run the source of a live module in a new one."""
    new = ModuleType(old.__name__)
    for key in KEPT:
        if hasattr(old, key):
            setattr(new, key, getattr(old, key))
    path = str(old.__file__)
    exec(  # noqa: S102 - as the tool does
        compile(Path(path).read_bytes(), path, "exec"), new.__dict__
    )
    return new
