"""Verbs whose roles are settings, and which note who asked."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final, Self

from gameserver.admin.api import Verbs
from gameserver.model.roles import Role

if TYPE_CHECKING:
    from gameserver.admin.api import Actor, Verb

LOOK: Final = Role.BUILDER
"""Marks a verb that only looks: ``reload.check_role`` may use it."""

ACT: Final = Role.ADMIN
"""Marks a verb that changes the game or its text: ``reload.release_role``."""


class TrustedVerbs(Verbs):
    """A group whose verbs are marked ``LOOK`` or ``ACT``; settings give the roles."""

    _actor: Actor

    def __init__(self, check_role: Role = LOOK, release_role: Role = ACT) -> None:
        self._roles = {LOOK: check_role, ACT: release_role}

    def asked_by(self, actor: Actor) -> Self:
        """Give the group as this actor meets it; two may be at work at once."""
        met = copy(self)
        met._actor = actor  # noqa: SLF001 - another of this class
        return met

    def needed(self, verb: Verb) -> Role:
        """Give the role that the settings ask for."""
        return self._roles[verb.role]
