"""Start the two servers that are compared, each as a process of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gameserver.bench import workloads
from gameserver.bench.connection import PATIENCE, Target
from gameserver.bench.figures import OURS, STOCK
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Subject = Callable[[], AbstractContextManager[Target]]
"""Starts a server, gives where it is, stops it at the end."""

# As the console script does, but of this very installation, whatever PATH says.
GAMESERVER: Final = (
    sys.executable,
    "-c",
    "import sys; from gameserver.cli import main; sys.exit(main())",
)
"""The command, as a list of arguments to which those of a verb are added."""

NO_HASTE: Final = """\
[calls]
rate = 1000000
burst = 1000000
in_flight = 100000
"""
"""Settings with which each call is counted, and none is too fast.

Else the operator's own ``gameserver.toml`` would decide what is measured, or the rate
that players may have.
"""

_PLAYER: Final = Path(__file__).with_name("player.py")
_LISTEN: Final = "tcp:0:interface=127.0.0.1"


@contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """Keep this process, and those it starts, on ``cores``; none given, do nothing."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cores() -> tuple[set[int], set[int]]:
    """Give one core for the servers and one for the load; empty where that fails."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (set(usable[:1]), set(usable[1:2])) if len(usable) > 1 else (set(), set())


def stock() -> AbstractContextManager[Target]:
    """Run the stock Twisted PB server."""
    return started(STOCK, [sys.executable, "-m", "gameserver.bench.stock"])


@contextmanager
def started(
    name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Target]:
    """Run a server that is given a port file, and the account's secret on its input."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="gameserver-bench-") as place:
        port_file = Path(place, "port")
        ready = [*command, str(port_file)]
        with running(ready, Path(place), f"{secret}\n", environment) as server:
            yield _target(name, first_port(port_file, server), secret)


@contextmanager
def ours(
    called: str = OURS,
    gameserver: Sequence[str] = GAMESERVER,
    environment: Mapping[str, str] | None = None,
    *,
    plugin: Path = _PLAYER,
    settings: str = NO_HASTE,
    guests: Sequence[str] = (),
) -> Iterator[Target]:
    """Run our server the way its users do, with one file as its only plugin.

    ``gameserver``: another command than the console script's, with the same verbs.
    ``guests``: further accounts, which can log in as the first one.
    """
    with tempfile.TemporaryDirectory(prefix="gameserver-bench-") as name:
        folder = Path(name)
        plugins, port_file = folder / "plugins", folder / "port"
        plugins.mkdir()
        shutil.copy(plugin, plugins / "bench_player.py")
        place = ["--data", str(folder / "data")]
        secret, *others = (
            _account(each, place) for each in (workloads.ACCOUNT, *guests)
        )
        config = folder / "gameserver.toml"
        config.write_text(settings)
        game = ["--config", str(config), "--plugins", str(plugins)]
        ports = ["--listen", _LISTEN, "--port-file", str(port_file)]
        command = [*gameserver, "run", *place, *game, *ports]
        with running(command, folder, environment=environment) as server:
            port = first_port(port_file, server)
            yield Target(
                called,
                port,
                workloads.ACCOUNT.encode(),
                secret.encode(),
                tuple(
                    Target(called, port, guest.encode(), of.encode())
                    for guest, of in zip(guests, others, strict=True)
                ),
            )


def _account(name: str, place: Sequence[str]) -> str:
    """Make an account; give its token."""
    _verb("account", "add", name, "--no-password", *place)
    return _verb("account", "token", name, *place)


SUBJECTS: Final[dict[str, Subject]] = {STOCK: stock, OURS: ours}


def _target(name: str, port: int, secret: str) -> Target:
    return Target(name, port, workloads.ACCOUNT.encode(), secret.encode())


def _verb(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command, fixed arguments
        [*GAMESERVER, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if done.returncode:
        verb = " ".join(arguments[:2])
        raise MeasurementFailed(f"gameserver {verb}: {_last_line(done.stderr)}")
    return done.stdout.strip()


@contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    told: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Start a server, stop it with SIGTERM; what it says is kept for ``first_port``.

    ``environment``: all of it; this process's own if not given.
    """
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(  # noqa: S603 - our own command, fixed arguments
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
    with server:
        try:
            assert server.stdin is not None
            server.stdin.write(told)
            server.stdin.close()
            yield server
        finally:
            _stop(server)


def _stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()


def first_port(port_file: Path, server: subprocess.Popen[str]) -> int:
    """Wait for the first ``name port`` line."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        text = port_file.read_text() if port_file.exists() else ""
        if text.endswith("\n"):
            return int(text.split()[1])
        time.sleep(0.02)
    log = port_file.with_name("log").read_text(errors="replace")
    raise MeasurementFailed(f"the server did not start: {_last_line(log)}")


def _last_line(text: str) -> str:
    return (text.strip() or "it said nothing").splitlines()[-1]
