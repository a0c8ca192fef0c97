"""What is told of a start from the texts is what ``import`` does."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload import Engine, Texts
from gameserver.reload.starting import Start, course
from gameserver.reload.trail import Effort, Untold

ROOT = "starts"
NAMES = (f"{ROOT}.a", f"{ROOT}.b", f"{ROOT}.c", f"{ROOT}.p", f"{ROOT}.p.x")
STATEMENTS = st.one_of(
    st.sampled_from(["f = 1", "def g(): pass", "class h: pass"]),
    st.builds("import {}".format, st.sampled_from(NAMES)),
    st.builds(
        "from {} import {}".format,
        st.sampled_from(NAMES),
        st.sampled_from(["f", "g", "h", "*"]),
    ),
    st.builds(
        "try:\n    from {0} import {1}\nexcept ImportError:\n    {1} = 1".format,
        st.sampled_from(NAMES),
        st.sampled_from("fgh"),
    ),
    st.just(f"class k:\n    from {ROOT}.a import f"),
    st.just(f"from {ROOT}.p import x"),
)
BODIES = st.lists(STATEMENTS, max_size=5).map(
    # Every name is bound in the end: that one is missing for good is not told here.
    lambda body: "\n".join([*body, "f = g = h = 1", ""])
)


class LawTests(SynchronousTestCase):
    @given(st.lists(BODIES, min_size=5, max_size=5), st.sampled_from(NAMES))
    def test_as_import(self, bodies: list[str], first: str) -> None:
        """An import is told to fail for a circle if it does, and else not."""
        texts = Texts(dict(zip(NAMES, bodies, strict=True)))
        found = {name: texts.read(name) for name in NAMES}
        courses = {name: course(text) for name, text in found.items() if text}
        is_told = Start(courses, NAMES).early(first) is not None
        self.assertEqual(is_told, _fails(texts, first))


def _fails(texts: Texts, first: str) -> bool:
    """Say whether an import fails because a module is still loading."""
    engine = Engine(texts)
    engine.install()
    try:
        __import__(first)
    except ImportError as error:
        return "partially initialized" in str(error)
    finally:
        engine.uninstall()
        for name in [one for one in sys.modules if one.partition(".")[0] == ROOT]:
            del sys.modules[name]
    return False


class UnreadTests(SynchronousTestCase):
    def test_deep(self) -> None:
        """Of a chain of imports that is too deep nothing is told."""
        chain = {f"m{n}": f"import m{n + 1}\n" for n in range(3000)}
        texts = Texts(chain)
        courses = {}
        for name in chain:
            text = texts.read(name)
            assert text is not None
            courses[name] = course(text)
        self.assertIsNone(Start(courses, chain).early("m0"))

    def test_many(self) -> None:
        """A circle of very many modules is looked at as far as the effort allows."""
        names = [f"many{n}" for n in range(100)]
        imports = "".join(f"import {name}\n" for name in names)
        courses = {}
        for name, text in dict.fromkeys(names, f"{imports}X = 1\n").items():
            read = Texts({name: text}).read(name)
            assert read is not None
            courses[name] = course(read)
        with self.assertRaises(Untold):
            Start(courses, names, Effort(5_000)).early("many0")
