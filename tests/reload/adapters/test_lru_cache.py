"""functools.lru_cache and cache: the held object stays, stale results go."""

from __future__ import annotations

import gc

from gameserver.errors import ReleaseRefused
from gameserver.reload.meaning import CACHED
from tests.reload.adapters.game import GameCase

PRICE = """
import functools

@functools.lru_cache(maxsize=8)
def price(item):
    return 1
"""
METHODS = """
import functools

class Shop:
    @functools.cache
    def price(self): return 1

    @staticmethod
    @functools.cache
    def tax(): return 1

    @classmethod
    @functools.cache
    def name(cls): return 1
"""
DECORATED = """
import functools

def times(count):
    def around(function):
        @functools.wraps(function)
        def inner(*args): return [count] * function(*args)
        return inner
    return around

@functools.cache
@times(7)
def price(): return 1
"""
SUPER = """
import functools

class Base:
    def price(self): return 5

class Shop(Base):
    @functools.cache
    def price(self): return 1
"""


def _two(text: str) -> str:
    return text.replace("return 1", "return 2")


class LruCacheTests(GameCase):
    def test_held_function_forgets_old_results(self) -> None:
        """Who holds the cached function runs the new text, not an old result."""
        module = self.load("m", PRICE)
        user = self.load("u", "from ROOT.m import price\ndef go(): return price('a')\n")
        price = module.price
        self.assertEqual(user.go(), 1)
        self.release(m=_two(PRICE))
        self.assertEqual((user.go(), price("a")), (2, 2))
        self.assertIs(module.price, price)

    def test_unchanged_function_keeps_results(self) -> None:
        """A release that does not change the function leaves its results."""
        price = self.load("m", PRICE).price
        price("a")
        self.release(m=PRICE + "\ndef other(): pass\n")
        self.assertEqual(price.cache_info().currsize, 1)

    def test_moved_function_keeps_results(self) -> None:
        """A function that only stands in other lines keeps its results."""
        price = self.load("m", PRICE).price
        price("a")
        self.release(m="A = 1\n\n" + PRICE)
        self.assertEqual(price.cache_info().currsize, 1)

    def test_undo_forgets_new_results(self) -> None:
        """After undo no result of the new text is left, and the object is the same."""
        module = self.load("m", PRICE)
        price = module.price
        release = self.release(m=_two(PRICE))
        price("a")
        release.undo()
        self.assertEqual(price("a"), 1)
        self.assertIs(module.price, price)

    def test_refused_release_keeps_results(self) -> None:
        """A body that raises leaves results alone."""
        price = self.load("m", PRICE).price
        price("a")
        self.refuse(m=_two(PRICE))
        self.assertEqual(price.cache_info().currsize, 1)
        self.assertEqual(price("a"), 1)

    def test_raising_hook_leaves_no_new_result(self) -> None:
        """What a hook that then raises made the cache keep is gone."""
        price = self.load("m", PRICE).price
        hook = "\ndef module_reloaded(old, new):\n    price('a')\n    1/0\n"
        with self.assertRaises(ReleaseRefused):
            self.release(m=_two(PRICE) + hook)
        self.assertEqual(price("a"), 1)

    def test_changed_default_forgets(self) -> None:
        """Results made with the old default of an argument go."""
        text = "import functools\n@functools.cache\ndef tax(rate=1): return rate\n"
        tax = self.load("m", text).tax
        tax()
        self.release(m=text.replace("rate=1", "rate=3"))
        self.assertEqual(tax(), 3)

    def test_changed_limit_makes_a_new_object(self) -> None:
        """Another maxsize needs another object; importers follow, undo goes back."""
        module = self.load("m", PRICE)
        user = self.load("u", "from ROOT.m import price\n")
        price = module.price
        release = self.release(m=PRICE.replace("maxsize=8", "maxsize=9"))
        self.assertEqual(module.price.cache_info().maxsize, 9)
        self.assertIs(user.price, module.price)
        release.undo()
        self.assertIs(module.price, price)
        self.assertIs(user.price, price)

    def test_changed_typed_makes_a_new_object(self) -> None:
        """``typed`` is a limit like ``maxsize``."""
        module = self.load("m", PRICE)
        self.release(m=PRICE.replace("maxsize=8", "maxsize=8, typed=True"))
        self.assertTrue(module.price.cache_parameters()["typed"])

    def test_old_object_of_a_changed_limit_forgets_too(self) -> None:
        """Who still holds the object with the old limit gets no old result."""
        price = self.load("m", PRICE).price
        price("a")
        self.release(m=_two(PRICE.replace("maxsize=8", "maxsize=9")))
        self.assertEqual(price("a"), 2)

    def test_methods(self) -> None:
        """Cached methods, static and class methods forget and stay."""
        module = self.load("m", METHODS)
        shop, member = module.Shop(), vars(module.Shop)["price"]
        self.assertEqual((shop.price(), shop.tax(), shop.name()), (1, 1, 1))
        release = self.release(m=_two(METHODS))
        self.assertEqual((shop.price(), shop.tax(), shop.name()), (2, 2, 2))
        self.assertIs(vars(module.Shop)["price"], member)
        release.undo()
        self.assertEqual((shop.price(), shop.tax(), shop.name()), (1, 1, 1))

    def test_cached_in_a_table(self) -> None:
        """A cached function that only a table holds forgets."""
        text = "import functools\nT = {'a': functools.cache(lambda: 1)}\n"
        held = self.load("m", text).T["a"]
        held()
        self.release(m=text.replace("lambda: 1", "lambda: 2"))
        self.assertEqual(held(), 2)

    def test_cached_in_another_module(self) -> None:
        """A cache around a function of a module that changes forgets."""
        self.load("m", "def price(): return 1\n")
        text = (
            "import functools\nfrom ROOT.m import price\nc = functools.cache(price)\n"
        )
        user = self.load("u", text)
        user.c()
        self.release(m="def price(): return 2\n")
        self.assertEqual(user.c(), 2)

    def test_decorated_inside(self) -> None:
        """A function inside another decorator counts as the cached one's text."""
        module = self.load("m", DECORATED)
        price = module.price
        self.assertEqual(price(), [7])
        self.release(m=_two(DECORATED))
        self.assertEqual(price(), [7, 7])
        self.assertIs(module.price, price)

    def test_decorator_changed(self) -> None:
        """A decorator inside that changes makes results stale."""
        price = self.load("m", DECORATED).price
        price()
        self.release(m=DECORATED.replace("[count] *", "[count, count] *"))
        self.assertEqual(price(), [7, 7])

    def test_callee_changed(self) -> None:
        """What the function looks up by name is not its text: results stay."""
        text = PRICE.replace("return 1", "return log()") + "def log(): return 3\n"
        price = self.load("m", text).price
        price("a")
        self.release(m=text.replace("return 3", "return 4"))
        self.assertEqual(price.cache_info().currsize, 1)

    def test_method_gains_super(self) -> None:
        """A method that gains ``super()`` passes on; its later changes are seen."""
        module = self.load("m", SUPER)
        shop = module.Shop()
        price = shop.price
        self.assertEqual(price(), 1)
        first = self.release(m=SUPER.replace("return 1", "return super().price()"))
        self.assertEqual((shop.price(), price()), (5, 5))
        second = self.release(m=SUPER.replace("return 1", "return -super().price()"))
        self.assertEqual((shop.price(), price()), (-5, -5))
        second.undo()
        first.undo()
        self.assertEqual((shop.price(), price()), (1, 1))

    def test_cache_added(self) -> None:
        """A plain function held elsewhere passes on to the cached one."""
        module = self.load("m", "def price(item): return 1\n")
        price = module.price
        self.release(m=_two(PRICE))
        self.assertEqual(price("a"), 2)
        self.assertEqual(module.price.cache_info().currsize, 1)

    def test_cache_removed(self) -> None:
        """The name is a plain function again; the held object forgets."""
        module = self.load("m", PRICE)
        price = module.price
        price("a")
        self.release(m="def price(item): return 2\n")
        self.assertEqual((module.price("a"), price("a")), (2, 2))
        self.assertFalse(hasattr(module.price, "cache_info"))

    def test_rebound_at_run_time_stays(self) -> None:
        """A name that was given another object at run time keeps it."""
        module = self.load("m", PRICE)
        module.price = held = len
        self.release(m=_two(PRICE))
        self.assertIs(module.price, held)

    def test_documentation_follows(self) -> None:
        """The object shows the new text's documentation."""
        price = self.load("m", PRICE).price
        self.release(m=PRICE.replace("return 1", '"""Dear."""'))
        self.assertEqual(price.__doc__, "Dear.")

    def test_no_growth(self) -> None:
        """Releases leave no cached functions behind."""
        price = self.load("m", PRICE).price

        def count() -> int:
            gc.collect()
            return sum(isinstance(one, CACHED) for one in gc.get_objects())

        texts = (_two(PRICE), PRICE)
        for text in texts:
            self.release(m=text).make_permanent()
        before = count()
        for number in range(60):
            self.release(m=texts[number % 2]).make_permanent()
        self.assertLessEqual(count(), before)
        self.assertEqual(price("a"), 1)
