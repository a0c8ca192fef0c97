"""The world that authors test in."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, GameError, Service
from gameserver.testing import Rules, World
from tests.folders import temporary_folder


class Player(Avatar):
    """Says things, and fails on demand."""

    said: list[str] = []

    def attached(self, client: Client) -> None:
        client.notify("tell", f"welcome, {self.name}")
        client.notify("status", {"said": len(self.said)})

    def perspective_say(self, text: str) -> None:
        """Say something to everybody."""
        self.said.append(text)
        for avatar in self.realm.online:
            avatar.clients.notify("tell", f"{self.name}: {text}")

    def perspective_fail(self) -> None:
        raise ValueError("on demand")

    def perspective_wait(self) -> Any:
        return Deferred()

    def perspective_fail_soon(self) -> None:
        self.later(1.0, "boom")

    def boom(self) -> None:
        raise ValueError("later")


class Counting(Service):
    """Counts beats of two timers."""

    beats: list[str] = []

    def started(self) -> None:
        self.every(2.0, "two")
        self.every(3.0, "three")

    def two(self) -> None:
        self.beats.append("2")

    def three(self) -> None:
        self.beats.append("3")


class WorldTests(SynchronousTestCase):
    """Players, time and restarts without a socket."""

    def test_two_players_in_five_lines(self) -> None:
        """Two connected players in five lines of test."""
        world = World(Player)
        ada, bob = world.login("ada"), world.login("bob")
        ada.clear()
        ada.call("say", "hello")
        self.assertEqual(bob.told, ["welcome, bob", "ada: hello"])

    def test_names_differ_in_case_only(self) -> None:
        """One player however the name is written, as on the server."""
        world = World(Player)
        first, _, third = (world.login(name) for name in ("ada", "ADA", "ada"))
        self.assertEqual(len(world.avatar("Ada").clients), 3)
        self.assertEqual([first.told, third.told], [["welcome, ada"]] * 2)

    def test_status(self) -> None:
        """``status`` is what was shown last."""
        world = World(Player)
        self.assertEqual(world.login("ada").status, {"said": 0})
        self.assertEqual(world.connect("nobody").status, {})

    def test_time_in_order(self) -> None:
        """``advance`` steps from one due timer to the next."""
        world = World(Player, services=[Counting])
        world.advance(7.0)
        self.assertEqual(sorted(world.service("counting").beats), list("22233"))
        self.assertEqual(world.clock.seconds(), 7.0)

    def test_restart(self) -> None:
        """A restart keeps what is stored, and nothing else."""
        world = World(Player)
        ada = world.login("ada")
        ada.call("say", "hello")
        before = world.avatar("ada")
        world.restart()
        self.assertFalse(ada.is_open)
        self.assertEqual(world.login("ada").status, {"said": 1})
        self.assertIsNot(world.avatar("ada"), before)

    def test_errors_of_calls(self) -> None:
        """A failing call is an internal error to the player; ``errors`` has it all."""
        world = World(Player)
        with self.assertRaises(GameError) as caught:
            world.login("ada").call("fail")
        self.assertEqual(caught.exception.code, "internal-error")
        (failure,) = world.flush_errors()
        failure.trap(ValueError)
        self.assertEqual(world.errors, [])

    def test_errors_must_be_seen(self) -> None:
        """An error nobody took makes the next step fail."""
        for step in ("advance", "restart", "close"):
            world = World(Player)
            world.login("ada").call("fail_soon")
            with self.assertRaisesRegex(ValueError, "later"):
                world.advance(2.0)
            with self.assertRaisesRegex(ValueError, "later"):
                world.advance(1.0) if step == "advance" else getattr(world, step)()
            world.flush_errors()

    def test_unanswered(self) -> None:
        """A call that has no answer yet is a clear error; ``start`` waits."""
        world = World(Player)
        ada = world.login("ada")
        with self.assertRaisesRegex(AssertionError, r"'wait'.*use start"):
            ada.call("wait")
        waiting = ada.start("wait")
        self.assertNoResult(waiting)
        ada.close()
        self.failureResultOf(waiting)

    def test_closed_window(self) -> None:
        """A call through a closed window is a clear error."""
        world = World(Player)
        ada = world.login("ada")
        ada.close()
        with self.assertRaisesRegex(AssertionError, "ada's connection has ended"):
            ada.call("say", "hello")
        with self.assertRaisesRegex(AssertionError, "bob is not in memory"):
            world.avatar("bob")

    def test_rules(self) -> None:
        """A world goes by the rules it is given."""
        world = World(Player, rules=Rules(retire_after=5.0))
        world.login("ada").close()
        world.advance(6.0)
        self.assertIsNone(world.game.realm.get("ada"))

    def test_of_plugins(self) -> None:
        """A folder of plugins makes a world, as it makes a server's."""
        folder = temporary_folder(self)
        (folder / "game.py").write_text(
            dedent(
                """
                from gameserver import Avatar


                class Hero(Avatar):
                    def perspective_shout(self, text: str) -> str:
                        return text.upper()
                """
            )
        )
        world = World.of_plugins(folder)
        self.assertEqual(world.login("ada").call("shout", "hey"), "HEY")

    def test_same_wire(self) -> None:
        """What PB cannot carry fails here as it would over a socket."""
        world = World(Player)
        with self.assertRaises(GameError) as caught:
            world.login("ada").call("say", b"bytes")
        self.assertEqual(caught.exception.code, "bad-arguments")
