"""The public examples type-check, and do what they say."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from mypy import api
from twisted.trial.unittest import SynchronousTestCase

from gameserver import GameError
from gameserver.testing import World
from tests.typing.clock import Clock
from tests.typing.greeting import Neighbour
from tests.typing.weather import Walker, Weather

HERE = Path(__file__).parent


def checked(*names: str) -> str:
    """Give what ``mypy --strict`` says of these files."""
    with TemporaryDirectory() as cache:
        options = ["--strict", "--no-error-summary", "--config-file", ""]
        files = [str(HERE / f"{name}.py") for name in names]
        out, err, _ = api.run([*options, "--cache-dir", cache, *files])
    return out + err


class TypingTests(SynchronousTestCase):
    """What a type checker makes of the public names."""

    def test_examples(self) -> None:
        """The examples are right, and each mistake of the wrong one is found."""
        told = checked("clock", "greeting", "weather", "wrong").splitlines()
        mistakes = [line.partition("wrong.py:")[2] for line in told]
        expected = [
            ("11: error", "[attr-defined]"),
            ("15: error", "[arg-type]"),
            ("15: error", "[arg-type]"),
            ("19: error", "[misc]"),
            ("23: error", "[call-arg]"),
        ]
        self.assertEqual(len(mistakes), len(expected), told)
        for line, (place, code) in zip(mistakes, expected, strict=True):
            self.assertTrue(line.startswith(place), line)
            self.assertTrue(line.endswith(code), line)


class ClockTests(SynchronousTestCase):
    """The clock example over the wire."""

    def test_ticks(self) -> None:
        """It tells its minds the time every second, each window the same."""
        world = World(Clock)
        first, second = world.login("ada"), world.login("ada")
        world.advance(3.0)
        self.assertEqual(first.heard, [("time", 1), ("time", 2), ("time", 3)])
        self.assertEqual(first.heard, second.heard)

    def test_period(self) -> None:
        """``setperiod`` changes the pace, and refuses what is no period."""
        world = World(Clock)
        ada = world.login("ada")
        ada.call("setperiod", 0.5)
        world.advance(2.0)
        self.assertEqual(len(ada.heard), 4)
        with self.assertRaises(GameError):
            ada.call("setperiod", 0)

    def test_stops(self) -> None:
        """It stops at the last logout, and begins again at the next login."""
        world = World(Clock)
        ada = world.login("ada")
        world.advance(2.0)
        ada.close()
        world.advance(5.0)
        self.assertEqual(world.avatar("ada").beats, 2)
        again = world.login("ada")
        world.advance(1.0)
        self.assertEqual(again.heard, [("time", 3)])


class OtherExampleTests(SynchronousTestCase):
    """The other examples over the wire."""

    def test_greeting(self) -> None:
        """Greeting finds somebody who has never logged in, and counts."""
        world = World(Neighbour)
        ada, bob = world.login("ada"), world.login("bob")
        bob.close()
        world.restart()
        ada = world.login("ada")
        self.assertEqual(ada.call("greet", "bob"), 1)
        self.assertEqual(ada.heard[0], ("welcome", "ada", 0))
        ada.answer("mood", lambda: "calm")
        self.assertEqual(ada.call("poll"), ["calm"])

    def test_weather(self) -> None:
        """The sky changes for whoever watches it."""
        world = World(Walker, services=[Weather])
        ada = world.login("ada")
        world.advance(120.0)
        self.assertEqual(ada.heard, [("rain", True), ("rain", False)])
        self.assertIs(ada.call("is_raining"), False)
