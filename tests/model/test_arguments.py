"""What a call declares, and how arguments find their names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import BadArguments, PluginError
from gameserver.model.arguments import signatures_of
from tests.model.calls import LIMITS, Player, bind

if TYPE_CHECKING:
    from somewhere_else import Place


class DeclarationTests(SynchronousTestCase):
    """Which methods peers may call, and how help shows them."""

    def test_perspective_methods(self):
        """Every ``perspective_`` method is found, and nothing else."""
        names = set(signatures_of(Player))
        expected = {"go", "mix", "wait", "sort", "put", "feel", "name", "draw"}
        self.assertEqual(names, {*expected, "any", "size", "walk"})

    def test_read_once(self):
        """A class is read once; a subclass has what it inherits and its own."""

        class Child(Player):
            def perspective_cry(self) -> None: ...

        self.assertIs(signatures_of(Player), signatures_of(Player))
        self.assertEqual(set(signatures_of(Child)), {*signatures_of(Player), "cry"})

    def test_summary(self):
        """The first line of the docstring is the help text; there may be none."""
        signatures = signatures_of(Player)
        self.assertEqual(signatures["go"].summary, "Walk to the next room.")
        self.assertEqual(signatures["put"].summary, "")

    def test_called_by_the_name_it_has(self):
        """A method under a second name is shown under that name."""
        walk = signatures_of(Player)["walk"]
        self.assertEqual(walk.usage(), "walk(direction: str, [steps: int])")

    def test_usage_without_annotation(self):
        """An argument without annotation takes anything plain."""
        usage = signatures_of(Player)["any"].usage()
        self.assertEqual(usage, "any(what: any, [more: set[any]])")

    def test_usage_shows_no_class(self):
        """Help shows records and enums as what crosses the wire for them."""
        signatures = signatures_of(Player)
        self.assertEqual(signatures["put"].usage(), "put(item: dict)")
        feel = "feel(mood: Literal['calm', 'wild'], way: Literal['in', 'out'])"
        self.assertEqual(signatures["feel"].usage(), feel)

    def test_decorated_method(self):
        """A decorated method has the arguments of the one it wraps."""

        def twice(method):
            @functools.wraps(method)
            def call(self, *args):
                return [method(self, *args) for _ in range(2)]

            return call

        class Twice:
            @twice
            def perspective_hop(self, height: int) -> None: ...

        hop = signatures_of(Twice)["hop"]
        self.assertEqual(hop.usage(), "hop(height: int)")
        self.assertRaises(BadArguments, hop.bind, ["high"], {}, LIMITS)

    def refusal(self, method: Any) -> str:
        owner = type("Player", (), {"perspective_act": method})
        return str(self.assertRaises(PluginError, signatures_of, owner))

    def test_open_ended_arguments(self):
        """``*args`` and ``**kw`` are refused when the class is read."""

        def star(self, *things: str) -> None: ...

        def stars(self, **things: str) -> None: ...

        self.assertIn("act: *things: 'str': declare each", self.refusal(star))
        self.assertIn("act: **things: 'str': declare each", self.refusal(stars))

    def test_arguments_without_a_name(self):
        """So are arguments that can be given by position only."""

        def act(self, first: int, /) -> None: ...

        self.assertIn("act: first: 'int': declare each", self.refusal(act))

    def test_methods_without_self(self):
        """So are static and class methods."""

        def act(first: int) -> None: ...

        for kind in (staticmethod, classmethod):
            text = self.refusal(kind(act))
            self.assertIn("Player.perspective_act: expected a method that", text)

    def test_unknown_name(self):
        """An annotation that cannot be resolved is refused, with its place."""

        def act(self, place: Place) -> None: ...

        expected = r"test_arguments\.py:\d+: act: an annotation cannot .*'Place'"
        self.assertRegex(self.refusal(act), expected)

    def test_types_that_cannot_cross(self):
        """An argument declared as an object of the game is refused."""

        def act(self, other: list[Player]) -> None: ...

        self.assertIn("act: other: cannot be checked: Player", self.refusal(act))

    def test_callable_without_signature(self):
        """A callable that tells no signature is refused."""
        self.assertIn("act: an annotation", self.refusal(type))


class BindTests(SynchronousTestCase):
    """Arguments are bound as Python would, and checked."""

    def refusal(self, name: str, *args: Any, **kw: Any) -> str:
        return self.assertRaises(BadArguments, bind, name, *args, **kw).text

    def test_by_position(self):
        """All arguments by position."""
        self.assertEqual(bind("go", "up", 2), (("up", 2), {}))
        self.assertEqual(bind("wait"), ((), {}))

    def test_by_name(self):
        """Arguments by name, and a mixture."""
        expected = ((), {"direction": "up", "steps": 2})
        self.assertEqual(bind("go", steps=2, direction="up"), expected)
        self.assertEqual(bind("go", "up", steps=2), expected)

    def test_default(self):
        """What has a default may be left out, and is left to Python."""
        self.assertEqual(bind("go", "up"), ((), {"direction": "up"}))

    def test_keyword_only(self):
        """A keyword-only argument goes by name, and by name only."""
        self.assertEqual(bind("mix", oil=1), ((), {"oil": 1.0}))
        text = "mix: 2 arguments, expected at most 0"
        self.assertIn(text, self.refusal("mix", 1.0, 2.0))

    def test_missing(self):
        """A missing argument is named, with the whole call."""
        text = "go: argument 'direction' is missing (go(direction: str, [steps: int]))"
        self.assertEqual(self.refusal("go"), text)
        self.assertIn("mix: argument 'oil' is missing", self.refusal("mix"))

    def test_surplus(self):
        """One argument more than declared is refused."""
        text = self.refusal("go", "up", 1, 2)
        self.assertIn("go: 3 arguments, expected at most 2", text)

    def test_unknown(self):
        """A name that is not declared is refused; a long one is cut."""
        self.assertEqual(self.refusal("go", up=1), "go: no argument 'up'")
        self.assertLess(len(self.refusal("go", **{"x" * 9999: 1})), 80)

    def test_self_is_no_argument(self):
        """``self`` cannot be passed."""
        text = signatures_of(Player)["go"]
        kw = {"direction": "up", "self": "me"}
        error = self.assertRaises(BadArguments, text.bind, [], kw, LIMITS)
        self.assertEqual(error.text, "go: no argument 'self'")

    def test_names_that_are_no_text(self):
        """A keyword of another type is unknown, not a crash."""
        bound = signatures_of(Player)["go"].bind
        error = self.assertRaises(BadArguments, bound, ["up"], {3: 1}, LIMITS)
        self.assertEqual(error.text, "go: no argument '3'")

    def test_twice(self):
        """An argument by position and by name is refused."""
        text = self.refusal("go", "up", direction="down")
        self.assertEqual(text, "go: argument 'direction' given twice")

    def test_too_large_by_name(self):
        """The limits hold for arguments given by name, too."""
        text = self.refusal("go", direction="x" * 40_000)
        self.assertIn("go: direction: a value has 40000 characters", text)

    def test_many_names(self):
        """More keywords than the limit are refused."""
        kw = {f"k{number}": 1 for number in range(5000)}
        text = "go: more than 4096 items in one call"
        self.assertEqual(self.refusal("go", **kw), text)
