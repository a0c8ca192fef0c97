"""Lantern Keep, the demo game: five rooms, one lantern, one shade."""

from .keep import Keep
from .player import Player
from .shade import Shade

__all__ = ["Keep", "Player", "Shade"]
