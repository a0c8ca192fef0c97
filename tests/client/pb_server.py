"""A small real PB server: stock Twisted, real sockets, and a world of its own.

Nothing of ``gameserver.server`` is in it, so that the client is tested against the
wire and not against its sibling.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import trustme
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from twisted.internet import endpoints, reactor, ssl
from twisted.internet.defer import Deferred, DeferredList, fail, maybeDeferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.spread import pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

COMMANDS = [
    {
        "name": "go",
        "parameters": [{"name": "direction", "type": "str", "optional": False}],
        "summary": "Walk to the next room.",
    },
    {
        "name": "say",
        "parameters": [{"name": "text", "type": "str", "optional": False}],
        "summary": "Say something to everyone here.",
    },
    {
        "name": "add",
        "parameters": [
            {"name": "one", "type": "int", "optional": False},
            {"name": "other", "type": "int", "optional": True},
        ],
        "summary": "Add numbers.",
    },
    {"name": "who", "parameters": [], "summary": "List the players."},
    {"name": "hold", "parameters": [], "summary": "Never answer."},
    {"name": "crash", "parameters": [], "summary": "End the connection."},
    {"name": "leave", "parameters": [], "summary": "Say goodbye."},
]


def refused(code: str, text: str, *parents: str) -> Deferred[Any]:
    """Fail as the wire contract says: code as type, text as value."""
    failure = pb.CopyableFailure(pb.Error(text))
    failure.type = code
    failure.parents = [code, "twisted.spread.pb.Error", *parents]
    failure.getStateToCopy = lambda: {
        "type": code,
        "value": text,
        "parents": failure.parents,
        "traceback": "",
        "frames": [],
        "stack": [],
        "tb": None,
    }
    return fail(failure)


@dataclass
class World:
    """What the server knows, and what a test may change."""

    passwords: dict[str, str] = field(default_factory=lambda: {"ada": "lace"})
    tokens: dict[str, bytes] = field(default_factory=lambda: {"ada": b"token"})
    registration: bool = False
    bad_names: set[str] = field(default_factory=set)
    refusal: tuple[str, str] | None = None
    is_deaf: bool = False
    deaf_logins: int = 0
    commands: list[dict[str, Any]] = field(default_factory=lambda: list(COMMANDS))
    players: list[Player] = field(default_factory=list)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    waiting: list[tuple[Callable[[], bool], Deferred[None]]] = field(
        default_factory=list
    )

    def enter(self, name: str, mind: Any) -> Any:
        if self.is_deaf:
            self.deaf_logins += 1
            self.look()
            return Deferred()
        if self.refusal is not None:
            return refused(*self.refusal)
        player = Player(self, name, mind)
        player.tell("tell", f"Welcome, {name}.")
        self.players.append(player)
        self.look()
        return player

    def look(self) -> None:
        for holds, waiter in self.waiting[:]:
            if holds():
                self.waiting.remove((holds, waiter))
                waiter.callback(None)

    def until(self, holds: Callable[[], bool]) -> Deferred[None]:
        """Fire when that holds; looked at after each login and call."""
        waiter: Deferred[None] = Deferred()
        self.waiting.append((holds, waiter))
        self.look()
        return waiter


class Lobby(pb.Root):
    def __init__(self, world: World) -> None:
        self.world = world

    def remote_hello(self) -> object:
        return {
            "product": "gameserver",
            "version": "0.1.0",
            "registration": self.world.registration,
            "tls": True,
        }

    def remote_session(self, token: str) -> bool:
        return False

    def remote_loginPassword(self, name: str, password: str, mind: Any) -> Any:
        if self.world.passwords.get(name) != password:
            unauthorized = "twisted.cred.error.UnauthorizedLogin"
            text = "name and secret do not belong together"
            return refused("login-refused", text, unauthorized)
        return self.world.enter(name, mind)

    def remote_register(self, name: str, password: str) -> Any:
        if not self.world.registration:
            return refused("forbidden", "registration is closed")
        if name in self.world.bad_names:
            return refused("bad-arguments", f"the name {name!r} cannot be used")
        if name in self.world.passwords:
            return refused("already-exists", f"{name} is taken")
        self.world.passwords[name] = password
        return None

    def remote_login(self, name: bytes) -> Any:
        challenge = pb.challenge()
        return challenge, Challenger(self.world, name.decode(), challenge)


class Challenger(pb.Referenceable):
    def __init__(self, world: World, name: str, challenge: bytes) -> None:
        self.world, self.name, self.challenge = world, name, challenge

    def remote_respond(self, response: bytes, mind: Any) -> Any:
        token = self.world.tokens.get(self.name, b"")
        if response != pb.respond(self.challenge, token):
            return refused("login-refused", "wrong name or token")
        return self.world.enter(self.name, mind)


class Player(pb.Referenceable):
    def __init__(self, world: World, name: str, mind: Any) -> None:
        self.world, self.name, self.mind = world, name, mind

    def tell(self, event: str, *args: Any) -> None:
        with suppress(pb.DeadReferenceError):
            self.mind.callRemote(event, *args, pbanswer=0)

    def ask(self, event: str, *args: Any) -> Deferred[Any]:
        return self.mind.callRemote(event, *args)

    def leave(self, code: str, text: str) -> None:
        self.tell("closing", code, text)
        self.mind.broker.transport.loseConnection()

    def remoteMessageReceived(
        self, broker: Any, message: str, args: Any, kw: Any
    ) -> Any:
        args = broker.unserialize(args)
        if message == "gameserver.commands":
            return broker.serialize(self.world.commands)
        self.world.calls.append((message, *args))
        self.world.look()
        act = getattr(self, f"do_{message}", None)
        if act is None:
            return refused("no-such-call", f"there is no {message}")
        return broker.serialize(act(*args))

    def do_go(self, direction: str) -> Any:
        if direction != "north":
            return refused("no-exit", "You cannot go that way.")
        self.tell("tell", "The gate creaks.")
        return "You are in the Hall."

    def do_say(self, text: str) -> Any:
        for player in self.world.players:
            player.tell("tell", f"{self.name} says: {text}")

    def do_add(self, one: int, other: int = 1) -> Any:
        return {"sum": one + other}

    def do_echo(self, *args: Any) -> Any:
        return list(args)

    def do_who(self) -> Any:
        return [player.name for player in self.world.players]

    def do_hold(self) -> Any:
        return Deferred()

    def do_strange(self) -> Any:
        return refused("internal-error", "internal error 0badcafe")

    def do_secret(self) -> Any:
        return Unplain()

    def do_crash(self) -> Any:
        self.mind.broker.transport.abortConnection()
        return Deferred()

    def do_leave(self) -> Any:
        self.leave("goodbye", "Farewell.")


class Unplain(pb.Copyable):
    """What no client of ours would build."""


class ServerBroker(pb.Broker):
    def connectionMade(self) -> None:
        self.factory.open.add(self)
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        super().connectionMade()

    def dataReceived(self, chunk: bytes) -> None:
        try:
            super().dataReceived(chunk)
        except NotImplementedError:  # a TLS handshake, to a stock broker's dismay
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.factory.open.discard(self)
        gone = self.factory.gone.pop(self, None)
        if gone is not None:
            gone.callback(None)


class GameFactory(pb.PBServerFactory):
    protocol = ServerBroker
    noisy = False

    def __init__(self, root: pb.Root) -> None:
        super().__init__(root)
        self.open: set[ServerBroker] = set()
        self.gone: dict[ServerBroker, Deferred[None]] = {}

    def drop(self) -> Deferred[Any]:
        """Cut all connections; fires when they are gone."""
        for broker in self.open:
            self.gone[broker] = Deferred()
            broker.transport.abortConnection()
        return DeferredList(list(self.gone.values()))


class Authority:
    """A CA of the test's own, and a server certificate that it signed."""

    def __init__(self, *names: str) -> None:
        self._ca = trustme.CA()
        self._server = self._ca.issue_cert(*(names or ("localhost", "127.0.0.1")))

    @cached_property
    def options(self) -> ssl.CertificateOptions:
        # Not by PrivateCertificate: pyOpenSSL warns of the objects it makes.
        key = load_pem_private_key(self._server.private_key_pem.bytes(), None)
        leaf = load_pem_x509_certificate(self.leaf_pem)
        return ssl.CertificateOptions(privateKey=key, certificate=leaf)

    @cached_property
    def ca_pem(self) -> bytes:
        return self._ca.cert_pem.bytes()

    @cached_property
    def leaf_pem(self) -> bytes:
        return self._server.cert_chain_pems[0].bytes()

    @cached_property
    def pin(self) -> str:
        digest = ssl.Certificate.loadPEM(self.leaf_pem).digest("sha256")
        return f"sha256:{digest.decode()}"


class Running:
    """A listening server; ``stop`` is a test's cleanup."""

    def __init__(self, port: Any, factory: Any) -> None:
        self._port = port
        self.factory = factory
        self.number: int = getattr(port.getHost(), "port", 0)

    async def stop(self) -> None:
        await maybeDeferred(self._port.stopListening)
        await self.factory.drop()


async def serve(
    world: World, authority: Authority | None = None, *, port: int = 0
) -> Running:
    """Listen on loopback, with TLS if there is an authority."""
    return await listen(GameFactory(Lobby(world)), authority, port=port)


async def listen(
    factory: Any, authority: Authority | None, *, port: int = 0
) -> Running:
    where: Any = endpoints.TCP4ServerEndpoint(reactor, port, interface="127.0.0.1")
    if authority is not None:
        where = endpoints.wrapServerTLS(authority.options, where, reactor)
    return Running(await where.listen(factory), factory)


class Canned(Protocol):
    """No PB server: sends its factory's bytes on connect and may then close."""

    def connectionMade(self) -> None:
        self.factory.open.add(self)
        for waiter in self.factory.waiting:
            waiter.callback(self)
        self.factory.waiting.clear()
        self.transport.write(self.factory.opening)
        if self.factory.closes:
            self.transport.loseConnection()

    def dataReceived(self, chunk: bytes) -> None:
        self.factory.received += chunk

    def connectionLost(self, reason: Failure) -> None:
        self.factory.open.discard(self)
        gone = self.factory.gone.pop(self, None)
        if gone is not None:
            gone.callback(None)


class CannedFactory(Factory):
    protocol = Canned
    noisy = False

    def __init__(self, opening: bytes = b"", *, closes: bool = False) -> None:
        self.opening = opening
        self.closes = closes
        self.received = b""
        self.open: set[Canned] = set()
        self.gone: dict[Canned, Deferred[None]] = {}
        self.waiting: list[Deferred[Canned]] = []

    def next_connection(self) -> Deferred[Canned]:
        """Fire with the next connection."""
        waiter: Deferred[Canned] = Deferred()
        self.waiting.append(waiter)
        return waiter

    def drop(self) -> Deferred[Any]:
        for one in self.open:
            self.gone[one] = Deferred()
            one.transport.abortConnection()
        return DeferredList(list(self.gone.values()))
