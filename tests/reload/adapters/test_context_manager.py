"""contextlib.contextmanager and its kin: the core does it, without an adapter."""

from __future__ import annotations

import asyncio
import contextlib

from tests.reload.adapters.game import GameCase

SCENE = """
import contextlib
OUT = []

@contextlib.contextmanager
def scene():
    OUT.append("begin 1")
    yield 1
    OUT.append("end 1")

@scene()
def act(): return "act 1"
"""
ASYNC = """
import contextlib

@contextlib.asynccontextmanager
async def scene():
    yield 1
"""
CLASS = """
import contextlib

class Scene(contextlib.ContextDecorator):
    def __init__(self, name): self.name = name
    def __enter__(self): return self
    def __exit__(self, *error): OUT.append((self.name, 1))

OUT = []

@Scene("opening")
def act(): return 1
"""


def _two(text: str) -> str:
    return text.replace("1", "2")


class ContextManagerTests(GameCase):
    def test_held(self) -> None:
        """A held function that makes context managers makes new ones."""
        scene = self.load("m", SCENE).scene
        release = self.release(m=_two(SCENE))
        with scene() as value:
            self.assertEqual(value, 2)
        release.undo()
        with scene() as value:
            self.assertEqual(value, 1)

    def test_entered(self) -> None:
        """One that is entered ends in its old text."""
        module = self.load("m", SCENE)
        with contextlib.ExitStack() as stack:
            stack.enter_context(module.scene())
            self.release(m=_two(SCENE))
        self.assertEqual(module.OUT, ["begin 1", "end 1"])

    def test_as_decorator(self) -> None:
        """A function decorated with one, held elsewhere, runs both new texts."""
        module = self.load("m", SCENE)
        act = module.act
        self.release(m=_two(SCENE))
        self.assertEqual(act(), "act 2")
        self.assertEqual(module.OUT, ["begin 2", "end 2"])
        self.assertIs(module.act, act)

    def test_asynchronous(self) -> None:
        """The same for ``asynccontextmanager``."""
        scene = self.load("m", ASYNC).scene
        self.release(m=_two(ASYNC))

        async def enter() -> int:
            async with scene() as value:
                return int(value)

        self.assertEqual(asyncio.run(enter()), 2)

    def test_method(self) -> None:
        """A bound method that makes context managers makes new ones."""
        text = "import contextlib\nclass Play:\n    @contextlib.contextmanager\n"
        text += "    def scene(self):\n        yield 1\n"
        scene = self.load("m", text).Play().scene
        self.release(m=_two(text))
        with scene() as value:
            self.assertEqual(value, 2)

    def test_context_decorator(self) -> None:
        """A ``ContextDecorator``'s methods and the function inside run new texts."""
        module = self.load("m", CLASS)
        act = module.act
        self.release(m=CLASS.replace("self.name, 1", "self.name, 2"))
        self.assertEqual((act(), module.OUT), (1, [("opening", 2)]))
