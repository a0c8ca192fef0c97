"""What a call takes and a field holds follows a release of the types named there."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import GameError
from gameserver.testing import World, released

PLACES = "plugins.places"
GAME = """
from dataclasses import asdict

from gameserver import Avatar
from plugins.places import Box, Route, Side, Spot, Way


class Player(Avatar):
    last: Spot | None = None

    def perspective_at(self, spot: Spot) -> dict:
        self.last = spot
        return asdict(spot)

    def perspective_all(self, route: Route) -> list:
        return [asdict(one) for one in route.spots]

    def perspective_many(self, spots: list[Spot]) -> list:
        return [asdict(one) for one in spots]

    def perspective_named(self, *, spot: Spot) -> dict:
        return asdict(spot)

    def perspective_box(self, box: Box[Spot]) -> dict:
        return asdict(box.inside)

    def perspective_turn(self, side: Side) -> str:
        return side.name

    def perspective_take(self, way: Way) -> str:
        return way
"""
BEFORE = """
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, Literal, TypeVar

T = TypeVar("T")
Way = Literal["up"]


class Side(Enum):
    LEFT = "left"


@dataclass
class Spot:
    x: int
    y: int


@dataclass
class Route:
    spots: list[Spot]


@dataclass
class Box(Generic[T]):
    inside: T
"""
AFTER = (
    BEFORE.replace("    y: int\n", "    y: int\n    z: int = 0\n")
    .replace('"left"\n', '"left"\n    RIGHT = "right"\n')
    .replace('Literal["up"]', 'Literal["up", "down"]')
)
EAGER = GAME
STRUCT = """
from dataclasses import asdict

from msgspec import Struct

from gameserver import Avatar
from plugins.places import Spot


class Route(Struct):
    spot: Spot


class Player(Avatar):
    def perspective_at(self, route: Route) -> dict:
        return asdict(route.spot)
"""
LATE = "from __future__ import annotations\n" + GAME
SPOT = {"x": 1, "y": 2, "z": 7}
FLAT = {"x": 1, "y": 2}


class ReleasedTypesTests(SynchronousTestCase):
    """The class that takes it is in a module that the release leaves alone."""

    game = EAGER

    def setUp(self) -> None:
        texts = {PLACES: BEFORE, "plugins.game": self.game}
        self.world = World.of_texts(texts)
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")

    def follows(self, name: str, *args: Any, answers: Any, **kw: Any) -> None:
        """Check the answer with the release, and that it is as before without."""
        before = self.ada.call(name, *args, **kw)
        with released(self.world, {PLACES: AFTER}):
            self.assertEqual(self.ada.call(name, *args, **kw), answers)
        self.assertEqual(self.ada.call(name, *args, **kw), before)

    def refused(self, name: str, *args: Any) -> None:
        """Check that a call's arguments are refused."""
        error = self.assertRaises(GameError, self.ada.call, name, *args)
        self.assertEqual(error.code, "bad-arguments")

    def test_dataclass(self) -> None:
        """A field that a release brings is read, and is not after its undo."""
        self.follows("at", SPOT, answers=SPOT)

    def test_by_name(self) -> None:
        """The same for an argument that is given by its name."""
        self.follows("named", spot=SPOT, answers=SPOT)

    def test_inside_another(self) -> None:
        """The same for one inside a dataclass whose own lines are as they were."""
        self.follows("all", {"spots": [SPOT]}, answers=[SPOT])

    def test_in_a_list(self) -> None:
        """The same for the items of a list."""
        self.follows("many", [SPOT], answers=[SPOT])

    def test_in_a_generic(self) -> None:
        """The same for the type in the brackets of a generic dataclass."""
        self.follows("box", {"inside": SPOT}, answers=SPOT)

    def test_enum(self) -> None:
        """A new member of an enum is accepted."""
        self.assertEqual(self.ada.call("turn", "left"), "LEFT")
        with released(self.world, {PLACES: AFTER}):
            self.assertEqual(self.ada.call("turn", "right"), "RIGHT")
        self.refused("turn", "right")

    def test_checked(self) -> None:
        """A value that does not fit the new field is the caller's error."""
        self.ada.call("at", SPOT)
        with released(self.world, {PLACES: AFTER}):
            wrong = {**SPOT, "z": "high"}
            self.refused("at", wrong)

    def test_state(self) -> None:
        """The new field of a dataclass in a field is stored, and read again."""
        self.ada.call("at", SPOT)
        self.world.release({PLACES: AFTER})
        self.ada.call("at", SPOT)
        self.ada.close()
        self.world.restart()
        self.world.login("ada")
        self.assertEqual(self.world.avatar("ada").last.z, 7)


class StructTests(SynchronousTestCase):
    """Of a ``msgspec.Struct`` the library keeps in C what it has read."""

    def test_inside(self) -> None:
        """A dataclass inside one is read with the fields of before."""
        texts = {PLACES: BEFORE, "plugins.game": STRUCT}
        world = World.of_texts(texts)
        self.addCleanup(world.close)
        ada = world.login("ada")
        self.assertEqual(ada.call("at", {"spot": SPOT}), FLAT)
        with released(world, {PLACES: AFTER}):
            self.assertEqual(ada.call("at", {"spot": SPOT}), {**FLAT, "z": 0})


class LateTypesTests(ReleasedTypesTests):
    """The same where annotations are texts, which are read when they are needed."""

    game = LATE

    def test_alias(self) -> None:
        """A name for a type follows, too."""
        self.assertEqual(self.ada.call("take", "up"), "up")
        with released(self.world, {PLACES: AFTER}):
            self.assertEqual(self.ada.call("take", "down"), "down")
        self.refused("take", "down")
