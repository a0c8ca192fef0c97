"""The codec in use: the compiled twin if it is there and wanted, pure Python if not.

Both do the same, byte for byte and error for error. Which it is, is decided here, once,
when this module is imported. ``GAMESERVER_PURE=1`` turns the twin off.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Final

from gameserver.wire import decoder, encoder, plain
from gameserver.wire import message as messages
from gameserver.wire.edition import EDITION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

SWITCH: Final = "GAMESERVER_PURE"
"""The environment variable; any value but nothing and ``0`` turns the twin off."""


def twin(environment: Mapping[str, str]) -> tuple[ModuleType | None, str]:
    """Give the compiled twin, or None; and how the server names what it uses."""
    if environment.get(SWITCH, "0") not in {"", "0"}:
        return None, f"pure Python, for {SWITCH} is set"
    try:
        found = import_module("gameserver.wire._twin")
    except ImportError:
        return None, "pure Python, for there is no compiled one"
    if found.EDITION != EDITION:
        return None, "pure Python, for the compiled one is of another version"
    return found, "compiled"


_twin, NAME = twin(os.environ)
"""The twin, and what the server says of its codec when it starts."""

if TYPE_CHECKING or _twin is None:
    Decoder = decoder.Decoder
    encode, message, decode = encoder.encode, messages.message, plain.decode
else:
    Decoder = _twin.Decoder
    encode, message, decode = _twin.encode, _twin.message, _twin.decode
