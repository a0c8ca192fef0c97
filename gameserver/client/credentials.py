"""Who logs in and with what; kept in memory so that a lost client can come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from twisted.spread import pb

from gameserver.errors import ConnectionFailed, PlaintextRefused

if TYPE_CHECKING:
    from gameserver.client.broker import Mind
    from gameserver.client.connection import Connection
    from gameserver.client.endpoint import Endpoint


class Credentials(Protocol):
    """One way to log in."""

    def check(self, endpoint: Endpoint) -> None:
        """Raise ``PlaintextRefused`` if the secret may not go there; sends nothing."""

    async def enter(
        self,
        connection: Connection,
        mind: Mind,
        timeout: float,  # noqa: ASYNC109 - handed on to the calls
    ) -> pb.RemoteReference:
        """Log in and give the perspective."""


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """A person's password, which only TLS or the machine itself may carry."""

    name: str
    password: str = field(repr=False)

    def check(self, endpoint: Endpoint) -> None:
        """Refuse plain TCP."""
        require_private(endpoint)

    async def enter(
        self,
        connection: Connection,
        mind: Mind,
        timeout: float,  # noqa: ASYNC109 - see Credentials
    ) -> pb.RemoteReference:
        """Log in by ``loginPassword``."""
        args = (self.name, self.password, mind)
        answer = await connection.call(connection.root, "loginPassword", args, timeout)
        return _perspective(answer)


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """An app token, which never crosses the wire: stock PB's challenge and response."""

    name: str
    token: str = field(repr=False)

    def check(self, endpoint: Endpoint) -> None:
        """Allow any endpoint."""

    async def enter(
        self,
        connection: Connection,
        mind: Mind,
        timeout: float,  # noqa: ASYNC109 - see Credentials
    ) -> pb.RemoteReference:
        """Log in by ``login`` and ``respond``."""
        root = connection.root
        # Bytes, as stock clients send and the checkers of stock servers expect.
        name = (self.name.encode(errors="replace"),)
        answer = await connection.call(root, "login", name, timeout)
        challenge, challenger = _challenge(answer)
        response = pb.respond(challenge, self.token.encode(errors="replace"))
        args = (response, mind)
        return _perspective(await connection.call(challenger, "respond", args, timeout))


def require_private(endpoint: Endpoint) -> None:
    """Raise ``PlaintextRefused`` where others on the way could read a password."""
    if endpoint.kind == "tcp":
        text = f"no password is sent over {endpoint}, which anyone on the way can read"
        raise PlaintextRefused(text)


def _challenge(answer: Any) -> tuple[bytes, pb.RemoteReference]:  # noqa: ANN401 - from the wire
    match answer:
        case (bytes() as challenge, pb.RemoteReference() as challenger):
            return challenge, challenger
    raise ConnectionFailed("the server answered the login with no challenge")


def _perspective(answer: Any) -> pb.RemoteReference:  # noqa: ANN401 - from the wire
    if isinstance(answer, pb.RemoteReference):
        return answer
    raise ConnectionFailed("the server answered the login with no perspective")
