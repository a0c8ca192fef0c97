"""Roles, each allowed all that the weaker ones are."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.roles import Role


class RoleTests(SynchronousTestCase):
    """The order of roles."""

    def test_weakest_first(self):
        """A player is less than a builder, a builder less than an admin."""
        allowed = {role: [one for one in Role if role.includes(one)] for role in Role}
        self.assertEqual(allowed[Role.PLAYER], [Role.PLAYER])
        self.assertEqual(allowed[Role.BUILDER], [Role.PLAYER, Role.BUILDER])
        self.assertEqual(allowed[Role.ADMIN], list(Role))

    def test_stored_form(self):
        """A role is its word, as stored and as shown."""
        self.assertEqual([str(role) for role in Role], ["player", "builder", "admin"])
        self.assertIs(Role("admin"), Role.ADMIN)
