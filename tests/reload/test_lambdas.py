"""Functions without a name of their own: lambdas in tables, repeated ``def _``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reload.engines import EngineCase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ITEM = (
    "class Item:\n    def __init__(self, name, use): self.name, self.use = name, use\n"
)
ITEM += "    def enter(self, table): table[self.name] = self.use\n"
REG = "T = {}\ndef reg(key):\n    def enter(f):\n        T[key] = f\n        return f\n"
REG += "    return enter\n"

SHAPES: dict[str, tuple[str, str, str]] = {
    "names": ("", "{0} = lambda: {1}\n", ""),
    "table": ("T = {{\n", "    {0!r}: lambda: {1},\n", "}}\n"),
    "keywords": ("T = dict(\n", "    {0}=lambda: {1},\n", ")\n"),
    "items put": ("T = {{}}\n", "T[{0!r}] = lambda: {1}\n", ""),
    "setdefault": ("T = {{}}\n", "T.setdefault({0!r}, lambda: {1})\n", ""),
    "rows": ("L = [\n", "    ({0!r}, lambda: {1}),\n", "]\nT = dict(L)\n"),
    "objects": (ITEM, "{0} = Item('{0}', lambda: {1})\n", ""),
    "passed": (ITEM + "T = {{}}\n", "Item({0!r}, lambda: {1}).enter(T)\n", ""),
    "passed by name": (
        ITEM + "T = {{}}\n",
        "Item(name={0!r}, use=lambda: {1}).enter(T)\n",
        "",
    ),
    "object names": (ITEM, "{0} = Item('any', lambda: {1})\n", ""),
    "class": ("class C:\n    T = {{\n", "        {0!r}: lambda: {1},\n", "    }}\n"),
    "members": ("class C:\n    pass\n", "C.{0} = lambda: {1}\n", ""),
    "registered": (REG, "@reg({0!r})\ndef _(): return {1}\n", ""),
    "registered lambda": (REG, "reg({0!r})(lambda: {1})\n", ""),
    "defaults": ("", "def {0}(f=lambda: {1}): return f\n", ""),
    "wrapped": ("def same(f): return f\n", "{0} = same(lambda: {1})\n", ""),
    "switched": ("import sys\n", "{0} = (lambda: {1}) if sys else (lambda: 77)\n", ""),
}  # fmt: skip
"""Head, line of one key and value, and tail of a text."""

KEYS = st.sampled_from(["ash", "bow", "cup", "dye", "elk"])
TABLES = st.lists(KEYS, unique=True, min_size=1).flatmap(
    lambda keys: st.fixed_dictionaries(dict.fromkeys(keys, st.integers(0, 2)))
)


def text_of(shape: str, table: Mapping[str, int]) -> str:
    """Write the functions of a table, by key what each returns."""
    head, line, tail = SHAPES[shape]
    lines = "".join(line.format(key, value) for key, value in table.items())
    return head.replace("{{", "{").replace("}}", "}") + lines + tail.replace("}}", "}")


def functions_of(module: Any, keys: Mapping[str, int]) -> dict[str, Callable[[], int]]:
    """Find the functions of a table in the module, by key."""
    owner = getattr(module, "C", module)
    if hasattr(owner, "T"):
        return dict(owner.T)
    found = {key: getattr(owner, key) for key in keys}
    return {
        key: getattr(one, "use", None) or (one.__defaults__ or (one,))[0]
        for key, one in found.items()
    }


class LawTests(EngineCase):
    """Every held function runs what the text says under its key."""

    @settings(max_examples=100, deadline=None)
    @given(st.sampled_from(sorted(SHAPES)), st.lists(TABLES, min_size=2, max_size=4))
    def test_key(self, shape, tables):
        """Held, it is what its key says, while there is one; then what it was."""
        try:
            self.play(shape, tables)
        finally:
            self.texts.pop("worlds.a", None)
            self.engine.release().make_permanent()

    def play(self, shape: str, tables: list[dict[str, int]]) -> None:
        """Release the tables one after the other, and look at all who are held."""
        module = self.load(a=text_of(shape, tables[0]))
        held, before = functions_of(module, tables[0]), tables[0]
        for table in tables[1:]:
            self.release(a=text_of(shape, table))
            for key, one in held.items():
                self.assertEqual(one(), table.get(key, before[key]), key)
            now = functions_of(module, table)
            self.assertEqual({one: f() for one, f in now.items()}, table)
            for key in set(held) & set(table):
                self.assertIs(now[key], held[key])
            held, before = now, table


class NamelessTests(EngineCase):
    def test_inserted_in_front(self):
        """Of a list, those that did not change are themselves."""
        module = self.load(a="L = [lambda: 1, lambda: 2]")
        one, two = module.L
        self.release(a="L = [lambda: 0, lambda: 1, lambda: 2]")
        self.assertEqual([f() for f in module.L], [0, 1, 2])
        self.assertEqual([f() for f in (one, two)], [1, 2])
        self.assertIs(module.L[1], one)

    def test_changed_between(self):
        """One that changed between two that did not is the one that was there."""
        module = self.load(a="L = [lambda: 1, lambda: 2, lambda: 3]")
        two = module.L[1]
        self.release(a="L = [lambda: 0, lambda: 1, lambda: 22, lambda: 3]")
        self.assertEqual(two(), 22)

    def test_moved(self):
        """Those that change places are themselves."""
        module = self.load(a="L = [lambda: 1, lambda: 2]")
        one, two = module.L
        self.release(a="L = [lambda: 2, lambda: 1]")
        self.assertEqual([f() for f in module.L], [2, 1])
        self.assertEqual([f() for f in (one, two)], [1, 2])

    def test_same_line(self):
        """Several in one line are told apart."""
        module = self.load(a="T = {'a': lambda: 'a', 'b': lambda: 'b'}")
        a, b = module.T["a"], module.T["b"]
        text = "T = {'z': lambda: 'zz', 'b': lambda: 'bb', 'a': lambda: 'aa'}"
        self.release(a=text)
        self.assertEqual([a(), b()], ["aa", "bb"])

    def test_renamed(self):
        """One under another name now is the same if it does the same."""
        module = self.load(a="heal = lambda: 1\nkill = lambda: 2\n")
        heal, kill = module.heal, module.kill
        self.release(a="cure = lambda: 1\nstab = lambda: 3\n")
        self.assertIs(module.cure, heal)
        self.assertEqual([kill(), module.stab()], [2, 3])
        self.assertIsNot(module.stab, kill)

    def test_gone_and_back(self):
        """One whose text is gone keeps its code, whatever comes in its place."""
        module = self.load(a="heal = lambda: 1\nkill = lambda: 2\n")
        kill = module.kill
        self.release(a="heal = lambda: 1\n")
        self.release(a="heal = lambda: 1\nkill = lambda: 3\n")
        self.assertEqual([kill(), module.kill()], [2, 3])

    def test_wrapped_now(self):
        """One that is passed to a call now is still under its name."""
        module = self.load(a="def same(f): return f\nb = lambda: 2\na = lambda: 1\n")
        a, b = module.a, module.b
        text = "def same(f): return f\na = same(lambda: 11)\nb = same(lambda: 22)\n"
        self.release(a=text)
        self.assertEqual([a(), b()], [11, 22])

    def test_called(self):
        """What it is passed to tells it apart where nothing else does."""
        head = "T = {}\ndef look(f): T['look'] = f\ndef take(f): T['take'] = f\n"
        module = self.load(a=head + "look(lambda: 1)\ntake(lambda: 2)\n")
        look, take = module.T["look"], module.T["take"]
        self.release(a=head + "take(lambda: 22)\nlook(lambda: 11)\n")
        self.assertEqual([look(), take()], [11, 22])

    def test_made_by_calls(self):
        """Closures of one function follow their keys, too."""
        text = "def make(n): return {{{}}}\n"
        module = self.load(a=text.format("'a': lambda: (n, 1), 'b': lambda: (n, 2)"))
        held = module.make(5)
        self.release(a=text.format("'b': lambda: (n, 22), 'a': lambda: (n, 11)"))
        self.assertEqual([held["a"](), held["b"]()], [(5, 11), (5, 22)])

    def test_property(self):
        """A getter and a setter are told by their decorators."""
        getter = "    @property\n    def hp(self): return {}\n"
        setter = "    @hp.setter\n    def hp(self, to): self.x = to + {}\n"
        deleter = "    @hp.deleter\n    def hp(self): return 0\n"
        module = self.load(a="class C:\n" + getter.format(1) + setter.format(1))
        get, put = module.C.hp.fget, module.C.hp.fset
        text = "class C:\n" + getter.format(2) + deleter + setter.format(2)
        self.release(a=text)
        one = module.C()
        put(one, 5)
        self.assertEqual((get(one), one.x), (2, 7))

    def test_other_getter(self):
        """A name of its own is told by the name, whatever decorates it."""
        text = "class C:\n    @{0}\n    def hp(self): return {1}\n"
        text += "    @hp.{2}\n    def hp(self, to): pass\n"
        module = self.load(a=text.format("property", 1, "setter"))
        get = module.C.hp.fget
        head = "class kept(property): pass\n"
        self.release(a=head + text.format("kept", 2, "setter"))
        self.assertEqual((get(None), module.C().hp), (2, 2))

    def test_dispatched(self):
        """``def _`` is told by the type that it is registered for."""
        head = "from functools import singledispatch\n@singledispatch\ndef f(x): pass\n"
        line = "@f.register\ndef _(x: {}): return {}\n"
        module = self.load(a=head + line.format("int", 1) + line.format("str", 2))
        number, text = module.f.dispatch(int), module.f.dispatch(str)
        self.release(
            a=head
            + line.format("float", 0)
            + line.format("str", 22)
            + line.format("int", 11)
        )
        self.assertEqual([number(1), text("")], [11, 22])
        self.assertEqual([module.f(one) for one in (1, "", 1.0)], [11, 22, 0])

    def test_undone(self):
        """Undo gives everybody what was there before, in the next release, too."""
        one = "T = {\n'a': lambda: 1,\n'b': lambda: 2,\n}\n"
        two = "T = {\n'b': lambda: 22,\n'c': lambda: 3,\n'a': lambda: 11,\n}\n"
        module = self.load(a=one)
        held = dict(module.T)
        release = self.release(a=two)
        self.assertEqual([held["a"](), held["b"]()], [11, 22])
        release.undo()
        self.assertEqual([held["a"](), held["b"]()], [1, 2])
        self.engine.release()
        self.assertEqual([held["a"](), held["b"]()], [11, 22])
