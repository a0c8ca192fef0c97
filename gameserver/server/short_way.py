"""The common call, in one step.

Nothing has to be waited for, the arguments are scalars of just the declared types, the
method touches nothing, and gives a plain value: most calls are so. They are carried out
and answered here, with all that the whole way (``GameBroker``, ``Perspective``,
``Calls``, ``Turns``) would have looked at. A call that is another goes that way: from
its beginning, or from where the method has given what it gives.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure
from twisted.spread import pb

from gameserver.model.arguments import fit
from gameserver.model.routes import routes_of
from gameserver.wire.codec import answer, decode
from gameserver.wire.encoder import NotPlain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.model.arguments import Limits
    from gameserver.model.avatar import Avatar
    from gameserver.server.broker import GameBroker
    from gameserver.server.calls import Calls
    from gameserver.server.clients import RemoteClient
    from gameserver.server.perspective import Perspective
    from gameserver.server.records import Record
    from gameserver.server.touches import Touches

_CALL = 7  # parts of the message that is a call
_NO_NAMES = [b"dictionary"]


class Reached(pb.AsReferenceable):
    """A perspective as its client reaches it."""

    def __init__(self, perspective: Perspective, way: ShortWay) -> None:
        super().__init__(perspective, "perspective")  # type: ignore[no-untyped-call]
        self.way = way


class ShortWay:
    """What the common calls of one login need."""

    __slots__ = ("_calls", "_client", "_pace", "_perspective", "_record", "_touches")

    def __init__(
        self,
        perspective: Perspective,
        client: RemoteClient,
        record: Record[Avatar],
        calls: Calls,
        touches: Touches,
    ) -> None:
        self._perspective = perspective
        self._client = client
        self._pace = client.pace
        self._record = record
        self._calls = calls
        self._touches = touches

    def carried_out(
        self,
        broker: GameBroker,
        number: int,
        name: bytes,
        is_answered: object,
        args: Any,  # noqa: ANN401 - what a peer sends
        names: object,
    ) -> bool:
        """Carry out a call if it is a common one, and say whether it was one."""
        avatar, calls, touches = self._record.subject, self._calls, self._touches
        route = routes_of(type(avatar)).get(name)
        if (
            route is None
            or names != _NO_NAMES
            or self._client.is_gone
            or not calls.is_free
            or touches.running
            or touches.late
        ):
            return False
        method, kinds = route
        given = _scalars(args, kinds, calls.limits)
        pace = self._pace
        if given is None or (pace is not None and not pace.passes()):
            return False
        calls.carried_out += 1
        segment, result, failure = touches.segment(), None, None
        try:
            result = touches.call(segment, avatar, method, given, {})
        except (Exception, SystemExit):  # noqa: BLE001 - the fence of one call
            failure = Failure()
        if failure is None and segment.is_idle and not touches.late:
            try:
                content = answer(number, result)
            except NotPlain:
                pass
            else:
                segment.end(is_saved=True)
                if is_answered:
                    broker.send(content)
                return True
        went = partial(
            self._perspective.go_on, broker, segment, name.decode(), result, failure
        )
        broker.tell(number, is_answered, went)
        return True


def carry_out(broker: GameBroker, messages: list[Any]) -> None:
    """Carry out messages, the last first, while the connection's turn lasts."""
    while messages and broker.goes_on():
        message = messages.pop()
        if not (broker.is_usual and carried_out(broker, message)):
            broker.callExpressionReceived(message)


def carried_out(broker: GameBroker, message: Any) -> bool:  # noqa: ANN401 - what a peer sends
    """Carry out a message if it is a common call, and say whether it was one."""
    if type(message) is not list or len(message) != _CALL or message[0] != b"message":
        return False
    _, number, target, name, is_answered, args, names = message
    if type(number) is not int or type(target) is not int or type(name) is not bytes:
        return False
    local = broker.localObjects.get(target)
    if local is None or type(local.object) is not Reached:
        return False
    way: ShortWay = local.object.way
    return way.carried_out(broker, number, name, is_answered, args, names)


def _scalars(
    args: Any,  # noqa: ANN401 - what a peer sends
    kinds: tuple[type, ...],
    limits: Limits,
) -> Sequence[Any] | None:
    """Read arguments; None if they are not just what is declared."""
    if type(args) is not list or len(args) != len(kinds) + 1:
        return None
    try:
        given = decode(args)
    except NotPlain:
        return None
    return given if type(given) is tuple and fit(given, kinds, limits) else None
