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
from gameserver.model.routes import ROUTES, routes_of
from gameserver.server.segments import Segment
from gameserver.wire.codec import answer, decode
from gameserver.wire.encoder import NotPlain

if TYPE_CHECKING:
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
_ONE_TEXT = (str,)
_PAIR = 2


class Reached(pb.AsReferenceable):
    """A perspective as its client reaches it."""

    def __init__(self, perspective: Perspective, way: ShortWay) -> None:
        self._perspective = perspective  # where Twisted has a method bound for each
        self.way = way

    def remoteMessageReceived(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Carry out a call that does not go the short way."""
        received = self._perspective.perspectiveMessageReceived
        return received(broker, message, args, kw)


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

    def carried_out(self, broker: GameBroker, message: list[Any]) -> bool:
        """Carry out a call if it is a common one, and say whether it was one."""
        _, number, _, name, is_answered, args, names = message
        if type(number) is not int:
            return False
        avatar, calls, touches = self._record.subject, self._calls, self._touches
        owner = type(avatar)
        try:
            routes = owner.__dict__.get(ROUTES) or routes_of(owner)
            route = routes.get(name)
        except Exception:  # noqa: BLE001 - the whole way meets it, too, within its fence
            return False
        if (
            route is None
            or names != _NO_NAMES
            or touches.running
            or touches.late
            or self._client.is_gone
            or not calls.is_free
        ):
            return False
        method, kinds = route
        given = _scalars(args, kinds, calls.limits)
        if given is None or (self._pace is not None and not self._pace.passes()):
            return False
        calls.carried_out += 1
        segment = Segment(touches, touches.ledger)
        result, failure = None, None
        try:
            result = touches.call(segment, avatar, method, given, {})
        except BaseException:  # noqa: BLE001 - the fence of one call
            failure = Failure()
        if failure is None and not segment.is_used and not touches.late:
            try:
                content = answer(number, result)
            except Exception:  # noqa: BLE001, S110 - the whole way says what is wrong
                pass
            else:
                segment.end(is_saved=True)
                if is_answered and not broker.disconnected:
                    broker.send(content)
                return True
        went = partial(
            self._perspective.go_on, broker, segment, name.decode(), result, failure
        )
        broker.tell(number, is_answered, went)
        return True


def carry_out(broker: GameBroker, messages: list[Any]) -> None:
    """Carry out messages, the last first, while the connection's turn lasts."""
    seconds = broker.clock.seconds
    while messages and seconds() < broker.until:
        message = messages.pop()
        if not (broker.is_usual and _carried_out(broker, message)):
            broker.callExpressionReceived(message)


def _carried_out(broker: GameBroker, message: Any) -> bool:  # noqa: ANN401 - what a peer sends
    """Carry out a message if it is a common call, and say whether it was one."""
    if type(message) is not list or len(message) != _CALL or message[0] != b"message":
        return False
    if type(message[2]) is not int or type(message[3]) is not bytes:
        return False
    local = broker.localObjects.get(message[2])
    if local is None or type(local.object) is not Reached:
        return False
    way: ShortWay = local.object.way
    return way.carried_out(broker, message)


def _scalars(
    args: Any,  # noqa: ANN401 - what a peer sends
    kinds: tuple[type, ...],
    limits: Limits,
) -> list[Any] | None:
    """Read arguments; None if they are not just what is declared."""
    if type(args) is not list or len(args) != len(kinds) + 1 or args[0] != b"tuple":
        return None
    if kinds == _ONE_TEXT:
        return _one_text(args[1], limits)
    given = args[1:]
    if str in kinds or bool in kinds:
        try:
            for at, kind in enumerate(kinds):
                if kind is str or kind is bool:
                    given[at] = decode(given[at])
        except NotPlain:
            return None
    return given if fit(given, kinds, limits) else None


def _one_text(sent: Any, limits: Limits) -> list[Any] | None:  # noqa: ANN401 - what a peer sends
    """Read the most common argument of all."""
    if type(sent) is not list or len(sent) != _PAIR or sent[0] != b"unicode":
        return None
    try:
        text = str(sent[1], "utf-8")
    except (TypeError, ValueError):
        return None
    return [text] if len(text) <= limits.max_string and limits.max_items else None
