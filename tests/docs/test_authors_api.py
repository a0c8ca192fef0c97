"""The author's reference: every public name, every code, and examples that run."""

from __future__ import annotations

import re
from dataclasses import fields

from twisted.trial.unittest import SynchronousTestCase

import gameserver
import gameserver.testing
from gameserver import Avatar, Client, ClientSet, Realm, Service, VirtualResource
from gameserver.client import GameClient
from gameserver.client.link import _FINAL
from gameserver.errors import PluginError
from gameserver.model.snapshot import Snapshot
from gameserver.reload.migration import migrate_back
from gameserver.server.login import Entrance
from gameserver.testing import Rules, Window, World
from tests.docs.error_codes import refusals, table
from tests.docs.pages import page
from tests.folders import temporary_folder

PAGE = page("docs/reference/authors-api.md")
SECTIONS = PAGE.sections()
CLIENTS = page("docs/reference/clients.md").sections()


class Nobody(Avatar):
    """A player of no game."""


def members(owner: type) -> set[str]:
    """Give the public methods, properties and options of a class."""
    return {name for name in dir(owner) if not name.startswith("_")}


def attributes(subject: object) -> set[str]:
    """Give the public attributes that an object was given in ``__init__``."""
    return {name for name in vars(subject) if not name.startswith("_")}


def named(section) -> set[str]:
    """Give the names in the first column of a section's tables."""
    cells = [row[0].strip("`") for row in section.rows()]
    return {re.split(r"\W", cell)[0] for cell in cells}


class NamesTests(SynchronousTestCase):
    """The tables have the public names, and no others."""

    def test_imports(self):
        """The two imports on the page are all that can be imported."""
        for module in (gameserver, gameserver.testing):
            line = rf"^    from {re.escape(module.__name__)} import (.*)$"
            listed = re.search(line, PAGE.text, re.MULTILINE)[1].split(", ")
            self.assertEqual(sorted(listed), sorted(module.__all__))

    def test_classes(self):
        """Each class's table has its members."""
        resource, ours = VirtualResource, (Client, ClientSet, Realm, GameClient)
        for owner in (Avatar, Service, resource, *ours):
            section = {**CLIENTS, **SECTIONS}[owner.__name__]
            own = attributes(GameClient("localhost", reactor=None))
            extra = {"GameClient", *own} if owner is GameClient else set()
            self.assertEqual(named(section), members(owner) | extra, owner)

    def test_testing(self):
        """So have those of the world in memory, its windows and rules."""
        world = World(Nobody)
        window = world.login("ada")
        owned = members(World) | attributes(world) | {"World"}
        self.assertEqual(named(SECTIONS["World"]), owned)
        owned = members(Window) | attributes(window)
        self.assertEqual(named(SECTIONS["Window"]), owned)
        owned = {one.name for one in fields(Rules)}
        self.assertEqual(named(SECTIONS["Rules"]), owned)

    def test_root(self):
        """The wire's table has what can be called before login."""
        prefix = "remote_"
        found = {one for one in dir(Entrance) if one.startswith(prefix)}
        owned = {one.removeprefix(prefix) for one in found}
        self.assertEqual(named(CLIENTS["The wire"]), owned)

    def test_codes(self):
        """The table of codes is the one in errors.py; see error_codes.py."""
        self.assertIn(table(), PAGE.text)
        codes = [owner.wire_code for owner in refusals()]
        self.assertEqual(len(codes), len(set(codes)))

    def test_closing(self):
        """A client stays away after the codes that the page says, and no others."""
        rows = [row for row in CLIENTS["Events"].rows() if len(row) == 3]
        final = {row[0].strip("`") for row in rows if row[2] == "no"}
        self.assertEqual(final, set(_FINAL))


class ExampleTests(SynchronousTestCase):
    """The page's code does what the page says of it."""

    def world(self, example: str) -> World:
        folder = temporary_folder(self)
        (folder / "game.py").write_text(PAGE.block(example).text)
        return World.of_plugins(folder)

    def test_whole(self):
        """Every block is run by a test here or, those of clients, with the README's."""
        self.assertEqual(
            PAGE.names, ["fields", "succession", "resource", "migration", "testing"]
        )
        clients = page("docs/reference/clients.md")
        self.assertEqual(clients.names, ["stock.py", "client.py"])

    def test_testing(self):
        """The example of a test passes."""
        exec(PAGE.block("testing").text, {"__name__": "example"})  # noqa: S102 - ours

    def test_fields(self):
        """Fields come back equal, and defaults are no one else's."""
        world = self.world("fields")
        ada, _ = world.login("ada"), world.login("bob")
        self.assertEqual(ada.call("take", "sword"), 1)
        ada.close()
        before = world.avatar("ada").bag
        world.restart()
        world.login("ada")
        self.assertIsNot(world.avatar("ada").bag, before)
        self.assertEqual([(one.name, one.weight) for one in before], [("sword", 1.0)])
        self.assertEqual(world.login("ada").call("take", "shield"), 2)
        world.login("bob")
        self.assertEqual(world.avatar("bob").bag, [])

    def test_shared(self):
        """What is no field is shared, unless ``__init__`` gives each its own."""
        world = self.world("fields")
        for name in ("ada", "bob"):
            world.login(name)
        ada, bob = world.avatar("ada"), world.avatar("bob")
        self.assertIs(ada.everybody, bob.everybody)
        self.assertIsNot(ada._path, bob._path)

    def test_succession(self):
        """The release gives the service a successor, on the same tick."""
        text = PAGE.block("succession").text + "\nfrom gameserver import Avatar\n"
        text += "class Player(Avatar): pass\n"
        world = World.of_texts({"plugins.game": text})
        world.advance(1.5)
        clock = world.service("tower_clock")
        made = world.game.troupe.succeed(["tower_clock"])
        made.commit()
        made.finish()
        world.advance(1.0)
        new = world.service("tower_clock")
        self.assertIs(clock.replacement, new)
        self.assertEqual((new.ticks, new._bells), (2, ["small", "great"]))

    def test_resource(self):
        """A lamp is succeeded by name, and an interface gives the new one."""
        space = {"__name__": "example"}
        exec(PAGE.block("resource").text, space)  # noqa: S102 - ours
        lamp = space["light"](3)
        seen = lamp.interface()
        again = space["light"](1)
        self.assertEqual((seen, seen.oil, again.name), (again, 4, ("example", "lamp")))

    def test_migration(self):
        """The step carries what was stored to the new version."""
        world = self.world("migration")
        world.login("ada").close()
        world.advance(1000)
        old = Snapshot("avatar", "ada", 1, b'{"silver":3}', 9)
        self.successResultOf(world.store.snapshots.save([old]))
        world.login("ada")
        self.assertEqual(world.avatar("ada").copper, 30)
        owner = type(world.avatar("ada"))
        self.assertEqual(migrate_back(owner, {"copper": 34}, 2, 1), {"silver": 3})


class RuleTests(SynchronousTestCase):
    """Rules of the page that nothing else here shows."""

    def plugin_error(self, text: str) -> str:
        folder = temporary_folder(self)
        (folder / "game.py").write_text(text)
        with self.assertRaises(PluginError) as caught:
            World.of_plugins(folder)
        return str(caught.exception)

    def test_type_checking(self):
        """An import under TYPE_CHECKING is refused in a field and in an argument."""
        head = (
            "from typing import TYPE_CHECKING\n"
            "from gameserver import Avatar\n"
            "if TYPE_CHECKING:\n    from datetime import date\n"
            "class Player(Avatar):\n"
        )
        for body in (
            "    since: 'date | None' = None\n",
            "    def perspective_wait(self, until: 'date') -> None: ...\n",
        ):
            self.assertIn("name 'date' is not defined", self.plugin_error(head + body))

    def test_names(self):
        """Names are looked up whatever their case."""
        world = World(Nobody)
        world.login("ada")
        self.assertIs(world.game.realm.get("ADA"), world.avatar("ada"))

    def test_initialiser(self):
        """``__init__`` knows the name, and cannot overwrite what is stored."""

        class Player(Avatar):
            visits: int = 0

            def __init__(self):
                self.visits, self._seen = 0, self.name

            def attached(self, client):
                self.visits += 1

        world = World(Player)
        world.login("ada")
        world.restart()
        world.login("ada")
        self.assertEqual(world.avatar("ada").visits, 2)
        self.assertEqual(world.avatar("ada")._seen, "ada")

    def test_limits(self):
        """Events of more than 131,072 characters are refused in the author's face."""
        world = World(Nobody)
        world.login("ada")
        clients = world.avatar("ada").clients
        clients.notify("tell", "a" * 131_072)
        self.assertRaises(TypeError, clients.notify, "tell", "a" * 131_073)
