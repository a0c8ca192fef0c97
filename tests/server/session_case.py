"""What tests of sessions share: a world, and players that come back by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, GameError, saved_soon
from gameserver.server.game import Rules
from gameserver.testing import Window, World
from gameserver.testing.window import coded, result_of

GRACE = 20.0  # seconds


class Player(Avatar):
    """Counts what is done to it; ``wait`` holds its long calls."""

    gold: int = 0
    log: list[str] = []
    wait: ClassVar[Any] = None
    waits: ClassVar[list[Any]] = []

    def attached(self, client: Client) -> None:
        self._note("attached")
        client.notify("welcome", self.name)

    def detached(self, client: Client) -> None:
        self._note("detached")

    def perspective_earn(self, amount: int) -> int:
        self.gold += amount
        self.clients.notify("gold", self.gold)
        return self.gold

    def perspective_look(self) -> int:
        return self.gold

    @saved_soon
    def perspective_step(self) -> int:
        self.gold += 1
        return self.gold

    def perspective_spoil(self) -> None:
        self.gold -= 1
        raise GameError("spoilt", "a coin fell into the well")

    def perspective_tell(self, text: str) -> None:
        self.clients.notify("told", text)

    def perspective_show(self, size: int) -> str:
        return "x" * size

    def perspective_brew(self) -> None:
        self.later(120.0, "perspective_step")

    def perspective_stir(self) -> object:
        return object()

    async def perspective_dig(self) -> int:
        self.gold += 1
        await Player.wait
        self.gold += 1
        return self.gold

    async def perspective_dig_deep(self) -> int:
        for wait in Player.waits:
            self.gold += 1
            await wait
        return self.gold

    def perspective_later(self) -> Any:
        def change(_: object) -> int:
            self.gold += 1
            return self.gold

        return Player.wait.addCallback(change)

    async def perspective_wait(self) -> str:
        await Player.wait
        return "waited"

    def _note(self, hook: str) -> None:
        self.log.append(hook)


class SessionCase(SynchronousTestCase):
    """A world with one player, ada."""

    def setUp(self) -> None:
        self.world = World(Player, rules=Rules(session_grace=GRACE))
        Player.wait, Player.waits = Deferred(), [Deferred() for _ in range(3)]

    def entered(self, token: str = "", name: str = "ada") -> Window:
        """Log in over a new connection, saying which session is to go on."""
        window = self.world.connect(name)
        root = result_of(window.factory.getRootObject(), "the root")
        asked = root.callRemote("session", token)
        self.world.settle()
        self.assertTrue(self.successResultOf(asked))
        self.world.login_again(window, name)
        return window

    def opened(self, name: str = "ada") -> tuple[Window, str]:
        """Log in and open a session; gives its token."""
        window = self.entered(name=name)
        answer = window.call("gameserver.session", "", 0)
        self.assertFalse(answer["resumed"])
        window.clear()
        return window, answer["token"]

    def resumed(self, token: str, heard: int = 0, name: str = "ada") -> Window:
        """Come back over a new connection."""
        window = self.entered(token, name)
        self.answer = window.call("gameserver.session", token, heard)
        return window

    def ask(self, window: Window, number: int, name: str, *args: object) -> Any:
        """Make a numbered call."""
        return window.call("gameserver.call", number, name, *args)

    def begin(self, window: Window, number: int, name: str, *args: object) -> Any:
        """Begin a numbered call."""
        return window.start("gameserver.call", number, name, *args)

    def refused(self, window: Window, number: int, name: str, *args: object) -> str:
        """Make a numbered call that is refused; gives the code."""
        begun = self.begin(window, number, name, *args)
        return self.failureResultOf(begun, GameError).value.code

    @property
    def hooks(self) -> list[str]:
        return self.world.avatar("ada").log

    @property
    def gold(self) -> int:
        return self.world.avatar("ada").gold


__all__ = ["GRACE", "Player", "SessionCase", "coded"]
