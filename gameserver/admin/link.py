"""From a command to a running server: one verb over the UNIX socket, one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.error import ConnectError
from twisted.spread import pb

from gameserver.errors import GameError, NotRunning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twisted.internet.defer import Deferred

TIMEOUT = 30.0  # seconds; argon2 may have a queue


async def ask(reactor: Any, path: Path, verb: str, args: Sequence[object]) -> Any:  # noqa: ANN401 - any reactor, any answer
    """Have the server behind the socket carry out one verb.

    Raises ``NotRunning`` when nobody listens there, and ``GameError`` with the code the
    server refused with.
    """
    factory = pb.PBClientFactory()
    endpoint = UNIXClientEndpoint(reactor, str(path), checkPID=False)
    try:
        connection = await endpoint.connect(factory)
    except ConnectError as error:
        text = f"no server answers at {path}; start it with `gameserver run`"
        raise NotRunning(text) from error
    try:
        root = await factory.getRootObject()
        asked: Deferred[Any] = root.callRemote(verb, *args)
        return await asked.addTimeout(TIMEOUT, reactor)
    except pb.RemoteError as error:
        raise GameError(_text(error.remoteType), str(error)) from None
    except (pb.PBConnectionLost, pb.DeadReferenceError) as error:
        text = f"the server at {path} closed the connection before it answered"
        raise NotRunning(text) from error
    finally:
        connection.transport.loseConnection()


def _text(code: str | bytes) -> str:
    return code.decode() if isinstance(code, bytes) else code
