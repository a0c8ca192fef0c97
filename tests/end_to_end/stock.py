"""A client of stock Twisted, unchanged: what any author of a PB client would write."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twisted.cred.credentials import UsernamePassword
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    SSL4ClientEndpoint,
    TCP4ClientEndpoint,
    UNIXClientEndpoint,
)
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.spread import pb
from twisted.trial.unittest import TestCase

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.processes import Place


class Mind(pb.Referenceable):
    """Notes whatever the server tells; ``heard`` is a list of (event, *args)."""

    def __init__(self) -> None:
        self.heard: list[tuple] = []
        self._waiting: list[tuple[str, int, Deferred]] = []

    def __getattr__(self, name: str):
        if not name.startswith("remote_"):
            raise AttributeError(name)
        return partial(self._hear, name.removeprefix("remote_"))

    def of(self, event: str) -> list[tuple]:
        """Give the arguments of each such event so far."""
        return [args for name, *args in self.heard if name == event]

    def until(self, event: str, times: int = 1) -> Deferred[list]:
        """Wait until the event came so often; gives the last one's arguments."""
        waiting = Deferred()
        self._waiting.append((event, times, waiting))
        self._tell()
        return waiting

    def _hear(self, event: str, *args: object) -> None:
        self.heard.append((event, *args))
        self._tell()

    def _tell(self) -> None:
        due = [one for one in self._waiting if len(self.of(one[0])) >= one[1]]
        self._waiting = [one for one in self._waiting if one not in due]
        for event, times, waiting in due:
            waiting.callback(self.of(event)[times - 1])


class Client:
    """One connection, and one login on it. ``closed`` fires when it has ended."""

    perspective: pb.RemoteReference

    def __init__(self) -> None:
        self.factory = pb.PBClientFactory()
        self.mind = Mind()
        self.closed: Deferred[None] = Deferred()

    async def connect(self, endpoint) -> Client:
        self.broker = await endpoint.connect(self.factory)
        self.broker.notifyOnDisconnect(partial(self.closed.callback, None))
        return self

    async def login(self, name: str, token: str) -> None:
        """Log in as ``PBClientFactory`` does."""
        credentials = UsernamePassword(name.encode(), token.encode())
        self.perspective = await self.factory.login(credentials, self.mind)

    async def login_password(self, name: str, password: str) -> None:
        """Log in with a password, by the server's own method."""
        root = await self.factory.getRootObject()
        self.perspective = await root.callRemote(
            "loginPassword", name, password, self.mind
        )

    async def call(self, name: str, *args: object, **kw: object) -> object:
        return await self.perspective.callRemote(name, *args, **kw)

    async def close(self) -> None:
        self.factory.disconnect()
        await self.closed


def known(certificate: Path):
    """Trust exactly this server, under the name localhost."""
    root = Certificate.loadPEM(certificate.read_bytes())
    return optionsForClientTLS("localhost", trustRoot=root)


class ClientCase(TestCase):
    """Opens stock clients to servers in a place, and closes them at the end."""

    timeout = 90

    async def connect(self, place: Place, kind: str) -> Client:
        """Connect to the endpoint called ``kind`` in the port file, or ``unix``."""
        if kind == "unix":
            endpoint = UNIXClientEndpoint(reactor, str(place.data / "admin.sock"))
        elif kind.endswith("tls"):
            trusted = known(place.data / "development-certificate.pem")
            port = place.ports[kind]
            endpoint = SSL4ClientEndpoint(reactor, "127.0.0.1", port, trusted)
        else:
            endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", place.ports[kind])
        client = await Client().connect(endpoint)
        self.addCleanup(lambda: Deferred.fromCoroutine(client.close()))
        return client

    async def join(self, place: Place, name: str, kind: str = "tcp") -> Client:
        """Log in as one of the place's people, with the app token."""
        client = await self.connect(place, kind)
        await client.login(name, place.tokens[name])
        return client

    async def refusal(self, asked) -> tuple[str, str]:
        """Give code and text that the server refused with."""
        try:
            answer = await asked
        except pb.RemoteError as error:
            code = error.remoteType
            return code.decode() if isinstance(code, bytes) else code, str(error)
        raise self.failureException(f"it was not refused: {answer!r}")

    def assert_quiet(self, server) -> None:
        """See that the server said nothing an operator should worry about."""
        for word in ("Traceback", "Unhandled", "incident", "Warning"):
            self.assertNotIn(word, server.log)
