"""The script that is run is not followed; a plan says when its file has changed."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload import Engine, Imported
from tests.folders import temporary_folder

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


class ScriptTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = temporary_folder(self)
        self.file = self.path / "app.py"
        self.file.write_text("def greet(): return 1\n")
        script = ModuleType("__main__")
        script.__file__ = str(self.file)
        self.addCleanup(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        sys.modules["__main__"] = script
        self.engine = Engine(Imported(self.own))

    def own(self, spec: ModuleSpec) -> bool:
        """Claim what lies in the folder."""
        return (spec.origin or "").startswith(str(self.path))

    def test_changed(self) -> None:
        """The line names the file, and says what to do."""
        self.file.write_text("def greet(): return 2\n")
        plan = self.engine.plan()
        (one,) = plan.stale
        self.assertEqual((one.module, one.file), ("__main__", str(self.file)))
        self.assertIn("start the program again", str(plan))

    def test_not_all_is_well(self) -> None:
        """Such a plan does not say that every module runs the text of its source."""
        self.file.write_text("def greet(): return 2\n")
        self.assertNotIn("nothing to release", str(self.engine.plan()))

    def test_unchanged(self) -> None:
        """Nothing is said of a script that is as it was."""
        self.assertIn("nothing to release", str(self.engine.plan()))

    def test_not_ours(self) -> None:
        """Nor of one that ``own`` does not claim."""
        engine = Engine(Imported(lambda spec: spec.name == "nobody"))
        self.file.write_text("def greet(): return 2\n")
        self.assertEqual(engine.plan().stale, [])

    def test_named(self) -> None:
        """Nor in a plan of some modules by name."""
        self.file.write_text("def greet(): return 2\n")
        self.assertEqual(self.engine.plan([]).stale, [])

    def test_gone(self) -> None:
        """Nor of one whose file is gone: a program may be replaced at any time."""
        self.file.unlink()
        self.assertEqual(self.engine.plan().stale, [])

    def test_no_file(self) -> None:
        """A program without a script, such as a console, has none to tell of."""
        sys.modules["__main__"] = ModuleType("__main__")
        self.assertEqual(Engine(Imported(self.own)).plan().stale, [])

    def test_release(self) -> None:
        """The plan of a release says it, too."""
        self.file.write_text("def greet(): return 2\n")
        release = self.engine.release()
        self.assertEqual([one.module for one in release.plan.stale], ["__main__"])
