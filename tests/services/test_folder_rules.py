"""When a burst of changes is whole, and when a text is cut short."""

from __future__ import annotations

import warnings
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.folder_rules import (
    NOTHING,
    PATIENCE,
    SETTLE,
    VANISHED,
    Burst,
    cut_short,
)

TEXT = b"def f(a):\n    return {\n        'x': a,\n    }\n\n\nclass C:\n    y = 1\n"
SOURCES = [
    one.read_bytes()
    for one in sorted((Path(__file__).parents[2] / "gameserver").rglob("*.py"))
]
TOLD = 0.01  # seconds over


def compiles(text: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "x.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


class BurstTests(SynchronousTestCase):
    """Events at given times, and what is decided."""

    def setUp(self):
        self.burst = Burst({"a.py": b"a = 1\n"})

    def test_nothing(self):
        """Without an event nothing is decided, whatever lies in the folder."""
        self.assertIsNone(self.burst.due)
        self.assertEqual(self.burst.judge({}, 9.0), NOTHING)

    def test_settled(self):
        """A change is told once no event has come for a while, and once only."""
        self.burst.touched(1.0)
        self.burst.touched(1.2)
        found = {"a.py": b"a = 2\n"}
        early = self.burst.judge(found, 1.2 + SETTLE - TOLD)
        self.assertEqual((early.changed, early.until), (frozenset(), 1.2 + SETTLE))
        self.assertEqual(self.burst.judge(found, 1.2 + SETTLE).changed, {"a.py"})
        self.burst.touched(5.0)
        self.assertEqual(self.burst.judge(found, 9.0), NOTHING)

    def test_together(self):
        """Files that change in one burst are told in one call."""
        self.burst.touched(0.0)
        found = {"a.py": b"a = 2\n", "b.py": b"b = 1\n"}
        self.assertEqual(self.burst.judge(found, 1.0).changed, {"a.py", "b.py"})

    def test_late(self):
        """A text that stays cut short is a mistake in the end; no earlier look is."""
        self.burst.touched(1.0)
        found = {"a.py": b"def oops(:\n"}
        line = "a.py: looks cut short at line 1: invalid syntax"
        early = self.burst.judge(found, 1.0 + SETTLE)
        self.assertEqual((early.waits_for, early.overdue), ((line,), ()))
        self.assertEqual(early.until, 1.0 + PATIENCE)
        late = self.burst.judge(found, 1.0 + PATIENCE)
        self.assertEqual(late.overdue, ("a.py: SyntaxError at line 1: invalid syntax",))
        self.assertEqual((late.until, late.changed), (None, frozenset()))

    def test_written_for_long(self):
        """A file that somebody keeps open is no mistake."""
        self.burst.modified("a.py", 1.0)
        late = self.burst.judge({"a.py": b"a = 2\n"}, 1.0 + PATIENCE)
        self.assertEqual(late.waits_for, ("a.py: is being written",))
        self.assertEqual(late.overdue, ())

    def test_put_back(self):
        """A file that is as it was when told last is no change."""
        self.burst.modified("a.py", 0.0)
        self.burst.closed("a.py", 0.1)
        self.assertEqual(self.burst.judge({"a.py": b"a = 1\n"}, 1.0), NOTHING)
        self.assertIsNone(self.burst.due)

    def test_open(self):
        """A file that is modified and not closed is waited for, however long."""
        self.burst.modified("a.py", 0.0)
        waiting = self.burst.judge({"a.py": b"a = 2\n"}, 3600.0)
        self.assertEqual(waiting.waits_for, ("a.py: is being written",))
        self.assertIsNone(waiting.until)
        self.burst.closed("a.py", 3601.0)
        self.assertTrue(self.burst.judge({"a.py": b"a = 2\n"}, 3602.0).changed)

    def test_vanished(self):
        """A file that is gone is believed to be after a second."""
        self.burst.closed("a.py", 0.0)
        self.assertEqual(self.burst.judge({}, SETTLE).until, VANISHED)
        self.assertEqual(self.burst.judge({}, VANISHED).changed, {"a.py"})

    def test_cut_short_holds_all(self):
        """While one file is cut short, the others of its burst wait with it."""
        self.burst.touched(0.0)
        found = {"a.py": b"a = (\n", "b.py": b"b = 1\n"}
        waiting = self.burst.judge(found, 1.0)
        self.assertFalse(waiting.changed)
        expected = "a.py: looks cut short at line 1: '(' was never closed"
        self.assertEqual(waiting.waits_for, (expected,))
        self.burst.touched(2.0)
        found["a.py"] = b"a = ()\n"
        self.assertEqual(self.burst.judge(found, 3.0).changed, {"a.py", "b.py"})


class Save:
    """One save of a file: in pieces, each followed by a pause in seconds."""

    def __init__(self, name: str, text: bytes, cuts: list[int], pauses: list[float]):
        ends = [*sorted(n % (len(text) + 1) for n in cuts), len(text)]
        self.name = name
        self.pieces = [b"", *(text[:end] for end in ends)]
        self.pauses = pauses


saves = st.lists(
    st.builds(
        Save,
        st.sampled_from(["a.py", "b.py"]),
        st.integers(0, 9).map(lambda n: TEXT + b"z = %d\n" % n),
        st.lists(st.integers(0, 200), max_size=3),
        st.lists(st.sampled_from([0.0, 0.1, 0.29, 0.31, 2.0]), min_size=5, max_size=5),
    ),
    max_size=6,
)


class BurstLaws(SynchronousTestCase):
    """What holds for every sequence of saves, in pieces, at any pace."""

    @given(saves, st.booleans())
    def test_whole_and_complete(self, done, hears_of_closing):
        """Only whole texts are told, and in the end each last text was.

        Where nobody tells that a file was closed, a piece that compiles by chance is
        whole.
        """
        burst, found, told, now = Burst({}), {}, {}, 0.0
        for save in done:
            for piece, pause in zip(save.pieces, save.pauses, strict=False):
                found[save.name] = piece
                if hears_of_closing:
                    burst.modified(save.name, now)
                else:
                    burst.touched(now)
                now += pause
                before = dict(told)
                self.tell(burst, found, now, told)
                if hears_of_closing:
                    self.assertEqual(told, before)
            found[save.name] = save.pieces[-1]
            burst.closed(save.name, now)
            now += save.pauses[-1]
            self.tell(burst, found, now, told)
        self.tell(burst, found, now + 9.0, told)
        self.assertEqual(told, found)

    def tell(self, burst, found, now, told):
        last = burst.last
        verdict = burst.judge(found, now)
        for name in verdict.changed:
            self.assertGreaterEqual(now, last + SETTLE)
            self.assertFalse(burst.writing)
            self.assertNotEqual(told.get(name), found[name])
            self.assertTrue(compiles(found[name]))
            told[name] = found[name]


class CutShortTests(SynchronousTestCase):
    """One text."""

    @given(st.sampled_from(SOURCES), st.integers(0, 100_000))
    def test_every_cut(self, text, at):
        """A text cut anywhere compiles by chance, or is known to be cut short."""
        piece = text[: at % (len(text) + 1)]
        self.assertTrue(compiles(piece) or cut_short(piece), piece[-200:])

    def test_whole(self):
        """Texts that compile are whole, those without a statement too."""
        for text in (TEXT, b"", b"# nothing\n", b"x = 1", "# ü".encode(), b"\n"):
            self.assertEqual(cut_short(text), "", text)

    def test_mistake(self):
        """A mistake before the last statement is no cut: the release will name it."""
        for text in (
            b"x = 'a\n\ny = 1\n",
            b"def f(:\n    pass\n\nx = 1\n",
            b"if x:\n    y\n  z\nx = 2\n",
            b"x = 'caf\xe9'\ny = 1\nz = 2\n",
            b"return = 1\nx = 2\n",
        ):
            self.assertFalse(compiles(text))
            self.assertEqual(cut_short(text), "", text)

    def test_emptied(self):
        """An empty text is cut short if there was one, and whole if there was none."""
        self.assertEqual(cut_short(b"", b"x = 1\n"), "is empty")
        self.assertEqual(cut_short(b" \n", b"x = 1\n"), "is empty")
        self.assertEqual(cut_short(b"", b"\n"), "")

    def test_in_a_character(self):
        """A cut in the middle of a character is one."""
        text = "x = [1]\ny = 'é'\n".encode()
        self.assertIn("looks cut short", cut_short(text[: text.index(b"\xc3") + 1]))

    def test_null_bytes(self):
        """A file that a crash filled with null bytes is not whole."""
        self.assertEqual(cut_short(b"x = 1\n\0\0\0\n"), "holds null bytes")
