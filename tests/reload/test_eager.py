"""An eager commit, and threads that meet instances before it has come to them."""

from __future__ import annotations

import threading
from typing import Any

from gameserver.errors import ReleaseRefused
from tests.reload.engines import EngineCase

V1 = """
from gameserver.reload import Reloadable, migration
GATE = None
class P(Reloadable):
    version = 1
    def __init__(self, n): self.n = n; self.silver = 1
    def read(self): return self.silver * 10
"""
V2 = V1.replace("version = 1", "version = 2").replace("self.silver * 10", "self.copper")
STEP = """
@migration(P, to=2)
def two(s):
    if s["n"] == 0:
        GATE()
    return {"n": s["n"], "copper": s["silver"] * 10}
"""
FAILS = (
    "\n@migration(P, to=2)\ndef two(s):\n    return {'k': s['n'].k if s['n'] else 1}\n"
)
PATIENCE = 10


class EagerTests(EngineCase):
    """Amid the migrations of a commit another thread looks at an instance."""

    def setUp(self) -> None:
        super().setUp()
        self.module = self.load(a=V1)
        self.seen: list[object] = []

    def elsewhere(self, act: Any) -> threading.Thread:
        """Begin a thread that does something, and keeps what comes of it."""

        def run() -> None:
            try:
                self.seen.append(act())
            except AttributeError as error:
                self.seen.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        return thread

    def test_touched_first(self):
        """Whom another thread touches is migrated before that thread sees it."""
        first, *others = [self.module.P(n) for n in range(5)]
        threads: list[threading.Thread] = []
        self.module.GATE = lambda: threads.extend(
            self.elsewhere(one.read) for one in others
        )
        release = self.release(a=V2 + STEP)
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual((self.seen, first.read()), ([10] * 4, 10))
        self.assertEqual(release.left, 0)

    def test_over_at_the_end(self):
        """When the commit is done nobody waits, and no access costs more."""
        self.module.P(1)
        self.release(a=V2 + STEP)
        self.assertNotIn("__getattribute__", vars(self.module.P))

    def test_oldest_first(self):
        """Instances are migrated in the order in which they were made."""
        step = "\n@migration(P, to=2)\ndef two(s):\n    ORDER.append(s['n'])\n"
        self.module.ORDER = made = []
        held = [self.module.P(n) for n in range(5)]
        self.release(a=V2 + step + "    return s\n")
        self.assertEqual(made, [one.n for one in held])

    def test_module_hook(self):
        """A module's hook meets instances in their new shape."""
        one = self.module.P(1)
        self.module.HELD, self.module.SEEN = [one], self.seen
        hook = "def module_reloaded(): SEEN.append(HELD[0].read())\n"
        self.release(a=V2 + STEP + hook)
        self.assertEqual(self.seen, [10])

    def test_fails_in_another_thread(self):
        """A step that raises in another thread refuses the commit; all is as before."""
        first, second = self.module.P(0), self.module.P(1)

        def touch() -> None:
            thread = self.elsewhere(lambda: second.silver)
            thread.join(0.05)  # it waits for the first instance's step

        self.module.GATE = touch
        step = STEP.replace("return {", "assert s['n'] == 0\n    return {")
        error = self.refused(a=V2 + step)
        self.assertEqual(error.step, "migrate")
        self.assertEqual((first.read(), second.read()), (10, 10))
        self.assertEqual(
            (vars(first), self.engine.releases), ({"n": 0, "silver": 1}, [])
        )
        self.doCleanups()
        self.assertEqual(self.seen, [1])

    def test_hook_swallows(self):
        """A module's hook cannot hide that a step raised at its touch."""
        one = self.module.P(1)
        self.module.HELD = [one]
        hook = (
            "def module_reloaded():\n    try: HELD[0].n\n    except Exception: pass\n"
        )
        step = "\n@migration(P, to=2)\ndef two(s): raise KeyError('no')\n"
        error = self.refused(a=V2 + step + hook)
        self.assertEqual(
            (error.step, error.text),
            ("migrate", "P: migration to 2 failed: KeyError: 'no'"),
        )
        self.assertEqual(one.read(), 10)

    def test_subclass_by_both(self):
        """A subclass that is known is migrated once, though its base is not."""
        body = (
            "class A:\n    version = {0}\nclass B(A, Reloadable):\n    version = {0}\n"
        )
        head = "from gameserver.reload import Reloadable, migration\n" + body
        module = self.load(b=head.format(1))
        plain, known = module.A(), module.B()
        plain.seen = known.seen = ()
        steps = "".join(
            f"@migration({owner}, to=2)\n"
            f"def {owner}2(s): return {{'seen': (*s['seen'], '{owner}')}}\n"
            for owner in "AB"
        )
        for is_lazy in (False, True):
            version = 3 if is_lazy else 2
            self.write(b=head.format(version) + steps.replace("to=2", f"to={version}"))
            self.engine.release(lazily=is_lazy).advance()
        self.assertEqual((plain.seen, known.seen), (("A",) * 2, ("A", "B") * 2))


class FailureTests(EngineCase):
    """What is said of a step that raises names module, file and line."""

    def test_exit(self):
        """``SystemExit`` in a step is told as of the migration, now and later."""
        step = "@migration(P, to=2)\ndef two(s): raise SystemExit(3)\n"
        one = self.load(a=V1).P(1)
        error = self.refused(a=V2 + step)
        self.assertEqual((error.step, error.text), ("migrate", "P: SystemExit: 3"))
        release = self.engine.release(lazily=True)
        self.assertEqual(one.read(), 10)
        self.assertIsInstance(release.failure, ReleaseRefused)
        self.assertEqual(release.failure.text, "P: SystemExit: 3")

    def test_recursion(self):
        """So does one that ends for want of stack, however deep it was raised."""
        module = self.load(a=V1)
        one = None
        for _ in range(3000):
            one = module.P(one)
        self.write(a=V2 + FAILS)
        release = self.engine.release(lazily=True)
        self.assertEqual(one.read(), 10)
        error = release.failure
        self.assertIsInstance(error, ReleaseRefused)
        self.assertIn("RecursionError", error.text)
        self.assertEqual((error.module, error.step), ("worlds.a", "migrate"))
        self.assertRegex(error.place, r"a\.py:\d+$")
