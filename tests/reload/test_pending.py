"""Old instances are migrated once each, on first touch or in slices; new ones never."""

from __future__ import annotations

import copy
import gc
import math
import sys
import threading
import weakref
from collections import deque
from functools import partial
from itertools import count as count_from
from operator import call
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.instances import Reloadable, alive, count, reloadable
from gameserver.reload.interceptor import ABSENT, NAMES
from gameserver.reload.pending import Pending


def commit(pending, coming=None):
    """Do what the engine does: one pass of C calls."""
    writes = pending.writes(coming)
    for_types = [partial(type.__setattr__, *one) for one in writes]
    deque(map(call, [*for_types, pending.begin]), 0)


def waits_in(thread, name):
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name == name


def shown(*classes):
    """Copy what the interceptors might change."""
    return [list(vars(cls).items()) for cls in classes]


class Case(SynchronousTestCase):
    """One class, two old instances, and a note of what was migrated."""

    def setUp(self):
        class One(Reloadable):
            def __init__(self):
                self.x = 1

            def __len__(self):
                return self.x

            def get(self):
                return self.x

        self.cls = One
        self.old = [One(), One()]
        self.migrated = []
        self.failures = []

    def migrate(self, one):
        self.migrated.append(one)
        one.x = 2

    def failed(self, one, error):
        self.failures.append((one, error))

    def begin(self, *classes, **kwargs):
        pending = Pending(classes or (self.cls,), self.migrate, self.failed, **kwargs)
        self.addCleanup(pending.end)
        commit(pending)
        return pending


class TouchTests(Case):
    """The first touch migrates; nothing else does."""

    def check_touch(self, touch, expected=None):
        pending = self.begin()
        one = self.old[0]
        self.assertEqual(touch(one), expected)
        self.assertEqual(self.migrated, [one])
        touch(one)
        self.assertEqual((self.migrated, pending.left), ([one], 1))

    def test_read(self):
        """Reading an attribute migrates first."""
        self.check_touch(lambda one: one.x, 2)

    def test_method(self):
        """So does calling a method."""
        self.check_touch(lambda one: one.get(), 2)

    def test_special_method(self):
        """A special method, looked up on the type, meets migrated attributes."""
        self.check_touch(len, 2)

    def test_dict(self):
        """So does reading the ``__dict__``."""
        self.check_touch(lambda one: vars(one)["x"], 2)

    def test_missing(self):
        """A missing attribute is missing, after the migration."""
        self.check_touch(lambda one: getattr(one, "nothing", None))

    def test_write(self):
        """Writing an attribute migrates first; the write stands."""
        pending = self.begin()
        self.old[0].x = 7
        self.assertEqual((self.migrated, pending.left), ([self.old[0]], 1))
        self.assertEqual(self.old[0].x, 7)

    def test_delete(self):
        """Deleting an attribute migrates first; it is gone."""
        self.begin()
        del self.old[0].x
        self.assertEqual(self.migrated, [self.old[0]])
        self.assertFalse(hasattr(self.old[0], "x"))

    def test_copy(self):
        """A copy of a pending instance is one of the migrated, and new."""
        self.begin()
        twin = copy.copy(self.old[0])
        self.assertEqual((twin.x, self.migrated), (2, [self.old[0]]))

    def test_what_is_no_touch(self):
        """The class, its attributes and ``isinstance`` are not the instance."""
        pending = self.begin()
        self.assertIsInstance(self.old[0], self.cls)
        self.assertIs(type(self.old[0]), self.cls)
        self.assertEqual(self.cls.get.__name__, "get")
        hash(self.old[0])
        self.assertEqual((self.migrated, pending.left), ([], 2))

    def test_new_instance(self):
        """An instance made after the pass is not migrated."""
        pending = self.begin()
        new = self.cls()
        self.assertEqual(new.x, 1)
        self.assertEqual((self.migrated, pending.left), ([], 2))
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual(new.x, 1)

    def test_instance_made_before_the_pass(self):
        """An instance made between preparation and pass is migrated."""
        pending = Pending([self.cls], self.migrate, self.failed)
        writes = pending.writes()
        late = self.cls()
        for one in writes:
            type.__setattr__(*one)
        pending.begin()
        self.assertEqual(late.x, 2)
        pending.advance(None)
        self.assertEqual(len(self.migrated), 3)

    def test_slots(self):
        """Instances with slots, of a base or a decorated class, are migrated."""

        class Slotted(Reloadable):
            __slots__ = ("x",)

        @reloadable
        class Decorated:
            __slots__ = ("__weakref__", "x")

        for cls in (Slotted, Decorated):
            with self.subTest(cls=cls):
                one, other = cls(), cls()
                one.x = other.x = 1
                pending = self.begin(cls)
                self.assertEqual(one.x, 2)
                self.assertEqual(pending.advance(None), 0)
                self.assertEqual(other.x, 2)

    def test_subclass_in_another_module(self):
        """Subclasses are migrated with their base, those made later are not."""
        module = ModuleType("test_pending_elsewhere")
        module.One = self.cls
        exec("class Sub(One): pass", vars(module))  # noqa: S102 - a module made on the spot
        below = module.Sub()
        pending = self.begin()

        class Later(module.Sub):
            pass

        self.assertEqual((below.x, Later().x), (2, 1))
        self.assertEqual(self.migrated, [below])
        self.assertEqual(pending.left, 2)

    def test_change_of_class(self):
        """A migration may change the class; the instance is known under the new."""

        class Next(self.cls):
            pass

        def migrate(one):
            self.migrated.append(one)
            one.__class__ = Next

        self.migrate = migrate
        pending = self.begin()
        self.assertIs(self.old[0].__class__, Next)
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual(set(alive(Next)), set(self.old))
        self.assertEqual(len(self.migrated), 2)

    def test_migration_touches(self):
        """A migration may touch its instance and another pending one."""

        def migrate(one):
            self.migrated.append(one)
            one.x += 1
            self.assertEqual(self.old[1].get(), 2)

        self.migrate = migrate
        pending = self.begin()
        self.assertEqual(self.old[0].x, 2)
        self.assertEqual(self.migrated, self.old)
        self.assertEqual(pending.left, 0)

    def test_two_that_touch_each_other(self):
        """Migrations that touch each other's instance end."""

        def migrate(one):
            self.migrated.append(one)
            for other in self.old:
                other.x += 1

        self.migrate = migrate
        self.begin()
        self.assertEqual([one.x for one in self.old], [3, 3])
        self.assertEqual(self.migrated, self.old)


class AuthorTests(Case):
    """Attribute methods of the author's run after the migration, as they would."""

    def watched(self, base, calls_super):
        calls = []

        class Watched(base):
            def __getattribute__(self, name):
                calls.append(("get", name))
                get = super().__getattribute__
                return get(name) if calls_super else object.__getattribute__(self, name)

            def __setattr__(self, name, value):
                calls.append(("set", name))
                if calls_super:
                    super().__setattr__(name, value)
                else:
                    object.__setattr__(self, name, value)

            def __delattr__(self, name):
                calls.append(("delete", name))
                if calls_super:
                    super().__delattr__(name)
                else:
                    object.__delattr__(self, name)

        return Watched, calls

    def test_own_methods(self):
        """They run once per access, on the class or a subclass, super or not."""
        for base in (Reloadable, self.cls):
            for calls_super in (True, False):
                with self.subTest(base=base, calls_super=calls_super):
                    cls, calls = self.watched(base, calls_super)
                    one = cls()
                    one.x = 1
                    self.migrate = lambda one: object.__setattr__(one, "x", 2)
                    before = shown(base, cls)
                    pending = self.begin(base if base is self.cls else cls)
                    calls.clear()
                    self.assertEqual(one.x, 2)
                    one.x = 3
                    del one.x
                    expected = [("get", "x"), ("set", "x"), ("delete", "x")]
                    self.assertEqual(calls, expected)
                    pending.advance(None)
                    self.assertEqual(shown(base, cls), before)

    def test_mixin_before_the_base(self):
        """A mixin that is not reloadable and calls no super runs afterwards too."""

        class Mixin:
            def __setattr__(self, name, value):
                object.__setattr__(self, name, value * 10)

        class Both(Mixin, self.cls):
            pass

        one = Both()
        seen = []
        self.migrate = lambda one: seen.append(vars(one).copy())
        before = shown(self.cls, Both)
        pending = self.begin()
        one.x = 4
        self.assertEqual((seen, vars(one)), ([{"x": 10}], {"x": 40}))
        pending.advance(None)
        self.assertEqual(shown(self.cls, Both), before)

    def test_mixin_after_the_base(self):
        """Where two bases meet, the next in line is still the second base's method."""

        class Mixin:
            def __getattribute__(self, name):
                return name if name == "magic" else super().__getattribute__(name)

        class Both(self.cls, Mixin):
            pass

        one = Both()
        self.begin()
        self.assertEqual((one.magic, one.x), ("magic", 2))

    def test_getattr(self):
        """``__getattr__`` is asked for what is missing, as ever."""

        class Open(self.cls):
            def __getattr__(self, name):
                return f"no {name}"

        one = Open()
        self.begin()
        self.assertEqual((one.y, one.x), ("no y", 2))

    def test_any_callable(self):
        """What the author put there need not be a function."""

        class Frozen(self.cls):
            __setattr__ = staticmethod(lambda name, value: self.fail(name))
            __delattr__ = object.__delattr__

        one = Frozen.__new__(Frozen)
        object.__setattr__(one, "x", 1)
        Frozen.__setattr__ = staticmethod(lambda *args: heard.append(args))
        heard = []
        self.migrate = lambda one: object.__setattr__(one, "x", 2)
        self.begin()
        one.x = 5
        self.assertEqual(heard, [("x", 5)])
        del one.x
        self.assertEqual(vars(one), {})

    def test_method_that_comes_with_the_release(self):
        """What the same pass sets there runs after the migration, and stays."""

        def double(self, name):
            value = object.__getattribute__(self, name)
            return value * 2 if name == "x" else value

        pending = Pending([self.cls], self.migrate, self.failed)
        commit(pending, {(self.cls, "__getattribute__"): double})
        self.assertEqual(self.old[0].x, 4)
        pending.advance(None)
        self.assertIs(vars(self.cls)["__getattribute__"], double)

    def test_method_that_goes_with_the_release(self):
        """What the same pass deletes there does not come back."""
        cls, calls = self.watched(self.cls, calls_super=True)
        one = cls()
        pending = Pending([cls], self.migrate, self.failed)
        commit(pending, {(cls, "__getattribute__"): ABSENT})
        calls.clear()
        self.assertEqual(one.get(), 2)
        self.assertNotIn(("get", "x"), calls)
        pending.advance(None)
        self.assertNotIn("__getattribute__", vars(cls))


class SliceTests(Case):
    """``advance``: slices, budgets and the end."""

    def test_all(self):
        """Without a budget all are migrated, and the interceptors are gone."""
        before = shown(self.cls)
        pending = self.begin()
        self.assertTrue(set(NAMES) <= set(vars(self.cls)))
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual({id(one) for one in self.migrated}, set(map(id, self.old)))
        self.assertEqual(shown(self.cls), before)
        self.assertTrue(pending.is_over)

    def test_more_than_one_batch(self):
        """However many there are, each is migrated once and all stay known."""
        self.old += [self.cls() for _ in range(500)]
        pending = self.begin()
        expected = [id(one) for one in self.old]
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual(sorted(map(id, self.migrated)), sorted(expected))
        self.assertEqual(count(self.cls), 502)

    def test_budget(self):
        """A slice ends with the first instance that uses up the budget."""
        clock = Clock()

        def migrate(one):
            self.migrated.append(one)
            clock.advance(1)

        self.migrate = migrate
        self.old += [self.cls() for _ in range(8)]
        pending = self.begin(clock=clock.seconds)
        self.assertEqual(pending.advance(2.5), 7)
        self.assertEqual(pending.advance(3), 4)
        self.assertEqual(pending.advance(0), 4)
        self.assertEqual((len(self.migrated), pending.left), (6, 4))
        self.assertEqual(pending.advance(4), 0)
        self.assertTrue(pending.is_over)

    def test_small_budget(self):
        """Any budget above zero makes headway."""
        pending = self.begin()
        self.assertEqual(pending.advance(1e-12), 1)
        self.assertEqual(pending.advance(1e-12), 0)

    def test_touched(self):
        """To pass by those who were touched before is within the budget, too."""
        self.old += [self.cls() for _ in range(998)]
        ticks = count_from(1)
        pending = self.begin(clock=lambda: float(next(ticks)))
        for one in self.old[:-1]:
            one.get()
        self.assertEqual(pending.advance(2), 1)
        self.assertEqual(pending.advance(200), 0)
        self.assertTrue(pending.is_over)

    def test_dead(self):
        """Who died is skipped."""
        pending = self.begin()
        self.old.pop()
        self.assertEqual(pending.left, 1)
        self.old.pop()
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual(self.migrated, [])
        self.assertNotIn("__getattribute__", vars(self.cls))

    def test_dead_but_not_dropped(self):
        """Who is dead is skipped, before its entry's own callback has run."""
        self.migrate = self.fail
        left, ones = [], [self.cls(), self.cls()]
        for one in ones:
            one.others = ones
        pending = self.begin()
        watches = [
            weakref.ref(one, lambda _: left.append(pending.advance(None)))
            for one in ones
        ]
        del ones, one
        self.old.clear()
        gc.collect()
        self.assertEqual((left, count(self.cls)), ([0, 0], 0))
        self.assertEqual(len(watches), 2)

    def test_too_late(self):
        """A slice that meets the end on its way takes nobody off the roll."""
        pending = self.begin()
        (handover,) = pending._handovers.values()
        pending.end()
        self.assertFalse(pending._batch(handover, math.inf))
        self.assertEqual((count(self.cls), self.migrated), (2, []))

    def test_within_a_migration(self):
        """A migration that calls ``advance`` does not recurse."""
        left = []

        def migrate(one):
            self.migrated.append(one)
            left.append(pending.advance(None))

        self.migrate = migrate
        pending = self.begin()
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual((left, len(self.migrated)), ([2, 1], 2))

    def test_all_are_seen_meanwhile(self):
        """``alive`` and ``count`` see everybody at any time, in a migration too."""
        seen = []
        self.migrate = lambda _: seen.append(len(set(alive(self.cls))))
        pending = self.begin()
        new = self.cls()
        self.assertEqual(count(self.cls), 3)
        pending.advance(None)
        self.assertEqual((seen, count(self.cls)), ([3, 3], 3))
        del new

    def test_frozen_heap(self):
        """``gc.freeze`` hides nobody."""
        gc.freeze()
        self.addCleanup(gc.unfreeze)
        pending = self.begin()
        self.assertEqual((pending.left, pending.advance(None)), (2, 0))
        self.assertEqual(len(self.migrated), 2)

    def test_end_early(self):
        """Ended early, those left stay as they are, known, and plain."""
        before = shown(self.cls)
        pending = self.begin()
        new = self.cls()
        pending.end()
        pending.end()
        self.assertEqual([one.x for one in self.old], [1, 1])
        self.assertEqual((pending.left, self.migrated), (0, []))
        self.assertEqual(set(alive(self.cls)), {*self.old, new})
        self.assertEqual(shown(self.cls), before)

    def test_stop(self):
        """After ``stop``, a C call for the undoing pass, nobody is migrated."""
        pending = self.begin()
        pending.stop()
        self.assertEqual(self.old[0].x, 1)
        self.assertEqual((pending.advance(None), self.migrated), (0, []))

    def test_never_begun(self):
        """A preparation that is not committed leaves no trace."""
        before = shown(self.cls)
        pending = Pending([self.cls], self.migrate, self.failed)
        pending.writes()
        del pending
        self.assertEqual(shown(self.cls), before)
        self.begin().advance(None)
        self.assertEqual(len(self.migrated), 2)

    def test_again(self):
        """The next release migrates everybody again, the new ones too."""
        self.begin().advance(None)
        self.old.append(self.cls())
        self.begin().advance(None)
        self.assertEqual(len(self.migrated), 5)

    def test_replaced_interceptor(self):
        """What somebody put over an interceptor meanwhile stays."""
        pending = self.begin()
        self.cls.__setattr__ = own = lambda *_: None
        pending.end()
        self.assertIs(vars(self.cls)["__setattr__"], own)
        self.assertNotIn("__getattribute__", vars(self.cls))

    def test_nothing_is_kept(self):
        """When it is over, the classes keep nothing of it."""
        pending = self.begin()
        pending.advance(None)
        self.migrated.clear()
        self.doCleanups()
        self.old.clear()
        self.assertEqual(count(self.cls), 0)
        del pending
        self.assertFalse(set(NAMES) & set(vars(self.cls)))


class RefusalTests(Case):
    """What cannot be migrated this way."""

    def test_unknown_class(self):
        """A class whose instances are not known is refused by name."""

        class Plain:
            pass

        with self.assertRaisesRegex(TypeError, "Plain are known"):
            Pending([Plain], self.migrate, self.failed)

    def test_unfinished(self):
        """A second one is refused while instances still wait for the first."""
        pending = self.begin()
        with self.assertRaisesRegex(RuntimeError, "earlier migration"):
            Pending([self.cls], self.migrate, self.failed)
        pending.advance(None)
        Pending([self.cls], self.migrate, self.failed)


class FailureTests(Case):
    """A migration that raises ends all of it; the engine is told once."""

    def setUp(self):
        super().setUp()
        self.error = ValueError("no")

    def migrate(self, one):
        self.migrated.append(one)
        raise self.error

    def test_touch(self):
        """The access goes on plainly, after the engine was told."""
        before = shown(self.cls)
        pending = self.begin()
        one = self.old[0]
        self.assertEqual(one.x, 1)
        self.assertEqual(self.failures, [(one, self.error)])
        self.assertEqual([other.x for other in self.old], [1, 1])
        self.assertEqual((self.migrated, pending.left), ([one], 0))
        self.assertEqual(set(alive(self.cls)), set(self.old))
        self.assertEqual(shown(self.cls), before)

    def test_slice(self):
        """A slice ends there."""
        pending = self.begin()
        self.assertEqual(pending.advance(None), 0)
        self.assertEqual((len(self.migrated), len(self.failures)), (1, 1))
        self.assertTrue(pending.is_over)
        self.assertEqual(count(self.cls), 2)

    def test_any_exception(self):
        """``SystemExit`` is a failure like another."""
        self.error = SystemExit(3)
        self.begin()
        self.assertEqual(self.old[0].x, 1)
        self.assertEqual(self.failures, [(self.old[0], self.error)])

    def test_told_while_plain(self):
        """The engine, when told, finds all instances plain."""
        found = []
        self.failed = lambda one, _: found.append((one.x, self.old[1].x))
        self.begin()
        self.assertEqual(self.old[0].x, 1)
        self.assertEqual(found, [(1, 1)])

    def test_engine_raises(self):
        """What the engine raises goes to whoever touched; all is tidied up."""

        def failed(one, error):
            raise RuntimeError("undone") from error

        self.failed = failed
        self.begin()
        self.assertRaisesRegex(RuntimeError, "undone", getattr, self.old[0], "x")
        self.assertNotIn("__getattribute__", vars(self.cls))
        self.assertEqual(self.old[0].x, 1)

    def test_within_another(self):
        """A failure inside another migration ends that one, and is told once."""
        first, second = self.old

        def migrate(one):
            self.migrated.append(one)
            if one is second:
                raise self.error
            reached.append(second.x)

        reached = []
        self.migrate = migrate
        self.begin()
        self.assertEqual((first.x, reached), (1, []))
        self.assertEqual(self.migrated, [first, second])
        self.assertEqual(self.failures, [(second, self.error)])

    def test_swallowed(self):
        """A migration cannot hide the failure of another one inside it."""
        first, second = self.old

        def migrate(one):
            if one is second:
                raise self.error
            self.assertRaises(ValueError, getattr, second, "x")
            self.assertEqual((second.x, self.failures), (1, []))

        self.migrate = migrate
        self.begin()
        self.assertEqual(first.x, 1)
        self.assertEqual(self.failures, [(second, self.error)])

    def test_told_outside_the_lock(self):
        """While the engine is told, other threads may touch what is pending."""
        seen = []

        def failed(one, error):
            del error
            other = threading.Thread(target=lambda: seen.append(self.old[1].x))
            other.start()
            other.join(10)
            self.assertFalse(other.is_alive())
            seen.append(one.x)

        self.failed = failed
        self.begin()
        self.assertEqual(self.old[0].x, 1)
        self.assertEqual(seen, [1, 1])


class ThreadTests(Case):
    """Several threads at the same instances."""

    def test_the_other_waits(self):
        """A second thread at an instance sees it only when it is migrated."""
        inside, seen = threading.Event(), []

        def touch():
            inside.wait(10)
            seen.append(self.old[0].x)

        other = threading.Thread(target=touch)

        def migrate(one):
            self.migrated.append(one)
            inside.set()
            while other.is_alive() and not waits_in(other, "_touch"):
                """Let it run until it waits, or is through because it did not."""
            self.assertEqual(seen, [])
            one.x = 2

        self.migrate = migrate
        self.begin()
        other.start()
        self.assertEqual(self.old[0].x, 2)
        other.join(10)
        self.assertEqual((seen, self.migrated), ([2], [self.old[0]]))

    def test_many(self):
        """Threads that touch, create and advance migrate every old one exactly once."""
        self.old = [self.cls() for _ in range(400)]
        pending = self.begin()
        wrong, new = [], []

        def touch(ones):
            wrong.extend(one for one in ones if one.x != 2)
            new.append(self.cls())

        orders = [self.old, self.old[::-1], self.old[::3]]
        threads = [threading.Thread(target=touch, args=(one,)) for one in orders]
        threads.append(threading.Thread(target=pending.advance))
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual((wrong, pending.advance(None)), ([], 0))
        self.assertEqual(sorted(map(id, self.migrated)), sorted(map(id, self.old)))
        self.assertEqual([one.x for one in new], [1, 1, 1])
        self.assertEqual(set(alive(self.cls)), {*self.old, *new})


STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "touch", "drop", "slice"]), st.integers(0, 9)),
    max_size=30,
)


class LawTests(SynchronousTestCase):
    """The law of it, over any interleaving."""

    @given(before=STEPS, after=STEPS)
    def test_each_old_once_and_no_new(self, before, after):
        """Every surviving old instance is migrated exactly once, and no new one."""

        class Base(Reloadable):
            release = 1

            def __init__(self):
                self.born, self.times = self.release, 0

        class Slotted(Base):
            __slots__ = ("more",)

        def migrate(one):
            one.times += 1

        clock = Clock()
        pending = Pending(
            [Base], migrate, self.fail, lambda: clock.advance(1) or clock.seconds()
        )
        ones = []
        take_steps(ones, before, (Base, Slotted), pending=None)
        commit(pending)
        Base.release = 2
        take_steps(ones, after, (Base, Slotted), pending)
        self.assertEqual({id(one) for one in alive(Base)}, {id(one) for one in ones})
        self.assertEqual(pending.advance(None), 0)
        for one in ones:
            self.assertEqual(one.times, 2 - one.born)
        self.assertEqual(count(Base), len(ones))
        self.assertFalse(set(NAMES) & {*vars(Base), *vars(Slotted)})


def take_steps(ones, steps, classes, pending):
    for step, number in steps:
        if step == "create":
            ones.append(classes[number % 2]())
        elif step == "slice" and pending is not None:
            pending.advance(number)
        elif step == "touch" and ones:
            assert ones[number % len(ones)].times in {0, 1}
        elif step == "drop" and ones:
            del ones[number % len(ones)]
