"""The packages that descend from Guido van Rossum's xreload, or go its way."""

from __future__ import annotations

import builtins
import importlib
import sys
import warnings

from tests.reload.suite.adapters.base import Base


class TwistedRebuild(Base):
    """Twisted's own, from before this suite's questions were asked."""

    name = "twisted.rebuild"
    short = "twisted"
    needs = "twisted.python.rebuild"

    def setup(self, lab):
        """Find the function."""
        self.rebuild = importlib.import_module(self.needs).rebuild

    def reload(self, lab, names):
        """Rebuild each module."""
        for name in names:
            self.rebuild(sys.modules[name], doLog=0)

    def protect(self, lab, name):
        """Mark the module in its source."""
        return "ALLOW_TWISTED_REBUILD = False"


class PloneXreload(Base):
    """plone.reload, as its package has it."""

    name = "plone.xreload"
    short = "plone"
    needs = "plone.reload.xreload"

    def setup(self, lab):
        """Find the class."""
        self.tool = importlib.import_module(self.needs)

    def reload(self, lab, names):
        """Reload each module."""
        for name in names:
            self.tool.Reloader(sys.modules[name]).reload()


class PloneXreloadFixed(PloneXreload):
    """plone.reload with one name set right, so that its idea can be measured.

    Version 5.0.1 runs a top-level module under the name ``None.<name>``, so what it
    updates depends on the order of a set, and a second reload fails. Here that name is
    set right before the module body runs; the rest is the tool's.
    """

    name = "plone.xreload(name-fix)"
    short = "plone*"

    def setup(self, lab):
        """Have the tool run module bodies through us."""
        super().setup(lab)

        def run(code, namespace):
            name = namespace.get("__name__", "")
            if name.startswith("None."):
                namespace["__name__"] = name.removeprefix("None.")
            builtins.exec(code, namespace)  # noqa: S102 - as the tool does

        self.tool.exec = run


PYDEVD_HOOK = """\
class _NS:
    def __init__(s, d): object.__setattr__(s, 'd', d)
    def __getattr__(s, k):
        try: return s.d[k]
        except KeyError: raise AttributeError(k)
    def __setattr__(s, k, v): s.d[k] = v
def __xreload_after_reload_update__(old_namespace, new_namespace):
    old = new = _NS(old_namespace)
"""


class PydevdReload(Base):
    """The debugger's reload, as its own package."""

    name = "pydevd_reload"
    short = "pydevd"
    needs = "pydevd_reload"

    def setup(self, lab):
        """Find the function; the package warns of its age."""
        warnings.simplefilter("ignore")
        self.xreload = importlib.import_module(self.needs).xreload

    def reload(self, lab, names):
        """Reload each module."""
        for name in names:
            self.xreload(sys.modules[name])

    def module_hook(self, body):
        """Spell the hook, which is given dicts, so that the body sees modules."""
        return PYDEVD_HOOK + body + "\n    return True\n"


class Limeade(Base):
    """limeade refreshes a list of modules at once."""

    name = "limeade"
    short = "limeade"
    needs = "limeade"

    def setup(self, lab):
        """Find the function."""
        self.refresh = importlib.import_module(self.needs).refresh

    def reload(self, lab, names):
        """Refresh all modules."""
        self.refresh([sys.modules[name] for name in names])
