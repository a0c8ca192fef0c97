"""Names that a text gives to a library that it imports: taken back, merged, undone."""

from __future__ import annotations

import sys
from types import ModuleType

from gameserver.reload import Plan
from tests.reload.engines import EngineCase

LIBRARY = "law_library"
WRAPS = """
import law_library
_orig = law_library.say
def say(x): return "P" + _orig(x)
law_library.say = say
def other(): return 1
"""

GLOBALS = """
from functools import lru_cache, wraps
def logged(function):
    @wraps(function)
    def call(*args): return function(*args)
    return call
class Loader:
    @classmethod
    def load(cls):
        global inited
        inited = True
@logged
@lru_cache
def make():
    def inner():
        global pool
        pool = [1]
    inner()
def load():
    global stale
    Loader.load()
    make()
    del stale
"""


def said(text: str) -> str:
    """Say it as the library does."""
    return text


class LibraryCase(EngineCase):
    """A library with a function ``say`` and a number ``LEVEL``."""

    def setUp(self) -> None:
        super().setUp()
        self.library = ModuleType(LIBRARY)
        self.inner = ModuleType(f"{LIBRARY}.inner")
        self.library.say, self.library.LEVEL = said, 0
        self.library.inner, self.inner.LEVEL = self.inner, 0
        for one in (self.library, self.inner):
            sys.modules[one.__name__] = one
            self.addCleanup(sys.modules.pop, one.__name__)

    def planned(self, text: str) -> Plan:
        """Write a text of ``m`` and plan its release."""
        self.write(m=text)
        return self.engine.plan()


class WrappedTests(LibraryCase):
    """A library's function in whose place a text puts its own."""

    def setUp(self) -> None:
        super().setUp()
        self.module = self.load(m=WRAPS)

    def test_plan(self):
        """A plan changes nothing that the library's users see."""
        self.planned(WRAPS.replace("return 1", "return 2"))
        self.assertIs(self.library.say, self.module.say)
        self.assertEqual(self.library.say("a"), "Pa")

    def test_other_edit(self):
        """An edit of another function leaves it wrapped, once."""
        release = self.release(m=WRAPS.replace("return 1", "return 2"))
        self.assertIs(self.library.say, self.module.say)
        self.assertEqual(self.library.say("a"), "Pa")
        release.undo()
        self.assertEqual(self.library.say("a"), "Pa")

    def test_edit(self):
        """An edit of it is in force in place, and undone."""
        held = self.library.say
        release = self.release(m=WRAPS.replace('"P"', '"Q"'))
        self.assertIs(self.library.say, held)
        self.assertEqual(held("a"), "Qa")
        release.undo()
        self.assertEqual(held("a"), "Pa")

    def test_no_longer(self):
        """A text that wraps it no longer gives it back; an undo wraps it again."""
        release = self.release(m=WRAPS.replace("law_library.say = say\n", ""))
        self.assertIs(self.library.say, said)
        release.undo()
        self.assertIs(self.library.say, self.module.say)


class NameTests(LibraryCase):
    """Other names of it, by whatever import statement."""

    def test_new_text(self):
        """What a text newly sets is set by the commit, and undone."""
        self.load(m="X = 1\n")
        for head, owner in (
            ("import law_library as a\n", self.library),
            ("from law_library import inner as a\n", self.inner),
            ("import law_library.inner as a\n", self.inner),
        ):
            plan = self.planned(f"{head}a.LEVEL = 5\na.fresh = [5]\n")
            self.assertEqual((owner.LEVEL, hasattr(owner, "fresh")), (0, False))
            release = self.engine.commit(plan)
            self.assertEqual((owner.LEVEL, owner.fresh), (5, [5]))
            self.assertIn(("patched", f"{owner.__name__}.LEVEL"), self.kinds(plan))
            release.undo()
            self.assertEqual((owner.LEVEL, hasattr(owner, "fresh")), (0, False))

    def test_refused(self):
        """A release that is refused leaves it as it was."""
        self.load(m="X = 1\n")
        self.refused(m="import law_library\nlaw_library.LEVEL = 5\n1 / 0\n")
        self.assertEqual(self.library.LEVEL, 0)

    def test_changed_since(self):
        """What somebody has changed since stays, and the plan names the conflict."""
        text = "import law_library\nlaw_library.LEVEL = {0}\nlaw_library.fresh = {0}\n"
        self.load(m=text.format(4))
        self.library.LEVEL = self.library.fresh = 100
        plan = self.planned(text.format(5))
        self.engine.commit(plan)
        self.assertEqual((self.library.LEVEL, self.library.fresh), (100, 100))
        for name in ("LEVEL", "fresh"):
            self.assertIn(("conflict", f"{LIBRARY}.{name}"), self.kinds(plan))

    def test_its_own_doing(self):
        """What the library does by itself stays: it is no text's."""
        self.load(m="X = 1\n")
        lazy = type("Lazy", (), {"__module__": LIBRARY})

        def load() -> None:
            self.library._count = 1
            self.library.Lazy = lazy

        self.library.load = load
        plan = self.planned("import law_library\nlaw_library.load()\n")
        self.assertEqual((self.library._count, self.library.Lazy), (1, lazy))
        told = [name for _, name in self.kinds(plan) if name.startswith(f"{LIBRARY}.")]
        self.assertEqual(told, [])

    def test_its_globals(self):
        """So does what its functions set by ``global``, whatever it is."""
        vars(self.library).update(inited=False, pool=None, stale=1)
        exec(GLOBALS, vars(self.library))  # noqa: S102 - the library's text
        self.load(m="X = 1\n")
        plan = self.planned("import law_library\nlaw_library.load()\n")
        self.assertIs(self.library.inited, True)
        self.assertEqual(self.library.pool, [1])
        self.assertFalse(hasattr(self.library, "stale"))
        self.refused(m="import law_library\nlaw_library.load()\n1 / 0\n")
        self.assertIs(self.library.inited, True)
        told = [name for _, name in self.kinds(plan) if name.startswith(f"{LIBRARY}.")]
        self.assertEqual(told, [])

    def test_a_text_sets_it_too(self):
        """What a text sets is the text's, though a function of the library sets it."""
        vars(self.library).update(tempdir=None)
        exec(  # noqa: S102 - the library's text
            "def find():\n global tempdir\n tempdir = 1\n", vars(self.library)
        )
        self.load(m="X = 1\n")
        for text in ("law_library.tempdir = 5", "setattr(law_library, 'tempdir', 5)"):
            plan = self.planned(f"import law_library\n{text}\n")
            self.assertIsNone(self.library.tempdir)
            self.refused(m=f"import law_library\n{text}\n1 / 0\n")
            self.assertIsNone(self.library.tempdir)
            self.write(m=f"import law_library\n{text}\n")
            plan = self.engine.plan()
            release = self.engine.commit(plan)
            self.assertEqual(self.library.tempdir, 5)
            release.undo()
            self.assertIsNone(self.library.tempdir)

    def test_gone(self):
        """A text may put a library out of its place."""
        self.load(m="X = 1\n")
        text = "import sys, law_library\nlaw_library.fresh = len\n"
        self.release(m=f"{text}sys.modules.pop('law_library')\n")
        self.assertIs(self.library.fresh, len)
        sys.modules[LIBRARY] = self.library
