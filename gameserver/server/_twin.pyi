# The compiled twin, as types see it: the sources are in c.

from typing import Any, final

from gameserver.model.avatar import Avatar
from gameserver.server.broker import GameBroker
from gameserver.server.calls import Calls
from gameserver.server.clients import RemoteClient
from gameserver.server.perspective import Perspective
from gameserver.server.records import Record
from gameserver.server.touches import Touches

EDITION: str

@final
class ShortWay:
    def __init__(
        self,
        perspective: Perspective,
        client: RemoteClient,
        record: Record[Avatar],
        calls: Calls,
        touches: Touches,
    ) -> None: ...

def carry_out(broker: GameBroker, messages: list[Any]) -> None: ...
def send_all(clients: list[RemoteClient], event: bytes) -> list[RemoteClient]: ...
def write(transport: object, content: bytes) -> None: ...
