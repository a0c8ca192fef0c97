"""Which text is in force when releases were undone, and the sources went on."""

from __future__ import annotations

from tests.services.release_case import DOUBLE, ReleaseCase


class CoverTests(ReleaseCase):
    """What was undone stays away until somebody edits it; what is edited comes."""

    def undo(self) -> None:
        self.ended(self.service.undo("eve", "here"))

    def limit(self) -> int:
        found: int = self.plugins.other.LIMIT
        return found

    def test_two(self) -> None:
        """Of two that were undone neither comes back with a third."""
        self.release(player=DOUBLE)
        self.release(other="LIMIT = 2\n")
        self.undo()
        self.undo()
        row = self.release(third="X = 1\n")
        self.assertEqual(
            [one.name for one in row.modules], [self.plugins.full("third")]
        )
        self.assertEqual((self.limit(), self.ada.call("earn")), (1, 2))

    def test_two_of_one(self) -> None:
        """Of two releases of one module neither comes back, nor after a third."""
        for number in (2, 3, 4):
            self.release(other=f"LIMIT = {number}\n")
        for number in (3, 2, 1):
            self.undo()
            self.assertEqual(self.limit(), number)
            (said,) = self.ended(self.service.check()).covered
            self.assertIn("from before release", said)
        self.release(third="X = 1\n")
        self.assertEqual(self.limit(), 1)

    def test_edited_back(self) -> None:
        """A cover ends with an edit, also if the edit is taken back later."""
        self.release(other="LIMIT = 2\n")
        self.undo()
        self.release(other="LIMIT = 3\n")
        row = self.release(other="LIMIT = 2\n")
        self.assertEqual((row.modules[0].text, self.limit()), ("LIMIT = 2\n", 2))

    def test_looked_at_and_edited_back(self) -> None:
        """It stays where nothing else was released: looks and refusals end nothing."""
        self.release(other="LIMIT = 2\n")
        self.undo()
        self.plugins.put(other="LIMIT = 3\n")
        self.ended(self.service.check())
        self.plugins.put(other="LIMIT = = 3\n")
        self.refused(self.service.release("eve", "here"))
        self.plugins.put(other="LIMIT = 2\n")
        self.assertEqual(len(self.ended(self.service.check()).covered), 1)
        self.release(third="X = 1\n")
        self.assertEqual(self.limit(), 1)

    def test_again_and_edited_back(self) -> None:
        """So does that of an earlier release."""
        self.release(other="LIMIT = 2\n")
        self.release(other="LIMIT = 3\n")
        self.ended(self.service.release_again("eve", "here", 1))
        self.release(other="LIMIT = 4\n")
        self.release(other="LIMIT = 3\n")
        self.assertEqual(self.limit(), 3)

    def test_written_anew(self) -> None:
        """A module that was removed, and written anew since, is not hidden."""
        del self.plugins.texts[self.plugins.full("other")]
        self.ended(self.service.release("eve", "here"))
        self.plugins.put(other="LIMIT = 3\n")
        self.undo()
        self.ended(self.service.release("eve", "here"))
        self.assertEqual(self.limit(), 3)
