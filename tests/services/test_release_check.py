"""What ``check`` says of modules that run another text than their source's."""

from __future__ import annotations

from tests.services.release_case import ReleaseCase


class CoveredTests(ReleaseCase):
    """A cover may be that there is no module, and so may what it covers."""

    def covered(self) -> str:
        """Give the one line, without the module's name."""
        (said,) = self.ended(self.service.check()).covered
        name, _, rest = said.partition(": ")
        self.assertEqual(name, self.plugins.full("third"))
        return str(rest)

    def remove(self) -> None:
        del self.plugins.texts[self.plugins.full("third")]
        self.ended(self.service.release("eve", "here"))

    def test_before(self) -> None:
        """A new module that was undone: there is none, as before."""
        self.release(third="X = 1\n")
        self.ended(self.service.undo("eve", "here"))
        said = "there is no module, as before release 1; that of the source comes when"
        self.assertTrue(self.covered().startswith(said), self.covered())

    def test_again(self) -> None:
        """A release that removed it, brought again: there is none, as in that."""
        self.release(third="X = 1\n")
        self.remove()
        self.release(third="X = 1\n")
        self.ended(self.service.release_again("eve", "here", 2))
        said = "there is no module, as in release 2; that of the source comes when"
        self.assertTrue(self.covered().startswith(said), self.covered())

    def test_removed(self) -> None:
        """A removal that was undone: that the source has none is said."""
        self.release(third="X = 1\n")
        self.remove()
        self.ended(self.service.undo("eve", "here"))
        said = "the text from before release 2 is in force; the source has no such"
        self.assertTrue(self.covered().startswith(said), self.covered())
