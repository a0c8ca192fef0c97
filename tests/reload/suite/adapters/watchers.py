"""The packages that watch files or cells; here they are told when to look."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import warnings
from pathlib import Path

from tests.reload.suite.adapters.base import Base
from tests.reload.suite.lab import ReloadFailed


class Jurigged(Base):
    """jurigged patches functions from the difference of two sources."""

    name = "jurigged"
    short = "jurig"
    needs = "jurigged.register"

    def setup(self, lab):
        """Have it register what is imported; it reports errors to its log."""
        self.registry = importlib.import_module(self.needs).registry
        self.errors: list[Exception] = []
        self.registry.set_logger(self.log)
        self.registry.auto_register(filter=lambda path: path.startswith(lab.root))

    def log(self, event) -> None:
        """Keep errors among the events."""
        if isinstance(event, Exception):
            self.errors.append(event)

    def reload(self, lab, names):
        """Refresh each module's file."""
        for name in names:
            code = self.registry.get(sys.modules[name].__file__)
            if code is None:
                raise ReloadFailed("not registered")
            self.errors.clear()
            code.refresh()
            if self.errors:
                raise ReloadFailed(repr(self.errors[0]))


class Autoreload(Base):
    """IPython's autoreload, in a shell whose cells do nothing."""

    name = "ipython.autoreload2"
    short = "ipy2"
    needs = "IPython.core.interactiveshell"
    mode = "2"

    def setup(self, lab):
        """Start a shell without history and load the extension."""
        warnings.simplefilter("ignore")
        os.environ["IPYTHONDIR"] = str(Path(lab.root, ".ipy"))
        config = importlib.import_module("traitlets.config").Config()
        config.HistoryManager.enabled = False
        shell = importlib.import_module(self.needs).InteractiveShell(config=config)
        shell.run_line_magic("load_ext", "autoreload")
        shell.run_line_magic("autoreload", self.mode)
        self.shell = shell
        self.reloader = self.find_reloader()
        self.reloader.hide_errors = False
        logging.getLogger("autoreload").setLevel(100)

    def find_reloader(self):
        """Give the extension's reloader, which it keeps to itself."""
        for callback in self.shell.events.callbacks["pre_run_cell"]:
            owner = getattr(callback, "__self__", None)
            if hasattr(owner, "_reloader"):
                return owner._reloader
        raise LookupError("autoreload has registered no callback")

    def run_cell(self) -> None:
        """Do what a session does between two looks at the files."""
        self.shell.run_cell("pass", store_history=False)

    def before(self, lab, names):
        """Run cells, as a session has since the import."""
        self.run_cell()
        self.run_cell()

    def reload(self, lab, names):
        """Run a cell; the extension looks at every file before it."""
        self.reloader.failed.clear()
        self.run_cell()
        if self.reloader.failed:
            raise ReloadFailed(repr(self.reloader.failed))

    def protect(self, lab, name):
        """Exclude the module by command; its source needs no line."""
        self.shell.run_line_magic("aimport", "-" + name)
        return "pass"


class AutoreloadFull(Autoreload):
    """The mode that its documentation gives beside mode 2."""

    name = "ipython.autoreload2-"
    short = "ipy2-"
    mode = "2-"


class Hmr(Base):
    """hmr reruns modules that were imported through it, lazily."""

    name = "hmr"
    short = "hmr"
    needs = "reactivity.hmr.core"
    since = (3, 12)

    def setup(self, lab):
        """Start its reloader with an empty entry file; it reports to excepthook."""
        entry = Path(lab.root, "_entry.py")
        entry.write_text("")
        self.errors: list[BaseException] = []
        sys.excepthook = lambda _kind, error, _tb: self.errors.append(error)
        core = importlib.import_module(self.needs)
        self.reloader = core.SyncReloader(str(entry), [lab.root], [])

    def reload(self, lab, names):
        """Tell it of the files, then ask for each module, as an importer would."""
        self.errors.clear()
        self.reloader.on_changes({Path(lab.path(name)).resolve() for name in names})
        for name in names:
            try:
                sys.modules[name]._ReactiveModule__load()
            except Exception as error:  # noqa: BLE001 - any error is its report
                self.errors.append(error)
        if self.errors:
            raise ReloadFailed(repr(self.errors[0]))
