"""How an error crosses Perspective Broker, to our client and to stock ones.

PB sends a failure as a copyable failure. Ours carries the code as its type, the text as
its value, and nothing of the server: no class name, frame or traceback. Its parents
hold the code and the stock names a stock client would trap, so that
``failure.trap(pb.Error)`` and ``failure.check("no-exit")`` both work. One more parent
marks what the server refused without having begun it, whatever codes a game chooses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from twisted.spread import pb

from gameserver.errors import GameError, LoginRefused
from gameserver.wire.codec import encode
from gameserver.wire.encoder import list_of, string
from gameserver.wire.message import Written

if TYPE_CHECKING:
    from twisted.spread.jelly import _Jellier

_COPYABLE = b"twisted.spread.pb.CopyableFailure"
_UNBEGUN = "gameserver.unbegun"
_STOCK_ERROR = "twisted.spread.pb.Error"
_STOCK_LOGIN = (
    "twisted.cred.error.UnauthorizedLogin",
    "twisted.cred.error.LoginFailed",
)
_BEGINNING: Final = list_of(2) + string(_COPYABLE)

E = TypeVar("E", bound=GameError)


def unbegun(error: E) -> E:
    """Mark what refuses a call before anything of it has run: it may come again."""
    error.is_unbegun = True
    return error


class Refusal(pb.Error, pb.Jellyable):
    """A coded error on its way out; the broker sends it unlogged and as it is."""

    def __init__(self, error: GameError) -> None:
        super().__init__(error.code, error.text)
        self.error = error
        self._written: Written | None = None

    def written(self) -> Written:
        """Give it as it stands on the wire: what its jelly is there, and quicker.

        Written once, however often it is sent: a flood is refused with few errors.
        """
        if self._written is None:
            self._written = Written(_BEGINNING + encode(self._state()))
        return self._written

    def jellyFor(self, jellier: _Jellier) -> object:
        """Write it as stock PB writes a failure."""
        sxp = jellier.prepare(self)
        sxp.extend([_COPYABLE, jellier.jelly(self._state())])
        return jellier.preserve(self, sxp)

    def _state(self) -> dict[str, Any]:
        parents = [self.error.code, _STOCK_ERROR]
        if isinstance(self.error, LoginRefused):
            parents += _STOCK_LOGIN
        if self.error.is_unbegun:
            parents.append(_UNBEGUN)
        return {
            "type": self.error.code,
            "value": self.error.text,
            "parents": parents,
            "traceback": "",
            "frames": [],
            "stack": [],
            "tb": None,
            "count": 0,
            "captureVars": False,
            "pickled": True,
        }
