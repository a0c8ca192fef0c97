"""The life of one login as a table: each ``attached`` has exactly one ``detached``.

============  ==========  ============================  =================
state         event       next state                    act
============  ==========  ============================  =================
NEW           ADMIT       ATTACHING                     run ``attached``
NEW           END         GONE                          nothing
ATTACHING     ATTACHED    PRESENT                       nothing
ATTACHING     END         LEAVING                       nothing yet
LEAVING       ATTACHED    GONE                          run ``detached``
LEAVING       END         LEAVING                       nothing
PRESENT       END         GONE                          run ``detached``
GONE          END         GONE                          nothing
============  ==========  ============================  =================

END is whatever ends a login: logout, a lost connection, a kick, ``attached`` raising.
While ``attached`` is still at work, ``detached`` waits for it.
"""

from __future__ import annotations

from enum import Enum, auto


class Presence(Enum):
    """Where one login is in its life."""

    NEW = auto()
    ATTACHING = auto()
    PRESENT = auto()
    LEAVING = auto()
    GONE = auto()


class Event(Enum):
    """What happens to a login."""

    ADMIT = auto()
    ATTACHED = auto()
    END = auto()


class Act(Enum):
    """Which hook to run now."""

    NOTHING = auto()
    ATTACH = auto()
    DETACH = auto()


TABLE: dict[tuple[Presence, Event], tuple[Presence, Act]] = {
    (Presence.NEW, Event.ADMIT): (Presence.ATTACHING, Act.ATTACH),
    (Presence.NEW, Event.END): (Presence.GONE, Act.NOTHING),
    (Presence.ATTACHING, Event.ATTACHED): (Presence.PRESENT, Act.NOTHING),
    (Presence.ATTACHING, Event.END): (Presence.LEAVING, Act.NOTHING),
    (Presence.LEAVING, Event.ATTACHED): (Presence.GONE, Act.DETACH),
    (Presence.LEAVING, Event.END): (Presence.LEAVING, Act.NOTHING),
    (Presence.PRESENT, Event.END): (Presence.GONE, Act.DETACH),
    (Presence.GONE, Event.END): (Presence.GONE, Act.NOTHING),
}
"""Every event that can happen; any other is a bug of ours and raises ``KeyError``."""
