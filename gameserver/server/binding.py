"""Opening checked endpoints, all or none, and saying which ports they got."""

from __future__ import annotations

import errno
import os
import socket
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.internet import tcp
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError, ConnectionDone
from twisted.python.failure import Failure

from gameserver.errors import CannotListen, SettingError
from gameserver.server.directory import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from twisted.internet.interfaces import IListeningPort, IProtocolFactory

    from gameserver.server.listening import Listening

_LAST_PORT = 65535
_PROBE_TIMEOUT = 1.0  # seconds for a local server to take a connection


@dataclass(frozen=True)
class Bound:
    """An open endpoint.

    ``name``: the kind, from the second of a kind on with a number: ``tls``, ``tls-2``.
    ``host``: the address it is bound to, or a UNIX socket's path, which has no
    ``port``.
    """

    name: str
    source: Listening
    host: str
    port: int | None
    listening: IListeningPort

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.source.secure

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = self.host if self.port is None else f"{host}:{self.port}"
        return f"{self.name} {where}"

    async def close(self) -> None:
        """Stop listening; that somebody removed the socket's file is no error.

        Twisted's ``unix.Port`` wants to remove it, and fails before it goes on as here.
        """
        try:
            await maybeDeferred(self.listening.stopListening)
        except FileNotFoundError:
            assert isinstance(self.listening, tcp.Port)  # which unix.Port is, too
            tcp.Port.connectionLost(self.listening, Failure(ConnectionDone()))


def bind(
    listenings: Sequence[Listening], factory: IProtocolFactory, prefix: str = ""
) -> list[Bound]:
    """Open all of them for ``factory`` at once; the reactor need not run yet.

    ``prefix`` begins every name: ``admin-tls``. Raises ``CannotListen`` for the first
    that does not open; those opened before it stop listening, their sockets closed in
    the reactor's next turn.
    """
    bounds: list[Bound] = []
    kinds: Counter[str] = Counter()
    try:
        for source in listenings:
            kinds[source.kind] += 1
            number = f"-{kinds[source.kind]}" if kinds[source.kind] > 1 else ""
            name = f"{prefix}{source.kind}{number}"
            bounds.append(_bound(name, source, _opened(source, factory)))
    except CannotListen:
        for bound in bounds:
            bound.listening.stopListening()
        raise
    return bounds


def write_port_file(
    path: Path, bounds: Iterable[Bound], place: str = "--port-file"
) -> None:
    """Write ``name port`` a line, whole or not at all; UNIX sockets have no line.

    Raises ``SettingError`` when it cannot be written.
    """
    lines = [f"{one.name} {one.port}\n" for one in bounds if one.port is not None]
    try:
        write_atomically(path, "".join(lines).encode())
    except OSError as error:
        reason = error.strerror or "unknown reason"
        msg = f"{place}: cannot write {path} ({reason}), expected a writable file"
        raise SettingError(msg) from error


def _opened(source: Listening, factory: IProtocolFactory) -> IListeningPort:
    if source.socket:
        _clear_socket(source, source.socket)
    outcomes: list[IListeningPort | Failure] = []
    source.endpoint.listen(factory).addBoth(outcomes.append)
    if not outcomes:
        raise _cannot(source, "the endpoint did not open at once")
    outcome = outcomes[0]
    if not isinstance(outcome, Failure):
        return outcome
    error = outcome.value
    if isinstance(error, CannotListenError):
        raise _cannot(source, _reason(error, source)) from error
    if isinstance(error, OSError):
        raise _cannot(source, str(error)) from error
    assert error is not None  # a Failure without one cannot be made by listen()
    raise error


def _bound(name: str, source: Listening, port: IListeningPort) -> Bound:
    address = port.getHost()
    if isinstance(address, IPv4Address | IPv6Address):
        return Bound(name, source, address.host, address.port, port)
    return Bound(name, source, str(source.socket or address), None, port)


def _cannot(source: Listening, reason: str) -> CannotListen:
    return CannotListen(f"{source.place}: cannot listen on {source.spec!r}: {reason}")


def _reason(error: CannotListenError, source: Listening) -> str:
    what = f"port {error.port}" if isinstance(error.port, int) else "its socket"
    cause = getattr(error.socketError, "strerror", None) or str(error.socketError)
    in_use = getattr(error.socketError, "errno", None) == errno.EADDRINUSE
    if in_use and isinstance(error.port, int):
        return f"{what}: {cause}; {_another(error.port, source)}"
    return f"{what}: {cause}"


def _another(port: int, source: Listening) -> str:
    """Say how to take another port: ``make run`` has no options."""
    section = "admin" if "admin" in source.place else "server"
    option = "--admin-listen" if section == "admin" else "--listen"
    other = str(port + 1 if port < _LAST_PORT else port - 1)
    spec = source.spec.replace(str(port), other)
    line = f'listen = ["{spec}"] under [{section}] in gameserver.toml'
    return f"take another, with {line}, or {option} {spec}"


def _clear_socket(source: Listening, path: Path) -> None:
    """Remove a socket nobody answers on: what a killed server leaves behind."""
    if not path.parent.is_dir():
        raise _cannot(source, f"there is no directory {path.parent}")
    if not os.path.lexists(path):
        return
    if not path.is_socket():
        raise _cannot(source, f"{path} is there and is no socket")
    if _is_answered(path):
        raise _cannot(source, f"another process listens on {path}")
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise _cannot(source, f"cannot remove the old {path}: {reason}") from error


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_TIMEOUT)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # full, slow or forbidden: somebody's
            return True
    return True
