"""What bytes from a server may become: plain values and remote references, no more.

Jelly can name modules, classes and functions, and stock ``SecurityOptions`` let pass
every type name that has a dot in it, so that any class registered anywhere in this
process could be built by the peer. Here each name is listed, and nothing is imported,
looked up or built by name.
"""

from __future__ import annotations

from typing import Final

from twisted.spread import banana
from twisted.spread.jelly import SecurityOptions, jelly

from gameserver.wire.codec import encode
from gameserver.wire.encoder import NotPlain
from gameserver.wire.message import Written

_RECEIVED: Final = frozenset(
    b"None boolean unicode list tuple dictionary set frozenset decimal datetime date "
    b"time timedelta reference dereference remote".split()
)
# Jelly asks for these, by qualified name, when it writes what we send. None of them
# can be read: with no module allowed, reading such a name ends in InsecureJelly.
_SENT: Final = frozenset(
    b"builtins.NoneType builtins.bool builtins.int builtins.float builtins.str "
    b"builtins.bytes builtins.list builtins.tuple builtins.dict builtins.set "
    b"builtins.frozenset decimal.Decimal datetime.datetime datetime.date "
    b"datetime.time datetime.timedelta".split()
)
_FAILURE: Final = b"twisted.spread.pb.CopyableFailure"


class PlainValues(SecurityOptions):
    """Jelly's rules for this client.

    ``with_failures`` admits PB's failure too; only where an error is expected, because
    a failure among values would be taken for one by every Deferred it meets.
    """

    def __init__(self, *, with_failures: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted
        extra = {_FAILURE} if with_failures else set()
        self._allowed = _RECEIVED | _SENT | extra

    def isTypeAllowed(self, typeName: str | bytes) -> bool:
        """Say whether a value of that type name may pass."""
        name = typeName.encode() if isinstance(typeName, str) else typeName
        return name in self._allowed

    def isModuleAllowed(self, moduleName: str | bytes) -> bool:
        """Refuse every module."""
        del moduleName
        return False

    def isClassAllowed(self, klass: type) -> bool:
        """Refuse every class."""
        del klass
        return False


VALUES: Final = PlainValues()
ERRORS: Final = PlainValues(with_failures=True)


def written(value: object) -> Written:
    """Write a value; jelly's or Banana's error if it cannot be sent."""
    try:
        return Written(encode(value))
    except NotPlain:  # a time, or a part that occurs twice
        return Written(banana.encode(jelly(value, VALUES)))
