"""The author's object for one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from gameserver.errors import PluginError
from gameserver.model.stateful import Stateful, check_class
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gameserver.interfaces import Client

WhenFull = Literal["refuse", "replace_oldest"]
_POLICIES = ("refuse", "replace_oldest")


class Avatar(Stateful):
    """One account's presence in the world, shared by all its clients.

    Annotated fields persist. Methods named ``perspective_*`` are what clients call;
    they may be plain, give a Deferred, or be ``async``. The hooks may be either, too.
    """

    kind: ClassVar[str] = "avatar"
    __reserved__: ClassVar[frozenset[str]] = Stateful.__reserved__.union(
        ("attached", "created", "detached", "max_clients", "retired", "when_full")
    )

    max_clients: ClassVar[int | None] = None
    """How many clients at once; None is no limit."""

    when_full: ClassVar[WhenFull] = "refuse"
    """What happens to one client more: it is refused, or replaces the oldest."""

    def created(self) -> Awaitable[None] | None:
        """Run once in the avatar's life, before its first client."""

    def attached(self, client: Client) -> Awaitable[None] | None:
        """Run for each login; ``client`` is in ``clients`` already.

        Raising refuses the login; ``detached`` follows all the same.
        """

    def detached(self, client: Client) -> Awaitable[None] | None:
        """Run exactly once for each ``attached``; ``client`` has left ``clients``."""

    def retired(self) -> Awaitable[None] | None:
        """Run before the avatar is saved and leaves memory."""


def check_avatar_class(owner: type[Avatar]) -> None:
    """Refuse, with ``PluginError``, an avatar class whose options cannot work."""
    check_class(owner)
    limit = owner.max_clients
    if limit is not None and (type(limit) is not int or limit < 1):
        text = f"{owner.__name__}.max_clients = {limit!r}"
        raise PluginError(place_of(owner), f"{text}, expected None or a number from 1")
    if owner.when_full not in _POLICIES:
        text = f"{owner.__name__}.when_full = {owner.when_full!r}"
        expected = " or ".join(map(repr, _POLICIES))
        raise PluginError(place_of(owner), f"{text}, expected {expected}")
