"""An engine over texts, for tests: it leaves ``import`` as it found it."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload import Engine, Release, Texts

ROOT = "worlds"


class EngineCase(SynchronousTestCase):
    """A test with an engine that serves ``worlds.*``."""

    def setUp(self) -> None:
        self.texts = Texts()
        self.engine = Engine(self.texts)
        self.engine.install()
        self.addCleanup(_forget)
        self.addCleanup(self.engine.uninstall)

    def write(self, **texts: str) -> None:
        """Write module texts; nothing is loaded or released by it."""
        for name, text in texts.items():
            self.texts[f"{ROOT}.{name}"] = dedent(text)

    def load(self, **texts: str) -> Any:
        """Write module texts and import them; give the last module."""
        self.write(**texts)
        for name in texts:
            __import__(f"{ROOT}.{name}")
        return sys.modules[f"{ROOT}.{list(texts)[-1]}"]

    def release(self, **texts: str) -> Release:
        """Write module texts and release what has changed."""
        self.write(**texts)
        return self.engine.release()

    def refused(self, **texts: str) -> ReleaseRefused:
        """Write module texts whose release is refused; give why."""
        self.write(**texts)
        return self.assertRaises(ReleaseRefused, self.engine.release)

    def kinds(self, plan: Any) -> set[tuple[str, str]]:
        """Give (kind, name) of a plan's entries."""
        return {(one.kind, one.name) for one in plan.entries}


def _forget() -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == ROOT]:
        del sys.modules[name]
