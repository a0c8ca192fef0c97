"""A small game for tests of the engine: a few texts under a name of their own."""

from __future__ import annotations

import importlib
import itertools
import linecache
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from gameserver.reload import Engine, Texts
from gameserver.reload.desk import ModuleDesk, Trees
from gameserver.reload.journal import Journal
from gameserver.reload.outline import outline
from gameserver.reload.same import Comparison
from gameserver.reload.source import Text

if TYPE_CHECKING:
    from types import ModuleType

    from twisted.trial.unittest import SynchronousTestCase

    from gameserver.reload.release import Release

_numbers = itertools.count(1)


class Game:
    """Modules ``root.m``, their engine and source; gone when the test is.

    In texts ``ROOT`` stands for the root's name.
    """

    def __init__(self, test: SynchronousTestCase, **texts: str) -> None:
        self.root = f"toy{next(_numbers)}"
        self.texts = Texts()
        self.engine = Engine(self.texts)
        self.engine.install()
        test.addCleanup(self._end)
        self.put(**texts)
        for name in texts:
            self.load(name)

    def put(self, **texts: str) -> None:
        """Change texts, without a release; ``pkg__m`` stands for ``pkg.m``."""
        for name, text in texts.items():
            self.texts[self.full(name)] = dedent(text).replace("ROOT", self.root)

    def full(self, name: str) -> str:
        """Give a module's full name."""
        return f"{self.root}.{name.replace('__', '.')}"

    def load(self, name: str) -> ModuleType:
        """Import a module."""
        return importlib.import_module(self.full(name))

    def __getattr__(self, name: str) -> ModuleType:
        return sys.modules[self.full(name)]

    def release(self, *, lazily: bool = False, **texts: str) -> Release:
        """Change texts and release them."""
        self.put(**texts)
        return self.engine.release(lazily=lazily)

    def file(self, name: str) -> str:
        """Give what tracebacks call a module's file."""
        text = self.texts.read(self.full(name))
        assert text is not None
        return text.origin

    def _end(self) -> None:
        self.engine.uninstall()
        for name in [one for one in sys.modules if f"{one}.".startswith(self._dotted)]:
            del sys.modules[name]
        for name in [one for one in linecache.cache if f"/{self.root}/" in one]:
            del linecache.cache[name]

    @property
    def _dotted(self) -> str:
        return f"{self.root}."


def text_of(source: str, name: str = "m", *, is_package: bool = False) -> Text:
    """Give a text that no source has."""
    return Text(name, dedent(source).encode(), f"<{name}>", is_package)


def desk_for(source: str = "", namespace: dict[str, Any] | None = None) -> ModuleDesk:
    """Give a desk for one module, with a journal of its own, that translates nothing.

    Two codes are the same if they are one.
    """
    text = text_of(source)
    return ModuleDesk(
        text.name,
        text.origin,
        outline(text),
        Journal(),
        Trees(),
        Comparison(lambda one, other: one is other),
        {} if namespace is None else namespace,
        lambda value: value,
        {},
    )


def notes(desk: ModuleDesk) -> list[tuple[str, str, str]]:
    """Give what the desk noted: kind, name, why."""
    return [(one.kind, one.name, one.why) for one in desk.entries]


def planned(release_or_plan: Any) -> list[tuple[str, str]]:
    """Give kind and name of each entry of a plan."""
    plan = getattr(release_or_plan, "plan", release_or_plan)
    return [(one.kind, one.name) for one in plan.entries]
