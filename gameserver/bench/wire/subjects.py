"""The servers that are measured: stock PB, our broker alone, and the whole server."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gameserver.bench import subjects
from gameserver.bench.codec import environment
from gameserver.bench.connection import Connection
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from gameserver.bench.connection import Target
    from gameserver.bench.subjects import Subject

_BARE: Final = (sys.executable, "-m", "gameserver.bench.wire.bare")
_WITHOUT: Final = (
    "import sys\n"
    "from gameserver.bench.wire.parts import take_out\n"
    "take_out(sys.argv.pop(1).split())\n"
    "from gameserver.cli import main\n"
    "sys.exit(main())"
)


def wire(codec: str) -> str:
    """Name our broker with nothing behind it."""
    return f"wire, {codec}"


def whole(codec: str) -> str:
    """Name the whole server."""
    return f"ours, {codec}"


def bare_server(codec: str, name: str = "", parts: Sequence[str] = ()) -> Subject:
    """Give what runs our broker with a perspective as bare as stock's.

    ``parts``: those of ``parts`` that are taken out.
    """
    called = name or wire(codec)

    def start() -> AbstractContextManager[Target]:
        server = subjects.started(called, (*_BARE, *parts), environment(codec))
        return of_codec(codec, server)

    return start


def whole_server(codec: str, name: str = "") -> Subject:
    """Give what runs the server as its users do."""
    called = name or whole(codec)

    def start() -> AbstractContextManager[Target]:
        return of_codec(codec, subjects.ours(called, environment=environment(codec)))

    return start


def server_without(codec: str, name: str, parts: Sequence[str]) -> Subject:
    """Give what runs the server with some parts taken out."""
    command = (sys.executable, "-c", _WITHOUT, " ".join(parts))

    def start() -> AbstractContextManager[Target]:
        return of_codec(codec, subjects.ours(name, command, environment(codec)))

    return start


@contextmanager
def of_codec(codec: str, server: AbstractContextManager[Target]) -> Iterator[Target]:
    """Run a server that has to say that it has this codec."""
    with server as target:
        with Connection(target) as connection:
            said = connection.ask("codec")
        if said != [b"unicode", codec.encode()]:
            raise MeasurementFailed(f"{target.name} has another codec: {said!r}")
        yield target
