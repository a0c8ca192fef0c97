"""The author's names, with where they are: what ``gameserver`` gives."""

from gameserver.errors import GameError
from gameserver.interfaces import Client, ClientSet, Realm
from gameserver.model.avatar import Avatar
from gameserver.model.levels import saved_soon
from gameserver.model.plugin import Plugin
from gameserver.model.resource import VirtualResource
from gameserver.model.service import Service
from gameserver.model.state import State
from gameserver.reload.migration import migration

__all__ = [
    "Avatar",
    "Client",
    "ClientSet",
    "GameError",
    "Plugin",
    "Realm",
    "Service",
    "State",
    "VirtualResource",
    "migration",
    "saved_soon",
]
