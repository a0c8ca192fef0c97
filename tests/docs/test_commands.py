"""The reference of commands: every verb and option, and none that does not exist."""

from __future__ import annotations

import re
from dataclasses import fields

import click
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.admin.api import _shown
from gameserver.admin.code import _shown as _row_shown
from gameserver.admin.releases import summary
from gameserver.admin.served import Served
from gameserver.admin.world import WorldVerbs
from gameserver.cli import _SETTING_OF, commands
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.release_row import CodeRow, Outcome, ReleaseRow
from gameserver.services.release_check import Checked
from gameserver.testing import World
from tests.docs.pages import REPOSITORY, page

PAGE = page("docs/reference/commands.md")
SECTIONS = PAGE.sections()
REACHING = "Reaching the server"


RELEASE = ReleaseRow(1, 0.0, "ada", "local", (), {}, "", None, Outcome.COMMITTED)


class Nobody(Avatar):
    """A player of no game."""


def verbs(group: click.Group, prefix: str) -> dict[str, click.Command]:
    """Give every command that does something by itself, by what one types."""
    found = {}
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        typed = f"{prefix} {name}"
        if isinstance(command, click.Group):
            found |= verbs(command, typed)
        if getattr(command, "invoke_without_command", True):
            found[typed] = command
    return found


VERBS = verbs(commands, "gameserver")


def options(command: click.Command) -> set[str]:
    """Give the long names of a command's options."""
    taken = [one for one in command.params if isinstance(one, click.Option)]
    return {name for one in taken for name in one.opts if name.startswith("--")}


def described(section: str) -> dict[str, str]:
    """Give what a section's table says of each option."""
    rows = [row for row in SECTIONS[section].rows() if row[0].startswith("`--")]
    return {row[0].strip("`").split()[0]: row[1] for row in rows}


def keys(section: str) -> set[str]:
    """Give the names that the row of ``--json`` mentions."""
    return set(re.findall(r"`(\w+)`", described(section)["--json"]))


class CommandsTests(SynchronousTestCase):
    def test_verbs(self):
        """Each verb has a section, and each section is of a verb that exists."""
        written = {one for one in SECTIONS if one.startswith("gameserver ")}
        self.assertEqual(written, set(VERBS))

    def test_options(self):
        """Each section's table has the verb's options, and no others."""
        common = set(described(REACHING))
        for typed, command in VERBS.items():
            reaches = common if common <= options(command) else set()
            self.assertEqual(
                set(described(typed)), options(command) - reaches, f"of {typed}"
            )

    def test_reaching(self):
        """The verbs after that section reach a server, and only those."""
        order = list(SECTIONS)
        after = order[order.index(REACHING) :]
        common = set(described(REACHING))
        reaching = {one for one, verb in VERBS.items() if common <= options(verb)}
        benches = {one for one in VERBS if " bench " in one}
        self.assertEqual(reaching, {*after} & {*VERBS} - benches)

    def test_arguments(self):
        """Each section begins with the verb and its arguments, as they are typed."""
        for typed, command in VERBS.items():
            taken = [one for one in command.params if isinstance(one, click.Argument)]
            words = [f"{one.name}{'...' * (one.nargs < 0)}".upper() for one in taken]
            first = SECTIONS[typed].spans[0]
            self.assertEqual(first, " ".join([typed, *words]))

    def test_settings(self):
        """An option of ``run`` is described by the setting that it stands for."""
        rows = described("gameserver run")
        for name, setting in _SETTING_OF.items():
            self.assertIn(f"`{setting}`", rows[f"--{name.replace('_', '-')}"])

    def test_json(self):
        """The names in the JSON of each verb are those that are listed."""
        world = World(Nobody)
        world.login("ada")
        live = WorldVerbs(world.game, world.clock.seconds, world.close)
        self.assertEqual(keys("gameserver who"), set(live.who()[0]))
        self.assertEqual(keys("gameserver stats"), set(live.stats()))
        entry = {one.name for one in fields(AuditEntry)}
        self.assertEqual(keys("gameserver audit"), entry)
        account = set(_shown(Account("ada")))
        self.assertEqual(keys("gameserver account list"), account)
        self.assertEqual(keys("gameserver check"), set(Checked().as_data()))
        self.assertEqual(keys("gameserver releases"), set(summary(RELEASE)))
        revision = set(_row_shown(CodeRow("plugins.sword", 1, "ada", 0.0, "")))
        self.assertEqual(keys("gameserver code log"), revision)
        (row,) = Served(lambda _: None).rows([CodeRow("plugins.a", 1, "ada", 0.0, "")])
        self.assertEqual(keys("gameserver code list"), set(row))

    def test_make(self):
        """The targets are those of the Makefile."""
        makefile = (REPOSITORY / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        written = {row[0].strip("`").split()[1] for row in SECTIONS["make"].rows()}
        self.assertEqual(written, targets)
