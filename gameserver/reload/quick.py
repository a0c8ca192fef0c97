"""What a migration does for each instance: compiled if it can be, pure Python if not.

Both do the same. Which it is, is decided here, once, when this module is imported.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gameserver.compiled import twin
from gameserver.reload import fields, lending
from gameserver.reload.edition import EDITION

_twin, NAME = twin("gameserver.reload", EDITION, os.environ)
"""The twin, and how one names what is used."""

if TYPE_CHECKING or _twin is None:
    lend, give_back = lending.lend, lending.give_back
    refill, has_names = fields.refill, fields.has_names
else:
    lend, give_back = _twin.lend, _twin.give_back
    refill, has_names = _twin.refill, _twin.has_names
