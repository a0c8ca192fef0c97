"""Functions and objects that a loop of the text makes, in a table and under a name."""

from __future__ import annotations

from tests.reload.engines import EngineCase

FUNCTIONS = "T = {{}}\nfor i in {}:\n    def f(x, i=i): return x + i\n    T[i] = f\n"
LAMBDAS = "T = {{}}\nfor i in {}:\n    T[i] = lambda x, i=i: x + i\n"
ROOMS = "class R:\n    def __init__(self, n): self.n = n\n    def __call__(self, x):\n"
ROOMS += (
    "        return x + self.n\nT = {{}}\nfor i in {}:\n    f = R(i)\n    T[i] = f\n"
)


class LoopTests(EngineCase):
    """A key of the table says which is which."""

    def becomes(self, text: str, one: str, two: str) -> list[object]:
        """Release the loop over other values; give what stayed under its key."""
        module = self.load(a=text.format(one))
        before = dict(module.T)
        release = self.release(a=text.format(two))
        wanted = {n: n for n in eval(two)}  # noqa: S307 - ours, a few lines below
        self.assertEqual({key: one(0) for key, one in module.T.items()}, wanted)
        stayed = [key for key, live in before.items() if module.T.get(key) is live]
        release.undo()
        self.assertEqual(module.T, before)
        self.assertEqual({key: live(0) for key, live in before.items()}, {1: 1, 2: 2})
        return stayed

    def test_appended(self):
        """One more at the end leaves the others what they are."""
        for text in (FUNCTIONS, LAMBDAS, ROOMS):
            self.assertEqual(self.becomes(text, "(1, 2)", "(1, 2, 3)"), [1, 2])
            self.forget()

    def test_in_front(self):
        """So does one in front."""
        for text in (FUNCTIONS, LAMBDAS, ROOMS):
            self.assertEqual(self.becomes(text, "(1, 2)", "(0, 1, 2)"), [1, 2])
            self.forget()

    def test_fewer(self):
        """One that goes is gone."""
        for text in (FUNCTIONS, LAMBDAS, ROOMS):
            self.assertEqual(self.becomes(text, "(1, 2)", "(1,)"), [1])
            self.forget()

    def forget(self) -> None:
        """Let the module be gone."""
        del self.texts["worlds.a"]
        self.engine.release().make_permanent()

    def test_last_name(self):
        """The loop's own name means the last one, as in a fresh start."""
        module = self.load(a=FUNCTIONS.format("(1, 2)"))
        self.release(a=FUNCTIONS.format("(1, 2, 3)"))
        self.assertIs(module.f, module.T[3])
        self.release(a=FUNCTIONS.format("(1, 2)"))
        self.assertIs(module.f, module.T[2])


class ManyReleasesTests(EngineCase):
    """Which of a loop's functions is which stays known, release after release."""

    def test_unlike(self):
        """Some hold plain defaults, others do not; only another name changes."""
        text = (
            "V = {}\n"
            "class Holder: pass\n"
            "one = Holder(); one.rates = []\n"
            "for rate in (0.5, 2, 0.25, 4):\n"
            "    def give(rate=rate): return rate\n"
            "    one.rates.append(give)\n"
            "first = one.rates[0]\n"
        )
        module = self.load(m=text.format(0))
        held = list(module.one.rates)
        for version in (1, 2, 3):
            self.release(m=text.format(version))
            self.assertEqual([one() for one in held], [0.5, 2, 0.25, 4])
            self.assertEqual([one() for one in module.one.rates], [0.5, 2, 0.25, 4])
            self.assertEqual(module.first(), 0.5)
