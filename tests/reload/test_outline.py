"""What a text says before it runs."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.reload.outline import FromImport, absolute, compiled, outline
from tests.reload.game import text_of


def read(source, name="pkg.m", **options):
    return outline(text_of(source, name, **options))


class ShapeTests(SynchronousTestCase):
    def test_layout(self):
        """Texts that differ in comments and blank space have one shape."""
        one = read("def f(a):\n    return a\n")
        other = read("# says\n\ndef f( a ):  # so\n\n    return (a)\n")
        self.assertEqual(one.shape, other.shape)

    def test_content(self):
        """Texts that differ in anything else do not, docstrings included."""
        self.assertNotEqual(read("'''one'''").shape, read("'''two'''").shape)


class BindingTests(SynchronousTestCase):
    def names(self, source, scope=""):
        return set(read(source).bindings.get(scope, {}))

    def test_statements(self):
        """Every statement that binds is seen, also inside blocks."""
        source = """
            import os.path
            import sys as system
            from a import b as c
            one: int = 1
            two = three = 2
            four, (five, *six) = 1, (2, 3)
            if x:
                seven = 1
            elif y:
                eight = 1
            else:
                nine = 1
            for ten in x:
                eleven = 1
            else:
                twelve = 1
            while x:
                thirteen = 1
            try:
                fourteen = 1
            except E:
                fifteen = 1
            else:
                sixteen = 1
            finally:
                seventeen = 1
            with x as eighteen:
                nineteen = 1
            match x:
                case 1:
                    twenty = 1
            (walrus := 1)
            def function(): inside = 1
            async def coroutine(): inside = 1
            class Thing: member = 1
            """
        self.assertEqual(
            self.names(source),
            {
                "os", "system", "c", "one", "two", "three", "four", "five", "six",
                "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
                "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
                "twenty", "walrus", "function", "coroutine", "Thing",
            },
        )  # fmt: skip

    def test_class(self):
        """Names in classes are bound in the class's scope."""
        source = "class C:\n  a = 1\n  class D:\n    b = 1"
        self.assertEqual(self.names(source, "C"), {"a", "D"})
        self.assertEqual(self.names(source, "C.D"), {"b"})

    def test_line(self):
        """A binding has its line; what is bound nowhere has line 0."""
        found = read("a = 1\nclass C:\n  b = 1\n")
        self.assertEqual(found.line("", "a"), 1)
        self.assertEqual(found.line("C", "b"), 3)
        self.assertEqual(found.line("C", "c"), 0)
        self.assertEqual(found.line("D", "c"), 0)

    def test_initialiser(self):
        """The initialiser is the statement without its layout."""
        one, other = read("a = f(1)").bindings[""], read("a  =  f( 1 )").bindings[""]
        self.assertEqual(one["a"].initialiser, other["a"].initialiser)
        changed = read("a = f(2)").bindings[""]
        self.assertNotEqual(one["a"].initialiser, changed["a"].initialiser)

    def test_twice(self):
        """A name bound twice has both statements for its initialiser."""
        one, other = (
            read("a = 1\na = 2").bindings[""],
            read("a = 3\na = 2").bindings[""],
        )
        self.assertNotEqual(one["a"].initialiser, other["a"].initialiser)
        self.assertEqual(one["a"].line, 2)

    def test_branches(self):
        """A name that several branches bind has the line of the first of them."""
        found = read(
            "a = 0\nif x:\n  a = 1\n  a = 2\nelif y:\n  a = 3\nelse:\n  a = 4\n"
            "try:\n  b = 1\nexcept E:\n  b = 2\nc = 1\nfor i in x:\n  c = 2\n"
            "if x:\n  d = 1\nd = 2\n"
        )
        lines = {name: one.line for name, one in found.bindings[""].items()}
        self.assertEqual(lines, {"a": 4, "b": 10, "i": 14, "c": 15, "d": 18})

    def test_reference(self):
        """Another name's value, or an import, is a reference; a call is none."""
        found = read("from x import i\na = b\nc = d.e\nf = g()\nh = 1").bindings[""]
        references = {name for name, one in found.items() if one.is_reference}
        self.assertEqual(references, {"i", "a", "c"})


class ImportTests(SynchronousTestCase):
    def test_names(self):
        """From-imports of the module are listed, with alias and star."""
        found = read("from a import b, c as d\nfrom e import *").from_imports
        self.assertEqual(
            found,
            [FromImport("a", "b", "b"), FromImport("a", "c", "d"),
             FromImport("e", "*", "*")],
        )  # fmt: skip

    def test_in_class(self):
        """Those of a class body count as imports, not as the module's names."""
        found = read("class C:\n  from a import b\n  import c")
        self.assertEqual(found.from_imports, [])
        self.assertEqual(found.imported_names, set())
        self.assertEqual(found.imports, {"a": 2, "a.b": 2, "c": 3})

    def test_in_function(self):
        """What a function imports when it is called is no import of the text."""
        self.assertEqual(read("def f():\n  import a").imports, {})

    def test_relative(self):
        """Relative imports are told by full name, from a module and a package."""
        self.assertIn("pkg.a", read("from .a import b").imports)
        self.assertIn("pkg.m.a", read("from .a import b", is_package=True).imports)

    def test_line(self):
        """The first line that imports counts."""
        self.assertEqual(read("import a\nimport a").imports, {"a": 1})

    def test_absolute(self):
        """A level takes away that many names from the package's."""
        self.assertEqual(absolute("a.b", 0, "p.q"), "a.b")
        self.assertEqual(absolute("a", 1, "p.q"), "p.q.a")
        self.assertEqual(absolute("a", 2, "p.q"), "p.a")
        self.assertEqual(absolute("", 1, "p.q"), "p.q")
        self.assertEqual(absolute("a", 2, "p"), "a")


class UsedTests(SynchronousTestCase):
    def used(self, source):
        return {one.written for one in read(source).uses}

    def test_outside_functions(self):
        """What runs with the text is used: bases, decorators, defaults, options."""
        source = """
            a = b + 1
            @c
            def f(x=d, *, y=e): return inside
            @g
            class C(h, metaclass=i, option=j): k = l
            if m: pass
            n = lambda x=o: inside
            async def p(x=q): return inside
            """
        self.assertEqual(self.used(source), set("bcdeghijlmoq"))

    def test_makers(self):
        """Each use names what its statement binds, in its scope, and its line."""
        source = """
            a = b = K
            def f(x=K): pass
            class C:
                k = K
                def g(self, x=K): pass
            print(K)
            for i in K: pass
            d = [j for j in K]
            if (n := K): m = 1
            """
        found = [
            (one.maker, one.line) for one in read(source).uses if one.written == "K"
        ]
        self.assertEqual(
            sorted(found, key=lambda one: (one[1], one[0])),
            [("a", 2), ("b", 2), ("f", 3), ("C.k", 5), ("C.g", 6), ("", 7),
             ("i", 8), ("d", 9), ("n", 10)],
        )  # fmt: skip


class ReloadableTests(SynchronousTestCase):
    def test_mark(self):
        """A false constant forbids to reload."""
        self.assertFalse(read("__reloadable__ = False").is_reloadable)
        self.assertFalse(read("a = __reloadable__ = 0").is_reloadable)

    def test_no_mark(self):
        """Anything else does not: a true one, a class's, a computed one, none."""
        for source in (
            "", "__reloadable__ = True", "class C:\n  __reloadable__ = False",
            "__reloadable__ = f()", "__reloadable__: bool",
        ):  # fmt: skip
            self.assertTrue(read(source).is_reloadable, source)


class RefusalTests(SynchronousTestCase):
    def refused(self, source):
        return self.assertRaises(PluginError, outline, text_of(source))

    def test_syntax(self):
        """A syntax error names file, line and the words."""
        error = self.refused("a = 1\nb = = 2\n")
        self.assertEqual(error.place, "<m>:2")
        self.assertIn("b = = 2", error.text)

    def test_indentation(self):
        """So does a wrong indentation, by its own name."""
        error = self.refused("def f():\na = 1\n")
        self.assertEqual(error.place, "<m>:2")
        self.assertIn("IndentationError", error.text)

    def test_null(self):
        """Text that is no text, with a null byte, is refused."""
        self.assertIn("null", self.refused("a = 1\x00").text)

    def test_deep(self):
        """Text nested too deeply to be read is refused, not crashed on."""
        self.assertIn(
            "RecursionError", self.refused(f"a = {'+'.join('1' * 9000)}").text
        )

    def test_compile(self):
        """What only the compiler finds is refused with its line."""
        error = self.assertRaises(PluginError, compiled, text_of("a = 1\nreturn a\n"))
        self.assertEqual(error.place, "<m>:2")
        self.assertIn("outside function", error.text)

    def test_compiled(self):
        """A good text is compiled under its origin."""
        self.assertEqual(compiled(text_of("a = 1")).co_filename, "<m>")
