"""Rows on a module's names of the page on reloading, where the suite has no case."""

from __future__ import annotations

import importlib
import sys
import threading
from textwrap import dedent

from tests.docs.releasing import ReleasingCase


class StateTests(ReleasingCase):
    def test_constant_changed_at_run_time(self):
        """A constant set at run time stays if its text did not change."""
        m = self.load("m", "SPEED = 5")
        m.SPEED = 6
        self.release(m="SPEED = 5\nOTHER = 1")
        self.assertEqual(m.SPEED, 6)

    def test_table_filled(self):
        """A table filled at run time stays, as the same object."""
        m = self.load("m", "TABLE = {}")
        table = m.TABLE
        table["bob"] = 1
        self.release(m="TABLE = {}\nOTHER = 1")
        self.assertIs(m.TABLE, table)
        self.assertEqual(table, {"bob": 1})

    def test_both(self):
        """The plan names what changed in the text and at run time."""
        m = self.load("m", "TABLE = {}")
        m.TABLE["bob"] = 1
        plan = self.plan(m="TABLE = {'npc': 0}")
        why = "changed in the text and at run time; the live value stays"
        self.assertEqual(self.said(plan, "conflict"), [("TABLE", why)])

    def test_changed_table_is_another_object(self):
        """A changed table is a new object: who held the old one keeps it."""
        m = self.load("m", "TABLE = {'orc': 1}")
        held = m.TABLE
        self.release(m="TABLE = {'orc': 2}")
        self.assertEqual((m.TABLE, held), ({"orc": 2}, {"orc": 1}))

    def test_singleton_in_a_table(self):
        """A table that gains an entry keeps the live singletons of the others."""
        text = "class C: pass\nTABLE = {'a': C()%s}"
        m = self.load("m", text % "")
        one = m.TABLE["a"]
        self.release(m=text % ", 'b': C()")
        self.assertIs(m.TABLE["a"], one)
        self.assertIn("b", m.TABLE)

    def test_one_of_a_kind(self):
        """Locks, context variables and plain objects are never made afresh."""
        text = """
            import threading
            from contextvars import ContextVar
            LOCK = threading.Lock()
            WHO = ContextVar('who')
            MARK = object()
            OTHER = %d
        """
        m = self.load("m", text % 1)
        before = (m.LOCK, m.WHO, m.MARK)
        self.release(m=text % 2)
        self.assertEqual((m.LOCK, m.WHO, m.MARK), before)

    def test_singleton_made_otherwise(self):
        """A singleton whose initialiser changes stays; its fields follow the text."""
        text = "class C:\n    def __init__(self, n): self.n = n\nONE = C(%d)"
        m = self.load("m", text % 1)
        one = m.ONE
        plan = self.plan(m=text % 2)
        self.engine.commit(plan)
        self.assertEqual((m.ONE is one, m.ONE.n), (True, 2))
        self.assertEqual([name for name, _ in self.said(plan, "patched")], ["ONE.n"])

    def test_fields_of_the_game(self):
        """Fields of a class with a version or a hook do not follow the text."""
        for number, member in enumerate(
            ("version = 1", "def reloaded(self, old): pass")
        ):
            text = f"class C:\n    {member}\n    def __init__(self, n): self.n = n\n"
            text += "ONE = C(%d)\nONE.k = %d"
            m = self.load(f"m{number}", text % (1, 1))
            self.release(**{f"m{number}": text % (2, 2)})
            self.assertEqual(vars(m.ONE), {"n": 1, "k": 1}, member)

    def test_fields_of_a_value(self):
        """What is equal by its worth: another one is bound, set fields stay."""
        text = """
            class C:
                def __init__(self, n): self.n = n
                def __eq__(self, other): return self.n == other.n
                def __hash__(self): return hash(self.n)
            ONE, TWO = C(%d), C(2)
            TWO.k = %d
        """
        m = self.load("m", text % (1, 1))
        one = m.ONE
        self.release(m=text % (5, 5))
        self.assertEqual((one.n, m.ONE.n, m.TWO.k), (1, 5, 1))

    def test_of_a_library(self):
        """An object of a library's class that is made otherwise: a conflict."""
        text = "import string\nONE = string.Template('%s')"
        m = self.load("m", text % "a")
        one = m.ONE
        plan = self.plan(m=text % "b")
        self.engine.commit(plan)
        self.assertEqual((m.ONE is one, one.template), (True, "a"))
        self.assertEqual([name for name, _ in self.said(plan, "conflict")], ["ONE"])

    def test_removed_though_changed(self):
        """A removed name is gone even if its value changed at run time."""
        m = self.load("m", "TABLE = {}")
        m.TABLE["bob"] = 1
        self.release(m="OTHER = 1")
        self.assertFalse(hasattr(m, "TABLE"))


class ImporterTests(ReleasingCase):
    def test_derived_constant(self):
        """What an importer computed from a constant is stale, and the plan says so."""
        self.load("m", "SPEED = 5")
        other = self.load("other", "from m import SPEED\nTWICE = SPEED * 2")
        plan = self.plan(m="SPEED = 7")
        self.engine.commit(plan)
        self.assertEqual((other.SPEED, other.TWICE), (7, 10))
        self.assertEqual(self.said(plan, "stale"), [("TWICE", "made from m.SPEED")])

    def test_derived_constant_released_too(self):
        """A module whose own text changes too computes it again."""
        self.load("m", "SPEED = 5")
        other = self.load("other", "from m import SPEED\nTWICE = SPEED * 2")
        self.release(m="SPEED = 7", other="from m import SPEED\nTWICE = SPEED * 2 + 0")
        self.assertEqual(other.TWICE, 14)

    def test_star_import(self):
        """Names that a star import brought follow; names that are new do not come."""
        self.load("m", "SPEED = 5\ndef f(): return 1")
        other = self.load("other", "from m import *")
        self.release(m="SPEED = 7\ndef f(): return 2\ndef g(): return 3")
        self.assertEqual((other.SPEED, other.f()), (7, 2))
        self.assertFalse(hasattr(other, "g"))

    def test_removed_name(self):
        """An importer keeps a name that its module dropped."""
        self.load("m", "SPEED = 5\ndef f(): return 1")
        other = self.load("other", "from m import SPEED, f")
        self.release(m="OTHER = 1")
        self.assertEqual((other.SPEED, other.f()), (5, 1))

    def test_import_inside_a_function(self):
        """An import inside a function finds the live module, as ever."""
        self.load("m", "SPEED = 5")
        other = self.load(
            "other", "def go():\n    from m import SPEED\n    return SPEED"
        )
        self.release(m="SPEED = 7")
        self.assertEqual(other.go(), 7)

    def test_kept_in_an_attribute(self):
        """A constant that was stored elsewhere stays what it was."""
        self.load("m", "SPEED = 5")
        other = self.load(
            "other",
            "import m\nclass C:\n    speed = m.SPEED\ndef f(s=m.SPEED): return s",
        )
        self.release(m="SPEED = 7")
        self.assertEqual((other.C.speed, other.f()), (5, 5))


class ModuleTests(ReleasingCase):
    def test_removed(self):
        """A module without a text goes, from sys.modules too."""
        m = self.load("m", "def f(): return 1")
        del self.texts["m"]
        plan = self.plan()
        self.engine.commit(plan)
        self.assertNotIn("m", sys.modules)
        self.assertEqual(m.f(), 1)

    def test_removed_while_imported(self):
        """Not while another module of the game imports it."""
        self.load("m", "def f(): return 1")
        self.load("other", "import m")
        del self.texts["m"]
        plan = self.plan()
        self.assertIn("imports m, which the release removes", plan.refused[0])

    def test_not_imported_yet(self):
        """A new text that nobody has imported becomes a module with the release."""
        self.load("m", "K = 1")
        self.release(new="K = 2")
        self.assertEqual(sys.modules["new"].K, 2)


class RegistryTests(ReleasingCase):
    def setUp(self):
        super().setUp()
        self.other = self.load(
            "other",
            """
            KINDS, ORDER, NAMES = {}, [], set()
            def register(one):
                KINDS[one.__name__] = one
                ORDER.append(one)
                NAMES.add(one.__name__)
                return one
            """,
        )

    def test_registers_again(self):
        """A body that registers again registers the live object, once."""
        text = "from other import register\n@register\nclass Orc:\n    hp = %d"
        m = self.load("m", text % 1)
        self.release(m=text % 2)
        self.assertEqual(self.other.KINDS, {"Orc": m.Orc})
        self.assertEqual(self.other.ORDER, [m.Orc])
        self.assertEqual(m.Orc.hp, 2)

    def test_new_entry(self):
        """What only the new text registers is there after the commit."""
        text = "from other import register\n@register\nclass Orc: pass"
        m = self.load("m", text)
        plan = self.plan(m=text + "\n@register\nclass Elf: pass")
        self.assertEqual(list(self.other.KINDS), ["Orc"])
        self.engine.commit(plan)
        self.assertEqual(self.other.KINDS, {"Orc": m.Orc, "Elf": m.Elf})

    def test_entry_no_longer_made(self):
        """A class that is registered no longer goes; what others registered stays."""
        text = "from other import register\n@register\nclass Orc: pass"
        m = self.load("m", text + "\n@register\nclass Elf: pass")
        self.other.KINDS["Bob"] = self
        self.other.ORDER.append(self)
        self.release(m=text)
        self.assertEqual(self.other.KINDS, {"Orc": m.Orc, "Bob": self})
        self.assertCountEqual(self.other.ORDER, [m.Orc, self])

    def test_entry_no_longer_made_later(self):
        """So it does when releases in between registered it again."""
        text = "from other import register\n@register\nclass Orc: n = %d\n"
        elf = "@register\nclass Elf: pass"
        m = self.load("m", text % 1 + elf)
        self.release(m=text % 2 + elf)
        self.release(m=text % 3)
        self.assertEqual(self.other.KINDS, {"Orc": m.Orc})
        self.assertEqual(self.other.ORDER, [m.Orc])

    def test_name_no_longer_entered(self):
        """A name or a number goes, too."""
        text = "from other import register\n@register\nclass Orc: pass"
        self.load("m", text + "\n@register\nclass Elf: pass")
        self.release(m=text)
        self.assertEqual(self.other.NAMES, {"Orc"})

    def test_place_in_a_list(self):
        """What is registered again keeps its place among what others put there."""
        text = "from other import register\n@register\nclass Orc: n = %d"
        m = self.load("m", text % 1)
        self.other.ORDER.append(self)
        self.release(m=text % 2)
        self.assertEqual(self.other.ORDER, [m.Orc, self])

    def test_counter(self):
        """A body that counts itself counts once more."""
        self.load("m", "import other\nother.N = getattr(other, 'N', 0) + 1")
        self.release(m="import other\nother.N = getattr(other, 'N', 0) + 1\nK = 1")
        self.assertEqual(self.other.N, 2)


class LimitTests(ReleasingCase):
    def test_library_stays_imported(self):
        """A library that a refused body imported stays imported."""
        sys.modules.pop("this_is_nobody", None)
        self.load("m", "K = 1")
        sys.modules.pop("colorsys", None)
        self.refusal(m="import colorsys\n1/0")
        self.assertIn("colorsys", sys.modules)

    def test_effects(self):
        """What a refused body did to other modules' tables and objects is undone."""
        other = self.load("near", "class Box:\n    n = 0\nBOX = Box()\nLISTS = [[]]")
        self.load("m", "K = 1")
        self.refusal(m="import near\nnear.BOX.n = 1\nnear.LISTS[0].append(1)\n1/0")
        self.assertEqual((other.BOX.n, other.LISTS), (0, [[]]))

    def test_deeper_effects(self):
        """Not in a fourth container, nor in an object of a class not the game's."""
        text = """
            from types import SimpleNamespace
            DEEP = [[[[]]]]
            BOX = SimpleNamespace(n=0)
        """
        other = self.load("deep", text)
        self.load("m", "K = 1")
        self.refusal(m="import deep\ndeep.BOX.n = 1\ndeep.DEEP[0][0][0].append(1)\n1/0")
        self.assertEqual((other.BOX.n, other.DEEP), (1, [[[[1]]]]))

    def test_large_containers(self):
        """Nor is what it adds to a container of more than 10,000 entries."""
        other = self.load("deep", "LARGE = list(range(10_001))")
        self.load("m", "K = 1")
        self.refusal(m="import deep\ndeep.LARGE.append(0)\n1/0")
        self.assertEqual(len(other.LARGE), 10_002)

    def test_unreached_modules(self):
        """Nor what it does to a module that it does not import in its text."""
        other = self.load("far", "N = 0")
        self.load("m", "K = 1")
        self.refusal(m="import sys\nsys.modules['far'].N = 1\n1/0")
        self.assertEqual(other.N, 1)

    def written_meanwhile(self, lock: threading.Lock) -> list[str]:
        """Plan, while a thread writes under a lock; give what is there then."""
        text = "import threading\nSOLD = []\nbegun = threading.Event()\n"
        shop = self.load("shop", text)
        self.load("m", "import shop\nK = 1")

        def sell() -> None:
            shop.begun.wait(10)
            with lock:
                shop.SOLD.append("sword")

        seller = threading.Thread(target=sell)
        seller.start()
        # A lock that others hold meanwhile keeps the seller waiting for the plan's end.
        join = "" if lock.locked() else "shop.seller.join()"
        shop.seller = seller
        self.texts["m"] = f"import shop\nK = 2\nshop.begun.set()\n{join}"
        plan = self.engine.plan()
        self.assertEqual(plan.refused, [])
        if lock.locked():
            lock.release()
        seller.join()
        return list(shop.SOLD)

    def test_writes_of_another_thread(self):
        """What another thread writes while the plan is made is lost."""
        self.assertEqual(self.written_meanwhile(threading.Lock()), [])

    def test_writes_under_a_lock(self):
        """It is not lost if a lock makes it wait for the plan."""
        lock = threading.Lock()
        lock.acquire()
        self.assertEqual(self.written_meanwhile(lock), ["sword"])

    def test_import_module_in_a_body(self):
        """importlib.import_module inside a body finds the live module."""
        self.load("a", "K = 1")
        m = self.load("m", "SEEN = 0")
        text = "import importlib\nSEEN = importlib.import_module('a').K"
        self.release(a="K = 2", m=text)
        self.assertEqual((m.SEEN, importlib.import_module("a").K), (1, 2))

    def test_own_registries(self):
        """Entries of objects in a list or a class, or in a library's, stay."""
        head = """
            from types import SimpleNamespace
            class Bot:
                def __init__(self): self.commands = {}
                def command(self, f):
                    self.commands[f.__name__] = f
                    return f
            class Game: bot = Bot()
            BOTS = [Bot()]
            APP = SimpleNamespace(inner=SimpleNamespace(bot=Bot()))
        """
        bots = ("Game.bot", "BOTS[0]", "APP.inner.bot")
        text = dedent(head) + "".join(
            f"@{bot}.command\ndef %s(): return 1\n" for bot in bots
        )
        m = self.load("m", text % (("hi",) * 3))
        self.release(m=text % (("bye",) * 3))
        for bot in (m.Game.bot, m.BOTS[0], m.APP.inner.bot):
            self.assertEqual(list(bot.commands), ["hi"])

    def test_fields_in_a_class(self):
        """So do the fields of an object that a class attribute holds."""
        text = "class C:\n    def __init__(self, n): self.n = n\n"
        text += "class Game: one = C(%d)\nGame.one.k = %d"
        m = self.load("m", text % (1, 1))
        self.release(m=text % (2, 2))
        self.assertEqual(vars(m.Game.one), {"n": 1, "k": 1})

    def test_lambdas_without_keys(self):
        """Changed lambdas of a list, more or fewer of them, match from the front."""
        m = self.load("m", "L = [lambda: 1, lambda: 2, lambda: 3]")
        held = list(m.L)
        self.release(m="L = [lambda: 22, lambda: 33]")
        self.assertEqual([one() for one in held], [22, 33, 3])
