"""A small game in texts, released again and again: what the tests of adapters share."""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import sys
from textwrap import dedent
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload import Engine, Release, Texts

_serials = itertools.count(1)


TIMES = int(os.environ.get("GAMESERVER_RELEASES", "20")) // 2


class ReleaseCase(SynchronousTestCase):
    """Modules below a root that no other test has; texts name it ``ROOT``."""

    def setUp(self) -> None:
        self.root = f"released{next(_serials)}"
        self.texts = Texts({})
        self.engine = Engine(self.texts)
        self.engine.install()
        self.addCleanup(self._forget)

    def _forget(self) -> None:
        self.engine.uninstall()
        for name in [one for one in sys.modules if one.split(".")[0] == self.root]:
            del sys.modules[name]

    def write(self, **texts: str) -> list[str]:
        """Put new texts into the source; give the modules' full names."""
        for name, text in texts.items():
            self.texts[f"{self.root}.{name}"] = dedent(text).replace("ROOT", self.root)
        return [f"{self.root}.{name}" for name in texts]

    def load(self, **texts: str) -> Any:
        """Write the texts and import the modules; give the last one."""
        return [importlib.import_module(name) for name in self.write(**texts)][-1]

    def release(self, **texts: str) -> Release:
        """Write the texts and release the modules."""
        return self.engine.release(self.write(**texts))

    def refused(self, **texts: str) -> str:
        """Release what must be refused; give the reason."""
        names = self.write(**texts)
        return str(self.assertRaises(ReleaseRefused, self.engine.release, names))

    def notes(self, release: Release) -> list[str]:
        """Give the lines of the plan, without places."""
        return [f"{one.kind} {one.name} {one.why}" for one in release.plan.entries]

    def assert_grows_not(
        self, one: str, other: str, kind: type = type, *, is_scanned: bool = False
    ) -> None:
        """Release two texts of module ``m`` in turns; count objects of a kind.

        What the tests before have left is out of the count, for the sake of speed, but
        for an adapter that scans the heap itself (``is_scanned``).
        """
        if not is_scanned:
            gc.collect()
            gc.freeze()
            self.addCleanup(gc.unfreeze)

        def turn(times: int) -> int:
            for _ in range(times):
                self.release(m=one).make_permanent()
                self.release(m=other).make_permanent()
            gc.collect()
            return sum(isinstance(it, kind) for it in gc.get_objects())

        before = turn(3)
        self.assertLessEqual(turn(TIMES), before)
