"""Decorated functions and classes: who holds one runs the new text, decorators too."""

from __future__ import annotations

from twisted.internet import defer

from tests.reload.adapters.game import GameCase

PLAIN = """
import functools

def loud(function):
    @functools.wraps(function)
    def inner(*args): return ["loud", function(*args)]
    return inner

def soft(function):
    @functools.wraps(function)
    def inner(*args): return ["soft", function(*args)]
    return inner
"""
TIMES = """
import functools

def times(count):
    def around(function):
        @functools.wraps(function)
        def inner(*args): return [count, function(*args)]
        return inner
    return around
"""
SAY = """
def say(): return 1

class Player:
    def say(self): return 1
"""
CALLBACKS = """
from twisted.internet import defer

def end(): return "old"

class Player:
    @defer.inlineCallbacks
    def go(self, waiting):
        value = yield waiting
        return ("old", value, end())
"""


def decorated(*lines: str) -> str:
    """Decorate the function and the method of ``SAY``."""
    text = SAY
    for indent in ("", "    "):
        above = "".join(f"{indent}@{line}\n" for line in lines)
        text = text.replace(f"\n{indent}def say", f"\n{above}{indent}def say")
    return text


def two(text: str) -> str:
    """Give the next version of what is said."""
    return text.replace("return 1", "return 2")


class DecoratorTests(GameCase):
    def hold(self, text: str) -> None:
        """Load a text, and hold its function, its method and what an importer has."""
        self.module = self.load("m", text)
        self.user = self.load("u", "from ROOT.m import say\ndef go(): return say()\n")
        self.function = self.module.say
        self.method = self.module.Player().say

    def check(self, said: object) -> None:
        """Ask all that is held, and the names, what is said now."""
        asked = [self.function, self.method, self.user.go]
        asked += [self.module.say, self.module.Player().say]
        self.assertEqual([ask() for ask in asked], [said] * 5)

    def test_function_changes(self) -> None:
        """What is decorated changes; the decorated object stays."""
        self.hold(PLAIN + decorated("loud"))
        release = self.release(m=PLAIN + two(decorated("loud")))
        self.check(["loud", 2])
        self.assertIs(self.module.say, self.function)
        release.undo()
        self.check(["loud", 1])

    def test_decorator_changes(self) -> None:
        """The decorator's own text changes."""
        self.hold(PLAIN + decorated("loud"))
        self.release(m=PLAIN.replace('"loud"', '"LOUD"') + decorated("loud"))
        self.check(["LOUD", 1])

    def test_decorator_added(self) -> None:
        """Who holds the plain function gets the decorated one."""
        self.hold(PLAIN + SAY)
        function = self.function
        release = self.release(m=PLAIN + two(decorated("loud")))
        self.check(["loud", 2])
        release.undo()
        self.check(1)
        self.assertIs(self.module.say, function)

    def test_decorator_removed(self) -> None:
        """Who holds the decorated function gets the plain one."""
        self.hold(PLAIN + decorated("loud"))
        release = self.release(m=PLAIN + two(SAY))
        self.check(2)
        release.undo()
        self.check(["loud", 1])

    def test_decorator_added_and_removed(self) -> None:
        """Back and forth over several releases, each held object follows."""
        self.hold(PLAIN + SAY)
        self.release(m=PLAIN + decorated("loud"))
        self.check(["loud", 1])
        self.release(m=PLAIN + two(SAY))
        self.check(2)
        self.release(m=PLAIN + decorated("soft"))
        self.check(["soft", 1])

    def test_decorator_replaced(self) -> None:
        """Another decorator of the same shape takes the place of the first."""
        self.hold(PLAIN + decorated("loud"))
        release = self.release(m=PLAIN + two(decorated("soft")))
        self.check(["soft", 2])
        release.undo()
        self.check(["loud", 1])

    def test_stacked(self) -> None:
        """Both of two decorators and the function follow."""
        self.hold(PLAIN + decorated("loud", "soft"))
        self.check(["loud", ["soft", 1]])
        changed = PLAIN.replace('"soft"', '"SOFT"')
        release = self.release(m=changed + two(decorated("loud", "soft")))
        self.check(["loud", ["SOFT", 2]])
        release.undo()
        self.check(["loud", ["soft", 1]])

    def test_stacked_in_another_order(self) -> None:
        """The names follow when two decorators change places."""
        self.hold(PLAIN + decorated("loud", "soft"))
        self.release(m=PLAIN + two(decorated("soft", "loud")))
        self.assertEqual(self.module.say(), ["soft", ["loud", 2]])
        self.assertEqual(self.user.go(), ["soft", ["loud", 2]])

    def test_parameters(self) -> None:
        """A decorator with parameters: the function, then the parameter, changes."""
        self.hold(TIMES + decorated("times(3)"))
        first = self.release(m=TIMES + two(decorated("times(3)")))
        self.check([3, 2])
        second = self.release(m=TIMES + two(decorated("times(4)")))
        self.check([4, 2])
        self.assertIs(self.module.say, self.function)
        second.undo()
        first.undo()
        self.check([3, 1])

    def test_decorator_of_another_module(self) -> None:
        """The decorator comes from a module outside the plan."""
        self.load("d", TIMES)
        head = "from ROOT.d import times\n"
        self.hold(head + decorated("times(3)"))
        self.release(m=head + two(decorated("times(4)")))
        self.check([4, 2])

    def test_decorator_of_another_module_changes(self) -> None:
        """Only the decorator's module is released."""
        self.load("d", TIMES)
        self.hold("from ROOT.d import times\n" + decorated("times(3)"))
        release = self.release(d=TIMES.replace("[count,", "[-count,"))
        self.check([-3, 1])
        release.undo()
        self.check([3, 1])

    def test_decorator_and_function_in_two_modules_of_a_plan(self) -> None:
        """Both modules change in one release, named in the wrong order."""
        self.load("d", TIMES)
        head = "from ROOT.d import times\n"
        self.hold(head + decorated("times(3)"))
        changed = TIMES.replace("[count,", "[-count,")
        self.release(m=head + two(decorated("times(4)")), d=changed)
        self.check([-4, 2])

    def test_decorating_object(self) -> None:
        """A decorator that is a class makes an object; it stays and runs new text."""
        text = "class Loud:\n    def __init__(self, f): self.f = f\n"
        text += "    def __call__(self): return ['loud', self.f()]\n"
        text += "@Loud\ndef say(): return 1\n"
        module = self.load("m", text)
        say = module.say
        self.release(m=two(text).replace("'loud'", "'LOUD'"))
        self.assertIs(module.say, say)
        self.assertEqual(say(), ["LOUD", 2])

    def test_class_decorator(self) -> None:
        """What a class decorator sets follows, and goes with the decorator."""
        text = "def tagged(cls):\n    cls.tag = 1\n    return cls\n"
        text += "@tagged\nclass Player:\n    def say(self): return 1\n"
        module = self.load("m", text)
        owner, player = module.Player, module.Player()
        self.release(m=two(text).replace("tag = 1", "tag = 2"))
        self.assertIs(module.Player, owner)
        self.assertEqual((owner.tag, player.say()), (2, 2))
        self.release(m=text.replace("@tagged\n", ""))
        self.assertFalse(hasattr(owner, "tag"))

    def test_refused(self) -> None:
        """A body that raises leaves decorated functions as they were."""
        self.hold(PLAIN + decorated("loud"))
        self.refuse(m=PLAIN + two(decorated("soft")))
        self.check(["loud", 1])


class InlineCallbacksTests(GameCase):
    def test_held(self) -> None:
        """A held method runs the new text."""
        go = self.load("m", CALLBACKS).Player().go
        release = self.release(m=CALLBACKS.replace("old", "new"))
        self.assertEqual(self.successResultOf(go(defer.succeed(5))), ("new", 5, "new"))
        release.undo()
        self.assertEqual(self.successResultOf(go(defer.succeed(5))), ("old", 5, "old"))

    def test_in_flight(self) -> None:
        """A call that waits ends in its old text, and calls new functions."""
        waiting: defer.Deferred[int] = defer.Deferred()
        result = self.load("m", CALLBACKS).Player().go(waiting)
        self.release(m=CALLBACKS.replace("old", "new"))
        waiting.callback(5)
        self.assertEqual(self.successResultOf(result), ("old", 5, "new"))

    def test_added(self) -> None:
        """A plain function held elsewhere becomes one with inline callbacks."""
        go = self.load("m", "def go(waiting): return waiting\n").go
        text = "from twisted.internet import defer\n@defer.inlineCallbacks\n"
        text += "def go(waiting):\n    value = yield waiting\n    return -value\n"
        self.release(m=text)
        self.assertEqual(self.successResultOf(go(defer.succeed(5))), -5)

    def test_becomes_a_coroutine(self) -> None:
        """Who holds the decorated method gets the coroutine of the new text."""
        player = self.load("m", CALLBACKS).Player()
        go = player.go
        text = "class Player:\n    async def go(self, waiting): return await waiting\n"
        self.release(m=text)
        coroutines = (go(defer.succeed(5)), player.go(defer.succeed(6)))
        results = [
            self.successResultOf(defer.Deferred.fromCoroutine(one))
            for one in coroutines
        ]
        self.assertEqual(results, [5, 6])
