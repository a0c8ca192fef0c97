"""Who may do what: three roles, each allowed all that those before it are."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is trusted with, weakest first."""

    PLAYER = "player"
    BUILDER = "builder"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Say whether this role may do everything that ``other`` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)
