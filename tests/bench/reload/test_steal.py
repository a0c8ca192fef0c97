"""What a hypervisor took, of the cores' work."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.reload.steal import Steal, ticks


def text(user: int, idle: int, steal: int) -> str:
    """Give the begin of a ``/proc/stat``, with guests within user time."""
    return f"cpu  {user} 0 10 {idle} 5 0 0 {steal} 7 0\ncpu0 1 2 3\n"


class StealTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.now, self.text = 0.0, text(100, 900, 0)
        self.steal = Steal(lambda: self.text, lambda: self.now)

    def look(self, now: float, told: str) -> None:
        self.now, self.text = now, told
        self.steal.look()

    def test_ticks(self) -> None:
        """Idle cores and those that wait for a disk have no work; stolen ones do."""
        self.assertEqual(ticks(text(100, 900, 20)), (20, 130))

    def test_unknown(self) -> None:
        """Systems that tell no such thing give nothing."""
        self.assertIsNone(ticks(""))
        self.assertIsNone(ticks("cpu  1 2 3 4\n"))

    def test_share(self) -> None:
        """Between the first and the last look since then."""
        self.look(1, text(100, 900, 0))
        self.look(2, text(150, 950, 50))
        self.look(3, text(225, 950, 75))
        self.assertEqual(self.steal.share(0), 0.375)
        self.assertEqual(self.steal.share(1.5), 0.25)

    def test_too_few(self) -> None:
        """One look says nothing, nor do two between which nobody had work."""
        self.assertIsNone(self.steal.share(0))
        self.look(1, text(100, 900, 0))
        self.assertIsNone(self.steal.share(0))
        self.look(2, text(100, 999, 0))
        self.assertIsNone(self.steal.share(0))

    def test_not_often(self) -> None:
        """Looks in quick succession are one."""
        self.look(1, text(100, 900, 0))
        self.look(1.01, text(200, 900, 0))
        self.assertIsNone(self.steal.share(0))

    def test_not_there(self) -> None:
        """Where there is no such file, nothing is known."""

        def missing() -> str:
            raise FileNotFoundError

        steal = Steal(missing, lambda: 0.0)
        steal.look()
        self.assertIsNone(steal.share(0))
