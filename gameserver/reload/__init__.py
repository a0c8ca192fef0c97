"""Change code under live objects, all or nothing: the reload engine.

A library of its own: it needs no server, no Twisted and no sockets.
"""

from gameserver.reload.engine import Engine
from gameserver.reload.imported import Imported
from gameserver.reload.instances import Reloadable, reloadable
from gameserver.reload.migration import migration
from gameserver.reload.plan import Plan
from gameserver.reload.release import Release
from gameserver.reload.source import Folder, Layered, Source, Text, Texts

__all__ = (
    "Engine",
    "Folder",
    "Imported",
    "Layered",
    "Plan",
    "Release",
    "Reloadable",
    "Source",
    "Text",
    "Texts",
    "migration",
    "reloadable",
)
