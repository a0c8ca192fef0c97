"""The short ways of calls and events: compiled if they can be, pure Python if not.

Both do the same. Which it is, is decided here, once, when this module is imported.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gameserver.compiled import twin
from gameserver.server import fan_out, short_way
from gameserver.server.edition import EDITION

_twin, NAME = twin("gameserver.server", EDITION, os.environ)
"""The twin, and how one names what is used."""

if TYPE_CHECKING or _twin is None:
    ShortWay, carry_out = short_way.ShortWay, short_way.carry_out
    send_all = fan_out.send_all
else:
    ShortWay, carry_out = _twin.ShortWay, _twin.carry_out
    send_all = _twin.send_all
