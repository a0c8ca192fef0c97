"""Avatars and services made from snapshots, and back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError, StoreError
from gameserver.model.snapshot import Snapshot
from gameserver.model.state import raw_state
from gameserver.model.stateful import Stateful, check_class, make, snapshot_of
from gameserver.reload.migration import migration
from tests.model.laws import json_values, law, texts
from tests.model.seats import NotedTimers, seat


class Player(Stateful):
    """Counts greetings."""

    greeted: int = 0
    friends: list[str] = []

    def __init__(self) -> None:
        self.greeted = 5
        self.seen_by_init = (self.name, list(self.friends))

    def tick(self) -> None: ...


def snapshot(state: bytes, version: int = 1) -> Snapshot:
    return Snapshot("stateful", "ada", version, state, 7)


class MakeTests(SynchronousTestCase):
    """A new object in its seat."""

    def test_seat(self):
        """Name, realm and clients are those of the seat, and read-only."""
        given = seat("ada")
        player = make(Player, given, None)
        self.assertEqual(player.name, "ada")
        self.assertIs(player.realm, given.realm)
        self.assertIs(player.clients, given.clients)
        for name in ("name", "realm", "clients"):
            self.assertRaises(AttributeError, setattr, player, name, "other")

    def test_init_sees_seat_and_defaults(self):
        """The author's ``__init__`` runs with seat and defaults in place."""
        player = make(Player, seat("ada"), None)
        self.assertEqual(player.seen_by_init, ("ada", []))
        self.assertEqual(player.greeted, 5)

    def test_stored_state_wins(self):
        """What is stored comes after ``__init__``, which cannot overwrite it."""
        player = make(Player, seat("ada"), snapshot(b'{"greeted":2}'))
        self.assertEqual((player.greeted, player.friends), (2, []))

    def test_defaults_are_not_shared(self):
        """Two objects of one class share no default."""
        one, other = (make(Player, seat(name), None) for name in ("ada", "bob"))
        one.friends.append("bob")
        self.assertEqual(other.friends, [])
        self.assertEqual(Player.friends, [])

    def test_wrong_state(self):
        """Stored state of the wrong type is the author's to mend."""
        stored = snapshot(b'{"greeted":"no"}')
        error = self.assertRaises(PluginError, make, Player, seat("ada"), stored)
        self.assertIn("Player: greeted: Expected `int`", error.text)

    def test_damaged_state(self):
        """What is no JSON object is damage in the store, named by kind and id."""
        deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        for state in (b"", b"{", b"[1]", b"null", b'{"a":"\xff"}', deep):
            stored = snapshot(state)
            error = self.assertRaises(StoreError, make, Player, seat("ada"), stored)
            self.assertIn("stateful 'ada': what is stored is damaged", str(error))

    def test_older_state_is_migrated(self):
        """State of an older version goes through the class's steps."""

        class Grown(Stateful):
            version = 2
            mood: str = "calm"

        @migration(Grown, to=2)
        def cheer(state):
            return {**state, "mood": "glad"}

        old = make(Grown, seat("ada"), snapshot(b"{}", version=1))
        new = make(Grown, seat("ada"), snapshot(b"{}", version=2))
        self.assertEqual((old.mood, new.mood), ("glad", "calm"))


class SnapshotTests(SynchronousTestCase):
    """An object frozen."""

    def test_says_what_it_is(self):
        """Kind, id, version and revision; the state as JSON."""
        frozen = snapshot_of(make(Player, seat("ada"), None), 3)
        state = b'{"friends":[],"greeted":5}'
        self.assertEqual(frozen, Snapshot("stateful", "ada", 1, state, 3))

    def test_unset_attributes_do_not_persist(self):
        """Attributes that are not declared are not stored."""
        player: Any = make(Player, seat("ada"), None)
        player.anything = object()
        self.assertEqual(set(raw_state(snapshot_of(player, 1).state)), FIELDS)

    def test_wrong_value(self):
        """A value that does not fit is refused, naming class and field."""
        player = make(Player, seat("ada"), None)
        player.friends.append(3)
        error = self.assertRaises(PluginError, snapshot_of, player, 1)
        self.assertIn("Player: Expected `str`, got `int` - at `$.friends", error.text)

    @law(st.integers(), st.lists(texts), st.dictionaries(texts, json_values))
    def test_comes_back_equal(self, greeted, friends, unknown):
        """Made, frozen and made again it is equal, with what it does not know."""
        player = make(Player, seat("ada"), None)
        player.greeted, player.friends = greeted, friends
        player._unknown_state = {k: v for k, v in unknown.items() if k not in FIELDS}
        frozen = snapshot_of(player, 1)
        again = make(Player, seat("ada"), frozen)
        self.assertEqual((again.greeted, again.friends), (greeted, friends))
        self.assertEqual(again._unknown_state, player._unknown_state)
        self.assertEqual(snapshot_of(again, 1), frozen)


FIELDS = {"greeted", "friends"}


class TimerTests(SynchronousTestCase):
    """Timers by the name of a method."""

    def setUp(self):
        self.timers = NotedTimers()
        self.player = make(Player, seat("ada", timers=self.timers), None)

    def test_passes_on(self):
        """What is asked goes to the owner's timers."""
        self.player.every(2, "tick")
        self.player.later(0, "tick", 1, "two")
        self.player.cancel("tick")
        expected = [("every", 2, "tick"), ("later", 0, "tick", 1, "two")]
        self.assertEqual(self.timers.asked, [*expected, ("cancel", "tick")])

    def test_unknown_method(self):
        """A name that is no method is refused at once; a field is none."""
        for name in ("tack", "greeted"):
            for ask in (self.player.every, self.player.later):
                error = self.assertRaises(AttributeError, ask, 1, name)
                self.assertEqual(str(error), f"Player has no method {name!r}")
        self.assertEqual(self.timers.asked, [])

    def test_seconds(self):
        """An interval is more than 0, a delay at least 0; NaN is neither."""
        nan = float("nan")
        for seconds in (0, -1, nan):
            self.assertRaises(ValueError, self.player.every, seconds, "tick")
        for seconds in (-0.1, nan):
            self.assertRaises(ValueError, self.player.later, seconds, "tick")
        self.assertEqual(self.timers.asked, [])


class CheckTests(SynchronousTestCase):
    """Classes whose declaration cannot work."""

    def test_good(self):
        """A class with fields and a version passes."""
        check_class(Player)

    def test_every_public_name_is_reserved(self):
        """No public name of the base is free, whatever is added to it later."""
        own = {name for name in dir(Stateful) if not name.startswith("_")}
        self.assertEqual(own - Stateful.__reserved__, set())
