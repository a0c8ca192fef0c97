"""The tour as data: it fits the game that is in the repository."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from gameserver.demo.changes import Put, Refused, Release, Undo
from gameserver.demo.edits import Edit
from gameserver.demo.stage import PACKAGE
from gameserver.demo.tour import TOUR
from tests.docs.pages import REPOSITORY

GAME = REPOSITORY / "plugins" / PACKAGE


def written(edits: tuple[Edit, ...], texts: dict[str, str]) -> dict[str, str]:
    """Give all texts as they are after these edits."""
    after = dict(texts)
    for one in edits:
        after[one.file] = one.apply(after[one.file])
    return after


def states() -> Iterator[tuple[object, dict[str, str]]]:
    """Give each change of the tour with the texts that it asks to be released."""
    texts = before = {path.name: path.read_text() for path in GAME.glob("*.py")}
    for act in (act for step in TOUR for act in step.acts):
        if isinstance(act, Release):
            before, texts = texts, written(act.edits, texts)
            yield act, texts
        elif isinstance(act, Refused):
            yield act, written(act.edits, texts)
        elif isinstance(act, Put):
            yield act, written((act.edit,), texts)
        elif isinstance(act, Undo):
            texts = before


def compiles(texts: dict[str, str]) -> bool:
    """Say whether each text is Python."""
    try:
        for name, text in texts.items():
            compile(text, name, "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


class TourTests(SynchronousTestCase):
    def test_edits(self):
        """Each edit finds its place, in the order of the tour."""
        self.assertGreater(len(list(states())), 6)

    def test_python(self):
        """All it releases is Python, but for the one typo that is to be refused."""
        wrong = [act for act, texts in states() if not compiles(texts)]
        self.assertEqual(len(wrong), 1)
        self.assertIsInstance(wrong[0], Refused)
        self.assertIn("SyntaxError", wrong[0].why)

    def test_titles(self):
        """No two steps have the same title, and each says what it is about."""
        titles = [step.title for step in TOUR]
        self.assertEqual(len(set(titles)), len(titles))
        self.assertTrue(all(step.words for step in TOUR))
