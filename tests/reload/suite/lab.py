"""What a case sees: a folder of sources, the tool under test, and a few checks.

A case is a function that takes a ``Lab``. It writes a first source, takes references
into it, writes a second one, asks the tool to reload, and checks what the references
do now. It never names a tool: what differs between tools, the ``Lab`` asks its adapter.
"""

from __future__ import annotations

import importlib
import os
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.reload.suite.database import DatabaseFinder
from tests.reload.suite.differences import differences, observed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

CASES: list[Case] = []
"""All cases, in the order of their definition."""

FIRST_TICK = 1_700_000_000  # seconds; every source written is ten seconds newer


class Unsupported(Exception):
    """The tool has no such facility (for instance, no migration hook)."""


class ReloadFailed(Exception):
    """The tool reported that it did not reload; an adapter raises it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One rule, as a function that breaks it or not.

    ``want``: a live server should behave so; a case that is not wanted is the rejected
    side of a choice. ``choice`` names that choice, shared with the wanted side.
    """

    group: str
    name: str
    check: Callable[[Lab], None]
    want: bool
    choice: str | None

    @property
    def id(self) -> str:
        """The name a case is asked for and reported by."""
        return f"{self.group}.{self.name}"

    @property
    def rule(self) -> str:
        """What the case demands, in one sentence."""
        return (self.check.__doc__ or "").partition("\n")[0]


def case(group: str, *, want: bool = True, choice: str | None = None):
    """Register the decorated function as a case of that group."""

    def register(check: Callable[[Lab], None]) -> Callable[[Lab], None]:
        made = Case(group, check.__name__, check, want, choice)
        assert made.id not in {known.id for known in CASES}, made.id
        CASES.append(made)
        return check

    return register


class Lab:
    """Sources in a folder of their own, importable, and the tool that reloads them.

    Adapters may rely on ``root``, ``path`` and ``mem``.
    """

    def __init__(self, adapter, root: str) -> None:
        self.a, self.root = adapter, root
        self.tick = 0
        self.mem: DatabaseFinder | None = None
        sys.path.insert(0, root)
        sys.dont_write_bytecode = True

    # Sources

    def path(self, name: str) -> str:
        """Give the file of a module or package."""
        found = Path(self.root, *name.split("."))
        return str(found / "__init__.py" if found.is_dir() else f"{found}.py")

    def put(self, name: str, src: str | bytes, *, raw: bool = False) -> None:
        """Write a module's source, newer than every one before it."""
        if name.endswith(".__init__"):
            path = Path(self.root, *name.split(".")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            path = Path(self.path(name))
        path.write_bytes(src if isinstance(src, bytes) else trimmed(src, raw=raw))
        self.tick += 10
        os.utime(path, (FIRST_TICK + self.tick,) * 2)
        importlib.invalidate_caches()

    def put_mem(self, name: str, src: str) -> None:
        """Write a module's source into the database."""
        if self.mem is None:
            self.mem = DatabaseFinder()
            sys.meta_path.append(self.mem)
        self.mem.src[name] = trimmed(src).decode()

    def load(self, name: str, src: str) -> ModuleType:
        """Write and import a module."""
        self.put(name, src)
        return self.imp(name.removesuffix(".__init__"))

    def imp(self, name: str) -> ModuleType:
        """Import a module by name."""
        return importlib.import_module(name)

    def mod(self, name: str) -> ModuleType:
        """Give the current module object, as a late-binding caller would find it."""
        return sys.modules[name]

    # Reloading

    def reload(self, name=None, src=None, **more) -> None:
        """Write these sources and have the tool reload them as one transaction."""
        changes = name if isinstance(name, dict) else {name: src} if name else {}
        changes = {**changes, **more}
        names = [changed.removesuffix(".__init__") for changed in changes]
        names = [changed for changed in names if changed in sys.modules]
        self.a.before(self, names)
        for changed, text in changes.items():
            self.put(changed, text)
        self.a.reload(self, names)

    def try_reload(self, name=None, src=None, **more) -> BaseException | None:
        """Reload, and give what the tool raised, or None."""
        try:
            self.reload(name, src, **more)
        except Unsupported:
            raise
        except BaseException as error:  # noqa: BLE001 - tools report in any way
            return error
        return None

    # What the tool calls its hooks

    def module_hook(self, body: str) -> str:
        """Give a module's hook; the body may use ``old.NAME`` and ``new.NAME``."""
        return supported(self.a.module_hook(indented(body)), "no module hook")

    def instance_hook(self, body: str, indent: int = 4) -> str:
        """Give an instance's hook, a method; the body may use ``self``."""
        hook = supported(self.a.instance_hook(indented(body)), "no per-instance hook")
        return textwrap.indent(hook, " " * indent)

    def protect(self, name: str) -> str:
        """Give the line (or do the act) that makes a module not reloadable."""
        return supported(self.a.protect(self, name), "no protection mark")

    # Checks

    def eq(self, got, expected, msg: str = "") -> None:
        """Fail unless the two are equal."""
        if got != expected:
            raise AssertionError(f"{msg} got {got!r}, expected {expected!r}")

    def ok(self, claim, msg: str = "") -> None:
        """Fail unless the claim holds."""
        if not claim:
            raise AssertionError(msg or "condition false")

    def snap(self, mods=(), classes=(), objs=(), funcs=()) -> dict:
        """Note what these modules, classes, instances and functions are now."""
        return observed(mods, classes, objs, funcs)

    def same(self, before: dict, after: dict) -> None:
        """Fail unless nothing that was noted before is different after."""
        place = next(differences(before, after), None)
        self.ok(place is None, f"changed after failed reload: {place}")


def trimmed(src: str, *, raw: bool = False) -> bytes:
    """Take a snippet out of the indentation of the case it stands in."""
    text = textwrap.dedent(src)
    return (text if raw else text.strip("\n") + "\n").encode()


def indented(body: str) -> str:
    """Set a hook's statements in by one level."""
    return textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")


def supported(spelling: str | None, lacking: str) -> str:
    """Give the tool's spelling, or say that it has none."""
    if spelling is None:
        raise Unsupported(lacking)
    return spelling
