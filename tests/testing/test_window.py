"""A player's window: what it hears, answers and calls, and how it is cut."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, GameError
from gameserver.testing import World


class Player(Avatar):
    """Asks its windows, and notes what came of it."""

    came: list[str] = []

    def detached(self, client: Client) -> None:
        self.came.append("detached")

    def perspective_tell(self, *, first: str, second: int = 2) -> None:
        self.clients.notify("told", first, second)

    async def perspective_ask(self, question: str) -> list[str]:
        answers = await self.clients.call("asked", question, timeout=5)
        return [str(answer) for answer in answers.values()]

    async def perspective_ask_one(self) -> str:
        client = next(iter(self.clients))
        try:
            answer = await client.call("asked", "you?", timeout=5)
        except GameError as error:
            self.came.append(error.code)
            raise
        self.came.append("answered")
        return str(answer)

    def perspective_leave(self) -> None:
        for client in self.clients:
            client.close("bye", "see you")


class WindowCase(SynchronousTestCase):
    """A world with one player in it."""

    def setUp(self):
        self.world = World(Player)
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")

    def came(self) -> list[str]:
        return self.world.avatar("ada").came


class HearingTests(WindowCase):
    """What a window heard."""

    def test_in_order(self):
        """Events with their arguments, in order, until they are cleared."""
        self.ada.call("tell", first="a")
        self.ada.call("tell", first="b", second=3)
        self.assertEqual(self.ada.heard, [("told", "a", 2), ("told", "b", 3)])
        self.assertEqual(self.ada.heard_names, ["told", "told"])
        self.ada.clear()
        self.assertEqual(self.ada.heard, [])

    def test_each_its_own(self):
        """Every window of a player hears, and each keeps its own record."""
        second = self.world.login("ada")
        self.ada.call("tell", first="a")
        self.ada.clear()
        self.assertEqual(second.heard, [("told", "a", 2)])

    def test_another_mind(self):
        """A login may hand over any mind; then the window hears nothing."""
        odd = self.world.login("ada", mind="no reference")
        odd.call("tell", first="a")
        self.assertEqual(odd.heard, [])
        self.assertEqual(self.ada.heard, [("told", "a", 2)])


class AnsweringTests(WindowCase):
    """What the server gets when it asks."""

    def test_answer(self):
        """``answer`` says what the server gets; the event is heard as well."""
        self.ada.answer("asked", lambda question: f"{question} yes")
        self.assertEqual(self.ada.call("ask", "well?"), ["well? yes"])
        self.assertEqual(self.ada.heard, [("asked", "well?")])

    def test_no_answer_given(self):
        """A window that was told nothing answers None."""
        self.assertEqual(self.ada.call("ask", "well?"), ["None"])

    def test_later_answer(self):
        """An answer may be a Deferred; the call waits for it."""
        thinking: Deferred[str] = Deferred()
        self.ada.answer("asked", lambda _: thinking)
        asked = self.ada.start("ask", "well?")
        self.assertNoResult(asked)
        thinking.callback("at last")
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), ["at last"])

    def test_no_answer_in_time(self):
        """Without an answer the server's patience ends with the clock."""
        self.ada.answer("asked", lambda *_: Deferred())
        asked = self.ada.start("ask_one")
        self.world.advance(4.9)
        self.assertNoResult(asked)
        self.world.advance(0.2)
        self.assertEqual(self.failureResultOf(asked, GameError).value.code, "timed-out")

    def test_refusal(self):
        """An answer may be a refusal, whose code reaches the server."""

        def refuse(*_: Any) -> None:
            raise GameError("asleep", "try again in the morning")

        self.ada.answer("asked", refuse)
        error = self.assertRaises(GameError, self.ada.call, "ask_one")
        self.assertEqual(self.came(), ["client-failed"])
        self.assertIn("asleep: try again", error.text)


class CutTests(WindowCase):
    """A window cut at any moment of a call."""

    def test_cut_while_the_server_asks(self):
        """Both sides of the call get a clear error, and the avatar lives on."""
        self.ada.answer("asked", lambda _: Deferred())
        asked = self.ada.start("ask_one")
        self.ada.close()
        error = self.failureResultOf(asked, GameError).value
        self.assertEqual(error.code, "connection-lost")
        self.assertEqual(sorted(self.came()), ["connection-lost", "detached"])
        self.assertEqual(self.world.login("ada").call("ask", "still?"), ["None"])

    def test_cut_while_it_answers(self):
        """A window that is cut while it answers leaves nothing behind."""
        self.ada.answer("asked", lambda _: self.ada.close())
        asked = self.ada.start("ask_one")
        error = self.failureResultOf(asked, GameError).value
        self.assertEqual(error.code, "connection-lost")
        self.assertEqual(self.came().count("detached"), 1)
        self.assertFalse(self.ada.is_open)

    def test_other_windows_go_on(self):
        """The other windows of the same player notice nothing."""
        second = self.world.login("ada")
        self.ada.close()
        self.assertEqual(second.call("ask", "you?"), ["None"])
        self.assertEqual(len(self.world.avatar("ada").clients), 1)

    def test_closed_by_the_game(self):
        """A window closed by the game is told why; its own call has no answer."""
        asked = self.ada.start("leave")
        self.assertEqual(self.ada.heard, [("closing", "bye", "see you")])
        self.assertFalse(self.ada.is_open)
        error = self.failureResultOf(asked, GameError).value
        self.assertEqual(error.code, "connection-lost")

    def test_cut_twice(self):
        """To cut what is cut is no error, and detaches nobody twice."""
        self.ada.close()
        self.ada.close()
        self.assertEqual(self.came(), ["detached"])

    def test_call_before_login(self):
        """A call before the login has finished is a clear error."""
        window = self.world.connect("bob")
        with self.assertRaisesRegex(AssertionError, "login has not finished"):
            window.call("tell")
