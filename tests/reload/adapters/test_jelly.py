"""Jelly's registries: what comes over the wire becomes the class the text says."""

from __future__ import annotations

import gc
import sys
from typing import Any

from twisted.spread import jelly

from tests.reload.adapters.game import GameCase

HEAD = """
from twisted.spread import jelly, pb
class Item(pb.Copyable, pb.RemoteCopy):
    def power(self): return 1
class Other(pb.Copyable, pb.RemoteCopy): pass
def make(*_): return Item()
"""
TEXT = HEAD + "pb.setUnjellyableForClass(Item, Item)\n"


def tables() -> tuple[Any, ...]:
    """Give copies of jelly's tables."""
    names = jelly.setUnjellyableForClass.__globals__
    return (
        dict(names["unjellyableRegistry"]),
        dict(names["unjellyableFactoryRegistry"]),
        dict(names["globalSecurity"].allowedTypes),
        sorted(vars(names["globalSecurity"])),
        sorted(names),
    )


class JellyTests(GameCase):
    """What becomes of jelly's entries."""

    def setUp(self) -> None:
        super().setUp()
        for table, content in zip(
            (
                jelly.unjellyableRegistry,
                jelly.unjellyableFactoryRegistry,
                jelly.globalSecurity.allowedTypes,
            ),
            tables(),
            strict=False,
        ):
            self.addCleanup(table.update, content)
            self.addCleanup(table.clear)
        self.m = self.load("m", TEXT)

    def key(self, name: str) -> bytes:
        return f"{self.root}.m.{name}".encode()

    def test_the_class_stays_registered(self) -> None:
        """The entry is the live class, not the staged one, and runs new code."""
        self.release(m=TEXT.replace("return 1", "return 2"))
        found = jelly.unjellyableRegistry[self.key("Item")]
        self.assertIs(found, self.m.Item)
        self.assertEqual(found().power(), 2)

    def test_over_the_wire(self) -> None:
        """An object sent and received is of the live class."""
        self.release(m=TEXT.replace("return 1", "return 2"))
        security = jelly.SecurityOptions()
        security.allowBasicTypes()
        security.allowInstancesOf(self.m.Item)

        class Broker:
            """Enough of a broker for copies."""

            @staticmethod
            def unserialize(one: Any) -> Any:
                return one

        sent = [self.key("Item"), [b"dictionary"]]
        got = jelly.unjelly(sent, security, None, Broker())
        self.assertIs(type(got), self.m.Item)
        self.assertEqual(got.power(), 2)

    def test_added(self) -> None:
        """A class that the text registers anew is registered and allowed."""
        self.release(m=TEXT + "jelly.setUnjellyableForClass(Other, Other)\n")
        self.assertIs(jelly.unjellyableRegistry[self.key("Other")], self.m.Other)
        self.assertIn(self.key("Other"), jelly.globalSecurity.allowedTypes)

    def test_dropped(self) -> None:
        """An entry that the text drops is gone, and its type no longer allowed."""
        self.release(m=HEAD)
        self.assertNotIn(self.key("Item"), jelly.unjellyableRegistry)
        self.assertNotIn(self.key("Item"), jelly.globalSecurity.allowedTypes)

    def test_another_class(self) -> None:
        """Another class for the same name replaces the first."""
        self.release(m=HEAD + "pb.setUnjellyableForClass(Item, Other)\n")
        self.assertIs(jelly.unjellyableRegistry[self.key("Item")], self.m.Other)

    def test_factories(self) -> None:
        """A class becomes a factory, the factory's code changes, the factory goes."""
        text = HEAD + "pb.setUnjellyableFactoryForClass('far.Item', make)\n"
        self.release(m=text)
        held = jelly.unjellyableFactoryRegistry[b"far.Item"]
        self.assertIs(held, self.m.make)
        self.assertNotIn(self.key("Item"), jelly.unjellyableRegistry)
        self.release(m=text.replace("return Item()", "return 7"))
        self.assertEqual(held(), 7)
        self.release(m=HEAD)
        self.assertNotIn(b"far.Item", jelly.unjellyableFactoryRegistry)

    def test_by_other_names(self) -> None:
        """The older spellings in ``flavors`` are the same functions."""
        self.release(
            m=HEAD + "from twisted.spread import flavors\n"
            "flavors.setCopierForClass('far', Other)\n"
        )
        self.assertIs(jelly.unjellyableRegistry[b"far"], self.m.Other)

    def test_in_a_loop(self) -> None:
        """Entries made in a loop, or by a decorator, are known as the text's."""
        self.release(
            m=HEAD
            + "for one in (Item, Other): jelly.setUnjellyableForClass(one, one)\n"
        )
        self.assertIs(jelly.unjellyableRegistry[self.key("Other")], self.m.Other)
        self.release(
            m=HEAD + "for one in (Item,): jelly.setUnjellyableForClass(one, one)\n"
        )
        self.assertNotIn(self.key("Other"), jelly.unjellyableRegistry)
        self.assertIs(jelly.unjellyableRegistry[self.key("Item")], self.m.Item)

    def test_a_whole_tree(self) -> None:
        """``setUnjellyableForClassTree`` sees the text's new classes."""
        tree = (
            "import sys\n"
            "here = sys.modules[__name__]\n"
            "jelly.setUnjellyableForClassTree(here, pb.RemoteCopy)\n"
        )
        self.release(m=HEAD + "class Third(Item): pass\n" + tree)
        self.assertIs(jelly.unjellyableRegistry[self.key("Third")], self.m.Third)
        self.assertIs(jelly.unjellyableRegistry[self.key("Item")], self.m.Item)

    def test_at_run_time(self) -> None:
        """Entries made at run time or by other modules stay."""
        jelly.setUnjellyableForClass("live", self.m.Other)
        self.load(
            "u",
            "from twisted.spread import jelly\nfrom ROOT.m import Item\n"
            "jelly.setUnjellyableForClass('u', Item)",
        )
        self.release(m=HEAD)
        self.assertIs(jelly.unjellyableRegistry[b"live"], self.m.Other)
        self.assertIs(jelly.unjellyableRegistry[b"u"], self.m.Item)

    def test_replaced_at_run_time(self) -> None:
        """An entry that was replaced at run time is not taken away by the text."""
        jelly.setUnjellyableForClass(self.key("Item"), self.m.Other)
        self.release(m=HEAD)
        self.assertIs(jelly.unjellyableRegistry[self.key("Item")], self.m.Other)

    def test_undo(self) -> None:
        """Undo restores the tables."""
        before = tables()
        self.release(m=HEAD + "pb.setUnjellyableFactoryForClass('far', make)\n").undo()
        self.assertEqual(tables(), before)
        self.release(m=HEAD)
        self.assertNotIn(self.key("Item"), jelly.unjellyableRegistry)

    def test_refused(self) -> None:
        """A refused release leaves the tables as they were."""
        before = tables()
        self.refuse(
            m=HEAD
            + "pb.setUnjellyableFactoryForClass('far', make)\n"
            + "pb.setUnjellyableForClass(Other, Other)\n"
        )
        self.assertEqual(tables(), before)

    def test_removed_module(self) -> None:
        """With its module an entry goes."""
        self.engine.commit(self.engine.plan([], remove=[f"{self.root}.m"]))
        self.assertNotIn(self.key("Item"), jelly.unjellyableRegistry)

    def test_no_growth(self) -> None:
        """Many releases leave one version of each class."""
        for _ in range(30):
            for text in (TEXT.replace("Other", "Third"), TEXT):
                self.release(m=text).make_permanent()
        gc.collect()
        alive = [
            one.__name__
            for one in gc.get_objects()
            if isinstance(one, type) and one.__module__ == self.m.__name__
        ]
        self.assertEqual(sorted(alive), ["Item", "Other"])
        self.assertIn(self.m.__name__, sys.modules)
