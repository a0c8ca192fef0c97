"""What a live function object takes over from its new text."""

from __future__ import annotations

from types import CellType, FunctionType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.functions import fits, patch, succeed
from gameserver.reload.record import initial_of
from tests.reload.game import desk_for, notes


def made(source, *cells, name="f"):
    """Give the function that a text makes, free variables in the given cells."""
    names = [f"c{n}" for n in range(len(cells))]
    head = f"def outer({', '.join(names)}):\n"
    body = "".join(f"  {line}\n" for line in source.splitlines())
    spaces = {}
    code = compile(f"{head}{body}  return {name}\n", "<m>", "exec", dont_inherit=True)
    exec(code, spaces)  # noqa: S102 - two versions of a text
    return spaces["outer"](*cells)


class Patching(SynchronousTestCase):
    def patched(self, live, staged, meddle=None):
        initial = initial_of(live)
        if meddle is not None:
            meddle(live)
        desk = desk_for()
        patch(live, staged, initial, lambda value: value, desk)
        desk.journal.apply()
        return desk


class PatchTests(Patching):
    def test_code(self):
        """The object stays and runs the new code."""
        live = made("def f(): return 1")
        self.patched(live, made("def f(): return 2"))
        self.assertEqual(live(), 2)

    def test_same(self):
        """A function that is the same gets no writes."""
        live = made("def f(a=[1], *, b={}):\n  'doc'\n  return a")
        same = FunctionType(live.__code__, {}, "f", ([1],), live.__closure__)
        same.__kwdefaults__ = {"b": {}}
        same.__doc__, same.__qualname__ = live.__doc__, live.__qualname__
        self.assertEqual(len(self.patched(live, same).journal), 0)

    def test_parts(self):
        """Defaults, keyword defaults, doc, annotations and name come along."""
        live = made("def f(a=1, *, b=1): 'one'\nf.x = 1")
        staged = made("class C:\n  def f(a: int=2, *, b=2): 'two'\nf = C.f")
        self.patched(live, staged)
        self.assertEqual(live.__defaults__, (2,))
        self.assertEqual(live.__kwdefaults__, {"b": 2})
        self.assertEqual(live.__doc__, "two")
        self.assertEqual(live.__annotations__, {"a": int})
        self.assertIn("C.f", live.__qualname__)

    def test_unchanged_part(self):
        """A part that the text did not change stays as it is at run time."""

        def meddle(live):
            live.__defaults__ = (5,)

        live = made("def f(a=1): return a")
        self.patched(live, made("def f(a=1): return a, a"), meddle)
        self.assertEqual(live(), (5, 5))

    def test_conflict(self):
        """A part changed in the text and at run time stays, and is noted."""

        def meddle(live):
            live.__defaults__ = (5,)

        live = made("def f(a=1): return a")
        desk = self.patched(live, made("def f(a=2): return a"), meddle)
        self.assertEqual(live(), 5)
        self.assertEqual([kind for kind, _, _ in notes(desk)], ["conflict"])

    def test_agreed(self):
        """A part changed at run time to what the text says now is no conflict."""

        def meddle(live):
            live.__defaults__ = (2,)

        live = made("def f(a=1): return a")
        desk = self.patched(live, made("def f(a=2): return a"), meddle)
        self.assertEqual((live(), notes(desk)), (2, []))


class AttributeTests(Patching):
    def test_merge(self):
        """Attributes merge: new ones come, removed ones go, run time's stay."""

        def meddle(live):
            live.touched = 5
            live.injected = 6
            live.agreed = 2

        live = made("def f(): 0\nf.a = f.touched = f.gone = f.agreed = 1")
        staged = made("def f(): 0\nf.a = f.touched = f.agreed = 2\nf.new = 3")
        self.patched(live, staged, meddle)
        self.assertEqual(
            vars(live), {"a": 2, "touched": 5, "agreed": 2, "injected": 6, "new": 3}
        )

    def test_gone_already(self):
        """One that is removed in the text and at run time is gone."""

        def meddle(live):
            del live.a

        live = made("def f(): 0\nf.a = 1")
        self.patched(live, made("def f(): 0"), meddle)
        self.assertEqual(vars(live), {})


class CellTests(Patching):
    def test_merge(self):
        """Contents of cells merge three ways, like any value."""

        def meddle(live):
            live.__closure__[1].cell_contents = 5

        live = made("def f(): return c0, c1, c2", 1, 1, 1)
        self.patched(live, made("def f(): return c0, c1, c2", 2, 2, 1), meddle)
        self.assertEqual(live(), (2, 5, 1))

    def test_unchanged(self):
        """What the text makes anew, the same as before, is not taken."""
        held = [1]
        live = made("def f(): return c0", held)
        self.patched(live, made("def f(): return c0", [1]))
        self.assertIs(live(), held)

    def test_remade(self):
        """What a decorator keeps goes on, unless the text decorates otherwise now."""
        before, after = object(), object()
        for is_remade, kept in ((False, before), (True, after)):
            live, staged = (made("def f(): return c0", x) for x in (before, after))
            desk = desk_for()
            patch(
                live, staged, initial_of(live), lambda value: value, desk,
                is_remade=is_remade,
            )  # fmt: skip
            desk.journal.apply()
            self.assertIs(live(), kept)

    def test_empty(self):
        """A variable that is not bound in the new text keeps its value."""
        live = made("def f(): return c0", 1)
        staged = made("def f(): return c0", 1)
        fresh = FunctionType(staged.__code__, {}, "f", None, (CellType(),))
        self.patched(live, fresh)
        self.assertEqual(live(), 1)

    def test_filled(self):
        """A variable that was not bound gets its value."""
        text = made("def f(): return c0", 1)
        live = FunctionType(text.__code__, {}, "f", None, (CellType(),))
        desk = self.patched(live, text)
        self.assertEqual(live(), 1)
        desk.journal.revert()
        self.assertRaises(NameError, live)

    def test_fits(self):
        """Code fits if it closes over the same names."""
        self.assertTrue(fits(made("def f(): c0", 1), made("def f(): return c0", 2)))
        self.assertFalse(fits(made("def f(): c0", 1), made("def f(): c0, c1", 1, 2)))

    def test_succeed(self):
        """One that does not fit passes on, and the plan says so."""
        live, desk = made("def f(): return 1"), desk_for()
        succeed(live, lambda: 2, desk)
        desk.journal.apply()
        self.assertEqual(live(), 2)
        self.assertEqual(notes(desk)[0][2], "passes on to its successor")
