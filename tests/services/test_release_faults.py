"""Whatever fails in a release, and wherever: all of it stands, or nothing has changed.

The seams are counted in a release that succeeds; then each fails in a world of its own.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.release_row import ReleaseRow
from gameserver.services.release_rules import State
from tests.services.fault_case import NEW, Faulty

_WRITES = ("write", "source: read")  # of these, many: the first, some, and the last

BY_STATE = {
    State.PLANNED: {"refresh", "source: names", "source: read", "body", "rehearse"},
    State.REHEARSED: {"store: add", "quiesce"},
    State.QUIESCED: {"timer", "commit", "write", "hook"},
    State.COMMITTED: {"adopt", "watch", "store: load", "started", "store: rewrite"},
    State.WATCHED: {"migration"},
}
"""The seams that a release crosses in each state that it can leave."""


_ITS = ("beats", "rung", "_seat", "_unknown_state", "_lines")


def _may_differ(*, stood: bool) -> frozenset[str]:
    """Give the titles of a picture that may be others afterwards.

    After the turn of the commit a successor of the successor goes on, in the code of
    before, with the same state, timers and clients. ``stood``: the release had been
    committed as a whole until a migration failed; then services that went are started
    again, and what is stored of those that came is kept.
    """
    names = ["clock", "bell"] if stood else ["clock"]
    whats = ["object", *(f"field {one}" for one in _ITS)]
    titles = {f"the {what} of service {name}" for what in whats for name in names}
    return frozenset(
        titles | ({"the stored state of service caller"} if stood else set())
    )


class FaultCase(SynchronousTestCase):
    """What must hold after each fault."""

    def checked(self, faulty: Faulty, **options: Any) -> None:
        """Release with the fault; all stands, or nothing has changed and is told."""
        world = faulty.world
        before, heard = faulty.picture(), self.heard(faulty)
        found = faulty.attempt(**options)
        self.flushLoggedErrors()
        world.flush_errors()
        said = f"{faulty.kind}, {faulty.seams.crossed[-1:]}: {found!r}"
        numbers = [one.number for one in faulty.in_force()]
        if faulty.service.current:
            self.assertIsInstance(found, ReleaseRow, said)
            self.assertEqual(numbers, [faulty.service.current], said)
            self.assertIsNotNone(before.unlike(faulty.picture()), said)
        else:
            self.assertEqual(numbers, [], said)
            but = _may_differ(stood=isinstance(found, ReleaseRow))
            other = before.unlike(faulty.picture(), but)
            self.assertIsNone(other and [str(one)[-200:] for one in other], said)
        self.assertEqual(self.heard(faulty), heard, said)
        self.assertIsNone(world.game.calls.barrier, said)

    def heard(self, faulty: Faulty) -> list[Any]:
        """Give what players have heard, and whether they are connected."""
        windows = faulty.ada, faulty.bob
        return [(one.is_open, list(one.heard)) for one in windows]


class EachSeamTests(FaultCase):
    """One fault at each seam, for each kind of release."""

    def each(self, kind: str) -> list[str]:
        """Fail at each seam in turn; gives the names of all."""
        clean = Faulty(self, kind)
        self.checked(clean)
        self.assertTrue(clean.service.current, "it stands without a fault")
        names = clean.seams.crossed
        for nth in _some(names):
            with self.subTest(kind=kind, seam=names[nth], nth=nth):
                self.checked(Faulty(self, kind, nth))
        return names

    def test_work(self) -> None:
        """Methods and a hook."""
        self.each("work")

    def test_shape(self) -> None:
        """A migration, which runs after the commit."""
        self.each("shape")

    def test_service(self) -> None:
        """A new service."""
        self.each("service")

    def test_handed(self) -> None:
        """A service with a successor."""
        self.each("handed")

    def test_gone(self) -> None:
        """A service and a module that go."""
        self.each("gone")

    def test_all(self) -> None:
        """All at once; and the seams are those of all states of a release."""
        names = set(self.each("all"))
        for state, expected in BY_STATE.items():
            self.assertLessEqual(expected, names, state)


class AnySeamTests(FaultCase):
    """Faults drawn, while calls are at work."""

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(
        kind=st.sampled_from(sorted(NEW)),
        nth=st.integers(0, 90),
        policy=st.sampled_from(["wait", "proceed", "refuse"]),
        earned=st.integers(0, 3),
        open_calls=st.integers(0, 2),
    )
    @example(kind="gone", nth=20, policy="refuse", earned=0, open_calls=1)
    def test_any(
        self, kind: str, nth: int, policy: str, earned: int, open_calls: int
    ) -> None:
        """Whatever was earned before, nothing has changed, and each call is answered.

        Calls that are open when the release begins end in the midst of it.
        """
        faulty = Faulty(self, kind, nth)
        for _ in range(earned):
            faulty.bob.call("earn")
        answers = [faulty.bob.start("wait") for _ in range(open_calls)]
        self.checked(faulty, policy=policy)
        for answer in answers:
            self.assertIsInstance(self.successResultOf(answer), int)


def _some(names: list[str]) -> list[int]:
    """Give the places of all seams; of those that come often a share."""
    often = {
        name: [nth for nth, one in enumerate(names) if one == name] for name in _WRITES
    }
    kept = {
        nth for many in often.values() for nth in (*many[:2], *many[2::15], *many[-1:])
    }
    return [nth for nth, name in enumerate(names) if name not in _WRITES or nth in kept]
