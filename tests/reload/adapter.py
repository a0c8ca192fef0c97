"""The suite's adapter for this engine.

It serves the suite of this folder and any other copy of it: ``adapters`` and ``lab``
are the suite's own modules, and besides them it needs only the installed package.
"""

from __future__ import annotations

import os

from adapters import Base
from lab import ReloadFailed

from gameserver.errors import ReleaseRefused
from gameserver.reload import Engine, Imported


class Gameserver(Base):
    """Changes code through ``gameserver.reload.Engine``, each reload one release."""

    name = "gameserver"

    def setup(self, lab):
        """Give the engine the modules of the lab: its files and its database."""
        folder = lab.root + os.sep

        def own(spec) -> bool:
            return (spec.origin or "").startswith((folder, "<"))

        self.engine = Engine(Imported(own))
        self.engine.watch()

    def reload(self, lab, names):
        """Release the modules as one; the suite never undoes, so it is permanent."""
        try:
            self.engine.release(names).make_permanent()
        except ReleaseRefused as refused:
            raise ReloadFailed(str(refused)) from refused

    def module_hook(self, body):
        """Spell a module's hook."""
        return "def module_reloaded(old, new):\n" + body + "\n"

    def instance_hook(self, body):
        """Spell an instance's hook."""
        return "def reloaded(self, old_version):\n" + body + "\n"

    def protect(self, lab, name):
        """Mark the module in its source."""
        return "__reloadable__ = False"
