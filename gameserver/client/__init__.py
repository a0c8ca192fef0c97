"""The client library: ``GameClient``, and what it needs to find and trust a server."""

from gameserver.client.answers import Command, Hello, Parameter
from gameserver.client.backoff import Backoff
from gameserver.client.endpoint import DEFAULT_PORT, Endpoint, parse_endpoint
from gameserver.client.game_client import GameClient
from gameserver.client.trust import Trust

__all__ = [
    "DEFAULT_PORT",
    "Backoff",
    "Command",
    "Endpoint",
    "GameClient",
    "Hello",
    "Parameter",
    "Trust",
    "parse_endpoint",
]
