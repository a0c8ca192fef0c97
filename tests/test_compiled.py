"""Compiled twins: used if they are there, wanted, and of these sources."""

from __future__ import annotations

import sys

from twisted.trial.unittest import SynchronousTestCase

import hatch_build
from gameserver.compiled import twin
from gameserver.reload import edition as of_reload
from gameserver.wire import edition as of_wire
from tests.builds import compiler

EDITIONS = {
    "gameserver.wire": of_wire.EDITION,
    "gameserver.reload": of_reload.EDITION,
}


class TwinsTests(SynchronousTestCase):
    """Of both packages that have one."""

    def test_all(self):
        """These are all of them."""
        names = {".".join(one.parts) for one in hatch_build.PACKAGES}
        self.assertEqual(names, set(EDITIONS))

    def test_edition(self):
        """What is written down is the digest of the sources."""
        for one in hatch_build.PACKAGES:
            written = EDITIONS[".".join(one.parts)]
            self.assertEqual(hatch_build.edition(one), written, "make twin")

    def test_built(self):
        """Where there is a compiler they are there, of these very sources."""
        if compiler() is None:
            self.skipTest("there is no C compiler")
        for name, edition in EDITIONS.items():
            self.assertEqual(twin(name, edition, {})[1], "compiled", "make twin")

    def test_turned_off(self):
        """The variable turns them off; empty, or 0, it does not."""
        for name, edition in EDITIONS.items():
            found, said = twin(name, edition, {"GAMESERVER_PURE": "1"})
            self.assertIsNone(found)
            self.assertIn("GAMESERVER_PURE", said)
            for off in ("", "0"):
                on = twin(name, edition, {"GAMESERVER_PURE": off})
                self.assertEqual(on, twin(name, edition, {}))

    def test_missing(self):
        """Without one, pure Python is used."""
        for name, edition in EDITIONS.items():
            module = f"{name}._twin"
            self.patch(sys, "modules", {**sys.modules, module: None})
            found, said = twin(name, edition, {})
            self.assertEqual((found, "no compiled one" in said), (None, True))

    def test_other_edition(self):
        """One of other sources is not used."""
        for name, edition in EDITIONS.items():
            found, said = twin(name, "another", {})
            self.assertIsNone(found)
            if twin(name, edition, {})[0] is not None:
                self.assertIn("another version", said)
