from __future__ import annotations

import stat

from gameserver.client.terminal.asking import SHORTEST_PASSWORD
from gameserver.server.passwords import SHORTEST
from tests.client.pb_server import Authority
from tests.client.terminal.window import ENTER, UP, PromptCase


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

    async def test_hidden_password_at_a_dumb_terminal(self):
        """A terminal that can draw nothing does not show the password either."""
        window = await self.open({"TERM": "dumb"}, name="")
        await window.prompts("Name: ")
        window.write("ada" + ENTER)
        await window.prompts("Password: ")
        window.write("lace" + ENTER)
        await window.shows("* Connected to tls:localhost")
        await window.prompts("> ")
        window.write("say hello" + ENTER)
        await window.shows("ada says: hello")
        self.assertIn("> say hello", window.lines)  # what is no password is shown
        self.assertNotIn("lace", window.out)

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

    async def test_wrong_name(self):
        """A name that was typed may be mended with the password; Enter keeps it."""
        window = await self.open(name="")
        await window.prompts("Name: ")
        window.write("adda" + ENTER)
        await window.prompts("Password: ")
        window.write("lace" + ENTER)
        await window.prompts("Name [adda]: ")
        window.write("ada" + ENTER)
        await window.until(lambda: window.glass.text.count("Password:") == 2)
        window.write("wrong" + ENTER)
        await window.prompts("Name [ada]: ")
        window.write(ENTER)
        await window.until(lambda: window.glass.text.count("Password:") == 3)
        window.write("lace" + ENTER)
        await window.shows("* Connected to")

    async def test_impossible_name(self):
        """What is no word, and so no name, is asked again, before any password."""
        for given in ("", "bob jones"):
            window = await self.open(name=given)
            if not given:
                await window.prompts("Name: ")
                window.write("bob jones" + ENTER)
            await window.shows("A name is one word, without spaces.")
            await window.prompts("Name: ")
            self.assertNotIn("Password", window.glass.text)
            window.write("ada" + ENTER)
            await self.enter(window)

    async def test_name_that_the_server_refuses(self):
        """After a refusal of the name the name is asked, even if it was given."""
        self.world.registration = True
        self.world.bad_names.add("bob")
        window = await self.open(name="bob")
        await self.ask_for_an_account(window, "a good secret")
        await window.prompts("Password again: ")
        window.write("a good secret" + ENTER)
        await window.prompts("Name [bob]: ")
        window.write("ada" + ENTER)
        await self.enter(window)

    async def ask_for_an_account(self, window, password):
        """Give a password that is not known, and want an account with it."""
        await window.prompts("Password: ")
        window.write(password + ENTER)
        await window.shows('If you are new here: make the account "bob"? [y/N]')
        window.write("y" + ENTER)

    async def test_new_account(self):
        """Where registration is open a refused login can become an account."""
        self.world.registration = True
        window = await self.open(name="bob")
        await self.ask_for_an_account(window, "a good secret")
        await window.prompts("Password again: ")
        window.write("a good secret" + ENTER)
        await window.shows("* Made the account bob.")
        await window.shows("* Connected to")
        self.assertEqual(self.world.passwords["bob"], "a good secret")

    async def test_short_password(self):
        """Who wants an account with a short password is told the rule, and asked."""
        self.world.registration = True
        window = await self.open(name="bob")
        await self.ask_for_an_account(window, "lace")
        await window.prompts("New password, 8 characters or more: ")
        self.assertNotIn("again", window.glass.text)
        window.write("a good secret" + ENTER)
        await window.prompts("Password again: ")
        window.write("a good secret" + ENTER)
        await window.shows("* Made the account bob.")
        self.assertEqual(self.world.passwords["bob"], "a good secret")

    def test_shortest_password(self):
        """The rule that is told is the server's."""
        self.assertEqual(SHORTEST_PASSWORD, SHORTEST)

    async def test_no_new_account(self):
        """Who does not want an account, or types two passwords, gets none."""
        self.world.registration = True
        window = await self.open(name="bob")
        await window.prompts("Password: ")
        window.write("builders" + ENTER)
        await window.shows("[y/N]")
        window.write(ENTER)
        await window.until(lambda: window.glass.text.count("Password:") == 2)
        window.write("builders" + ENTER)
        await window.until(lambda: window.glass.text.count("[y/N]") == 2)
        window.write("y" + ENTER)
        await window.prompts("Password again: ")
        window.write("builder" + ENTER)
        await window.shows("The two passwords differ")
        await window.prompts("New password, 8 characters or more: ")
        self.assertNotIn("bob", self.world.passwords)

    async def test_no_server(self):
        """A failed connection is one line and exit code 1, before any question."""
        wrong = {
            "nothing listens at tls:127.0.0.1:1": {"connect": "tls:127.0.0.1:1"},
            "no password is sent over tcp:": {"connect": "tcp:127.0.0.1:1"},
            "[certificate-refused]": {"pin": Authority().pin},
        }
        for text, options in wrong.items():
            window = await self.open(**options, name="")
            self.assertEqual(await window.ended(), 1)
            self.assertIn(text, window.glass.text)
            self.assertNotIn("Name", window.glass.text)

    async def test_long_thought(self):
        """A server that waits for no login is reached again when there is one."""
        window = await self.open()
        await window.prompts("Password: ")
        await self.server.factory.drop()
        window.write("lace" + ENTER)
        await window.shows("* Connected to")
