"""A small game in memory whose texts are released: what the page on reloading shows."""

from __future__ import annotations

import importlib
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload import Engine, Texts

if TYPE_CHECKING:
    from gameserver.reload import Plan, Release


MIGRATED = """
    from gameserver.reload import Reloadable
    from gameserver import migration
    class C(Reloadable):
        version = %d
        def __init__(self): self.%s = 1
"""
"""A registered class, of this version and with this field."""

STEPS = """
    @migration(C, to=2)
    def two(state): return {'b': state['a'] + 1}
    @migration(C, to=3)
    def three(state): return {'c': state['b'] + 1}
"""
"""What is put after a text with version 3 of the class."""


class ReleasingCase(SynchronousTestCase):
    """Modules by name, an engine over them, and a clean process afterwards."""

    def setUp(self) -> None:
        """Serve an empty mapping of texts."""
        self.texts = Texts()
        self.names: set[str] = set()
        self.engine = Engine(self.texts)
        self.engine.install()
        self.addCleanup(self._tidy)

    def _tidy(self) -> None:
        self.engine.uninstall()
        for name in self.names:
            sys.modules.pop(name, None)

    def put(self, name: str, text: str) -> None:
        """Write a module's text; it need not be indented as the module is."""
        self.names.add(name)
        self.texts[name] = dedent(text)

    def load(self, name: str, text: str) -> Any:
        """Write a module's text and import it."""
        self.put(name, text)
        return importlib.import_module(name)

    def release(self, **texts: str) -> Release:
        """Write these texts and release all that has changed."""
        for name, text in texts.items():
            self.put(name, text)
        return self.engine.release()

    def plan(self, **texts: str) -> Plan:
        """Write these texts and plan their release."""
        for name, text in texts.items():
            self.put(name, text)
        return self.engine.plan()

    def refusal(self, **texts: str) -> str:
        """Give the message with which a release of these texts is refused."""
        with self.assertRaises(ReleaseRefused) as caught:
            self.release(**texts)
        return str(caught.exception)

    def said(self, plan: Plan, kind: str) -> list[tuple[str, str]]:
        """Give name and reason of a plan's entries of one kind."""
        entries = [*plan.entries, *plan.stale]
        return [(one.name, one.why) for one in entries if one.kind == kind]
