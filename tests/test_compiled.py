"""Compiled twins: used if they are there, wanted, and of these sources."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections import Counter, OrderedDict, defaultdict, deque

from twisted.trial.unittest import SynchronousTestCase

import hatch_build
from gameserver.compiled import twin
from gameserver.reload import edition as of_reload
from gameserver.reload import lending
from gameserver.server import edition as of_server
from gameserver.server import short_way
from gameserver.wire import edition as of_wire
from gameserver.wire import plain
from tests.builds import compiler

EDITIONS = {
    "gameserver.wire": of_wire.EDITION,
    "gameserver.reload": of_reload.EDITION,
    "gameserver.server": of_server.EDITION,
}
KINDS = (Counter, OrderedDict, defaultdict, deque, bytearray)


class TwinsTests(SynchronousTestCase):
    """Of all packages that have one."""

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

    def test_missing_names(self):
        """One that needs what these sources do not have is not used."""
        if compiler() is None:
            self.skipTest("there is no C compiler")
        for name, needed in (
            ("gameserver.wire", (plain, "decode")),
            ("gameserver.reload", (lending, "lend_each")),
            ("gameserver.server", (short_way, "Reached")),
        ):
            others = {k: v for k, v in sys.modules.items() if k != f"{name}._twin"}
            self.patch(sys, "modules", others)
            self.addCleanup(setattr, *needed, getattr(*needed))
            delattr(*needed)
            found, said = twin(name, EDITIONS[name], {})
            self.assertIsNone(found)
            self.assertIn("another version", said)

    def test_dropped(self):
        """One that is imported and let go leaves nothing held, and nothing broken."""
        if compiler() is None:
            self.skipTest("there is no C compiler")
        for name in EDITIONS:
            file = sys.modules[f"{name}._twin"].__file__
            before = [sys.getrefcount(one) for one in KINDS]
            for _ in range(20):
                spec = importlib.util.spec_from_file_location(f"{name}._twin", file)
                spec.loader.exec_module(importlib.util.module_from_spec(spec))
                gc.collect()
            after = [sys.getrefcount(one) for one in KINDS]
            grown = [now - then for now, then in zip(after, before, strict=True)]
            self.assertLess(max(grown), 20, name)

    def test_other_edition(self):
        """One of other sources is not used."""
        for name, edition in EDITIONS.items():
            found, said = twin(name, "another", {})
            self.assertIsNone(found)
            if twin(name, edition, {})[0] is not None:
                self.assertIn("another version", said)
