"""A world in memory for authors' tests: realm, clients, a clock, and releases."""

from gameserver.server.game import Rules
from gameserver.testing.fuzz import fuzz_releases
from gameserver.testing.released import released
from gameserver.testing.releases import Released
from gameserver.testing.versions import VERSIONS, Version
from gameserver.testing.window import Window
from gameserver.testing.world import World

__all__ = [
    "VERSIONS",
    "Released",
    "Rules",
    "Version",
    "Window",
    "World",
    "fuzz_releases",
    "released",
]
