"""Interpreters of this machine, and an environment for each."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSIONS = ((3, 11), (3, 12), (3, 13))

ASK = (
    "import sys, platform, venv, ensurepip;"
    "print(sys.implementation.name, platform.python_version())"
)
"""Fails where Python cannot make environments, as Debian's may."""

PEERS_MISSING = "the peers could not be installed; their columns are empty"


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter: its command, and its version as text."""

    command: str
    full: str

    @property
    def version(self) -> tuple[int, ...]:
        """Major and minor."""
        return tuple(int(part) for part in self.full.split(".")[:2])

    @property
    def short(self) -> str:
        """Major and minor, as text."""
        return ".".join(str(part) for part in self.version)


def found_pythons(asked: list[str]) -> list[Python]:
    """Give the interpreters asked for, or the first that works of each version."""
    seen: dict[tuple[int, ...], Python] = {}
    for command in asked or candidates():
        python = questioned(command)
        if python is None and asked:
            raise click.UsageError(f"{command} is no CPython that makes environments")
        if python and (asked or python.version in VERSIONS):
            seen.setdefault(python.version, python)
    return [seen[version] for version in sorted(seen)]


def candidates() -> Iterator[str]:
    """Name places where an interpreter may be: the PATH, then pyenv's versions."""
    yield str(Path(sys.base_prefix, "bin", "python3"))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in VERSIONS:
        name = ".".join(str(part) for part in version)
        for folder in os.get_exec_path():
            yield str(Path(folder, f"python{name}"))
        for home in sorted(pyenv.glob(f"versions/{name}.*"), reverse=True):
            yield str(home / "bin" / "python3")


def questioned(command: str) -> Python | None:
    """Ask a command what it is; None if it is no CPython that makes environments."""
    path = shutil.which(command)
    if path is None:
        return None
    said = subprocess.run(
        [path, "-c", ASK], capture_output=True, text=True, check=False
    )
    name, _, full = said.stdout.strip().partition(" ")
    return Python(path, full) if said.returncode == 0 and name == "cpython" else None


def prepare(python: Python, venvs: Path, root: Path, *, peers: bool) -> Path:
    """Make or bring up to date an environment; give its interpreter.

    It is made anew when the interpreter or ``pyproject.toml`` is another one.
    """
    home = venvs / python.short
    stamp = home / "made-of"
    made_of = fingerprint(python, root, peers=peers)
    if not stamp.exists() or stamp.read_text() != made_of:
        click.echo(f"making an environment for CPython {python.full} ...", err=True)
        checked([python.command, "-m", "venv", "--clear", str(home)])
        install(home, [str(root)])
        if peers and not install(home, [f"{root}[peers]"], required=False):
            click.echo(PEERS_MISSING, err=True)
            return home / "bin" / "python"  # unstamped: tried again next time
        stamp.write_text(made_of)
    return home / "bin" / "python"


def fingerprint(python: Python, root: Path, *, peers: bool) -> str:
    """Say what an environment is made of."""
    project = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    return f"{python.command} {python.full} {project} {peers}\n"


def install(home: Path, what: Iterable[str], *, required: bool = True) -> bool:
    """Install packages into an environment, this one so that edits show at once."""
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    editable = [part for one in what for part in ("--editable", one)]
    return checked([*pip, "--disable-pip-version-check", *editable], required=required)


def checked(command: list[str], *, required: bool = True) -> bool:
    """Run a command; say if it succeeded, or end here if it had to."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode and required:
        raise click.ClickException(f"{' '.join(command)}\n{done.stdout.strip()}")
    return done.returncode == 0
