"""What a rehearsal's child does, and what is heard of it, without a fork."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import make
from gameserver.server.plugins import load_cast
from gameserver.services.rehearsal_child import rehearse
from gameserver.services.rehearsal_pages import read_pages, send_pages
from gameserver.services.rehearsal_terms import (
    NAMED,
    Found,
    Original,
    Rules,
    Wanted,
)
from gameserver.services.rehearsal_watch import Told
from tests.folders import temporary_folder
from tests.model.seats import seat
from tests.services.rehearsal_case import AFTER, BEFORE, LINE

EXIT = "code that the release runs calls os._exit, or code in C has done so"
CRASH = "code in C that the release runs crashed, or it was killed"

if TYPE_CHECKING:
    from collections.abc import Collection

    from gameserver.server.plugins import Cast

ROWS = st.lists(
    st.text()
    | st.builds(
        Snapshot, st.text(), st.text(), st.integers(1, 9), st.binary(), st.just(1)
    )
)


class StepTests(SynchronousTestCase):
    """The steps, on an engine that is thrown away."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.write(BEFORE)
        self.cast = load_cast(self.folder)
        assert self.cast.engine is not None
        self.engine = self.cast.engine
        self.addCleanup(self.engine.uninstall)
        self.live: list[Any] = []
        self.told: list[dict[str, Any]] = []

    def write(self, text: str) -> None:
        (self.folder / "hall.py").write_text(text)

    def enter(self, name: str, **state: Any) -> Any:
        player: Any = make(self.cast.avatar, seat(name), None)
        vars(player).update(state)
        self.live.append(player)
        return player

    def found(self, *rows: Snapshot | str, names: Any = None) -> Found:
        original = Original(
            self.engine,
            lambda _: self.cast,
            lambda: self.live,
            lambda: nullcontext(iter(rows)),
        )
        found = Found(self.told.append)
        rehearse(original, Rules(), Wanted(names), rows, found, Clock())
        found.end()
        return found

    def test_passes(self) -> None:
        """All is carried out, each step is told before it, and the end."""
        ada = self.enter("ada", coins=4)
        self.write(AFTER + "\ndef check_it():\n    pass\n")
        found = self.found(Snapshot("avatar", "bob", 1, b'{"coins":1}', 1), "damaged")
        self.assertEqual(found.failed, [])
        self.assertEqual(found.counts(), {"live": 1, "stored": 1, "checks": 1})
        self.assertEqual((ada.gold, found.damaged), (25, 1))
        steps = [one["step"] for one in self.told if "step" in one]
        self.assertEqual(
            steps[:-1],
            [
                "the bodies of the new texts (plugins.hall)",
                "the commit",
                "saving who is live",
                "handing services over",
                "the stored snapshots",
            ],
        )
        self.assertIn("plugins.hall.check_it (", steps[-1])
        self.assertTrue(self.told[-1]["done"])

    def test_live_and_stored_fail(self) -> None:
        """Those who fail are named, live and stored; checks are not run then."""
        self.enter("ada")
        self.write(AFTER + "\ndef check_it():\n    return False\n")
        found = self.found(Snapshot("avatar", "bob", 1, b'{"coins":0}', 1))
        self.assertRegex(found.failed[0], f"^live avatar 'ada': .*{LINE}")
        self.assertRegex(found.failed[1], f"^stored avatar 'bob': .*{LINE}")
        self.assertEqual((len(found.failed), found.checks), (2, 0))

    def test_hook_fails(self) -> None:
        """A hook that fails is told as the release tells it, by its class."""
        self.enter("ada")
        self.write(BEFORE.replace("        pass", "        raise OSError('no')"))
        found = self.found()
        self.assertRegex(found.failed[0], r"hall\.py:11: Player: .*OSError: no")

    def test_refused(self) -> None:
        """Code that cannot be committed is the only failure."""
        self.write("def broken(:\n")
        found = self.found(names=("plugins.hall",))
        self.assertEqual(len(found.failed), 1)
        self.assertIn("hall.py:1", found.failed[0])

    def test_cast(self) -> None:
        """Classes that cannot work refuse the release, though each text is right."""

        def cast(modules: Collection[str]) -> Cast:
            self.assertEqual(list(modules), ["plugins.hall"])
            raise PluginError("hall.py:3", "the avatar class is gone")

        self.write(AFTER)
        original = Original(self.engine, cast, list, lambda: nullcontext(()))
        found = Found(self.told.append)
        rehearse(original, Rules(), Wanted(), (), found, Clock())
        self.assertEqual(found.failed, ["hall.py:3: the avatar class is gone"])

    def test_removed(self) -> None:
        """A module that is removed has no checks."""
        (self.folder / "extra.py").write_text("def check_it():\n    return False\n")
        self.found()
        (self.folder / "extra.py").unlink()
        self.assertEqual(self.found().checks, 0)

    def test_many(self) -> None:
        """Some are named and the others counted; a line is one line, and bounded."""
        found = Found(self.told.append)
        for number in range(NAMED + 3):
            found.fail(f"a{number}\nb" + "c" * 9999)
        self.assertEqual((len(found.failed), found.more), (NAMED, 3))
        self.assertLess(len(found.failed[0]), 1000)
        self.assertNotIn("\n", found.failed[0])

    def test_once(self) -> None:
        """What fails twice is said once; live and stored alike in one line."""
        found = Found(self.told.append)
        for line in ("x", "live avatar 'a': no", "x", *["stored avatar 'a': no"] * 2):
            found.fail(line)
        self.assertEqual(found.failed, ["x", "live and stored avatar 'a': no"])


class PageTests(SynchronousTestCase):
    """The pipe that stored snapshots go through."""

    @given(ROWS, st.integers(1, 5))
    def test_identity(self, rows: list[Snapshot | str], size: int) -> None:
        """What is written comes out, in its order."""
        given_, taken = os.pipe()
        try:
            thread = threading.Thread(target=send_pages, args=(taken, rows, size))
            thread.start()
            self.assertEqual(list(read_pages(given_)), rows)
            thread.join()
        finally:
            os.close(given_)
            os.close(taken)

    def test_ends_early(self) -> None:
        """A stream without its end is not taken for the whole."""
        given_, taken = os.pipe()
        self.addCleanup(os.close, given_)
        os.write(taken, (7).to_bytes(4, "big") + b"abc")
        os.close(taken)
        with self.assertRaises(EOFError):
            list(read_pages(given_))


class ToldTests(SynchronousTestCase):
    """What is heard, in whatever parts it comes, and what an end means."""

    @given(st.integers(1, 40))
    def test_parts(self, size: int) -> None:
        """Parts of lines are put together."""
        lines = (
            b'{"step": "a", "live": 2}\n{"done": true, "failed": ["x"], "more": 1}\n'
        )
        told = Told()
        for start in range(0, len(lines), size):
            told.hear(lines[start : start + size])
        told.end(0, None)
        self.assertEqual((told.step, told.live, told.more), ("a", 2, 1))
        self.assertEqual((told.failed, told.why), (["x"], ""))

    def test_odd(self) -> None:
        """What is no line of the child's is refused."""
        for odd in (b"[1]\n", b"no\n", b'{"live": "x"}\n', b"x" * (1 << 21)):
            with self.subTest(odd=odd[:9]), self.assertRaises((ValueError, TypeError)):
                Told().hear(odd)

    def test_ends(self) -> None:
        """Each end before its time has a reason with the step."""
        for status, limit, why in (
            (0, None, "the rehearsal ended by itself in x, with exit code 0: " + EXIT),
            (
                768,
                None,
                "the rehearsal ended by itself in x, with exit code 3: " + EXIT,
            ),
            (signal.SIGSEGV, None, "the rehearsal was ended in x by SIGSEGV: " + CRASH),
            (None, None, "the rehearsal was gone in x"),
            (9, 2.0, "it took longer than 2 s, and was ended in x"),
        ):
            told = Told(step="x")
            told.end(status, limit)
            self.assertEqual(told.why, why)
