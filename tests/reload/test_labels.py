"""What a function without a name of its own is bound or passed under."""

from __future__ import annotations

from types import CodeType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.labels import Label, labels


def labels_of(source: str) -> list[tuple[str, ...]]:
    """Give the full labels of a text's own codes, in their order."""
    root = compile(source, "<m>", "exec", dont_inherit=True)
    codes = [one for one in root.co_consts if isinstance(one, CodeType)]
    found = labels(source, codes)
    return [found[id(one)].full if id(one) in found else ("?",) for one in codes]


class LabelTests(SynchronousTestCase):
    def test_ways(self):
        """Names, keys, keywords and first arguments lead to a function."""
        for source, wanted in {
            "f = lambda: 1": ("f",),
            "a.f: object = lambda: 1": ("a.f",),
            "T['a'] = lambda: 1": ("T", "'a'"),
            "T += [lambda: 1]": ("T",),
            "(f := lambda: 1)": ("f",),
            "T = {'a': lambda: 1}": ("T", "'a'"),
            "T = {K.a: lambda: 1}": ("T", "K.a"),
            "T = {**one(lambda: 1)}": ("T", "~one"),
            "T = dict(a=lambda: 1)": ("T", "~dict", "a"),
            "T = dict(**one(lambda: 1))": ("T", "~dict", "~one"),
            "I('a', lambda: 1)": ("~I", "'a'"),
            "I(name='a', use=lambda: 1)": ("~I", "'a'", "use"),
            "reg('a')(lambda: 1)": ("~reg", "'a'"),
            "L = [('a', lambda: 1)]": ("L", "'a'"),
            "a, b = 1, lambda: 1": ("b",),
            "def f(a, *, b=lambda: 1): pass": ("f", "b"),
            "def f(b=lambda: 1, /): pass": ("f", "b"),
            "class C(make(key=lambda: 1)): pass": ("C", "~make", "key"),
            "f = (lambda: 1) if x else None": ("f",),
            "G = (one for one in x)": ("G",),
        }.items():  # fmt: skip
            self.assertIn(wanted, labels_of(source), source)

    def test_said(self):
        """A first argument counts if it says the same in every run."""
        for first in ("-1", "(1, 'a')", "K.a", "None"):
            (one,) = labels_of(f"I({first}, lambda: 1)")
            self.assertEqual(len(one), 2, first)
        for first in ("make()", "[1]", "f'{a}'"):
            (one,) = labels_of(f"I({first}, lambda: 1)")
            self.assertEqual(one, ("~I",), first)
        self.assertEqual(len(labels_of("a, b = make(lambda: 1)")[0]), 2)

    def test_same_line(self):
        """Several of one line are told apart, by columns or by order."""
        found = labels_of("T = {'a': lambda: 1, 'b': lambda: x, 'c': lambda: 'c'}")
        self.assertEqual(found, [("T", "'a'"), ("T", "'b'"), ("T", "'c'")])

    def test_innermost(self):
        """Of two around one another each is itself."""
        found = labels_of("f = (x for x in g(y for y in z))")
        self.assertEqual(sorted(found), [("f",), ("f", "~g")])

    def test_decorated(self):
        """A ``def`` is under its decorators, one without a name by its types, too."""
        head = "@reg('a')\n"
        (named,) = labels_of(head + "def f(x: int): pass")
        (nameless,) = labels_of(head + "async def _(x: int, y): pass")
        self.assertEqual((*named, "int"), nameless)

    def test_inside(self):
        """What is in a function or class has labels of its own."""
        root = compile("class C:\n f = lambda: 1", "<m>", "exec")
        inner = next(
            one
            for body in root.co_consts
            if isinstance(body, CodeType)
            for one in body.co_consts
            if isinstance(one, CodeType)
        )
        found = labels("class C:\n f = lambda: 1", [inner])
        self.assertEqual(found[id(inner)].full, ("f",))

    def test_not_its_text(self):
        """Codes that a text does not have, and no text, have no labels."""
        code = compile("f = lambda: 1", "<m>", "exec").co_consts[0]
        for source in ("", "def", "\n\nf = lambda: 1"):
            self.assertEqual(labels(source, [code]), {})

    def test_contradicts(self):
        """Labels contradict one another unless one begins with the other."""
        one, other, longer = (Label((), x) for x in (("a",), ("b",), ("a", "c")))
        self.assertTrue(one.contradicts(other))
        self.assertFalse(one.contradicts(longer))
        self.assertFalse(longer.contradicts(Label()))
