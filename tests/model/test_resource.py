"""Resources: their succession, their interfaces, and who holds whom."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from itertools import pairwise
from weakref import ref

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.plugin import Plugin
from gameserver.model.resource import VirtualResource, in_force, put_back
from gameserver.reload import Engine, Texts


class Lamp(VirtualResource):
    """Something that can be succeeded."""

    def __init__(self, oil: int = 0) -> None:
        self.oil = oil

    def handoff(self, new):
        new.oil += self.oil
        super().handoff(new)


class Torch(Lamp):
    """A kind of lamp."""


class Sword(VirtualResource):
    """No lamp."""


class HandoffTests(SynchronousTestCase):
    """``handoff``, ``replacement`` and ``interface``."""

    def test_replaced(self):
        """The successor is the replacement, and has what the author hands over."""
        old, new = Lamp(3), Lamp(1)
        self.assertIsNone(old.replacement)
        old.handoff(new)
        self.assertIs(old.replacement, new)
        self.assertIsNone(new.replacement)
        self.assertEqual(new.oil, 4)

    def test_interface(self):
        """An interface follows, whether it was asked for before or after."""
        old, new = Lamp(), Lamp()
        before = old.interface()
        old.handoff(new)
        for stand_in in (before, old.interface(), new.interface()):
            stand_in.oil += 1
            self.assertEqual(stand_in, new)
        self.assertEqual(new.oil, 3)
        self.assertEqual(hash(before), hash(old.interface()))

    def test_chain(self):
        """A to B to C: A's interface gives C, and A's replacement is C."""
        a, b, c = Lamp(), Lamp(), Lamp()
        stand_in = a.interface()
        a.handoff(b)
        b.handoff(c)
        self.assertEqual((stand_in, b.interface()), (c, c))
        self.assertEqual((a.replacement, b.replacement), (c, c))

    def test_replaced_hands_on(self):
        """A handoff of one that was replaced is that of the one in force."""
        a, b, c = Lamp(), Lamp(), Lamp()
        a.handoff(b)
        a.handoff(c)
        self.assertIs(b.replacement, c)
        self.assertIs(a.interface().interface().replacement, None)

    def test_class_rule(self):
        """One of the same class or a subclass succeeds, no other; both are named."""
        torch = Torch()
        Lamp().handoff(torch)
        for old, new in ((torch, Lamp()), (torch, Sword()), (Lamp(), 5)):
            with self.assertRaises(TypeError) as caught:
                VirtualResource.handoff(old, new)
            self.assertIn(type(old).__name__, str(caught.exception))
            self.assertIn(type(new).__name__, str(caught.exception))
            self.assertIsNone(old.replacement)

    def test_no_cycles(self):
        """Neither itself nor one that was replaced can succeed."""
        a, b = Lamp(), Lamp()
        self.assertRaises(ValueError, a.handoff, a)
        a.handoff(b)
        self.assertRaises(ValueError, b.handoff, a)
        self.assertRaises(ValueError, a.handoff, b)
        self.assertIsNone(b.replacement)

    def test_stand_in_succeeds(self):
        """A stand-in for the successor is as good as the successor."""
        a, b = Lamp(), Lamp()
        a.handoff(b.interface())
        self.assertIs(a.replacement, b)

    def test_html(self):
        """The line in the console is escaped, also when a name is bad."""
        lamp = Lamp()
        plugin = Plugin("plugins.x")
        plugin["<b>&"] = lamp
        self.assertEqual(lamp.__html_repr__(), "&lt;Lamp x &lt;b&gt;&amp;&gt;")


class HoldingTests(SynchronousTestCase):
    """Nobody is held longer than somebody holds him."""

    def test_predecessors_go(self):
        """No chain is left of 100 successions, though the first one is held."""
        first = last = Lamp()
        stand_in, gone = first.interface(), []
        for _ in range(100):
            new = Lamp()
            last.handoff(new)
            gone.append(ref(last))
            last = new
        self.assertEqual([one() for one in gone[1:]], [None] * 99)
        self.assertIs(first.replacement, last)
        self.assertEqual(stand_in, last)

    def test_interface_holds(self):
        """An interface holds the one in force, and not a predecessor."""
        old = Lamp()
        stand_in, was = old.interface(), ref(old)
        new = Lamp(7)
        old.handoff(new)
        del old, new
        self.assertIsNone(was())
        self.assertEqual(stand_in.oil, 7)

    def test_no_collector(self):
        """A resource goes with its last reference; it waits for no collector."""
        gc.disable()
        self.addCleanup(gc.enable)
        old, new = Lamp(), Lamp()
        old.interface()
        old.handoff(new)
        both = ref(old), ref(new)
        del old, new
        self.assertEqual([one() for one in both], [None, None])


class ChainLawTests(SynchronousTestCase):
    """Whatever hands over to whomever, in any order."""

    @given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
    def test_laws(self, moves):
        """Each interface gives the end of its chain; refused moves change nothing."""
        lamps = [Lamp() for _ in range(8)]
        stand_ins = [one.interface() for one in lamps[::2]]
        follows = {}

        def end(one):
            while one in follows:
                one = follows[one]
            return one

        for old, new in moves:
            source = end(old)
            if new in follows or new == source:
                self.assertRaises(ValueError, lamps[old].handoff, lamps[new])
            else:
                lamps[old].handoff(lamps[new])
                follows[source] = new
            for n, lamp in enumerate(lamps):
                self.assertIs(in_force(lamp), lamps[end(n)])
                self.assertEqual(lamp.interface(), lamps[end(n)])
                wanted = lamps[end(n)] if n in follows else None
                self.assertIs(lamp.replacement, wanted)
            for n, stand_in in enumerate(stand_ins):
                self.assertEqual(stand_in, lamps[end(2 * n)])

    @given(st.integers(0, 5), st.booleans())
    def test_put_back(self, before, is_asked):
        """A handoff that is put back has not been, for the whole line."""
        line = [Lamp() for _ in range(before + 1)]
        for one, following in pairwise(line):
            one.handoff(following)
        new = Lamp()
        own = new.interface() if is_asked else None
        stand_ins = [one.interface() for one in line]
        line[-1].handoff(new)
        put_back(line[-1], new)
        put_back(line[-1], new)
        self.assertIsNone(line[-1].replacement)
        for stand_in in stand_ins:
            self.assertEqual(stand_in, line[-1])
        self.assertEqual(new.interface(), new)
        self.assertTrue(own is None or own == new)


class PluginTests(SynchronousTestCase):
    """``plugin["lamp"] = Lamp()``."""

    def setUp(self):
        self.plugin = Plugin("plugins.keep.crypt")

    def test_name(self):
        """The name is the pair of plugin and key; before, there is none."""
        lamp = Lamp()
        self.assertIsNone(lamp.name)
        self.plugin["lamp"] = lamp
        self.assertEqual(lamp.name, ("keep.crypt", "lamp"))
        self.assertIs(self.plugin["lamp"], lamp)
        self.assertEqual((list(self.plugin), len(self.plugin)), (["lamp"], 1))

    def test_weakly_held(self):
        """One that nobody references disappears, and its name with it."""
        self.plugin["lamp"] = Lamp()
        self.assertNotIn("lamp", self.plugin)
        with self.assertRaises(KeyError) as caught:
            self.plugin["lamp"]
        self.assertIn("keep.crypt has no resource 'lamp'", str(caught.exception))
        self.plugin["lamp"] = Sword()  # of another class: there is nobody to succeed

    def test_succeeded(self):
        """Naming over a resource is a succession; the name stays in use."""
        old, new = Lamp(2), Torch()
        self.plugin["lamp"] = old
        self.plugin["lamp"] = new
        self.plugin["lamp"] = new
        self.assertIs(old.replacement, new)
        self.assertEqual((new.oil, new.name), (2, old.name))
        del old
        self.assertIs(self.plugin["lamp"], new)

    def test_handed_over(self):
        """The name goes with a handoff that the game begins itself."""
        old, new = Lamp(), Lamp()
        self.plugin["lamp"] = old
        old.handoff(new)
        del old
        self.assertIs(self.plugin["lamp"], new)
        self.assertEqual(new.name, ("keep.crypt", "lamp"))

    def test_class_rule(self):
        """A resource of another class is refused, and the old one stays."""
        old, new = Lamp(), Sword()
        self.plugin["lamp"] = old
        with self.assertRaises(TypeError) as caught:
            self.plugin["lamp"] = new
        self.assertIn("Sword cannot succeed ", str(caught.exception))
        self.assertIn("Lamp", str(caught.exception))
        self.assertIs(self.plugin["lamp"], old)
        self.assertIsNone(new.name)

    def test_failed(self):
        """If ``handoff`` raises, even at its end, the old one stays in force."""

        class Wick(Lamp):
            def handoff(self, new):
                super().handoff(new)
                raise ZeroDivisionError

        old, new = Wick(), Wick()
        self.plugin["lamp"] = old
        stand_in = old.interface()
        with self.assertRaises(ZeroDivisionError):
            self.plugin["lamp"] = new
        self.assertEqual((self.plugin["lamp"], stand_in), (old, old))
        self.assertEqual((old.replacement, new.name), (None, None))

    def test_no_super(self):
        """A ``handoff`` that calls no ``super`` is told so, and the old one stays."""

        class Wick(Lamp):
            def handoff(self, new):
                pass

        old, new = Wick(), Wick()
        self.plugin["lamp"] = old
        with self.assertRaises(RuntimeError) as caught:
            self.plugin["lamp"] = new
        self.assertIn("Wick.handoff() did not call", str(caught.exception))
        self.assertIs(self.plugin["lamp"], old)

    def test_wrong(self):
        """What is no resource, no text, or has a name or a successor is refused."""
        old, new = Lamp(), Lamp()
        self.plugin["a"] = old
        for key, value, error in (
            ("b", 5, TypeError),
            ("", new, TypeError),
            (5, new, TypeError),
            ("b", old, ValueError),
        ):
            with self.assertRaises(error):
                self.plugin[key] = value
        old.handoff(new)
        with self.assertRaises(ValueError):
            self.plugin["b"] = old
        self.assertEqual(list(self.plugin), ["a"])

    def test_deleted(self):
        """A name can be taken away; the resource lives on, and can be named again."""
        lamp = Lamp()
        self.plugin["a"] = lamp
        del self.plugin["a"]
        self.assertIsNone(lamp.name)
        self.plugin["b"] = lamp
        self.assertEqual(list(self.plugin), ["b"])


TEXT = """
from gameserver import Plugin, VirtualResource
from math import *
plugin = Plugin(__name__)
limit = 3
class Lamp(VirtualResource):
    def shine(self): return 1
def light():
    plugin["lamp"] = lamp = Lamp()
    return lamp
"""


class TextTests(SynchronousTestCase):
    """In a module of a game."""

    def setUp(self):
        self.texts = Texts({"plugins.lamps": TEXT})
        self.engine = Engine(self.texts)
        self.engine.install()
        self.addCleanup(sys.modules.pop, "plugins.lamps", None)
        self.addCleanup(sys.modules.pop, "plugins", None)
        self.addCleanup(self.engine.uninstall)
        self.lamps = import_module("plugins.lamps")

    def test_bound(self):
        """A name that the text binds, in whatever way, is refused."""
        for name in ("plugin", "limit", "Lamp", "light", "Plugin", "sin"):
            with self.assertRaises(RuntimeError) as caught:
                self.lamps.plugin[name] = self.lamps.Lamp()
            self.assertIn(
                f"the text of plugins.lamps binds {name!r}", str(caught.exception)
            )

    def test_injected(self):
        """A name that was only put into the module at run time is free."""
        self.texts["plugins.lamps"] = TEXT.replace("from math import *\n", "")
        self.engine.commit(self.engine.plan())
        self.lamps.other = 5
        lamp = self.lamps.Lamp()
        self.lamps.plugin["other"] = lamp
        self.assertEqual(lamp.name, ("lamps", "other"))

    def test_released(self):
        """A release leaves the plugin's names and resources; their code is the new."""
        plugin, lamp = self.lamps.plugin, self.lamps.light()
        self.texts["plugins.lamps"] = TEXT.replace("return 1", "return 2") + "new = 1\n"
        self.engine.commit(self.engine.plan())
        self.assertIs(self.lamps.plugin, plugin)
        self.assertIs(plugin["lamp"], lamp)
        self.assertEqual(lamp.shine(), 2)
        with self.assertRaises(RuntimeError):
            plugin["new"] = self.lamps.Lamp()
        again = self.lamps.light()
        self.assertIs(lamp.replacement, again)
