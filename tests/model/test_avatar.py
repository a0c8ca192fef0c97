"""Avatar classes: their hooks, and options that cannot work."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.model.avatar import Avatar, check_avatar_class
from gameserver.model.stateful import make
from tests.model.seats import seat


class Player(Avatar):
    max_clients: ClassVar[int | None] = 2
    greeted: int = 0


class AvatarTests(SynchronousTestCase):
    """What is checked before an avatar class is used."""

    def refusal(self, **body: Any) -> str:
        owner = type("Player", (Avatar,), {"__module__": __name__, **body})
        return self.assertRaises(PluginError, check_avatar_class, owner).text

    def test_good_class(self):
        """Options within their range pass, with or without ``ClassVar``."""
        check_avatar_class(Player)
        options = {"max_clients": 1, "when_full": "replace_oldest", "version": 3}
        check_avatar_class(type("Player", (Avatar,), options))

    def test_hooks_do_nothing(self):
        """An avatar need not write any hook."""
        player = make(Player, seat("ada"), None)
        client: Any = "a client"
        done = [player.created(), player.attached(client)]
        done += [player.detached(client), player.retired()]
        self.assertEqual(done, [None] * 4)

    def test_max_clients(self):
        """A limit is None or a whole number from 1."""
        for limit in (0, -1, 1.0, True, "2"):
            text = self.refusal(max_clients=limit)
            expected = f"Player.max_clients = {limit!r}, expected None or a number"
            self.assertIn(expected, text)

    def test_when_full(self):
        """``when_full`` is one of two words."""
        text = self.refusal(when_full="wait")
        expected = "Player.when_full = 'wait', expected 'refuse' or 'replace_oldest'"
        self.assertEqual(text, expected)

    def test_version(self):
        """A version is a whole number from 1."""
        for version in (0, 1.5, True, "2"):
            text = self.refusal(version=version)
            expected = f"Player.version = {version!r}, expected a whole number from 1"
            self.assertEqual(text, expected)

    def test_reserved_names(self):
        """A field cannot take the name of an option, hook or method of the base."""
        reserved = ["name", "realm", "clients", "kind", "version", "every", "later"]
        reserved += ["cancel", "created", "attached", "detached", "retired"]
        for name in [*reserved, "max_clients", "when_full"]:
            text = self.refusal(__annotations__={name: int}, **{name: 1})
            self.assertIn(f"Player.{name}: the name belongs to the base", text)

    def test_every_public_name_is_reserved(self):
        """No public name of the base is free, whatever is added to it later."""
        own = {name for name in dir(Avatar) if not name.startswith("_")}
        self.assertEqual(own - Avatar.__reserved__, set())
