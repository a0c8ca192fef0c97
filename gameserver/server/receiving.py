"""What a peer sends as arguments: whatever is wrong with it is the peer's fault."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from twisted.spread import pb

from gameserver.errors import BadArguments, GameError, NoSuchCall
from gameserver.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NO_NAMES: Final = [b"dictionary"]
_SHOWN: Final = 40  # characters of a name that a peer made up


def received(
    broker: pb.Broker, perspective: object, args: object, kw: object
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Read the arguments of a call; raises ``BadArguments``."""
    try:
        positional = broker.unserialize(args, perspective)
        if type(positional) is tuple and kw == _NO_NAMES:
            return positional, {}
        named = {} if kw == _NO_NAMES else broker.unserialize(kw, perspective)
    except Exception:  # noqa: BLE001 - hostile jelly can raise anything
        raise BadArguments("the arguments cannot be read") from None
    if not isinstance(positional, (list, tuple)) or not isinstance(named, dict):
        raise BadArguments("the arguments cannot be read")
    return list(positional), named


def called(
    broker: pb.Broker,
    target: Any,  # noqa: ANN401 - what PB can call
    name: str,
    args: object,
    kw: object,
) -> object:
    """Have a call carried out by whatever PB reaches, and give what is sent.

    A game's own ``pb.Referenceable`` has no arguments checked by types, so Twisted
    would log each call that does not fit. Raises ``Refusal`` for those, and whatever
    the method raises.
    """
    way = getattr(target.remoteMessageReceived, "__func__", None)
    if way is not pb.Referenceable.remoteMessageReceived:
        return target.remoteMessageReceived(broker, name, args, kw)
    method = getattr(target, f"remote_{name}", None)
    try:
        if method is None:
            raise NoSuchCall(f"there is no {name[:_SHOWN]!r}")
        positional, named = received(broker, target.perspective, args, kw)
        named = {_name(key): value for key, value in named.items()}
        require_fit(method, name, positional, named)
    except GameError as error:
        raise Refusal(error) from None
    return broker.serialize(method(*positional, **named), target.perspective)


def require_fit(
    method: Callable[..., object], name: str, args: Sequence[Any], kw: dict[str, Any]
) -> None:
    """Refuse arguments that a method does not take; their types it checks itself.

    Raises ``BadArguments``.
    """
    try:
        signature = inspect.signature(method, follow_wrapped=False)
    except (TypeError, ValueError):  # built in, or no callable: the call says more
        return
    try:
        signature.bind(*args, **kw)
    except TypeError as error:
        raise BadArguments(f"{name}: {error}") from None


def _name(key: Any) -> Any:  # noqa: ANN401 - what a peer sends
    """Read a name as Twisted does: clients in Python 2 send bytes."""
    return key.decode(errors="replace") if isinstance(key, bytes) else key
