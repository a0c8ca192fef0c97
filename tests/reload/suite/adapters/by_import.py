"""The ways that need no package: the import system, used again."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from tests.reload.suite.adapters.base import Base
from tests.reload.suite.lab import ReloadFailed


class ImportlibReload(Base):
    """The standard library's own."""

    name = "importlib.reload"
    short = "import"

    def reload(self, lab, names):
        """Reload each module in its own dict."""
        for name in names:
            importlib.reload(sys.modules[name])


class UnloadLoad(Base):
    """Modules from a database, the old way: out of sys.modules, then loaded again."""

    name = "unload+load"
    short = "unload"

    def reload(self, lab, names):
        """Forget each module and import it."""
        for name in names:
            sys.modules.pop(name, None)
            importlib.import_module(name)


class SwapPmnc(Base):
    """The Pythomnic idea: a brand-new module object, its hook, callers look up late."""

    name = "swap+pmnc_init"
    short = "swap"

    def reload(self, lab, names):
        """Put a new module in the place of each old one."""
        for name in names:
            swap(name)

    def module_hook(self, body):
        """Spell the hook that Pythomnic calls at the first import too."""
        head = "def pmnc_init(old, new, fn):\n    if old is None: return\n"
        return head + body + "\n"

    def protect(self, lab, name):
        """Mark the module in its source."""
        return "__reloadable__ = False"


def swap(name: str) -> None:
    """Run a module's source in a new module object and put that into its place."""
    old = sys.modules[name]
    path = str(old.__file__)
    src = Path(path).read_bytes()
    if b"__reloadable__ = False" in src:
        raise ReloadFailed("not reloadable")
    new = importlib.util.module_from_spec(fresh_spec(old, path))
    exec(compile(src, path, "exec"), new.__dict__)  # noqa: S102 - as the tool does
    if hasattr(new, "pmnc_init"):
        new.pmnc_init(old, new, path)
    sys.modules[name] = new
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, new)


def fresh_spec(old: ModuleType, path: str):
    """Give a spec for the same file, with the package's folders if it is one."""
    folders = list(old.__path__) if hasattr(old, "__path__") else None
    return importlib.util.spec_from_file_location(
        old.__name__, path, submodule_search_locations=folders
    )
