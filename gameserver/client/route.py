"""How to reach one server: where, trusting what, on which reactor, how patiently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gameserver.client.endpoint import Endpoint
    from gameserver.client.trust import Trust


@dataclass(frozen=True, slots=True)
class Route:
    """``timeout``: seconds for connecting, and for each answer up to the login.

    ``reactor``: any of Twisted's; typed Any, as it provides several interfaces at once.
    """

    endpoint: Endpoint
    trust: Trust
    reactor: Any
    timeout: float
