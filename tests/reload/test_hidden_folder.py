"""A module that comes beside a folder of its name hides the folder."""

from __future__ import annotations

import sys

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload import Engine, Folder
from tests.folders import temporary_folder


class HiddenTests(SynchronousTestCase):
    def test_told(self) -> None:
        """The plan adds the module, and says why those in the folder go."""
        path = temporary_folder(self)
        (path / "sub").mkdir(parents=True)
        (path / "sub" / "x.py").write_text("X = 1\n")
        engine = Engine(Folder(path, package="hidden"))
        engine.install()
        self.addCleanup(engine.uninstall)
        __import__("hidden.sub.x")
        (path / "sub.py").write_text("Y = 1\n")
        plan = engine.plan()
        acts = {(one.act, one.name) for one in plan.modules}
        self.assertEqual(acts, {("added", "hidden.sub"), ("removed", "hidden.sub.x")})
        self.assertIn("sub.py hides the folder of its name", str(plan))
        release = engine.commit(plan)
        self.assertEqual(sys.modules["hidden.sub"].Y, 1)
        release.undo()
        self.assertEqual(sys.modules["hidden.sub.x"].X, 1)
