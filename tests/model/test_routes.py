"""The calls that take scalars only, by their names on the wire."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, saved_soon
from gameserver.model.routes import routes_of


class Player(Avatar):
    def perspective_greet(self, name: str, loud: bool = False) -> str:
        return name.upper() if loud else name

    def perspective_look(self) -> None: ...

    def perspective_sum(self, numbers: list[int]) -> int:
        return sum(numbers)

    def perspective_only(self, *, n: int) -> int:
        return n

    @saved_soon
    def perspective_soon(self, n: int) -> int:
        return n


class RoutesTests(SynchronousTestCase):
    def test_read(self) -> None:
        """Each with its method's name and the types; read once per class."""
        routes = routes_of(Player)
        self.assertEqual(routes[b"greet"], ("perspective_greet", (str, bool)))
        self.assertEqual(routes[b"look"], ("perspective_look", ()))
        self.assertIs(routes_of(Player), routes)

    def test_others(self) -> None:
        """Containers, names and answers that do not wait take the whole way."""
        self.assertEqual(set(routes_of(Player)), {b"greet", b"look"})

    def test_inherited(self) -> None:
        """A class has its own, and those above it."""

        class Child(Player):
            def perspective_greet(self, name: str, loud: bool = True) -> str:
                return super().perspective_greet(name, loud)

            def perspective_cry(self, tears: float) -> None: ...

        self.assertEqual(set(routes_of(Child)), {b"greet", b"look", b"cry"})
        self.assertNotIn(b"cry", routes_of(Player))
