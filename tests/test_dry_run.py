"""Code on what is stored: each failure has a line, and nothing is changed."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Service, State, migration
from gameserver.dry_run import Tally, failures
from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import make, snapshot_of
from gameserver.server.plugins import Cast
from gameserver.time_limit import Limit
from tests.model.seats import seat


class Player(Avatar):
    version = 3
    gold: int = 0
    guild: str


class NightWatch(Service):
    rounds: int = 0


@migration(Player, to=2)
def split(state: State) -> State:
    return {**state, "gold": state["coins"]}


class Hoarder(Avatar):
    version = 2
    ratio: float = 1.0
    bag: Any = None


GIVEN: list[State] = []
"""What the next migration of a hoarder gives; without one it ends the process."""


@migration(Hoarder, to=2)
def hoard(_: State) -> State:
    if not GIVEN:
        raise SystemExit(3)
    return GIVEN.pop()


class Endless(Avatar):
    version = 2
    is_stuck: bool = False


@migration(Endless, to=2)
def go_round(state: State) -> State:
    while state["is_stuck"]:
        with contextlib.suppress(Exception):
            continue
    return state


class SelfMade(Avatar):
    version = 2
    ratio: float
    mood: str

    def __init__(self) -> None:
        self.ratio = 1.0
        self.mood = "fine"


@migration(SelfMade, to=2)
def spoil(state: State) -> State:
    return {"ratio": float("nan")} if "nan" in state else state


CAST = Cast(Player, (NightWatch,))


def stored(kind: str, id_: str, version: int, **state: object) -> Snapshot:
    return Snapshot(kind, id_, version, json.dumps(state).encode(), 1)


TWO = stored("avatar", "ada", 1), stored("avatar", "bob", 2)


def tried(*snapshots: Snapshot, cast: Cast = CAST) -> tuple[list[str], str]:
    """Give the lines and the sum."""
    tally = Tally()
    lines = list(failures(cast, snapshots, tally, lambda _: None))
    return lines, str(tally)


class DryRunTests(SynchronousTestCase):
    def test_fit(self):
        """What fits and what is migrated is counted, and has no line."""
        lines, said = tried(
            stored("avatar", "ada", 3, gold=1, guild="x", hat="kept"),
            stored("avatar", "bob", 1, coins=1, guild="x"),
            stored("service", "night_watch", 1, rounds=4),
        )
        self.assertEqual(lines, [])
        self.assertEqual(
            said, "3 snapshots: 2 fit as they are, 1 after migration, 0 failed"
        )

    def test_failures(self):
        """A line has kind and id, place, class and field or step; the rest goes on."""
        lines, said = tried(
            stored("avatar", "ada", 3, gold="much", guild="x"),
            stored("avatar", "bob", 1, guild="x"),
            stored("service", "night_watch", 1, rounds=[]),
            stored("avatar", "eve", 3, gold=1, guild="x"),
        )
        here = r"test_dry_run\.py:\d+: "
        self.assertRegex(
            lines[0], rf"^avatar 'ada': .*{here}Player: gold: Expected `int`"
        )
        self.assertRegex(
            lines[1], rf"^avatar 'bob': .*{here}Player: migration to 2 .*'coins'"
        )
        self.assertRegex(
            lines[2], rf"^service 'night_watch': .*{here}NightWatch: rounds: Expected"
        )
        self.assertEqual(len(lines), 3)
        self.assertIn("1 fit as they are, 0 after migration, 3 failed", said)

    def test_newer(self):
        """State of an unknown newer version is a failure, and not cut to fit."""
        (line,), _ = tried(stored("avatar", "ada", 4, gold=1, guild="x"))
        self.assertIn("has version 4, newer than the class's 3", line)

    def test_damaged(self):
        """State that is no JSON, or no object, is a failure."""
        for state in (b"", b"[1]", b"\xff", b"{", b"[" * 100_000):
            lines, _ = tried(Snapshot("avatar", "ada", 3, state, 1))
            self.assertEqual(len(lines), 1, state[:5])
            self.assertTrue(lines[0].startswith("avatar 'ada': "))

    def test_never_given(self):
        """A field that nothing gives a value is found: ``created`` ran long ago."""
        (line,), _ = tried(stored("avatar", "ada", 3, gold=1))
        self.assertIn("avatar 'ada': Player: guild: is not stored and has no", line)

    def test_cannot_be_saved(self):
        """What can be loaded and then not saved is a failure, with its field."""
        for bad, field in (
            ({"ratio": float("nan")}, "ratio"),
            ({"bag": (1, 2)}, "bag"),
            ({"bag": {1: 2}}, "bag"),
            ({"bag": {1}}, "bag"),
            ({"old": object()}, "old"),
        ):
            with self.subTest(bad=bad):
                GIVEN[:] = [bad]
                lines, said = tried(*TWO, cast=Cast(Hoarder, ()))
                self.assertEqual(len(lines), 1, lines)
                self.assertRegex(
                    lines[0], rf"^avatar 'ada': .*:\d+: Hoarder: .*\b{field}\b"
                )
                self.assertIn("1 fit as they are, 0 after migration, 1 failed", said)

    def test_exit(self):
        """A migration that would end the process is a failure like any other."""
        GIVEN[:] = []
        lines, said = tried(*TWO, cast=Cast(Hoarder, ()))
        self.assertEqual(lines, ["avatar 'ada': Hoarder: SystemExit: 3"])
        self.assertIn("1 fit as they are, 0 after migration, 1 failed", said)

    def test_endless(self):
        """A step that does not end has a line with its place, and the next is tried."""
        tally = Tally()
        rows = (
            stored("avatar", "ada", 1, is_stuck=True),
            stored("avatar", "bob", 1, is_stuck=False),
        )
        cast, told = Cast(Endless, ()), lambda _: None
        (line,) = failures(cast, rows, tally, told, Limit(0.1))
        here = r"\S*test_dry_run\.py:6\d"
        self.assertRegex(
            line, rf"^avatar 'ada': {here}: Endless: took longer than 0\.1 s$"
        )
        self.assertIn("1 after migration, 1 failed", str(tally))

    def test_own_init(self):
        """A field that ``__init__`` gives is not missed; the others are still tried."""
        lines, _ = tried(stored("avatar", "ada", 1), cast=Cast(SelfMade, ()))
        self.assertEqual(lines, [])
        lines, _ = tried(stored("avatar", "ada", 1, nan=None), cast=Cast(SelfMade, ()))
        self.assertIn("ratio", lines[0])

    def test_gone(self):
        """State of a service that the game does not have any more is left alone."""
        lines, said = tried(stored("service", "old_watch", 1), stored("room", "x", 1))
        self.assertEqual(lines, [])
        self.assertIn("0 failed, 2 of no class here and left alone", said)

    @given(st.dictionaries(st.sampled_from("abcgh"), st.integers(), max_size=4))
    def test_unknown_kept(self, unknown):
        """A law: what a class does not declare is stored again as it was."""
        state = {**unknown, "gold": 3, "guild": "x"}
        given_ = stored("avatar", "ada", 3, **state)
        self.assertEqual(tried(given_)[0], [])
        again = snapshot_of(make(Player, seat("ada"), given_), 2)
        self.assertEqual(json.loads(again.state), state)
