"""The terminal client at a pseudo-terminal, and the glass that it draws on."""

from __future__ import annotations

import os

from tests.client.case import ClientCase
from tests.client.pb_server import Authority
from tests.client.terminal.child import Child, start
from tests.client.terminal.vt import Glass
from tests.folders import temporary_folder

ENTER, TAB, UP = "\r", "\t", "\x1b[A"
CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"


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

    def again(self, environment=None, *, under=(), **options):
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
        return start(
            self, Window(), environment, at_terminal=True, under=under, **options
        )

    async def logged_in(self, environment=None, **options):
        window = await self.open(environment, **options)
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
