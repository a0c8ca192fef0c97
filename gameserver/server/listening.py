r"""Where the server listens: endpoint strings read, checked, and bound.

``tls:PORT[:interface=ADDRESS][:certificate=FILE][:key=FILE]`` and ``unix:FILE`` are
ours, the rest is Twisted's (``twisted.internet.endpoints``). Colons inside a part are
written ``\:``, as Twisted has it: ``tls:8787:interface=\:\:1``.

* Twisted has a server side ``tls:`` of its own, ``tls:DIRECTORY``, with the PEM files
  of many host names. Ours stands in front of it.
* Twisted's ``unix:`` guards the socket by a lock file with a process id. In a
  container, where ids repeat, a server that was killed finds its own id in it and takes
  itself for another. Ours asks the socket whether somebody answers.
* What anyone on the way can read is refused beyond loopback unless the operator asks
  for it by name.

``parse`` decides, ``bind`` acts. Neither needs a running reactor.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from OpenSSL import SSL, crypto
from twisted.internet.endpoints import (
    SSL4ServerEndpoint,
    UNIXServerEndpoint,
    serverFromString,
)

from gameserver.errors import SettingError
from gameserver.server.certificate import Pair, server_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from twisted.internet.interfaces import IStreamServerEndpoint

_EXAMPLES = "an endpoint such as tls:8787 or tcp:8787:interface=127.0.0.1"
_LAST_PORT = 65_535
_LONGEST_SOCKET_PATH = 107  # bytes, in Linux's sockaddr_un
_WITH_PORT = frozenset({"tcp", "tcp6", "ssl"})
# What Twisted's parsers raise for a wrong string or a wrong file named in it.
_TWISTED_MISTAKES = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    OSError,
    SSL.Error,
    crypto.Error,
)
_FUNCTION = re.compile(r"^[\w.<>]+\(\) ")


@dataclass(frozen=True)
class Listening:
    """An endpoint that is checked and not yet bound.

    ``spec`` as the operator wrote it, at ``place``. ``kind``: its first word.
    ``secure``: speaks TLS. ``socket``: a UNIX endpoint's file.
    """

    spec: str
    place: str
    kind: str
    secure: bool
    endpoint: IStreamServerEndpoint
    socket: Path | None = None


@dataclass(frozen=True)
class Site:
    """What endpoint strings are read against.

    ``pair``: gives the certificate for ``tls:`` without its own; called only then.
    ``place`` and ``folder``: the strings' origin. ``plaintext``: whether the operator
    allows it beyond loopback.
    """

    reactor: Any
    pair: Callable[[], Pair]
    place: str = "--listen"
    folder: Path = Path()
    plaintext: bool = False


def parse(spec: str, site: Site) -> Listening:
    """Check one endpoint string and the files it names, without binding.

    Raises ``SettingError`` that names place, string and what was expected.
    """
    read = _Read(spec, *split(spec), site)
    if not read.words:
        raise read.refusal("the kind is missing")
    if (len(spec) - len(spec.rstrip("\\"))) % 2:
        raise read.refusal("the backslash at the end escapes nothing")
    match read.kind:
        case "tls":
            return _tls(read)
        case "unix":
            return _unix(read)
        case "stdio":
            raise read.refusal("stdio is no place for many players")
        case _:
            return _twisted(read)


def split(spec: str) -> tuple[list[str], dict[str, str]]:
    """Take a string apart as Twisted does: words, and ``name=value`` pairs.

    Of a name given twice the last counts, as with Twisted: a check and an endpoint
    that read the same string differently would be a hole.
    """
    words, named = [], {}
    for parts in _parts(spec):
        if len(parts) == 1:
            words.append(parts[0])
        else:
            named[parts[0]] = parts[1]
    return words, named


def quoted(text: str | Path) -> str:
    """Write a path or address so that it is one word of an endpoint string."""
    return re.sub(r"([\\:=])", r"\\\1", str(text))


@dataclass(frozen=True)
class _Read:
    """One string taken apart, on its way to a ``Listening``."""

    spec: str
    words: list[str]
    named: dict[str, str]
    site: Site

    @property
    def kind(self) -> str:
        return self.words[0].lower()

    def refusal(self, reason: str, expected: str = _EXAMPLES) -> SettingError:
        place = self.site.place
        return SettingError.wrong(place, self.spec, f"{expected} ({reason})")

    def argument(self, what: str, expected: str) -> str:
        """Give the one word after the kind."""
        if len(self.words) < 2 or not self.words[1]:  # noqa: PLR2004 - kind and word
            raise self.refusal(f"the {what} is missing", expected)
        if len(self.words) > 2:  # noqa: PLR2004 - the same
            reason = rf"{self.words[2]!r} has no name; write a colon in a value as \:"
            raise self.refusal(reason, expected)
        return self.words[1]

    def only(self, *known: str) -> None:
        """Refuse names that are misspelt."""
        for name in self.named:
            if name not in known:
                raise self.refusal(f"{name}= is unknown, there are {', '.join(known)}")

    def number(self, name: str, text: str, base: int = 10) -> int:
        digits = "01234567" if base == 8 else "0123456789"  # noqa: PLR2004 - octal
        if not text or text.strip(digits):
            raise self.refusal(f"{name} {text!r} is not a number of base {base}")
        return int(text, base)

    def port(self, text: str) -> int:
        port = self.number("port", text)
        if port > _LAST_PORT:
            raise self.refusal(f"port {port} is above {_LAST_PORT}")
        return port


def _parts(spec: str) -> Iterator[list[str]]:
    """Give each part between colons: a word, or a name and its value."""
    fields = [""]
    escaped = False
    for sign in spec:
        if escaped or sign not in "\\:=" or (sign == "=" and len(fields) > 1):
            fields[-1] += sign
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == "=":
            fields.append("")
        else:
            yield fields
            fields = [""]
    yield fields


def _tls(read: _Read) -> Listening:
    port = read.port(read.argument("port", _EXAMPLES))
    read.only("interface", "certificate", "key", "backlog")
    pair = _pair(read)
    try:
        options = server_options(pair.certificate, pair.key)
    except SettingError as error:
        place = pair.place or f"{read.site.place}: {read.spec}"
        msg = f"{place}: {error}"
        raise SettingError(msg) from error
    endpoint = SSL4ServerEndpoint(
        read.site.reactor,
        port,
        options,
        backlog=read.number("backlog", read.named.get("backlog", "50")),
        interface=read.named.get("interface", ""),
    )
    return Listening(read.spec, read.site.place, "tls", secure=True, endpoint=endpoint)


def _pair(read: _Read) -> Pair:
    """Give the string's own certificate, whose key may be in the same file."""
    named, folder = read.named, read.site.folder
    if "certificate" in named:
        certificate = folder / named["certificate"]
        return Pair(certificate, folder / named.get("key", certificate))
    if "key" in named:
        raise read.refusal("key= needs certificate=")
    return read.site.pair()


def _unix(read: _Read) -> Listening:
    path = Path.cwd() / read.site.folder / read.argument("path", "unix:FILE")
    read.only("mode", "backlog")
    length = len(os.fsencode(path))
    if length > _LONGEST_SOCKET_PATH:
        expected = f"a path of at most {_LONGEST_SOCKET_PATH} bytes"
        raise read.refusal(f"{path} has {length}", expected)
    endpoint = UNIXServerEndpoint(
        read.site.reactor,
        str(path),
        backlog=read.number("backlog", read.named.get("backlog", "50")),
        mode=read.number("mode", read.named.get("mode", "666"), base=8),
        wantPID=False,
    )
    place = read.site.place
    return Listening(
        read.spec, place, "unix", secure=False, endpoint=endpoint, socket=path
    )


def _twisted(read: _Read) -> Listening:
    try:
        endpoint = serverFromString(read.site.reactor, read.spec)
    except _TWISTED_MISTAKES as error:
        reason = _FUNCTION.sub("", str(error)) or "not understood"
        raise read.refusal(reason) from error
    if read.kind in _WITH_PORT:
        read.port(read.named["port"] if "port" in read.named else read.words[1])
    secure = read.kind == "ssl"
    if not (secure or read.site.plaintext or _is_on_loopback(read)):
        expected = "tls:PORT, or interface=127.0.0.1, or plaintext = true in [server]"
        raise read.refusal("anyone on the way can read this one", expected)
    return Listening(read.spec, read.site.place, read.kind, secure, endpoint)


def _is_on_loopback(read: _Read) -> bool:
    """Say whether a TCP endpoint is for this machine; of other kinds we cannot tell."""
    interface = read.named.get("interface", "")
    if read.kind not in {"tcp", "tcp6"}:
        return False
    if interface == "localhost":
        return True
    try:
        return ipaddress.ip_address(interface).is_loopback
    except ValueError:
        return False
