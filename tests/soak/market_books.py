"""What a kill soak knows of the market: what was sent, answered, and is there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

GOLD = 1000
ITEMS = 8
"""What each trader begins with. The plugin says the same: the first comparison of every
soak begins with these."""


@dataclass(frozen=True, slots=True)
class Change:
    """One call that changes something; ``number`` counts its caller's, from 1.

    ``verb``: of the plugin. ``partner``: the other trader, "" if there is none.
    ``amount``: of gold, for a trade.
    """

    number: int
    verb: str
    partner: str = ""
    amount: int = 0

    @property
    def arguments(self) -> tuple[str | int, ...]:
        """What follows the verb on the wire."""
        whom = (self.partner,) if self.partner else ()
        gold = (self.amount,) if self.verb == "trade" else ()
        return (*whom, *gold, self.number)


@dataclass(frozen=True, slots=True)
class Holding:
    """One trader as the server shows it; the fields are the plugin's."""

    gold: int
    items: Sequence[str]
    done: int
    seen: Mapping[str, int]
    missing: Sequence[int]
    twice: Sequence[int]

    def highest(self, name: str) -> int:
        """Give the highest number of that caller that was applied here, or 0."""
        return self.seen.get(name, 0)


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank as the server shows it."""

    gold: int
    changes: int


@dataclass(frozen=True, slots=True)
class World:
    """Everything the market keeps, read when nobody was changing it."""

    traders: Mapping[str, Holding]
    bank: Bank

    def has_applied(self, name: str, number: int) -> bool:
        """Say whether that trader's change of that number was applied."""
        holding = self.traders[name]
        return 0 < number <= holding.highest(name) and number not in holding.missing


@dataclass
class Traffic:
    """One caller between two readings: what it sent, by number, and what it heard.

    ``acknowledged``: numbers whose answer came, ``late`` those of them that the next
    server answered. ``refused``: answers that were errors, as text; a connection lost
    by the kill is none, unless the client was to come back.
    """

    sent: dict[int, Change] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    late: set[int] = field(default_factory=set)


def genesis(names: Sequence[str]) -> World:
    """Give the market before its first change."""
    traders = {
        name: Holding(GOLD, [f"{name} {n}" for n in range(ITEMS)], 0, {}, [], [])
        for name in names
    }
    return World(traders, Bank(0, 0))


def world_read(looks: Mapping[str, object], bank: object) -> World:
    """Check what ``look`` and ``bank`` answered; ``msgspec.ValidationError`` if not."""
    traders = {name: msgspec.convert(look, Holding) for name, look in looks.items()}
    return World(traders, msgspec.convert(bank, Bank))
