from __future__ import annotations

import os
import signal
import stat

from tests.client.case import ClientCase
from tests.client.pb_server import Authority
from tests.client.terminal.child import Child, start
from tests.client.terminal.vt import Glass
from tests.folders import temporary_folder

ENTER, TAB, UP = "\r", "\t", "\x1b[A"
CTRL_C, CTRL_D = "\x03", "\x04"


class Window(Child):
    """The program at a pseudo-terminal, and the terminal that it draws on."""

    def __init__(self):
        super().__init__()
        self.glass = Glass()

    def outReceived(self, chunk):
        reply = self.glass.feed(chunk.decode(errors="replace"))
        if reply:
            self.write(reply)
        super().outReceived(chunk)

    def shows(self, text):
        """Fire when the text is on the glass."""
        return self.until(lambda: text in self.glass.text)

    def prompts(self, line):
        """Fire when the cursor stands behind that line."""
        return self.until(lambda: self.glass.cursor_line == line)

    async def type(self, text):
        """Type a line at the prompt and see it there, then press Enter."""
        await self.prompts("> ")
        self.write(text)
        await self.prompts(f"> {text}")
        self.write(ENTER)

    @property
    def lines(self):
        return self.glass.text.split("\n")


class PromptCase(ClientCase):
    timeout = 60

    def setUp(self):
        super().setUp()
        self.state = temporary_folder(self)

    async def open(self, environment=None, **options):
        """Start the program and leave it at its first question."""
        self.authority = Authority()
        self.server = await self.serve(self.authority)
        return self.again(environment, **options)

    def again(self, environment=None, **options):
        options = {
            "connect": f"tls:localhost:{self.server.number}",
            "pin": self.authority.pin,
            "name": "ada",
        } | options
        environment = {
            "TERM": "xterm-256color",
            "XDG_STATE_HOME": os.fspath(self.state),
        } | (environment or {})
        options = {name: value for name, value in options.items() if value}
        return start(self, Window(), environment, at_terminal=True, **options)

    async def logged_in(self, environment=None):
        window = await self.open(environment)
        await self.enter(window)
        return window

    async def enter(self, window, password="lace"):
        await window.prompts("Password: ")
        window.write(password + ENTER)
        await window.shows("* Connected to tls:localhost")
        await window.prompts("> ")

    @property
    def player(self):
        return self.world.players[-1]


class TypingTests(PromptCase):
    async def test_a_notification_while_typing(self):
        """What happens is printed above the line; what is typed stays and is sent."""
        window = await self.logged_in()
        window.write("say hel")
        await window.prompts("> say hel")
        self.player.tell("tell", "A bat flies by.")
        await window.shows("A bat flies by.")
        await window.prompts("> say hel")
        window.write("lo" + ENTER)
        await window.shows("ada says: hello")
        self.assertIn(("say", "hello"), self.world.calls)
        after = window.lines.index("A bat flies by.") + 1
        self.assertEqual(window.lines[after], "> say hello")
        self.assertEqual(sum("> say hel" in line for line in window.lines), 1)

    async def test_many_notifications_while_typing(self):
        """A hundred of them stay in order and leave the line as it is."""
        window = await self.logged_in()
        window.write("say hel")
        await window.prompts("> say hel")
        for number in range(100):
            self.player.tell("tell", f"drop {number}")
        await window.shows("drop 99")
        await window.prompts("> say hel")
        drops = [line for line in window.lines if line.startswith("drop")]
        self.assertEqual(drops, [f"drop {number}" for number in range(100)])

    async def test_a_slow_answer(self):
        """While an answer is awaited the player types and plays on."""
        window = await self.logged_in()
        await window.type("hold")
        await window.type("add 2 3")
        await window.shows('{"sum": 5}')

    async def test_answers_and_errors(self):
        """Answers, refusals and wrong lines are shown as in a pipe."""
        window = await self.logged_in()
        for line, text in {
            "go north": "You are in the Hall.",
            "go up": "You cannot go that way. [no-exit]",
            "goo": 'Did you mean "go"?',
            "help go": "Walk to the next room.",
            "add": "usage: add <one: int> [other: int]",
        }.items():
            await window.type(line)
            await window.shows(text)
        await window.prompts("> ")

    async def test_completion(self):
        """Tab completes a command, or shows those it could be with their usage."""
        window = await self.logged_in()
        window.write("sa" + TAB)
        await window.prompts("> say")
        window.write(" hi" + ENTER)
        await window.shows("ada says: hi")
        await window.prompts("> ")
        window.write("h" + TAB)
        await window.shows("help [command]")
        await window.shows("Never answer.")

    async def test_usage_beside_the_line(self):
        """While arguments are typed the usage stands at the right."""
        window = await self.logged_in()
        window.write("go ")
        await window.until(lambda: "<direction>" in window.glass.lines[window.glass.y])
        window.write("north" + ENTER)
        await window.shows("You are in the Hall.")
        self.assertNotIn("<direction>", window.glass.text)

    async def test_long_lines(self):
        """Long lines are broken between words."""
        window = await self.logged_in()
        self.player.tell("tell", "Rain. " * 20)
        await window.shows("\n" + " ".join(["Rain."] * 7))
        self.assertIn(" ".join(["Rain."] * 13), window.lines)

    async def test_status(self):
        """The status stands below the line, and changes without a new line."""
        window = await self.logged_in()
        await window.shows("ada at tls:localhost")
        self.player.tell("status", {"room": "Hall", "life": 10})
        await window.shows("room Hall | life 10")
        self.player.tell("status", {"room": "Hall", "life": 9})
        await window.shows("room Hall | life 9")
        self.assertNotIn("life 10", window.glass.text)
        await window.prompts("> ")

    async def test_escapes_of_others(self):
        """What others send cannot draw on the terminal."""
        window = await self.logged_in()
        self.player.tell("tell", "\x1b[2J\x9b2J\x1b]0;owned\x07gone?")
        await window.shows("gone?")
        self.assertIn("\ufffd[2J\ufffd2J\ufffd]0;owned\ufffdgone?", window.glass.text)
        self.assertIn("* Connected to", window.glass.text)

    async def test_colours(self):
        """There are a few colours."""
        window = await self.logged_in()
        await window.type("go up")
        await window.shows("no-exit")
        self.assertTrue(window.glass.colours)

    async def test_no_colours(self):
        """With NO_COLOR there are none."""
        window = await self.logged_in({"NO_COLOR": "1"})
        await window.type("go up")
        await window.shows("no-exit")
        self.assertEqual(window.glass.colours, set())


class LeavingTests(PromptCase):
    async def test_quit(self):
        """``quit`` and Ctrl-D leave with exit code 0 and without a word of error."""
        for farewell in ("quit" + ENTER, CTRL_D):
            window = await self.logged_in()
            window.write(farewell)
            self.assertEqual(await window.ended(), 0)
            self.assertNotIn("Traceback", window.glass.text)
            self.assertNotIn("!", window.glass.text)

    async def test_interrupt(self):
        """Ctrl-C takes back the line; at an empty one it says how to leave."""
        window = await self.logged_in()
        window.write("say something silly")
        await window.prompts("> say something silly")
        window.write(CTRL_C)
        await window.prompts("> ")
        window.write(CTRL_C)
        await window.shows("Press Ctrl-D, or type quit, to leave.")
        await window.type("who")
        await window.shows('["ada"]')
        self.assertEqual([call[0] for call in self.world.calls], ["who"])

    async def test_leaving_with_calls_pending(self):
        """Calls that are cut off by leaving are no errors to tell of."""
        window = await self.logged_in()
        await window.type("hold")
        await self.world.until(lambda: self.world.calls)
        await window.type("quit")
        self.assertEqual(await window.ended(), 0)
        self.assertNotIn("connection-lost", window.glass.text)

    async def test_terminated(self):
        """SIGTERM ends it in order and leaves the terminal as it was."""
        window = await self.logged_in()
        os.kill(window.transport.pid, signal.SIGTERM)
        self.assertEqual(await window.ended(), 130)
        self.assertNotIn("Traceback", window.glass.text)

    async def test_leaving_at_the_password(self):
        """Ctrl-C at the password leaves."""
        window = await self.open()
        await window.prompts("Password: ")
        window.write(CTRL_C)
        self.assertEqual(await window.ended(), 130)
        self.assertEqual(self.world.players, [])

    async def test_interrupted_while_connecting(self):
        """Ctrl-C leaves at once while the server does not answer."""
        window = await self.open()
        self.world.is_deaf = True
        await window.prompts("Password: ")
        window.write("lace" + ENTER)
        await self.world.until(lambda: self.world.deaf_logins)
        window.write(CTRL_C)
        self.assertEqual(await window.ended(), 130)

    async def test_kicked(self):
        """A kick ends it, in the middle of a line, and says why."""
        window = await self.logged_in()
        window.write("say hel")
        await window.prompts("> say hel")
        self.player.leave("kicked", "Mind your words.")
        self.assertEqual(await window.ended(), 1)
        self.assertIn("Mind your words. [kicked]", window.glass.text)

    async def test_lost_and_back(self):
        """A lost connection is told, so is the return; the line being typed stays."""
        window = await self.logged_in()
        window.write("say hel")
        await window.prompts("> say hel")
        await self.server.factory.drop()
        await window.shows("* Connection lost: the connection broke.")
        await window.shows("* Trying again in")
        await window.shows("* Connected again.")
        await window.prompts("> say hel")
        window.write("lo" + ENTER)
        await window.shows("ada says: hello")


class EnteringTests(PromptCase):
    async def test_name_and_hidden_password(self):
        """Name and password are asked; the password is not shown nor kept."""
        window = await self.open(name="")
        await window.prompts("Name: ")
        window.write("ada" + ENTER)
        await self.enter(window)
        self.assertNotIn("lace", window.glass.text)
        await window.type("who")
        await window.shows('["ada"]')
        await window.prompts("> ")
        window.write(UP + UP + UP)
        await window.prompts("> who")
        self.assertNotIn("lace", self.history.read_text())

    @property
    def history(self):
        return self.state / "gameserver" / "history"

    async def test_history(self):
        """What was typed is there in the next run, for its owner alone."""
        window = await self.logged_in()
        await window.type("go north")
        await window.shows("You are in the Hall.")
        await window.type("quit")
        await window.ended()
        self.assertEqual(stat.S_IMODE(self.history.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.history.parent.stat().st_mode), 0o700)
        window = self.again()
        await self.enter(window)
        window.write(UP + UP)
        await window.prompts("> go north")

    async def test_no_place_for_a_history(self):
        """Without a place for the history there is none, and no complaint."""
        window = await self.logged_in({"XDG_STATE_HOME": "/proc/none"})
        await window.type("who")
        await window.shows('["ada"]')
        await window.prompts("> ")
        window.write(UP)
        await window.prompts("> who")

    async def test_wrong_password(self):
        """A wrong password may be mended twice; the third one ends it."""
        window = await self.open()
        for tries in range(3):
            await window.until(
                lambda t=tries: window.glass.text.count("Password:") == t + 1
            )
            await window.prompts("Password: ")
            window.write("wrong" + ENTER)
        self.assertEqual(await window.ended(), 1)
        self.assertEqual(window.glass.text.count("wrong name or password"), 3)

    async def test_new_account(self):
        """Where registration is open a refused login can become an account."""
        self.world.registration = True
        window = await self.open(name="bob")
        await window.prompts("Password: ")
        window.write("builder" + ENTER)
        await window.shows('No account "bob" has this password. Make a new one? [y/N]')
        window.write("y" + ENTER)
        await window.prompts("Password again: ")
        window.write("builder" + ENTER)
        await window.shows("* Made the account bob.")
        await window.shows("* Connected to")
        self.assertEqual(self.world.passwords["bob"], "builder")

    async def test_no_new_account(self):
        """Who does not want an account, or types two passwords, gets none."""
        self.world.registration = True
        window = await self.open(name="bob")
        await window.prompts("Password: ")
        window.write("builder" + ENTER)
        await window.shows("[y/N]")
        window.write(ENTER)
        await window.until(lambda: window.glass.text.count("Password:") == 2)
        window.write("builder" + ENTER)
        await window.until(lambda: window.glass.text.count("[y/N]") == 2)
        window.write("y" + ENTER)
        await window.prompts("Password again: ")
        window.write("bilder" + ENTER)
        await window.shows("The two passwords differ")
        self.assertNotIn("bob", self.world.passwords)

    async def test_no_server(self):
        """A failed connection is one line and exit code 1."""
        window = await self.open(connect="tls:127.0.0.1:1")
        await window.prompts("Password: ")
        window.write("lace" + ENTER)
        self.assertEqual(await window.ended(), 1)
        self.assertIn("nothing listens at tls:127.0.0.1:1", window.glass.text)
