"""A market in which every change has its caller's own number.

What was lost or applied twice shows in the state itself, in whatever order calls came.
"""

from __future__ import annotations

from gameserver import Avatar, Service

ITEMS = 8  # things that each trader begins with


class Trader(Avatar):
    """One caller; ``seen`` has the highest number applied here, by caller."""

    gold: int = 1000
    items: list[str] = []
    done: int = 0
    seen: dict[str, int] = {}
    missing: list[int] = []
    twice: list[int] = []

    def created(self) -> None:
        self.items = [f"{self.name} {number}" for number in range(ITEMS)]

    def perspective_deposit(self, number: int) -> int:
        """Bring a coin to the bank; with an even number, fetch one."""
        coins = 1 if number % 2 else -1
        self.gold -= coins
        self._enter(number, coins)
        return number

    async def perspective_trade(self, other: str, amount: int, number: int) -> int:
        """Pay another trader, on credit if need be."""
        partner = await self.realm.find(other)
        # Nothing is awaited from here on: both sides change in one turn.
        self.gold -= amount
        partner.gold += amount
        self._enter_at(partner, number)
        return number

    async def perspective_give(self, other: str, number: int) -> int:
        """Hand over the oldest thing, if there is one."""
        partner = await self.realm.find(other)
        if self.items:
            partner.items.append(self.items.pop(0))
        self._enter_at(partner, number)
        return number

    def perspective_look(self) -> dict[str, object]:
        """Show everything, and change nothing."""
        return {
            "gold": self.gold,
            "items": list(self.items),
            "done": self.done,
            "seen": dict(self.seen),
            "missing": list(self.missing),
            "twice": list(self.twice),
        }

    def perspective_bank(self) -> dict[str, int]:
        """Show what the bank has."""
        return self.realm.service("bank").shown()

    def _enter_at(self, partner: Trader, number: int) -> None:
        partner.seen[self.name] = max(number, partner.seen.get(self.name, 0))
        self._enter(number, 0)

    def _enter(self, number: int, coins: int) -> None:
        """Note the number: ``seen`` and ``missing`` say exactly which were applied."""
        highest = self.seen.get(self.name, 0)
        if number > highest:
            self.missing.extend(range(highest + 1, number))
            self.seen[self.name] = number
        elif number in self.missing:
            self.missing.remove(number)
        else:
            self.twice.append(number)
        self.done += 1
        self.realm.service("bank").enter(coins)


class Bank(Service):
    """Counts the changes of all traders, and keeps their coins."""

    gold: int = 0
    changes: int = 0

    def enter(self, coins: int) -> None:
        self.gold += coins
        self.changes += 1

    def shown(self) -> dict[str, int]:
        return {"gold": self.gold, "changes": self.changes}
