"""Live avatars and services over a release of their class."""

from __future__ import annotations

from typing import Any

from gameserver.model.state import raw_state
from gameserver.model.stateful import make, snapshot_of
from tests.model.seats import seat
from tests.reload.engines import EngineCase

HEAD = "from gameserver import Avatar, migration\nclass Player(Avatar):\n"
V1 = f"{HEAD}    greeted: int = 0\n    friends: list[str] = []\n"


class CarrierTests(EngineCase):
    """One migration serves live and stored."""

    def setUp(self) -> None:
        super().setUp()
        self.module = self.load(a=V1)
        self.ada: Any = make(self.module.Player, seat("ada"), None)
        self.ada.friends.append("bob")

    def stored(self) -> dict[str, Any]:
        """Give what a store would be given now."""
        return raw_state(snapshot_of(self.ada, 1).state)

    def test_new_field(self):
        """A new field arrives with a default of its own; the others stay themselves."""
        friends = self.ada.friends
        other: Any = make(self.module.Player, seat("bob"), None)
        self.release(a=f"{V1}    items: list[str] = []\n")
        self.ada.items.append("sword")
        self.assertIs(self.ada.friends, friends)
        self.assertEqual((self.ada.items, other.items), (["sword"], []))
        self.assertEqual(self.stored()["items"], ["sword"])

    def test_lazily(self):
        """The same on first touch."""
        self.write(a=f"{V1}    items: list[str] = []\n")
        release = self.engine.release(lazily=True)
        self.assertEqual(release.left, 1)
        self.assertEqual((self.ada.items, release.left), ([], 0))

    def test_field_gone(self):
        """A field that is declared no more is kept as unknown state."""
        self.release(a=f"{HEAD}    greeted: int = 0\n")
        self.assertNotIn("friends", vars(self.ada))
        self.assertEqual(self.stored()["friends"], ["bob"])

    def test_other_type(self):
        """A field of another type is read again as that type."""
        self.ada.greeted = 3
        self.release(a=V1.replace("greeted: int = 0", "greeted: float = 0.0"))
        self.assertEqual((type(self.ada.greeted), self.ada.greeted), (float, 3.0))

    def test_version(self):
        """A new version goes through the steps that stored state goes through."""
        text = f"{HEAD}    version = 2\n    greeted: int = 0\n    friends: int = 0\n"
        step = "@migration(Player, to=2)\ndef two(state):\n"
        step += "    return {**state, 'friends': len(state['friends'])}\n"
        self.release(a=text + step)
        self.assertEqual((self.ada.friends, self.stored()["friends"]), (1, 1))

    def test_nothing_to_do(self):
        """A change of methods alone carries nobody."""
        release = self.release(a=f"{V1}    def perspective_hi(self): return 'hi'\n")
        self.assertEqual(self.ada.perspective_hi(), "hi")
        self.assertEqual([x for x in release.plan.entries if x.kind == "migrated"], [])

    def test_does_not_fit(self):
        """State that does not fit the new type refuses the release, and stays."""
        self.refused(a=V1.replace("list[str] = []", "int = 0"))
        self.assertEqual(self.ada.friends, ["bob"])

    def test_version_keeps_the_rest(self):
        """What the steps leave as it is stored stays the live object it is."""
        friends = self.ada.friends
        text = f"{HEAD}    version = 2\n    greeted: float = 0.0\n"
        text += "    friends: list[str] = []\n"
        step = "@migration(Player, to=2)\ndef two(state):\n"
        step += "    return {**state, 'mood': 'calm'}\n"
        release = self.release(a=text + step)
        self.assertIs(self.ada.friends, friends)
        self.assertEqual(type(self.ada.greeted), float)
        release.undo()
        self.assertIs(self.ada.friends, friends)

    def test_wider_type(self):
        """A value that is what would be read again stays the object it is."""
        friends = self.ada.friends
        self.release(a=V1.replace("list[str]", "list[str | int]"))
        self.assertIs(self.ada.friends, friends)
