"""The rule for one client more: admit, refuse, or let it replace the oldest."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameserver.model.avatar import WhenFull


class Admission(Enum):
    """What to do with a client that asks to join an avatar."""

    ADMIT = "admit"
    REFUSE = "refuse"
    REPLACE_OLDEST = "replace_oldest"


def admission(present: int, max_clients: int | None, when_full: WhenFull) -> Admission:
    """Decide, with ``present`` clients there already."""
    if max_clients is None or present < max_clients:
        return Admission.ADMIT
    return (
        Admission.REPLACE_OLDEST if when_full == "replace_oldest" else Admission.REFUSE
    )
