"""Rows on hooks and migrations of the page on reloading."""

from __future__ import annotations

import gc
import sys

from tests.docs.releasing import MIGRATED, STEPS, ReleasingCase


class HookTests(ReleasingCase):
    def module_hook(self, signature, body):
        m = self.load("m", "K = 1\nSAID = None")
        m.K = 5
        self.release(m=f"K = 1\nSAID = None\ndef {signature}: {body}")
        return m.SAID

    def test_module_reloaded(self):
        """module_reloaded(old, new) sees the values of before, and the module."""
        said = self.module_hook(
            "module_reloaded(old, new)", "new.SAID = (old.K, new.K)"
        )
        self.assertEqual(said, (5, 5))

    def test_pmnc_init(self):
        """pmnc_init(old, new, filename) is given the file as well."""
        body = "new.SAID = (old.K, filename)"
        said = self.module_hook("pmnc_init(old, new, filename)", body)
        self.assertEqual(said, (5, "<texts>/m.py"))

    def test_x_reload_module(self):
        """x_reload_module(old, new) is the same hook by another name."""
        said = self.module_hook("x_reload_module(old, new)", "new.SAID = old.K")
        self.assertEqual(said, 5)

    def test_fewer_arguments(self):
        """A module hook takes as many of the three arguments as it declares."""
        m = self.load("m", "K = 1\nSAID = None")
        self.release(m="K = 1\nSAID = []\ndef module_reloaded(old): SAID.append(old.K)")
        self.assertEqual(m.SAID, [1])

    def instance_hook(self, signature, body):
        m = self.load("m", "class C:\n    version = 1")
        subject = m.C()
        self.release(m=f"class C:\n    version = 2\n    def {signature}: {body}")
        return vars(subject)

    def test_reloaded(self):
        """reloaded(self, old_version) is given the version of before."""
        seen = self.instance_hook("reloaded(self, old)", "self.was = old")
        self.assertEqual(seen, {"was": 1})

    def test_x_reload_class(self):
        """x_reload_class(self) is the same hook by another name."""
        seen = self.instance_hook("x_reload_class(self)", "self.n = 1")
        self.assertEqual(seen, {"n": 1})

    def test_new_module(self):
        """The hook of a module that is new does not run."""
        self.load("m", "K = 1")
        self.release(new="SAID = None\ndef module_reloaded(old, new): new.SAID = 1")
        self.assertIsNone(sys.modules["new"].SAID)

    def test_comment_only(self):
        """After a change of comments no hook runs."""
        text = "N = []\ndef module_reloaded(old, new): N.append(1)"
        m = self.load("m", text)
        self.release(m="# a comment\n" + text)
        self.assertEqual(m.N, [])

    def test_every_release(self):
        """An instance hook runs in each release of its module's text."""
        text = "class C:\n    n = 0\n    def reloaded(self, old): self.n += 1\nK = %d"
        m = self.load("m", text % 1)
        subject = m.C()
        self.release(m=text % 2)
        self.release(m=text % 3)
        self.assertEqual(subject.n, 2)

    def test_hook_releases(self):
        """A hook cannot begin another release."""
        m = self.load("m", "ENGINE = None\nK = 1")
        m.ENGINE = self.engine
        said = self.refusal(
            m="ENGINE = None\nK = 2\n"
            "def module_reloaded(old, new): new.ENGINE.release()"
        )
        self.assertIn("a release is under way; a hook cannot begin another", said)


class MigrationTests(ReleasingCase):
    def load_old(self):
        return self.load("m", MIGRATED % (1, "a"))

    def test_versions(self):
        """Each step runs once, in order; versions may be skipped over."""
        m = self.load_old()
        subject = m.C()
        self.release(m=MIGRATED % (3, "c") + STEPS)
        self.assertEqual(vars(subject), {"c": 3})

    def test_lazily(self):
        """Lazily an instance migrates on its first touch, or in a slice."""
        m = self.load_old()
        touched, other = m.C(), m.C()
        self.put("m", MIGRATED % (3, "c") + STEPS)
        release = self.engine.release(lazily=True)
        self.assertEqual(release.left, 2)
        self.assertEqual((touched.c, release.left), (3, 1))
        self.assertEqual(release.advance(0.1), 0)
        self.assertEqual(vars(other), {"c": 3})

    def test_before_the_next(self):
        """Who was not touched is migrated before its class changes again."""
        m = self.load_old()
        subject = m.C()
        two = "\n".join(STEPS.splitlines()[:3])
        self.put("m", MIGRATED % (2, "b") + two)
        self.engine.release(lazily=True)
        self.release(m=MIGRATED % (3, "c") + STEPS)
        self.assertEqual(vars(subject), {"c": 3})

    def test_fails_lazily(self):
        """A migration that fails later undoes the whole release."""
        m = self.load_old()
        subject = m.C()
        step = "\n    @migration(C, to=2)\n    def two(state): 1 / 0\n"
        self.put("m", MIGRATED % (2, "b") + step)
        release = self.engine.release(lazily=True)
        self.assertEqual(subject.a, 1)
        self.assertTrue(release.is_undone)
        self.assertIn("ZeroDivisionError", str(release.failure))
        self.assertEqual(m.C.version, 1)

    def test_fails(self):
        """A migration that fails refuses the release, and names its line."""
        m = self.load_old()
        subject = m.C()
        step = "\n    @migration(C, to=2)\n    def two(state): 1 / 0\n"
        said = self.refusal(m=MIGRATED % (2, "b") + step)
        self.assertIn("C: migration to 2 failed: ZeroDivisionError", said)
        self.assertEqual((vars(subject), m.C.version), ({"a": 1}, 1))

    def test_unregistered_and_frozen(self):
        """A class that is not registered: instances under gc.freeze() are missed."""
        m = self.load("m", "class C: pass")
        missed = m.C()
        gc.freeze()
        self.addCleanup(gc.unfreeze)
        found = m.C()
        self.release(m="class C:\n    def reloaded(self, old): self.n = 1")
        self.assertEqual((vars(found), vars(missed)), ({"n": 1}, {}))

    def test_registered_and_frozen(self):
        """Instances of a registered class are all found."""
        text = "from gameserver.reload import Reloadable\nclass C(Reloadable):\n    "
        m = self.load("m", text + "pass")
        subject = m.C()
        gc.freeze()
        self.addCleanup(gc.unfreeze)
        self.release(m=text + "def reloaded(self, old): self.n = 1")
        self.assertEqual(vars(subject), {"n": 1})
