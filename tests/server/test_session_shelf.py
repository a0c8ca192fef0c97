"""How long a session is kept that nobody is at, and how many."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.batch import StoredSession
from gameserver.server.session import Session
from gameserver.server.session_shelf import (
    KEPT_FOR,
    MOST,
    MOST_BYTES,
    MOST_BYTES_OF_ONE,
    MOST_OF_ONE,
    Shelf,
)


class ShelfTests(SynchronousTestCase):
    """Sessions are put there by themselves, when nothing of them is at work."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.gone: list[str] = []
        self.shelf = Shelf(self.clock, lambda session: self.gone.append(session.id))

    def left(self, id_: str, body: bytes = b"", name: str = "") -> Session:
        stored = StoredSession(id_, name or id_, b"", 0.0)
        session = Session(stored, {}, self.shelf.put)
        if body:
            session.answers.begin(1)
            session.answers.end(1, body)
        session.leave()
        return session

    def test_time(self) -> None:
        """One is kept for ten minutes, and goes when others come or are looked for."""
        self.left("a")
        self.clock.advance(KEPT_FOR - 1)
        self.left("b")
        self.assertEqual(self.gone, [])
        self.clock.advance(1)
        self.shelf.tidy()
        self.assertEqual(self.gone, ["a"])

    def test_number(self) -> None:
        """Of too many the oldest go; one that left again is not old."""
        first = self.left("first")
        for number in range(MOST - 1):
            self.left(str(number))
        first.leave()
        self.assertEqual(self.gone, [])
        self.left("last")
        self.assertEqual(self.gone, ["0"])

    def test_bytes(self) -> None:
        """So they do if the answers take too much room."""
        self.left("a", b"x" * (MOST_BYTES // 2))
        self.left("b", b"x" * (MOST_BYTES // 2))
        self.assertEqual(self.gone, ["a"])
        self.shelf.take("b")
        self.left("c", b"x" * (MOST_BYTES // 2))
        self.assertEqual(self.gone, ["a"])

    def test_at_work(self) -> None:
        """One that has a call at work is not there before that has ended."""
        session = Session(StoredSession("a", "ada", b"", 0.0), {}, self.shelf.put)
        session.answers.begin(1)
        session.leave()
        self.clock.advance(KEPT_FOR)
        session.end(1, b"x")
        self.shelf.tidy()
        self.assertEqual(self.gone, [])

    def test_one_account(self) -> None:
        """Of one account only some are kept: nobody pushes out those of others."""
        self.left("other")
        for each in range(MOST_OF_ONE + 3):
            self.left(str(each), name="eve")
        self.assertEqual(self.gone, ["0", "1", "2"])

    def test_bytes_of_one_account(self) -> None:
        """Nor by large answers; its last session stays, whatever it takes."""
        self.left("other", b"x")
        for each in "abc":
            self.left(each, b"x" * (MOST_BYTES_OF_ONE * 2 // 5), name="eve")
        self.assertEqual(self.gone, ["a"])
        self.left("d", b"x" * (MOST_BYTES_OF_ONE + 1), name="eve")
        self.assertEqual(self.gone, ["a", "b", "c"])
