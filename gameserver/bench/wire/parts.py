"""Parts of a call's way that can be taken out, in the server's own process.

The product has no switch for any of them. A process that is measured without a part
puts something in its place before it starts. Whatever is to be replaced has to be
there, so a part that was renamed or moved fails at once and is not counted as free.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any, Final

from gameserver.model import arguments
from gameserver.server.broker import GameBroker
from gameserver.server.pace import Paces
from gameserver.server.touches import Touches
from gameserver.server.turns import Turns
from gameserver.spread.banana import WireBanana
from gameserver.spread.broker import StrictBroker
from gameserver.wire import decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FENCES: Final = "fences"
MESSAGES: Final = "messages"
PACE: Final = "pace"
TYPES: Final = "types"
LIMITS: Final = "limits"
DURABILITY: Final = "durability"
SHORT_WAY: Final = "short-way"


def take_out(names: Iterable[str]) -> None:
    """Take these parts out of this process."""
    for name in names:
        _OUT[name]()


def _put(owner: Any, name: str, value: object) -> None:  # noqa: ANN401 - a class or module
    """Replace what the owner itself has; ``AttributeError`` if it has no such thing."""
    if name not in vars(owner):
        raise AttributeError(f"{owner.__name__} has no {name} to be replaced")
    setattr(owner, name, value)


def _without_fences() -> None:
    """Have the broker do what the one on the wire does, with nothing around it."""
    for name in ("callExpressionReceived", "proto_message", "_sendAnswer"):
        _put(GameBroker, name, getattr(StrictBroker, name))


def _without_pace() -> None:
    """Take calls as fast as they come, uncounted."""
    _put(Paces, "begun", _nothing)


def _without_message_limits() -> None:
    """Walk over the bytes without counting what a message announces, or its size."""
    source = textwrap.dedent(inspect.getsource(decoder.Decoder._walk))  # noqa: SLF001 - it is what is measured
    tree = _Unchecked().visit(ast.parse(source))
    made: dict[str, Any] = {}
    code = compile(ast.fix_missing_locations(tree), decoder.__file__, "exec")
    exec(code, vars(decoder), made)  # noqa: S102 - our own text, less some of its lines
    _put(decoder.Decoder, "_walk", made["_walk"])


class _Unchecked(ast.NodeTransformer):
    """Leaves out the calls that check."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Put nothing in the place of a check."""
        match node.value:
            case ast.Call(func=ast.Name(id=name)) if name.startswith("_check_"):
                return ast.Pass()
        return node


def _without_types() -> None:
    """Hand on the arguments as they came; their limits hold."""

    def bind(
        self: arguments.Signature,
        args: Any,  # noqa: ANN401 - wire data
        kw: Any,  # noqa: ANN401 - wire data
        limits: arguments.Limits,
    ) -> Any:  # noqa: ANN401 - wire data
        del self
        arguments.require_plain(args, limits)
        if kw:
            arguments.require_plain(kw, limits)
        return args, kw

    _put(arguments.Signature, "bind", bind)


def _without_limits() -> None:
    """Take arguments of any size and kind, if their types are right."""
    _put(arguments, "require_plain", lambda value, limits: None)  # noqa: ARG005 - as what it replaces


class _NoTouches:
    """Notes nothing."""

    @staticmethod
    def call(
        segment: object,
        subject: object,
        name: str,
        args: Any,  # noqa: ANN401 - wire data
        kw: Any,  # noqa: ANN401 - wire data
    ) -> Any:  # noqa: ANN401 - what it gives
        """Call the method."""
        del segment
        return getattr(subject, name)(*args, **kw)


class _NoSegment:
    """Notes nothing."""

    is_held = is_loose = is_call = False
    touches = _NoTouches()

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *given: object) -> None:
        """End."""

    def begin(self) -> None:
        """Begin late."""

    @staticmethod
    def followed(coroutine: object) -> object:
        """Run it as it is."""
        return coroutine


def _without_durability() -> None:
    """Note neither calls nor what they touch, and hold no answer."""
    segment = _NoSegment()
    _put(Turns, "segment", lambda _: segment)
    _put(Turns, "follow", _nothing)
    _put(Turns, "held", _nothing)
    _put(Touches, "touched", _nothing)


def _without_short_way() -> None:
    """Have common calls go the way of all others."""
    _put(GameBroker, "carry_out_messages", WireBanana.carry_out_messages)


def _nothing(*given: object, **named: object) -> None:
    """Do nothing."""
    del given, named


_OUT: Final[dict[str, Callable[[], None]]] = {
    FENCES: _without_fences,
    MESSAGES: _without_message_limits,
    PACE: _without_pace,
    TYPES: _without_types,
    LIMITS: _without_limits,
    DURABILITY: _without_durability,
    SHORT_WAY: _without_short_way,
}
