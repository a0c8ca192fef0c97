"""Live instances of reloadable classes are known, exactly, without a heap scan."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
from dataclasses import dataclass
from itertools import islice
from types import ModuleType
from typing import Generic, TypeVar

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.instances import (
    Reloadable,
    alive,
    count,
    enter,
    is_known,
    reloadable,
)
from gameserver.reload.roll import ROLLS, opened, take

T = TypeVar("T")


class Player(Reloadable):
    """Lies in a module, so that it can be pickled."""

    def __init__(self, name: str = "") -> None:
        self.name = name


@reloadable
class Foreign:
    """The same, by the decorator."""

    def __init__(self, name: str = "") -> None:
        self.name = name


class Opaque(Reloadable):
    """Refuses comparison and hashing, as an author's class may."""

    __hash__ = None

    def __eq__(self, other):
        raise AssertionError("compared")


def only(cls):
    (one,) = alive(cls)
    return one


class EnteringTests(SynchronousTestCase):
    """Who is entered: everybody, however made."""

    def check(self, cls, made):
        self.assertEqual([id(one) for one in alive(cls)], [id(made)])
        self.assertEqual(count(cls), 1)

    def test_call(self):
        """A call of the class enters the instance."""

        class One(Reloadable):
            def __init__(self, a, *, b):
                self.both = (a, b)

        one = One(1, b=2)
        self.check(One, one)
        self.assertEqual(one.both, (1, 2))

    def test_decorated(self):
        """A call of a decorated class enters the instance."""

        @reloadable
        class One:
            def __init__(self, a, *, b):
                self.both = (a, b)

        one = One(1, b=2)
        self.check(One, one)
        self.assertEqual(one.both, (1, 2))

    def test_new_without_init(self):
        """An instance whose ``__init__`` never ran is entered."""
        for cls in (Player, Foreign):
            with self.subTest(cls=cls):
                made = cls.__new__(cls)
                self.check(cls, made)

    def test_copies(self):
        """Copies are entered beside what they were copied from."""
        for cls in (Player, Foreign):
            with self.subTest(cls=cls):
                all_ = [cls("a")]
                all_ += [copy.copy(all_[0]), copy.deepcopy(all_[0])]
                self.assertEqual(count(cls), 3)

    def test_pickled_by_every_protocol(self):
        """What ``pickle.loads`` makes is entered, with its state."""
        for cls in (Player, Foreign):
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with self.subTest(cls=cls, protocol=protocol):
                    text = pickle.dumps(cls("a"), protocol)
                    made = pickle.loads(text)  # noqa: S301 - our own
                    self.check(cls, made)
                    self.assertEqual(made.name, "a")

    def test_own_way_of_pickling(self):
        """A class's own ``__reduce__`` is left alone."""

        @reloadable
        class Own:
            def __reduce__(self):
                return (str, ("own",))

        self.assertEqual(pickle.loads(pickle.dumps(Own(), 0)), "own")  # noqa: S301 - our own

    def test_slots(self):
        """Classes with slots and without a ``__dict__`` are entered."""

        class Slotted(Reloadable):
            __slots__ = ("x",)

        @reloadable
        class Decorated:
            __slots__ = ("__weakref__", "x")

        class Below(Decorated):
            __slots__ = ("y",)

        for cls in (Slotted, Decorated, Below):
            with self.subTest(cls=cls):
                made = cls()
                self.assertFalse(hasattr(made, "__dict__"))
                self.check(cls, made)
                self.assertTrue(is_known(cls))

    def test_own_new_that_calls_super(self):
        """A class's own ``__new__`` is run, and its instances are entered."""

        class Named(Reloadable):
            def __new__(cls, name):
                self = super().__new__(cls)
                self.name = name
                return self

        @reloadable
        class Decorated:
            def __new__(cls, name):
                self = super().__new__(cls)
                self.name = name
                return self

        for cls in (Named, Decorated):
            with self.subTest(cls=cls):
                made = cls("a")
                self.check(cls, made)
                self.assertEqual(made.name, "a")

    def test_next_new_is_called(self):
        """Another base's ``__new__`` gets the arguments, in Python or in C."""

        class Other:
            def __new__(cls, *args):
                self = super().__new__(cls)
                self.args = args
                return self

        class Both(Reloadable, Other):
            pass

        @reloadable
        class Decorated(Other):
            pass

        class Failure(Reloadable, ValueError):
            pass

        for cls, arguments in ((Both, 1), (Decorated, 1), (Failure, 1)):
            with self.subTest(cls=cls):
                made = cls(arguments)
                self.check(cls, made)
                self.assertEqual(made.args, (1,))

    def test_generic_and_dataclass(self):
        """Generic classes and dataclasses are entered as others are."""

        class Box(Reloadable, Generic[T]):
            pass

        @dataclass(slots=True)
        class Point(Reloadable):
            x: int

        box, point = Box[int](), Point(3)
        self.check(Box, box)
        self.check(Point, point)
        self.assertEqual(point.x, 3)
        self.assertTrue(is_known(Point))

    def test_no_comparison(self):
        """Instances are neither hashed nor compared."""
        made = [Opaque(), Opaque()]
        self.assertEqual(count(Opaque), 2)
        made.pop()
        self.assertIs(only(Opaque), made[0])

    def test_arguments_nobody_takes(self):
        """Too many arguments are refused as any class refuses them."""

        class Bare(Reloadable):
            pass

        @reloadable
        class Decorated:
            pass

        for cls in (Bare, Decorated):
            with self.subTest(cls=cls):
                self.assertRaisesRegex(TypeError, "takes no arguments", cls, 1)
                self.assertRaisesRegex(TypeError, "takes no arguments", cls, a=1)
                self.assertEqual(count(cls), 0)

    def test_failed_init(self):
        """Who failed in ``__init__`` is there as long as the traceback is."""

        class Failing(Reloadable):
            def __init__(self):
                raise ValueError("no")

        self.assertRaises(ValueError, Failing)
        gc.collect()  # the traceback
        self.assertEqual(count(Failing), 0)

    def test_entered_by_hand(self):
        """``enter`` takes in one made by ``object.__new__``, once."""
        made = object.__new__(Player)
        self.assertEqual(count(Player), 0)
        enter(made)
        enter(made)
        self.check(Player, made)

    def test_change_of_class(self):
        """After ``enter``, an instance is on the roll of its new class only."""

        class Before(Reloadable):
            pass

        class After(Reloadable):
            pass

        made = Before()
        made.__class__ = After
        enter(made)
        self.assertEqual((count(Before), count(After)), (0, 1))
        del made
        self.assertEqual(count(After), 0)


class LeavingTests(SynchronousTestCase):
    """Who is no longer there."""

    def test_death(self):
        """A dead instance is dropped at once."""
        made = Player()
        del made
        self.assertEqual((count(Player), list(alive(Player))), (0, []))

    def test_frozen_heap(self):
        """``gc.freeze`` and ``gc.disable`` hide nobody and keep nobody."""
        old = Player("old")
        gc.disable()
        gc.freeze()
        self.addCleanup(gc.enable)
        self.addCleanup(gc.unfreeze)
        new = Player("new")
        self.assertEqual({one.name for one in alive(Player)}, {"old", "new"})
        del old
        self.assertEqual([one.name for one in alive(Player)], ["new"])
        del new

    def test_cycles(self):
        """Those of a reference cycle go when the cycle is collected."""
        gc.collect()
        made = Player()
        made.itself = made
        del made
        gc.collect()
        self.assertEqual(count(Player), 0)

    def test_iteration_holds_nobody(self):
        """Iterating holds the one that was given, and only while it is."""
        made = [Player(str(n)) for n in range(3)]
        seen = []
        for one in alive(Player):
            seen.append(one.name)
            del one
            made.clear()
        self.assertEqual(seen, ["0"])
        self.assertEqual(count(Player), 0)

    def test_change_while_iterating(self):
        """Instances may be made while others are iterated over."""
        made = [Player(str(n)) for n in range(3)]
        made.extend(Player(one.name) for one in alive(Player))
        self.assertEqual(count(Player), 6)

    @given(st.lists(st.integers(0, 5)))
    def test_model(self, steps):
        """However they come and go, in re-used memory too, the living are known."""

        class One(Reloadable):
            pass

        kept = []
        for step in steps:
            if step < 3 or not kept:
                kept.append(One())
            else:
                kept.pop(step % len(kept))
            self.assertEqual({id(one) for one in alive(One)}, {id(o) for o in kept})
            self.assertEqual(count(One), len(kept))

    def test_threads(self):
        """Instances made and dropped in several threads are counted exactly."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        self.addCleanup(sys.setswitchinterval, interval)
        kept: list[list[Player]] = [[] for _ in range(4)]

        def work(own):
            for n in range(2000):
                own.append(Player())
                if n % 3:
                    own.pop(0)

        threads = [threading.Thread(target=work, args=(own,)) for own in kept]
        for one in threads:
            one.start()
        while any(one.is_alive() for one in threads):
            list(alive(Player))
        for one in threads:
            one.join()
        expected = {id(one) for own in kept for one in own}
        self.assertEqual({id(one) for one in alive(Player)}, expected)
        self.assertEqual(count(Player), len(expected))


class FamilyTests(SynchronousTestCase):
    """Which classes belong together, and which are known."""

    def test_subclass_in_another_module(self):
        """A subclass made in another module belongs to its base."""

        class Base(Reloadable):
            pass

        module = ModuleType("test_instances_elsewhere")
        module.Base = Base
        exec("class Sub(Base): pass\nclass Low(Sub): pass", vars(module))  # noqa: S102 - a module made on the spot
        base, low = Base(), module.Low()
        self.assertEqual(set(alive(Base)), {base, low})
        self.assertEqual(list(alive(module.Sub)), [low])
        self.assertTrue(is_known(Base))

    def test_diamond(self):
        """An instance of a class with two related bases is given once."""

        class Base(Reloadable):
            pass

        class Left(Base):
            pass

        class Right(Base):
            pass

        class Both(Left, Right):
            pass

        made = Both()
        self.assertEqual(list(alive(Base)), [made])
        self.assertEqual(count(Base), 1)

    def test_decorated_family(self):
        """Subclasses of a decorated class are known, its own hook still runs."""
        heard = []

        @reloadable
        class Base:
            def __init_subclass__(cls, **options):
                super().__init_subclass__()
                heard.append((cls.__name__, options))

        class Sub(Base, tag=1):
            pass

        made = Sub()
        self.assertEqual(heard, [("Sub", {"tag": 1})])
        self.assertEqual(list(alive(Base)), [made])
        self.assertTrue(is_known(Base))

    def test_plain_class_is_not_known(self):
        """A class that never opted in is not known, nor one with such a subclass."""

        class Plain:
            pass

        self.assertFalse(is_known(Plain))
        self.assertEqual((count(Plain), list(alive(Plain))), (0, []))

    def test_late_opt_in_is_not_known(self):
        """A class that gets the base later may have instances that nobody entered."""

        class Root:
            pass

        class Late(Root):
            pass

        unseen = Late()
        Late.__bases__ = (Root, Reloadable)
        seen = Late()
        self.assertEqual(list(alive(Late)), [seen])
        self.assertFalse(is_known(Late))
        self.assertIsInstance(unseen, Reloadable)

    def test_skipped_hook_is_not_known(self):
        """A subclass whose birth nobody saw is entered, but not called known."""

        class Sloppy:
            def __init_subclass__(cls):
                """Do not call super."""

        class Sub(Sloppy, Reloadable):
            pass

        made = Sub()
        self.assertEqual(list(alive(Sub)), [made])
        self.assertFalse(is_known(Sub))

    def test_classes_go(self):
        """A class and its roll go when nobody uses them any more."""
        before = set(ROLLS)

        class Gone(Reloadable):
            pass

        Gone()
        self.assertEqual(len(set(ROLLS) - before), 1)
        del Gone
        gc.collect()
        self.assertFalse(set(ROLLS) - before)


class RefusalTests(SynchronousTestCase):
    """What cannot be known is refused where it is declared."""

    def test_no_weak_references(self):
        """A class without weak references is named, with the remedy."""

        class Tight:
            __slots__ = ("x",)

        with self.assertRaises(TypeError) as caught:
            reloadable(Tight)
        self.assertIn("Tight", str(caught.exception))
        self.assertIn('add "__weakref__" to its __slots__', str(caught.exception))
        self.assertNotIn("__new__", vars(Tight))

    def test_base_in_c_first(self):
        """A base that would make the instances without us has to come second."""
        with self.assertRaisesRegex(TypeError, "name the reloadable base before it"):

            class Bag(dict, Reloadable):
                pass

        class Good(Reloadable, dict):
            pass

        made = Good(a=1)
        self.assertEqual((made, count(Good)), ({"a": 1}, 1))

    def test_made_anew(self):
        """A decorator that makes the class anew has to be inside."""

        @dataclass(slots=True, weakref_slot=True)
        @reloadable
        class Point:
            x: int

        self.assertRaisesRegex(TypeError, "put @reloadable above", Point, 1)


def following(handover):
    """Give the next one that waits and lives; None if there is none."""
    return next((one for x in handover.following if (one := x()) is not None), None)


class HandoverTests(SynchronousTestCase):
    """Handing over all entries of a class at one stroke."""

    def setUp(self):
        class One(Reloadable):
            pass

        self.cls = One
        self.old = [One(), One()]
        self.handover = take(One)[One]

    def test_prepared_only(self):
        """Before the swap nothing has changed, and it need not come."""
        self.old.append(self.cls())
        self.assertEqual(len(self.handover), 3)
        self.assertEqual(len(opened(self.cls).parts), 1)

    def test_both_are_seen(self):
        """After the swap old and new are alive; only the old are handed over."""
        self.handover.swap()
        new = self.cls()
        self.assertEqual(count(self.cls), 3)
        self.assertEqual(set(alive(self.cls)), {*self.old, new})
        self.assertEqual(len(self.handover), 2)
        self.assertFalse(self.handover.holds(new))

    def test_deaths(self):
        """Whoever dies while handed over waits no more; nor is he counted twice."""
        self.handover.swap()
        self.assertTrue(self.handover.holds(following(self.handover)))
        self.handover.settle(id(self.old[0]))
        self.assertEqual(len(self.handover), 1)
        self.old.clear()
        self.assertEqual((len(self.handover), count(self.cls)), (0, 0))
        self.assertIsNone(following(self.handover))

    def test_swap_amid_a_death(self):
        """One that dies as another thread hands all over is not counted as waiting.

        It bears an older generation yet: the migration before was broken off.
        """

        class Part(dict):  # as if the other thread got its turn right after the pop
            def pop(self, *given):
                found = super().pop(*given)
                handover.swap()
                return found

        self.handover.swap()
        self.handover.give_back()
        roll = opened(self.cls)
        roll.parts = (Part(roll.parts[0]),)
        handover = take(self.cls)[self.cls]
        del self.old[0]
        self.assertEqual((len(handover), count(self.cls)), (1, 1))
        self.assertIs(following(handover), self.old[0])
        handover.settle(id(self.old[0]))
        self.assertEqual((len(handover), following(handover)), (0, None))

    def test_entered_twice(self):
        """One that its class gives again, out of a pool, is counted once."""
        self.handover.swap()
        opened(self.cls).add(self.old[0])
        self.old.clear()
        self.assertEqual((len(self.handover), count(self.cls)), (0, 0))

    def test_moved(self):
        """Whoever is entered elsewhere waits no more."""
        other = type("Other", (Reloadable,), {})
        self.handover.swap()
        self.old[0].__class__ = other
        enter(self.old[0])
        self.handover.settle(id(self.old[0]))
        self.assertEqual((len(self.handover), count(other)), (1, 1))

    def test_following(self):
        """Each that waits is given, and again while it is not settled."""
        self.handover.swap()
        self.cls()
        given = [following(self.handover) for _ in range(4)]
        self.assertEqual(set(given), set(self.old))
        for one in self.old:
            self.handover.settle(id(one))
            self.handover.settle(id(one))
        self.assertEqual((len(self.handover), following(self.handover)), (0, None))

    def test_passed_by(self):
        """Whoever goes through those that wait no more gets to look at the clock."""
        self.old += [self.cls() for _ in range(998)]
        self.handover.swap()
        for one in self.old[:-1]:
            self.handover.settle(id(one))
        given = [entry() for entry in islice(self.handover.following, 16)]
        self.assertEqual(given, [None] * 15 + self.old[-1:])

    @given(st.lists(st.integers(0, 400), max_size=300))
    def test_deaths_amid(self, dying: list[int]):
        """Whoever lives is given, whoever dies while the others are."""
        handover = take(self.cls)[self.cls]
        self.addCleanup(handover.give_back)
        living = {n: self.cls() for n in range(400)}
        handover.swap()
        given = {}
        while (one := following(handover)) is not None:
            self.assertNotIn(id(one), given)
            given[id(one)] = None
            handover.settle(id(one))
            if dying:
                living.pop(dying.pop(), None)
            del one
        lost = [one for one in living.values() if id(one) not in given]
        self.assertEqual((lost, len(handover)), ([], 0))
        handover.give_back()

    def test_given_back(self):
        """Given back, everybody is in the roll, and waits for nothing."""
        self.handover.swap()
        new = self.cls()
        self.handover.give_back()
        self.assertEqual(set(alive(self.cls)), {*self.old, new})
        self.assertEqual(len(opened(self.cls).parts), 1)

    def test_twice(self):
        """A second handover is refused while the first one lasts."""
        self.handover.swap()
        self.assertRaisesRegex(RuntimeError, "One still wait", take, self.cls)
        self.handover.give_back()
        self.assertEqual(len(take(self.cls)[self.cls]), 2)
