"""Which ``def`` of one text is which of the next."""

from __future__ import annotations

from types import CodeType, FunctionType

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.tree import CodeTree, identical, means_the_same

TEXT = """
class Player:
    @property
    def hp(self): return 1
    @hp.setter
    def hp(self, value): pass
    class Bag:
        def open(self): return [one for one in self]

def make(n):
    def inner(): return n
    class Local:
        def method(self): return n
    return inner

key = lambda a: a
other = lambda a: a + 1
"""

NAMES = st.sampled_from("abc")


def code_of(source: str, file: str = "<m>") -> CodeType:
    return compile(source, file, "exec", dont_inherit=True)


def function(source: str) -> CodeType:
    """Give the code of the one function in a text."""
    return next(one for one in code_of(source).co_consts if isinstance(one, CodeType))


@st.composite
def texts(draw, depth=0):
    """Texts of functions and classes in one another, names repeated."""
    lines = []
    for _ in range(draw(st.integers(0 if depth else 1, 3))):
        is_class = draw(st.booleans())
        head = "class {}:" if is_class else "def {}():"
        lines.append(head.format(draw(NAMES)))
        lines.append("    pass")
        if depth < 3:
            lines += [f"    {line}" for line in draw(texts(depth + 1))]
    return lines


class PlaceTests(SynchronousTestCase):
    def places(self, source: str) -> list[str]:
        tree = CodeTree(code_of(source))
        return [".".join(f"{n}{r or ''}" for n, r in place) for place in tree.nodes]

    def test_way(self):
        """A place is the way from the module down."""
        found = self.places(TEXT)
        for one in ("Player", "Player.Bag.open", "make.inner", "make.Local.method"):
            self.assertIn(one, found)

    def test_rank(self):
        """Siblings of one name differ by their rank."""
        found = self.places(TEXT)
        self.assertIn("Player.hp", found)
        self.assertIn("Player.hp1", found)
        self.assertIn("<lambda>1", found)

    def test_once(self):
        """What classes and the module hold is made once; what calls make is not."""
        tree = CodeTree(code_of(TEXT))
        once = {
            ".".join(n for n, _ in p): node.is_once for p, node in tree.nodes.items()
        }
        self.assertTrue(once["Player.Bag.open"])
        self.assertTrue(once["make"])
        self.assertFalse(once["make.inner"])
        self.assertFalse(once["make.Local.method"])

    def test_local(self):
        """A class made by a call is local, with what is in it; a closure is not."""
        tree = CodeTree(code_of(TEXT))
        local = {
            ".".join(n for n, _ in place): node.is_local
            for place, node in tree.nodes.items()
        }
        self.assertTrue(local["make.Local.method"])
        self.assertFalse(local["make.inner"])
        self.assertFalse(local["Player.hp"])

    def test_function(self):
        """A class body is no function."""
        tree = CodeTree(code_of("class C:\n def f(self): pass"))
        body, method = tree.nodes.values()
        self.assertFalse(body.is_function)
        self.assertTrue(method.is_function)

    @given(texts())
    def test_unique(self, lines):
        """Each code has a place of its own, and is found by it."""
        root = code_of("\n".join(lines))
        tree = CodeTree(root)

        def below(code):
            inner = [one for one in code.co_consts if isinstance(one, CodeType)]
            return [*inner, *(one for each in inner for one in below(each))]

        codes = below(root)
        self.assertEqual(len(codes), len(tree.nodes))
        for code in codes:
            node = tree.find(code)
            assert node is not None
            self.assertIs(node.code, code)

    @given(texts())
    def test_equal(self, lines):
        """Equal texts have equal places."""
        source = "\n".join(lines)
        one, other = (CodeTree(code_of(source)) for _ in range(2))
        self.assertEqual(list(one.nodes), list(other.nodes))


class FindTests(SynchronousTestCase):
    def test_equal_code(self):
        """A text that was compiled twice: the other's codes are found, too."""
        one, other = (CodeTree(code_of(TEXT)) for _ in range(2))
        for node in other.nodes.values():
            found = one.find(node.code)
            assert found is not None
            self.assertEqual(found.place, node.place)

    def test_other_file(self):
        """Code of another file is nobody's, however equal."""
        tree = CodeTree(code_of(TEXT))
        elsewhere = CodeTree(code_of(TEXT, "<n>"))
        self.assertIsNone(tree.find(next(iter(elsewhere.nodes.values())).code))

    def test_unknown(self):
        """Code of the same file that the text does not have is nobody's."""
        self.assertIsNone(CodeTree(code_of(TEXT)).find(function("def f(): return 77")))

    def test_graft(self):
        """A grafted code, and what is in it, takes the node's place."""
        tree, other = (CodeTree(code_of(TEXT)) for _ in range(2))
        place = (("make", 0),)
        code = other.nodes[place].code
        tree.graft(tree.nodes[place], code)
        self.assertIs(tree.nodes[place].code, code)
        inner = (*place, ("inner", 0))
        self.assertIs(tree.nodes[inner].code, other.nodes[inner].code)
        self.assertFalse(tree.nodes[inner].is_once)


class MeaningTests(SynchronousTestCase):
    def test_lines(self):
        """Code that moved means the same, but is not identical."""
        one, other = function("def f(): return 1"), function("\n\ndef f(): return 1")
        self.assertTrue(means_the_same(one, other))
        self.assertFalse(identical(one, other))

    def test_inner_lines(self):
        """Inner code that moved means the same, and makes the outer not identical."""
        text = "def f():\n x = 1\n{}def g(): pass"
        one, other = function(text.format(" ")), function(text.format("\n "))
        self.assertTrue(means_the_same(one, other))
        self.assertFalse(identical(one, other))

    def test_same(self):
        """The same text twice is identical."""
        one, other = (function("def f():\n def g(): return 1") for _ in range(2))
        self.assertTrue(identical(one, other))
        self.assertTrue(identical(one, one))

    def test_differences(self):
        """Every part of a code counts, types of constants too."""
        base = "def f(a, b): return a + 1"
        for other in (
            "def f(a, b): return a - 1",
            "def f(a, c): return a + 1",
            "def f(a, b): return a + 2",
            "def f(a, b): return a + 1.0",
            "def f(a, b): return a + True",
            "def f(a, *, b): return a + 1",
            "def f(a, /, b): return a + 1",
            "def f(a, *b): return a + 1",
            "def f(a, b): return max + 1",
            "async def f(a, b): return a + 1",
        ):
            self.assertFalse(means_the_same(function(base), function(other)), other)

    def test_inner(self):
        """A change in inner code is a change."""
        one = function("def f():\n return lambda: 1")
        self.assertFalse(means_the_same(one, function("def f():\n return lambda: 2")))
        self.assertTrue(means_the_same(one, function("def f():\n return lambda: 1")))

    def test_zero(self):
        """0.0 and -0.0 are equal, but not the same constant."""
        one, other = (function(f"def f(): return {n}, x") for n in ("0.0", "-0.0"))
        self.assertFalse(means_the_same(one, other))

    def test_runs(self):
        """A node's code makes a function that runs."""
        tree = CodeTree(code_of("def f(): return 5"))
        self.assertEqual(FunctionType(tree.nodes[("f", 0),].code, {})(), 5)
