"""The admin API over Perspective Broker.

On the UNIX socket in the data directory the operating system says who is there: only
the server's own user can open it, and is an admin. Over TLS one logs in, and the
account's role decides; a player gets a refusal for each verb, and each try is recorded.
"""

from __future__ import annotations

import pwd
import socket
import struct
from typing import TYPE_CHECKING, Any

from twisted.cred.portal import IRealm
from twisted.internet.defer import succeed
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.spread import pb
from zope.interface import implementer

from gameserver.admin.api import Actor, Admin
from gameserver.errors import Forbidden, GameError, NotSaved, StoreError
from gameserver.model.roles import Role
from gameserver.server.arrival import Arrival
from gameserver.server.awaiting import started
from gameserver.server.login import FencedReferenceable
from gameserver.server.message_limits import ADMIN
from gameserver.server.receiving import received
from gameserver.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from twisted.internet.defer import Deferred
    from zope.interface import Interface

    from gameserver.interfaces import AccountStore
    from gameserver.server.fence import Fence

_log = Logger("gameserver.admin")
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: see SO_PEERCRED in socket(7)


class AdminVoice:
    """Performs the verbs that one admin connection asks for."""

    def __init__(
        self, admin: Admin, actor: Callable[[], Awaitable[Actor]], fence: Fence
    ) -> None:
        self._admin = admin
        self._actor = actor
        self._fence = fence

    def perform(self, broker: pb.Broker, verb: str, args: object, kw: object) -> object:
        """Carry out one verb; gives a Deferred of jelly."""
        try:
            positional, named = received(broker, None, args, kw)
        except GameError as error:
            raise Refusal(error) from None
        answer = started(self._performed(verb, positional, named))
        answer.addCallback(lambda value: broker.serialize(value, None, verb))
        return answer.addErrback(self._refused, verb)

    async def _performed(
        self, verb: str, args: Sequence[Any], kw: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - any verb's answer
        return await self._admin.perform(await self._actor(), verb, args, kw)

    def _refused(self, failure: Failure, verb: str) -> Failure:
        """Give what the admin may know: of the database, why it refused."""
        if isinstance(failure.value, StoreError):
            why = failure.value.line()
            _log.error("admin {verb} refused: {why}", verb=verb, why=why)
            return Failure(Refusal(NotSaved(why)))
        return Failure(Refusal(self._fence.coded(failure, f"admin {verb}")))


@implementer(pb.IPerspective)
class AdminPerspective:
    """An admin who logged in over TLS."""

    def __init__(self, voice: AdminVoice) -> None:
        self._voice = voice

    def perspectiveMessageReceived(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Carry out one verb."""
        return self._voice.perform(broker, message, args, kw)


@implementer(IRealm)
class AdminRealm:
    """Gives whoever can log in a voice of the account's own role."""

    def __init__(self, admin: Admin, accounts: AccountStore, fence: Fence) -> None:
        self._admin = admin
        self._accounts = accounts
        self._fence = fence

    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> Deferred[tuple[type[Interface], object, Callable[[], None]]]:
        """Log one admin in; see ``IRealm``. Serves ``pb.IPerspective`` only."""
        if pb.IPerspective not in interfaces:
            raise NotImplementedError("the admin realm serves IPerspective only")
        assert isinstance(avatarId, bytes) and isinstance(mind, Arrival)  # noqa: PT018 - one fact: our own lobby calls
        name, origin = avatarId.decode(), mind.connection.address

        async def actor() -> Actor:
            """Ask for the role at each verb: it may have been taken away."""
            try:
                account = await self._accounts.get(name)
            except StoreError as refusal:  # whose words are for admins only
                _log.error("admin {name} refused: {why}", name=name, why=refusal.line())
                raise NotSaved("your account cannot be read; try again") from refusal
            if account is None:
                raise Forbidden("your account was removed")
            return Actor(account.name, account.role, origin)

        voice = AdminVoice(self._admin, actor, self._fence)
        return succeed((pb.IPerspective, AdminPerspective(voice), _nothing))


class LocalRoot(pb.Root):
    """The PB root on the UNIX socket: verbs without login."""

    def __init__(self, admin: Admin, fence: Fence) -> None:
        self._admin = admin
        self._fence = fence

    def rootObject(self, broker: Any) -> LocalVerbs:  # noqa: ANN401 - our Broker
        """Give the verbs to whoever could open the socket."""
        broker.limit(ADMIN)
        return LocalVerbs(self._admin, self._fence, broker)


class LocalVerbs(FencedReferenceable):
    """The verbs, performed as the user at the other end of the UNIX socket."""

    def __init__(self, admin: Admin, fence: Fence, broker: Any) -> None:  # noqa: ANN401 - our Broker
        self._admin = admin
        self._broker = broker
        self.fence = fence

    def remoteMessageReceived(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Carry out one verb."""
        self._broker.logged_in(ADMIN)

        async def actor() -> Actor:
            return Actor(_peer(broker.transport), Role.ADMIN, "local")

        voice = AdminVoice(self._admin, actor, self.fence)
        return voice.perform(broker, message, args, kw)


def _peer(transport: Any) -> str:  # noqa: ANN401 - a UNIX transport
    """Name the user at the other end, as the kernel knows it."""
    size = _CREDENTIALS.size
    found = transport.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, uid, _ = _CREDENTIALS.unpack(found)
    try:
        return f"uid:{uid} ({pwd.getpwuid(uid).pw_name})"
    except KeyError:
        return f"uid:{uid}"


def _nothing() -> None:
    """Do what the logout of an admin needs."""
