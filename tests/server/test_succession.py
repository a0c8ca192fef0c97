"""Services are succeeded whole, or go on as if nothing had been."""

from __future__ import annotations

import copy
import gc
from typing import Any
from weakref import ref

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, Service
from gameserver.errors import PluginError
from gameserver.testing import World


class Fault(Exception):
    """What an author's hook raises here."""


class Bell(Service):
    """Rings, and remembers; ``plan`` says what its hooks do."""

    succession = True
    rung: int = 0
    heard: list[str] = []

    plan = waits = None

    def __init__(self) -> None:
        self._log: list[str] = []
        self._secret = {"a": [1]}

    def started(self) -> None:
        self._log.append("started")
        self.every(1.0, "tick")
        self.later(2.5, "once", "x")

    def stopped(self) -> Any:
        self._log.append("stopped")
        self._log.append(len(self.clients))
        self.cancel("tick")
        if self.replacement is not None:
            self.rung = -100
        return None

    def adopt(self, predecessor: Any) -> None:
        self._log.append("adopt")
        self._ring = predecessor._ring if hasattr(predecessor, "_ring") else None
        act(self.plan, "adopt", predecessor, self)

    def handoff(self, new: Any) -> None:
        self._log.append("handoff")
        act(self.plan, "handoff", self, new)
        super().handoff(new)
        act(self.plan, "after", self, new)

    def tick(self) -> Any:
        self.rung += 1
        self.clients.notify("rung", self.rung)
        return self.waits() if self.waits else None

    def once(self, word: str) -> None:
        self.heard.append(word)

    async def pull(self, rope: Deferred[None]) -> int:
        before = self.rung
        await rope
        self.rung += 10
        self.heard.append("pulled")
        return self.rung - before


class Player(Avatar):
    """Hears bells."""

    def attached(self, client: Client) -> None:
        self.realm.service("bell").subscribe(client)

    async def perspective_pull(self) -> int:
        return await self.realm.service("bell").pull(ROPES[-1])


ROPES: list[Deferred[None]] = []


def act(plan: Any, step: str, old: Any, new: Any) -> None:
    """Do what a test planned for a step."""
    if plan is not None:
        plan(step, old, new)


class SuccessionCase(SynchronousTestCase):
    """A bell with two listeners, 1.3 s after it was started."""

    def setUp(self) -> None:
        """Start it."""
        Bell.plan = None
        self.world = World(Player, services=[Bell])
        self.ada, self.bob = self.world.login("ada"), self.world.login("bob")
        self.world.advance(1.3)
        self.old = self.world.service("bell")

    @property
    def troupe(self) -> Any:
        """The world's services."""
        return self.world.game.troupe

    def succeed(self) -> Any:
        """Do what a release does; give the successor."""
        made = self.troupe.succeed(["bell"])
        made.commit()
        made.finish()
        self.world.settle()
        return self.world.service("bell")

    def place(self) -> Any:
        """Give the resident."""
        return next(iter(self.troupe))

    def everything(self) -> Any:
        """Give all that can be seen of the service, deeply."""
        self.world.settle()
        resident, timers = self.place(), self.place().timers
        return (
            id(resident.subject),
            type(resident.subject),
            id(resident.subject._seat),
            copy.deepcopy(
                {
                    k: v
                    for k, v in vars(resident.subject).items()
                    if k[:5] not in SKIPPED
                }
            ),
            [client.id for client in resident.clients],
            [sorted(id(one) for one in client.sets) for client in resident.clients],
            id(timers._owner),
            {
                name: (id(one), one._start, one.count, one._call.getTime())
                for name, one in timers._repeating.items()
            },
            {
                name: sorted((call.getTime(), args) for call, args in calls.items())
                for name, calls in timers._single.items()
                if calls
            },
            resident.record.unsaved(),
            resident.record.problem,
            dict(self.world.store._snapshots)
            if hasattr(self.world.store, "_snapshots")
            else self.successResultOf(
                self.world.store.snapshots.load("service", "bell")
            ),
            sorted(call.getTime() for call in self.world.clock.getDelayedCalls()),
        )


SKIPPED = {"_seat", "_line", "_lines"[:5]}


class CommitTests(SuccessionCase):
    """What the successor takes over."""

    def test_takes_the_place(self):
        """It is another object, in force for all who had an interface."""
        by_realm = self.world.game.realm.service("bell")
        own = self.old.interface()
        new = self.succeed()
        self.assertIsNot(new, self.old)
        self.assertIs(self.old.replacement, new)
        self.assertEqual((by_realm, own), (new, new))
        self.assertEqual(new.name, "bell")

    def test_hooks(self):
        """``adopt`` runs in place of ``started``; ``stopped`` runs at the finish."""
        made = self.troupe.succeed(["bell"])
        made.commit()
        self.assertEqual(self.old._log, ["started", "handoff"])
        made.finish()
        self.assertEqual(self.old._log, ["started", "handoff", "stopped", 0])
        self.assertEqual(self.world.service("bell")._log, ["adopt"])

    def test_state(self):
        """Declared state is there, and shared with nobody."""
        self.old.heard.append("first")
        new = self.succeed()
        self.assertEqual((new.rung, new.heard), (1, ["first"]))
        self.assertIsNot(new.heard, vars(self.old)["heard"])

    def test_saved(self):
        """What the successor changes is stored, in the same row."""
        new = self.succeed()
        new.rung = 77
        self.world.restart()
        self.assertEqual(self.world.service("bell").rung, 77)

    def test_client_set(self):
        """The set is the same one: who subscribed hears the successor."""
        clients = self.old.clients
        new = self.succeed()
        self.assertIs(new.clients, clients)
        self.ada.clear()
        new.clients.notify("hello")
        self.world.settle()
        self.assertEqual(self.ada.heard, [("hello",)])
        self.ada.close()
        self.assertEqual(len(new.clients), 1)

    def test_timers(self):
        """Timers keep phase and call the successor; no tick is missed or doubled."""
        self.succeed()
        self.world.advance(2.7)
        self.assertEqual(self.ada.heard, [("rung", n) for n in (1, 2, 3, 4)])
        self.assertEqual(self.world.service("bell").heard, ["x"])

    def test_on_the_beat(self):
        """So in the very moment of a tick, whether it has come or not."""
        self.world.clock.callLater(0.7, self.succeed)
        self.world.advance(2.7)
        self.assertEqual(self.ada.heard, [("rung", n) for n in (1, 2, 3, 4)])

    def test_tick_at_work(self):
        """A tick still at work in the predecessor lets the next one pass, as ever."""
        working: Deferred[None] = Deferred()
        self.old.waits = lambda: working
        self.world.advance(1.0)
        self.succeed()
        self.world.advance(1.0)
        self.assertEqual(self.world.service("bell").rung, 2)
        working.callback(None)
        self.world.advance(1.0)
        self.assertEqual(self.world.service("bell").rung, 3)

    def test_many(self):
        """A hundred successions leave one living object, and one timer of each name."""
        stand_in, gone = self.old.interface(), [ref(self.old)]
        calls = len(self.world.clock.getDelayedCalls())
        del self.old
        gone += [ref(self.succeed()) for _ in range(100)]
        gc.collect()
        self.assertEqual([one() is None for one in gone], [True] * 100 + [False])
        self.assertEqual(len(self.world.clock.getDelayedCalls()), calls)
        self.assertEqual(stand_in, self.world.service("bell"))


class OpenCallTests(SuccessionCase):
    """Calls at work in the predecessor."""

    def setUp(self) -> None:
        """Begin a call that waits."""
        super().setUp()
        ROPES.append(Deferred())
        self.pulling = self.ada.start("pull")
        self.world.settle()

    def test_answered(self):
        """It is answered, and what it changes is the successor's, and stored."""
        self.succeed()
        ROPES[-1].callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(self.pulling), 10)
        new = self.world.service("bell")
        self.assertEqual((new.rung, new.heard), (11, ["pulled"]))
        self.world.restart()
        self.assertEqual(self.world.service("bell").rung, 11)

    def test_places(self):
        """Clients and timers that it changes are the successor's."""
        new = self.succeed()
        client = next(iter(new.clients))
        self.old.unsubscribe(client)
        self.old.cancel("once")
        self.old.later(1.0, "once", "late")
        self.assertNotIn(client, new.clients)
        self.world.advance(3.0)
        self.assertEqual(new.heard, ["late"])

    def test_chain(self):
        """After two successions it is the last one's."""
        self.succeed()
        new = self.succeed()
        ROPES[-1].callback(None)
        self.world.settle()
        self.assertEqual(new.rung, 11)

    def test_stopped_is_apart(self):
        """What ``stopped`` sets and cancels is the predecessor's alone."""
        new = self.succeed()
        self.assertEqual(new.rung, 1)
        self.assertEqual(self.old.rung, 1)
        self.assertEqual(vars(self.old)["rung"], -100)
        self.world.advance(1.0)
        self.assertEqual(new.rung, 2)

    def test_own_things(self):
        """Private fields stay the predecessor's own."""
        new = self.succeed()
        new._secret["a"].append(2)
        self.assertEqual(self.old._secret, {"a": [1]})
        self.assertIsInstance(self.old, Bell)


class AbortTests(SuccessionCase):
    """The predecessor goes on as if nothing had been."""

    def vandal(self, at: str) -> Any:
        """Give a plan that changes all it can, and then raises at a step."""

        def plan(step: str, old: Any, new: Any) -> None:
            if step == "adopt":
                for one in (old, new):
                    one.cancel("tick")
                    one.cancel("once")
                    one.every(0.1, "tick")
                    one.later(0.2, "once", "bad")
                old.rung = new.rung = 99
                old.heard.append("bad")
                old._secret["a"].clear()
                old._extra = 1
                del old._log
                old._log = []
                for client in list(old.clients):
                    new.unsubscribe(client)
            if step == at:
                raise Fault("no")

        return plan

    def test_any_step(self):
        """Whichever hook raises, after whatever: all is as it was, and goes on."""
        for step in ("adopt", "handoff", "after"):
            before, stand_in = self.everything(), self.old.interface()
            Bell.plan = staticmethod(self.vandal(step))
            with self.assertRaises(PluginError) as caught:
                self.troupe.succeed(["bell"])
            self.assertIn("service bell", str(caught.exception))
            self.assertIn("Fault: no", str(caught.exception))
            self.assertIn("test_succession.py", caught.exception.place)
            self.assertEqual(self.everything(), before)
            self.assertIsNone(self.old.replacement)
            self.assertEqual(stand_in, self.old)
        Bell.plan = None
        self.world.advance(2.7)
        self.assertEqual(self.ada.heard, [("rung", n) for n in (1, 2, 3, 4)])
        self.assertEqual(self.old.heard, ["x"])
        self.assertEqual(self.succeed().rung, 4)

    def test_on_the_beat(self):
        """A tick that is due in the moment of a refused succession still comes."""

        def refused() -> None:
            Bell.plan = staticmethod(self.vandal("adopt"))
            self.assertRaises(PluginError, self.troupe.succeed, ["bell"])
            Bell.plan = None

        call = self.world.clock.callLater(0.7, refused)
        self.world.clock.calls.remove(call)
        self.world.clock.calls.insert(0, call)
        self.world.advance(2.7)
        self.assertEqual(self.ada.heard, [("rung", n) for n in (1, 2, 3, 4)])

    def test_aborted_later(self):
        """The same if the release fails later, before the commit or after it."""
        for is_committed in (False, True):
            before = self.everything()
            made = self.troupe.succeed(["bell"])
            if is_committed:
                made.commit()
                self.world.service("bell").rung = 55
            made.abort()
            made.abort()
            self.assertEqual(self.everything(), before)
            self.assertEqual(self.old._log, ["started"])
        self.world.advance(0.7)
        self.assertEqual(self.old.rung, 2)

    def test_the_aborted_one_has_no_place(self):
        """A successor that somebody kept can reach neither clients nor timers."""
        kept = []
        Bell.plan = staticmethod(lambda step, old, new: kept.append(new))
        made = self.troupe.succeed(["bell"])
        made.abort()
        self.assertEqual(len(kept[0].clients), 0)
        self.assertRaises(RuntimeError, kept[0].every, 1.0, "tick")

    def test_no_super(self):
        """A ``handoff`` that does not call the base's is told so."""

        def handoff(self: Any, new: Any) -> None:
            del self, new

        self.patch(Bell, "handoff", handoff)
        with self.assertRaises(PluginError) as caught:
            self.troupe.succeed(["bell"])
        self.assertIn("did not call super().handoff(new)", caught.exception.text)

    def test_asynchronous(self):
        """An ``async`` hook is refused: a release waits for nobody."""

        async def adopt(self: Any, predecessor: Any) -> None:
            del self, predecessor

        self.patch(Bell, "adopt", adopt)
        with self.assertRaises(PluginError) as caught:
            self.troupe.succeed(["bell"])
        self.assertIn("adopt() is a plain method", caught.exception.text)

    def test_timer_of_no_method(self):
        """A timer whose method the successor has not is found before it is due."""

        class Gong(Service):
            succession = True

            def started(self) -> None:
                self.every(1.0, "tick")

            def tick(self) -> None:
                pass

        world = World(Player, services=[Bell, Gong])
        del Gong.tick
        with self.assertRaises(PluginError) as caught:
            world.game.troupe.succeed(["gong"])
        self.assertIn("a timer calls 'tick', which Gong has not", caught.exception.text)

    def test_all_or_none(self):
        """If one service refuses, those prepared before it go on, too."""

        class Gong(Service):
            succession = True

            def adopt(self, predecessor: Any) -> None:
                raise Fault("no")

        world = World(Player, services=[Bell, Gong])
        bell = world.service("bell")
        with self.assertRaises(PluginError):
            world.game.troupe.succeed(["bell", "gong"])
        self.assertIsNone(bell.replacement)
        self.assertIs(world.service("bell"), bell)

    def test_by_hand(self):
        """A service that somebody made by hand cannot succeed."""
        with self.assertRaises(TypeError) as caught:
            self.old.handoff(object.__new__(Bell))
        self.assertIn("in a release only", str(caught.exception))


PLAYER = """
from gameserver import Avatar
class Player(Avatar):
    def attached(self, client):
        self.realm.service("bell").subscribe(client)
"""
BELL = """
from gameserver import Service
LOUD = 1
class Bell(Service):
    succession = True
    rung: int = 0
    def started(self): self.every(1.0, "tick")
    def adopt(self, predecessor): self._after = predecessor
    def tick(self):
        self.rung += 1
        self.clients.notify("rung", self.rung)
class Gong(Service):
    def tick(self): pass
"""


class ReleaseTests(SynchronousTestCase):
    """Beside the engine, which changes the class in place."""

    def setUp(self) -> None:
        """Start the game of the two texts."""
        texts = {"plugins.player": PLAYER, "plugins.bell": BELL}
        self.world = World.of_texts(texts)
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")
        self.engine = self.world._releases.engine
        self.troupe = self.world.game.troupe

    def planned(self, old: str, new: str) -> Any:
        self.assertIn(old, BELL)
        self.world.draft({"plugins.bell": BELL.replace(old, new)})
        return self.engine.plan()

    def test_due(self):
        """Due is who declares it, if its own class changes, and nobody else."""
        for old, new, due in (
            ('"rung", self', '"RUNG", self', ["bell"]),
            ("rung: int = 0", "rung: int = 0\n    loud: int = 1", ["bell"]),
            ("LOUD = 1", "LOUD = 2", []),
            ("def tick(self): pass", "def tick(self): return 1", []),
        ):
            self.assertEqual(self.troupe.due(self.planned(old, new)), due, new)

    def test_released(self):
        """The successor runs the new code, on the same tick, with new fields."""
        self.world.advance(1.5)
        plan = self.planned("self.rung += 1", "self.rung += 10")
        names = self.troupe.due(plan)
        self.engine.commit(plan)
        made = self.troupe.succeed(names)
        made.commit()
        made.finish()
        self.world.advance(1.0)
        self.assertEqual(self.ada.heard, [("rung", 1), ("rung", 11)])

    def test_refused(self):
        """If ``adopt`` raises, the engine can undo, though the version was raised."""
        self.world.advance(1.5)
        before = self.world.service("bell")
        self.world.draft(
            {
                "plugins.bell": BELL.replace(
                    "self._after = predecessor", "raise ValueError('no')"
                ).replace("rung: int = 0", "rung: int = 0\n    version = 2")
                + "\nfrom gameserver import migration\n"
                "@migration(Bell, to=2)\ndef two(state): return state\n"
            }
        )
        plan = self.engine.plan()
        release = self.engine.commit(plan)
        with self.assertRaises(PluginError) as caught:
            self.troupe.succeed(self.troupe.due(plan))
        self.assertTrue(caught.exception.text.endswith("ValueError: no"))
        release.undo()
        self.world.advance(1.0)
        self.assertIs(self.world.service("bell"), before)
        self.assertEqual(type(before).version, 1)
        self.assertEqual(self.ada.heard, [("rung", 1), ("rung", 2)])
