"""A world in memory for authors' tests: realm, connected clients, a clock."""

from gameserver.server.game import Rules
from gameserver.testing.window import Window
from gameserver.testing.world import World

__all__ = ["Rules", "Window", "World"]
