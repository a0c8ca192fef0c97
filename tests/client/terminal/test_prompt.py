from __future__ import annotations

import os
import signal

from tests.client.terminal.window import (
    CTRL_C,
    CTRL_D,
    CTRL_Z,
    ENTER,
    TAB,
    PromptCase,
)


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
            "add": "usage: add <one: whole number> [other: whole number]",
        }.items():
            await window.type(line)
            await window.shows(text)
        await window.prompts("> ")

    async def test_pasted_lines(self):
        """Lines that are pasted are a command each."""
        window = await self.logged_in()
        window.write("\x1b[200~say one\nsay two\r\n\x1b[201~")
        await window.until(lambda: "say two" in window.glass.text)
        window.write(ENTER)
        await window.shows("ada says: one")
        await window.shows("ada says: two")
        self.assertEqual(self.world.calls, [("say", "one"), ("say", "two")])

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

    async def test_suspended(self):
        """Ctrl-Z gives the terminal back to the shell; ``fg`` goes on with the line."""
        shell = ("/bin/sh", "-c", 'set -m; "$@"; echo stopped; fg', "sh")
        window = await self.logged_in(under=shell)
        window.write("say hel")
        await window.prompts("> say hel")
        window.write(CTRL_Z)
        await window.shows("stopped")
        await window.prompts("> say hel")
        window.write("lo" + ENTER)
        await window.shows("ada says: hello")
        await window.type("quit")
        self.assertEqual(await window.ended(), 0)

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
        """Ctrl-C and Ctrl-D at the password leave, whatever the terminal."""
        for term in ("xterm", "dumb"):
            for farewell in (CTRL_C, CTRL_D):
                window = await self.open({"TERM": term})
                await window.prompts("Password: ")
                window.write(farewell)
                self.assertEqual(await window.ended(), 130)
                self.assertNotIn("Traceback", window.out)
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
