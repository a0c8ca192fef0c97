"""What of a release goes on after its commit: state, services, the watch."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import CodeType
from typing import Any

from gameserver.model.release_row import Outcome
from tests.services.release_case import CLOCK, DOUBLE, MOOD, PLAYER, ReleaseCase


class StateTests(ReleaseCase):
    """Avatars are migrated in slices, and stored in their new shape."""

    def test_stored(self) -> None:
        """All of them, those whom nobody touches as well."""
        names = [f"p{number}" for number in range(250)]
        for name in names:
            self.world.login(name).call("earn")
        self.release(player=MOOD)
        self.world.advance(1.0)
        found = [self.snapshot("avatar", name) for name in names]
        self.assertEqual({one.version for one in found}, {2})
        self.assertEqual({one.state for one in found}, {b'{"gold":100}'})

    def test_not_in_the_commit(self) -> None:
        """The commit itself migrates nobody: that is left to the slices."""
        self.plugins.put(player=MOOD)
        self.begin(self.service.check())
        seen: list[int] = []
        engine = self.plugins.engine
        self.service = self.made(
            watch=Watch(lambda: seen.append(engine.releases[-1].left))
        )
        self.ended(self.service.release("eve", "here"))
        self.assertEqual(seen, [1])
        self.assertEqual(engine.releases[-1].left, 0)

    def test_undone(self) -> None:
        """An undo has them stored in their former shape."""
        self.release(player=MOOD)
        self.assertEqual(self.snapshot("avatar", "ada").version, 2)
        self.ended(self.service.undo("eve", "here"))
        self.turns()
        found = self.snapshot("avatar", "ada")
        self.assertEqual((found.version, found.state), (1, b'{"coins":1}'))
        self.assertEqual(self.ada.call("earn"), 2)

    def test_stored_and_gone(self) -> None:
        """Who was stored in the new version and has left stands in an undo's way."""
        bob = self.world.login("bob")
        bob.call("earn")
        self.release(player=MOOD)
        bob.close()
        self.world.advance(301.0)
        self.assertIsNone(self.world.game.roster.get("bob"))
        text = self.refused(self.service.undo("eve", "here"))
        self.assertIn("stored in version 2 since, and not in memory: bob;", text)
        self.assertIn("a step that leads back", text)
        self.assertEqual(self.world.login("bob").call("earn"), 101)

    def test_migration_that_fails_late(self) -> None:
        """One that fails after the commit takes the release back, which is recorded."""
        bad = MOOD.replace('state["coins"] * 100', 'state["coins"] // 0')
        self.plugins.put(player=bad)
        self.ended(self.service.release("eve", "here"))
        self.turns()
        row = self.stored(1)
        self.assertIs(row.outcome, Outcome.UNDONE)
        self.assertIn("ZeroDivisionError", row.reason)
        self.assertEqual(self.service.current, 0)
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual(self.snapshot("avatar", "ada").version, 1)


class ServiceTests(ReleaseCase):
    """Services come and go with releases."""

    texts = {"player": PLAYER, "other": "LIMIT = 1\n"}

    def running(self) -> list[str]:
        return [one.subject.name for one in self.world.game.troupe]

    def test_started(self) -> None:
        """A new one starts, has its timers, and is found by name."""
        self.release(other=CLOCK)
        self.world.advance(3.0)
        self.assertEqual(self.world.game.realm.service("clock").beats, 3)
        self.assertEqual(len(self.world.game.cast.services), 1)

    def test_changed(self) -> None:
        """One whose text changes is not started again, and keeps its beat."""
        self.release(other=CLOCK)
        self.world.advance(1.5)
        self.release(other=CLOCK.replace("+= 1", "+= 10"))
        self.world.advance(0.5)
        self.assertEqual(self.world.service("clock").beats, 11)
        self.assertEqual(self.world.service("clock").log, ["started"])

    def test_removed(self) -> None:
        """One that is removed stops after the commit, and is saved."""
        self.release(other=CLOCK)
        clock = self.world.service("clock")
        self.release(other="LIMIT = 1\n")
        self.world.advance(5.0)
        self.assertEqual((self.running(), clock.log), ([], ["started", "stopped"]))
        self.assertIn(b"stopped", self.snapshot("service", "clock").state)
        self.assertEqual(self.world.game.cast.services, ())

    def test_removed_by_a_refused_one(self) -> None:
        """A release that fails stops nothing."""
        self.release(other=CLOCK)
        self.plugins.put(
            player=PLAYER.replace("class Player", "class Gone"), other="LIMIT = 1\n"
        )
        self.refused(self.service.release("eve", "here"))
        self.world.advance(2.0)
        clock = self.world.service("clock")
        self.assertEqual((clock.beats, clock.log), (2, ["started"]))

    def test_start_undone(self) -> None:
        """The undo of its coming stops it."""
        self.release(other=CLOCK)
        clock = self.world.service("clock")
        self.ended(self.service.undo("eve", "here"))
        self.assertEqual((self.running(), clock.log), ([], ["started", "stopped"]))
        self.assertEqual(self.world.game.cast.services, ())

    def test_removal_undone(self) -> None:
        """The undo of its going starts it again, with what was stored."""
        self.release(other=CLOCK)
        self.world.advance(2.0)
        self.release(other="LIMIT = 1\n")
        self.ended(self.service.undo("eve", "here"))
        clock = self.world.service("clock")
        self.assertEqual(clock.log, ["started", "stopped", "started"])
        self.world.advance(1.0)
        self.assertEqual(clock.beats, 3)

    def test_name_of_another(self) -> None:
        """A running service's name cannot go to another class."""
        self.release(other=CLOCK)
        self.plugins.put(other="LIMIT = 1\n", player=PLAYER + CLOCK)
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("service 'clock' runs as", text)
        self.assertEqual(self.running(), ["clock"])


class Watch:
    """Remembers what it is to watch, so that a test can say that it is too many."""

    def __init__(self, begun: Callable[[], object] = lambda: None) -> None:
        self.begun = begun
        self.number = 0
        self.code: set[CodeType] = set()
        self.too_many: Callable[[str], None] = lambda _: None

    def begin(
        self, number: int, code: Collection[CodeType], too_many: Callable[[str], None]
    ) -> None:
        self.number, self.code, self.too_many = number, set(code), too_many
        self.begun()

    def end(self, release_number: int | None = None) -> None:
        self.number = 0


class WatchTests(ReleaseCase):
    """A release that makes errors goes by itself."""

    def setUp(self) -> None:
        super().setUp()
        self.watch = Watch()
        self.service = self.made(watch=self.watch)

    def test_new_code(self) -> None:
        """Watched is the code that is new, and no other."""
        two = (
            PLAYER
            + "\n        def perspective_look(self) -> int:\n            return 1\n"
        )
        self.release(player=two)
        self.assertEqual({one.co_name for one in self.watch.code}, {"perspective_look"})
        self.assertEqual(self.watch.number, 1)

    def test_too_many(self) -> None:
        """It is undone, and history and admins are told why."""
        self.release(player=DOUBLE)
        self.watch.too_many("5 errors in earn() in 10 s")
        self.assertEqual(self.ada.call("earn"), 3)  # not within somebody's turn
        self.ada.call("earn")
        self.assertEqual(self.service.current, 1)
        self.turns()
        self.assertEqual(self.service.current, 0)
        row = self.stored(1)
        self.assertEqual(row.reason, "undone by itself: 5 errors in earn() in 10 s")
        self.assertEqual(
            [one.outcome.value for one in self.told], ["committed", "undone"]
        )
        self.assertEqual(self.watch.number, 0)

    def test_cannot_be_undone(self) -> None:
        """If something stands in the way, it stays, and admins are told what."""
        self.release(player=MOOD)
        self.ada.call("earn")
        self.watch.too_many("5 errors")
        self.turns()
        self.assertEqual(self.service.current, 1)
        told: Any = self.told[-1]
        self.assertIn("could not be undone: release 1: 1 migrated", told.reason)
        self.assertIs(told.outcome, Outcome.COMMITTED)

    def test_too_late(self) -> None:
        """What is heard of one that was undone meanwhile changes nothing."""
        self.release(player=DOUBLE)
        too_many = self.watch.too_many
        self.ended(self.service.undo("eve", "here"))
        self.release(player=DOUBLE + "\n")
        told = list(self.told)
        too_many("5 errors")
        self.turns()
        self.assertEqual((self.service.current, self.told), (2, told))
