"""Which code is new in a release: that which does something else."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.release_record import changed


def code(text: str, name: str) -> object:
    """Give the code of a function of a text."""
    names: dict[str, object] = {}
    exec(text, names)  # noqa: S102 - a text of this test
    return names[name].__code__  # type: ignore[attr-defined]


OLD = "def f(x):\n    return [y + 1 for y in x]\ndef g():\n    return lambda: 2\n"


class ChangedTests(SynchronousTestCase):
    """A watch blames what a release has changed, and nothing else."""

    def codes(self, text: str) -> list[object]:
        """Give the codes of both functions."""
        return [code(text, "f"), code(text, "g")]

    def test_lines(self) -> None:
        """A function that only stands in other lines is not new."""
        moved = "# a comment\n\n" + OLD.replace("    return [", "\n    return [")
        self.assertEqual(changed(self.codes(moved), self.codes(OLD)), set())

    def test_inside(self) -> None:
        """One with another function inside is."""
        now = self.codes(OLD.replace("lambda: 2", "lambda: 3"))
        self.assertEqual(changed(now, self.codes(OLD)), {now[1]})
