"""What the suite asks of a tool; one subclass per tool answers."""

from __future__ import annotations

import importlib
import importlib.util
from typing import ClassVar


class Base:
    """Says how a tool reloads, and how its hooks and its protection mark are spelled.

    A tool that has no such hook or mark gives None for it.
    """

    name: ClassVar[str] = "?"
    short: ClassVar[str] = ""
    """The tool's column in the matrix; its name if empty."""
    needs: ClassVar[str] = ""
    """The module without which the tool cannot be run here; none if empty."""
    since: ClassVar[tuple[int, int]] = (3, 11)
    """The oldest Python the tool runs on."""

    @classmethod
    def installed(cls) -> bool:
        """Import what the tool needs, once for all cases; say if it is there."""
        if cls.needs:
            try:
                importlib.import_module(cls.needs)
            except ImportError:
                return False
        return True

    def setup(self, lab) -> None:
        """Start the tool, in the process of one case."""

    def before(self, lab, names) -> None:
        """Prepare for a reload, before any source is written."""

    def reload(self, lab, names) -> None:
        """Reload the named modules as one transaction; raise if it failed."""
        raise NotImplementedError

    def module_hook(self, body: str) -> str | None:
        """Give a module's hook with this body, which names ``old`` and ``new``."""
        return None

    def instance_hook(self, body: str) -> str | None:
        """Give an instance's hook, a method with this body."""
        return None

    def protect(self, lab, name: str) -> str | None:
        """Give the line that makes a module not reloadable."""
        return None
