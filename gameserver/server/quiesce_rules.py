"""Which calls wait while a release is made, how many, and what was done about others.

A call is *in* a module if that defines the method, in the avatar's class or in one of
its bases: an overridden method may be called by the one that overrides it. Calls wait
in one line, first come, first served. A client that waits has all its later calls wait
behind, whatever module they are in, so the order of its calls is kept.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from gameserver.model.arguments import PREFIX

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

ALL: Final = 1000
"""How many calls may wait."""

OF_ONE: Final = 64
"""How many calls of one client may wait."""

_SHOWN: Final = 5  # calls that a refusal names

T = TypeVar("T")


class Policy(StrEnum):
    """What a release does about calls at work in the modules that it touches.

    ``WAIT``: they get a limit, and those that do not keep it refuse the release.
    ``PROCEED``: they get the same limit; the release is made, and those that are late
    end in their old code. ``REFUSE``: the release is refused at once.
    """

    WAIT = "wait"
    PROCEED = "proceed"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Quiesced:
    """How many calls were at work in the touched modules, and what became of them.

    ``waited``: they ended within the limit. ``proceeded``: they go on in old code.
    ``refused``: because of them the release must not be made. ``names``: those that
    had not ended, as ``Player.dig of ada``.
    """

    waited: int = 0
    proceeded: int = 0
    refused: int = 0
    names: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """Say which calls refuse the release."""
        shown = ", ".join(self.names[:_SHOWN])
        more = len(self.names) - _SHOWN
        shown += f" and {more} more" if more > 0 else ""
        what = "call is" if self.refused == 1 else "calls are"
        return f"{self.refused} {what} at work in what the release touches: {shown}"

    @classmethod
    def judged(cls, policy: Policy, waited: int, late: tuple[str, ...]) -> Quiesced:
        """Give the outcome for those that ended in time, and those that did not."""
        if policy is Policy.PROCEED:
            return cls(waited=waited, proceeded=len(late), names=late)
        return cls(waited=waited, refused=len(late), names=late)


@dataclass(frozen=True, slots=True)
class Held:
    """How many calls have waited for a release, and how many more were sent away."""

    waited: int = 0
    busy: int = 0


class Line(Generic[T]):
    """Calls that wait, in order; at most so many in all, and of each client."""

    def __init__(self, at_most: int = ALL, of_one: int = OF_ONE) -> None:
        self._at_most = at_most
        self._of_one = of_one
        self._waiting: OrderedDict[T, Hashable] = OrderedDict()
        self._count: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._waiting))

    @property
    def is_full(self) -> bool:
        """Say whether nobody else may wait."""
        return len(self._waiting) >= self._at_most

    def has(self, client: Hashable) -> bool:
        """Say whether a call of that client waits."""
        return client in self._count

    def may_wait(self, client: Hashable) -> bool:
        """Say whether there is room for one more of that client."""
        return not self.is_full and self._count[client] < self._of_one

    def join(self, client: Hashable, one: T) -> None:
        """Put a call at the end; ask ``may_wait`` before."""
        self._waiting[one] = client
        self._count[client] += 1

    def take(self) -> T:
        """Give the first and forget it; ``KeyError`` if there is none."""
        one = next(iter(self._waiting), None)
        if one is None:
            raise KeyError("nobody waits")
        self.leave(one)
        return one

    def leave(self, one: T) -> None:
        """Forget a call, wherever it stands; no error if it is not there."""
        if one not in self._waiting:
            return
        client = self._waiting.pop(one)
        self._count[client] -= 1
        if not self._count[client]:
            del self._count[client]


def modules_of(owner: type, name: str) -> frozenset[str]:
    """Name the modules that a call is in, by the avatar's class and the call's name.

    For a call that is not there (any more) it is the module of the class.
    """
    method = PREFIX + name
    found: set[str] = set()
    for base in owner.__mro__:
        if method in vars(base):
            found |= {base.__module__, _home(vars(base)[method])}
    return frozenset(found - {""} or {owner.__module__})


def _home(method: object) -> str:
    """Give the module a method was written in; a class may have it from elsewhere."""
    home = getattr(method, "__module__", "")
    return home if isinstance(home, str) else ""
