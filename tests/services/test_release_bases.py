"""Avatars whose class derives from another of the game's, in one release."""

from __future__ import annotations

from tests.services.release_case import ReleaseCase

ONE = """
    from gameserver import Avatar, State, migration

    class Base(Avatar):
        coins: int = 0

    class Player(Base):
        def perspective_earn(self) -> int:
            self.coins += 1
            return self.coins
"""
TWO = """
    from gameserver import Avatar, State, migration

    class Base(Avatar):
        version = 2
        gold: int = 0

    def back(state: State) -> State:
        return {"coins": state["gold"] // 100}

    @migration(Base, to=2, undo=back)
    def rename(state: State) -> State:
        return {"gold": state["coins"] * 100}

    class Player(Base):
        def perspective_earn(self) -> int:
            self.gold += 1
            return self.gold
"""


class BaseTests(ReleaseCase):
    """The base's version rises, and the derived class inherits it."""

    texts = {"player": ONE, "other": "LIMIT = 1\n"}

    def test_once(self) -> None:
        """Each is migrated once, not once for each class; so is the way back."""
        self.release(player=TWO)
        self.turns()
        self.assertEqual(self.ada.call("earn"), 101)
        bob = self.world.login("bob")
        bob.call("earn")
        bob.close()
        self.world.advance(301.0)
        self.ended(self.service.undo("eve", "here"))
        self.turns()
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual(self.snapshot("avatar", "bob").version, 1)
