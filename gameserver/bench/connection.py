"""A plain socket that logs in to a PB server and then carries canned bytes."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from twisted.spread import banana

from gameserver.bench import canned
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE: Final = 20.0
"""Seconds without one byte from the server after which the measurement is given up."""

HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Target:
    """A server that is being measured: where it listens and who may log in.

    ``guests``: the same server for others, if there are any.
    """

    name: str
    port: int
    account: bytes
    secret: bytes
    guests: tuple[Target, ...] = ()


class Replies(banana.Banana):
    """Decodes what a server sends, once the dialect is agreed upon or before."""

    currentDialect = b"pb"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted
        self.setPrefixLimit(64)  # type: ignore[no-untyped-call]  # Twisted
        self.expressions: list[Any] = []

    def expressionReceived(self, lst: Any) -> None:  # noqa: ANN401 - wire data
        """Keep it."""
        self.expressions.append(lst)


class Connection:
    """One login. ``perspective`` is the number of what the server gave for it."""

    def __init__(self, target: Target, *, mind: bool = False) -> None:
        self._target = target
        self._request = 0
        self._replies = Replies()
        self.socket = socket.create_connection((HOST, target.port), PATIENCE)
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.perspective = self._login(mind=mind)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, without a word."""
        self.socket.close()

    def ask(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - wire data
        """Call a method with plain values and wait; give the answer's jelly."""
        self._request += 1
        sent = [canned.jellied(value) for value in arguments]
        return self._exchange(
            canned.call(self._request, self.perspective, method, sent)
        )

    def _login(self, *, mind: bool) -> int:
        self.socket.sendall(canned.OPENING)
        self._request = 1
        answer = self._exchange(canned.login(1, self._target.account))
        with suppress(ValueError, TypeError):
            _, challenge, (_, challenger) = answer
            self._request = 2
            secret = self._target.secret
            proof = canned.respond(2, challenger, challenge, secret, mind=mind)
            _, perspective = self._exchange(proof)
            return int(perspective)
        raise MeasurementFailed(f"login answered {answer!r}")

    def _exchange(self, message: bytes) -> Any:  # noqa: ANN401 - wire data
        self.socket.settimeout(PATIENCE)
        self.socket.sendall(message)
        while True:
            for kind, *rest in self._received():
                if kind == b"answer" and rest[0] == self._request:
                    return rest[1]
                if kind == b"error":
                    raise MeasurementFailed(
                        f"the server answered with the error {rest!r}"
                    )

    def _received(self) -> list[Any]:
        try:
            chunk = self.socket.recv(1 << 16)
        except TimeoutError as error:
            raise MeasurementFailed(f"no answer within {PATIENCE:g} s") from error
        if not chunk:
            raise MeasurementFailed("the server closed the connection")
        self._replies.dataReceived(chunk)  # type: ignore[no-untyped-call]  # Twisted
        received, self._replies.expressions = self._replies.expressions, []
        return received
