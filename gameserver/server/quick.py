"""The short ways of calls, answers and events: compiled, or else in pure Python.

Both do the same. Which it is, is decided here, once, when this module is imported.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gameserver.compiled import twin
from gameserver.server import fan_out, short_way
from gameserver.server.edition import EDITION
from gameserver.spread import outlet

_twin, NAME = twin("gameserver.server", EDITION, os.environ)
"""The twin, and how one names what is used."""

if TYPE_CHECKING or _twin is None:
    ShortWay, carry_out = short_way.ShortWay, short_way.carry_out
    send_all, write = fan_out.send_all, outlet.write
else:
    ShortWay, carry_out = _twin.ShortWay, _twin.carry_out
    send_all, write = _twin.send_all, _twin.write
