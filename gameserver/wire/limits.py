"""What one message of a peer may be, before anything is allocated for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STOCK_SIZE: Final = 640 * 1024
"""The longest string (bytes) and list (items) that stock Banana takes and sends."""
PREFIX: Final = 64
"""The most bytes of a token's number, and so the most of an integer, as in stock."""

LARGEST: Final = 1 << 62
"""No limit: the most that one can be, so that all of them are numbers of C."""

PLAYERS_SIZE: Final = 65_536
"""The most bytes of a message that a server takes from a player."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a message may be; a peer that sends more is refused.

    ``size``: bytes of the message. ``items``: entries of all its lists together.
    ``depth``: lists in lists. ``string``: bytes of one string. ``prefix``: bytes of a
    token's number. All as they stand on the wire: a dict of one entry is three lists.
    """

    size: int
    items: int
    depth: int
    string: int
    prefix: int = PREFIX

    def __post_init__(self) -> None:
        """Refuse a limit under which nothing could be said, and no limit at all."""
        for name in self.__slots__:
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= LARGEST:
                raise ValueError(f"{name} = {value!r}: expected a whole number above 0")


UNBOUNDED: Final = Limits(LARGEST, LARGEST, LARGEST, STOCK_SIZE)
"""As stock: only strings and lists have a limit, each by itself."""
