"""Which codec a process reads and writes the wire with; the one place that knows."""

from __future__ import annotations

import os
from typing import Final

from gameserver.compiled import SWITCH
from gameserver.wire.codec import NAME

PURE: Final = "pure"
COMPILED: Final = "compiled"


def in_use() -> str:
    """Give the name of the codec of this process."""
    return COMPILED if NAME == COMPILED else PURE


def present() -> tuple[str, ...]:
    """Give the codecs that a server can be started with here."""
    return (PURE, COMPILED) if in_use() == COMPILED else (PURE,)


def environment(codec: str) -> dict[str, str]:
    """Give the environment in which a process has this codec."""
    kept = {name: text for name, text in os.environ.items() if name != SWITCH}
    return {**kept, SWITCH: "1"} if codec == PURE else kept
