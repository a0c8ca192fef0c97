"""A small game of a few texts, for the tests of one library adapter each."""

from __future__ import annotations

import importlib
import itertools
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload.engine import Engine
from gameserver.reload.source import Texts

if TYPE_CHECKING:
    from gameserver.reload.release import Release

_serials = itertools.count(1)


class GameCase(SynchronousTestCase):
    """Texts below a root that no other test has; ``ROOT`` in a text stands for it."""

    def setUp(self) -> None:
        self.root = f"adapted_{next(_serials)}"
        self.texts = Texts({f"{self.root}.__init__": ""})
        self.engine = Engine(self.texts)
        self.engine.install()
        self.addCleanup(self._forget)

    def _forget(self) -> None:
        self.engine.uninstall()
        for name in [one for one in sys.modules if one.partition(".")[0] == self.root]:
            del sys.modules[name]

    def write(self, name: str, text: str) -> None:
        """Put a text into the source."""
        text = dedent(text).replace("ROOT", self.root)
        self.texts[f"{self.root}.{name}"] = text

    def load(self, name: str, text: str) -> Any:
        """Write a text and import it."""
        self.write(name, text)
        return importlib.import_module(f"{self.root}.{name}")

    def release(self, **texts: str) -> Release:
        """Write other texts and release them."""
        for name, text in texts.items():
            self.write(name, text)
        return self.engine.release([f"{self.root}.{name}" for name in texts])

    def refuse(self, **texts: str) -> None:
        """Release texts to which an error is added; it must be refused."""
        last = list(texts)[-1]
        before = {name: dedent(text) for name, text in texts.items()}
        before[last] += "\n1/0\n"
        with self.assertRaises(ReleaseRefused):
            self.release(**before)
