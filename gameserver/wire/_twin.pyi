# The compiled twin, as types see it: the sources are in c.

from typing import Any, final

from gameserver.wire.decoder import Expression
from gameserver.wire.limits import Limits

EDITION: str

@final
class Decoder:
    limits: Limits
    has_words: bool

    def __init__(self, limits: Limits, *, has_words: bool = False) -> None: ...
    def feed(self, chunk: bytes) -> None: ...
    def take(self, most: int = ...) -> list[Expression]: ...

def encode(value: object) -> bytes: ...
def message(parts: tuple[Any, ...]) -> bytes: ...
def decode(expression: Expression, depth: int = 0) -> Any: ...  # noqa: ANN401 - any plain value
