"""The verbs of ``gameserver``, without logic: read options, call, print, exit code.

Exit codes: 0 done; 1 refused, with the reason in one line on stderr; 2 usage.
"""

from __future__ import annotations

import atexit
import gc
import signal
import sys
from pathlib import Path
from typing import Any

import click

from gameserver.cli_admin import account, audit, kick, say, stats, stop, who
from gameserver.cli_code import code
from gameserver.cli_database import accept_loss, backup, export, import_, migrate
from gameserver.cli_reload import check, permanent, release, releases, reload_, undo
from gameserver.errors import GameServerError, OperatorError, Signalled
from gameserver.version import VERSION

PATH = click.Path(path_type=Path, readable=False)  # what is wrong, config says


_LATE = {
    "bench": "Print the product's figures, each beside what it is measured against.",
    "demo": "Watch a game being changed while two players play it.",
}
"""The verbs that need much, and what `--help` says of them without loading them."""


class _Verbs(click.Group):
    """The verbs; two that need much are loaded when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give all names."""
        return sorted([*super().list_commands(ctx), *_LATE])

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write what each verb does, as click does, and load none for it."""
        names = self.list_commands(ctx)
        space = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(one, self._short(one, space)) for one in names])

    def _short(self, name: str, space: int) -> str:
        verb = self.commands.get(name) or click.Command(name, help=_LATE.get(name))
        return verb.get_short_help_str(space)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give the verb of that name, or None."""
        if cmd_name == "bench":
            from gameserver.bench.command import bench

            return bench
        if cmd_name == "demo":
            from gameserver.demo.command import demo

            return demo
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Carry out a verb; Ctrl-C ends each alike."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Signalled(signal.SIGINT) from error


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="gameserver")
def commands() -> None:
    """Run, play and look after a game server.

    \b
    gameserver run        serve the game in ./plugins, or the demo game
    gameserver play       join as a player, in this terminal
    gameserver demo       see the demo game changed while two players play it
    gameserver check      see what a change of the code would do
    gameserver reload     change the game while they play; undo takes it back
    """  # noqa: D301 - click keeps the lines after that escape


@commands.command()
@click.option("--config", type=PATH, help="Settings; default ./gameserver.toml.")
@click.option("--data", type=PATH, help="Where state is kept.  [default: data]")
@click.option("--plugins", type=PATH, help="The game.  [default: plugins]")
@click.option(
    "--listen",
    multiple=True,
    metavar="ENDPOINT",
    help="Where players connect, such as tls:8787 or "
    "tcp:8788:interface=127.0.0.1; repeat for more.",
)
@click.option("--admin-listen", multiple=True, metavar="ENDPOINT", help="For admins.")
@click.option("--plaintext", is_flag=True, default=None, help="Allow tcp: anywhere.")
@click.option("--certificate", type=PATH, help="PEM file; else a development one.")
@click.option("--key", type=PATH, help="PEM file with the certificate's key.")
@click.option("--port-file", type=PATH, help="Gets `name port` lines once listening.")
@click.option(
    "--registration",
    metavar="open|closed",
    help="Whether players may make accounts.  [default: closed]",
)
@click.option(
    "--watch",
    metavar="off|check|release",
    help="What a changed file in the plugin folder starts.  [default: off]",
)
@click.option("--log-level", metavar="LEVEL", help="debug, info, warn or error.")
def run(config: Path | None, **given: Any) -> None:  # noqa: ANN401 - click's values, checked by config
    """Serve the game until stopped by Ctrl-C or SIGTERM; then save everything.

    Settings come from defaults, then the file, then these options.
    """
    from gameserver.config import load
    from gameserver.run import serve

    options = {_SETTING_OF[name]: value for name, value in given.items()}
    sys.exit(serve(load(config, options)))


_SETTING_OF = {
    "data": "server.data",
    "plugins": "server.plugins",
    "listen": "server.listen",
    "admin_listen": "admin.listen",
    "plaintext": "server.plaintext",
    "certificate": "server.certificate",
    "key": "server.key",
    "port_file": "server.port_file",
    "registration": "accounts.registration",
    "watch": "reload.watch",
    "log_level": "log.level",
}


@commands.command()
@click.option(
    "--connect",
    default="tls:localhost:8787",
    show_default=True,
    metavar="ENDPOINT",
    help="tls:HOST:PORT, tcp:HOST:PORT or unix:PATH.",
)
@click.option("--name", help="Your account; asked for if not given.")
@click.option(
    "--trust", "trust_file", type=PATH, help="PEM file of the CA or server to trust."
)
@click.option("--pin", help="The server certificate's sha256:... fingerprint.")
@click.option("--password-stdin", is_flag=True, help="First line of stdin is it.")
@click.option("--register", is_flag=True, help="Make the account if it is new.")
def play(**given: Any) -> None:  # noqa: ANN401 - click's values
    """Join a game as a player, in this terminal.

    In a pipe it reads commands, one a line, and prints plain lines.
    """
    from gameserver.client.terminal import run_play

    sys.exit(run_play(**given))


for verb in (who, kick, say, stats, stop, account, audit):
    commands.add_command(verb)
for verb in (check, reload_, undo, permanent, releases, release, code):
    commands.add_command(verb)
for verb in (backup, export, import_, migrate, accept_loss):
    commands.add_command(verb)


def main() -> None:
    """Run one verb; an error of ours is one line on stderr and its exit code."""
    # The interpreter's last collections go through all modules, which are freed by the
    # end of the process anyway: a third of what a short verb takes.
    atexit.register(gc.freeze)
    try:
        commands(prog_name="gameserver")
    except GameServerError as error:
        line = " ".join(str(error).split())
        click.echo(f"gameserver: {line}", err=True)
        sys.exit(error.exit_code if isinstance(error, OperatorError) else 1)
