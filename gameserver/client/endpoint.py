"""Where a server is: ``tls:HOST:PORT``, ``tcp:HOST:PORT`` or ``unix:PATH``.

``HOST`` and ``HOST:PORT`` alone mean TLS, and a missing port is 8787. An IPv6 address
stands in brackets: ``tls:[::1]:8787``.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gameserver.errors import SettingError

DEFAULT_PORT = 8787
_LAST_PORT = 65535

Kind: TypeAlias = Literal["tls", "tcp", "unix"]

_KINDS: dict[str, Kind] = {"tls": "tls", "tcp": "tcp"}
_PLACE = re.compile(
    r"(?:\[(?P<six>[^\s\[\]/]+)\]|(?P<host>[^\s:\[\]/]+))(?::(?P<port>\d{1,5}))?"
)
_EXPECTED = "expected tls:HOST:PORT, tcp:HOST:PORT, unix:PATH or HOST:PORT"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to connect to.

    ``host``: name or address without brackets, for ``unix`` the path of the socket.
    ``port``: 1 to 65535, for ``unix`` 0.
    """

    kind: Kind
    host: str
    port: int

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}:{host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """Read an endpoint string; ``SettingError`` shows what is expected."""
    kind, colon, rest = text.strip().partition(":")
    if kind == "unix" and colon:
        return _unix(rest, text)
    if kind in _KINDS and colon:
        return _network(_KINDS[kind], rest, text)
    return _network("tls", text.strip(), text)


def _unix(path: str, text: str) -> Endpoint:
    if not path or "\0" in path:
        raise SettingError(f"endpoint {text!r} has no path: {_EXPECTED}")
    return Endpoint("unix", path, 0)


def _network(kind: Kind, place: str, text: str) -> Endpoint:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise SettingError(f"endpoint {text!r} cannot be read: {_EXPECTED}")
    host = found["six"] or found["host"]
    if found["six"] and not _is_version_6(host):
        raise SettingError(f"endpoint {text!r} has no IPv6 address in its brackets")
    if host.isdigit():
        raise SettingError(f"endpoint {text!r} has no host: {_EXPECTED}")
    port = int(found["port"] or DEFAULT_PORT)
    if not 1 <= port <= _LAST_PORT:
        raise SettingError(f"endpoint {text!r} has port {port}: expected 1 to 65535")
    return Endpoint(kind, host, port)


def _is_version_6(address: str) -> bool:
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True
