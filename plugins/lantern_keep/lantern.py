"""The lantern as it is now: its oil, its flame, and who it waits for."""

from dataclasses import dataclass

from gameserver import GameError

from . import rules, text


@dataclass
class Lantern:
    """One lantern; ``Things`` knows where it is.

    ``bearer_room``: where its bearer was last seen. ``waiting``: ticks since the
    bearer's last window closed.
    """

    oil: int = rules.FULL_OIL
    is_lit: bool = False
    bearer_room: str = ""
    waiting: int = 0

    def turn(self) -> None:
        """Light it, or put it out; a dry one cannot be lit."""
        if not self.is_lit and self.oil == 0:
            raise GameError("dry", text.DRY)
        self.is_lit = not self.is_lit

    def fill(self) -> None:
        """Fill it to the brim; a full one is refused."""
        if self.oil == rules.FULL_OIL:
            raise GameError("full", text.FULL)
        self.oil = rules.FULL_OIL

    def burn(self, oil: int) -> str | None:
        """Burn that much oil if it is lit; give what its room sees of it, if anything.

        The flame warns once, when the oil sinks to LOW_OIL, and dies at 0.
        """
        if not self.is_lit:
            return None
        before, self.oil = self.oil, max(0, self.oil - oil)
        if self.oil == 0:
            self.is_lit = False
            return text.FLAME_DIES
        return text.FLAME_SINKS if self.oil <= rules.LOW_OIL < before else None
