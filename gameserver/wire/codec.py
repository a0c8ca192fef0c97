"""The codec in use: the compiled twin if it is there and wanted, pure Python if not.

Both do the same, byte for byte and error for error. Which it is, is decided here, once,
when this module is imported. ``GAMESERVER_PURE=1`` turns the twin off.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gameserver.compiled import twin
from gameserver.wire import decoder, encoder, plain
from gameserver.wire import message as messages
from gameserver.wire.edition import EDITION

_twin, NAME = twin("gameserver.wire", EDITION, os.environ)
"""The twin, and what the server says of its codec when it starts."""

if TYPE_CHECKING or _twin is None:
    Decoder = decoder.Decoder
    encode, decode = encoder.encode, plain.decode
    message, answer = messages.message, messages.answer
else:
    Decoder = _twin.Decoder
    encode, decode = _twin.encode, _twin.decode
    message, answer = _twin.message, _twin.answer
