"""On ``sys.meta_path``: a finder that serves a source, and one that observes.

``Finder``: names that its source has are its own; above them stand packages without
text, if need be. All other names, submodules too, are left to the ordinary import
system. A failed import leaves nothing: importlib removes the module, we the rest.

``Observer``: finds a spec through the other finders and gives it back unchanged. For
one load the loader has an ``exec_module`` of its own, as an instance attribute: the
loader, and so ``module.__loader__``, stays the real one.
"""

from __future__ import annotations

import importlib.abc
import sys
from contextlib import ExitStack
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import PurePath
from typing import TYPE_CHECKING

from gameserver.errors import PluginError
from gameserver.reload.adapter import running
from gameserver.reload.imported import Ours, found, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType

    from gameserver.reload.source import Source, Text

    Begin = Callable[[Text], None]
    Loaded = Callable[[ModuleType, Text, CodeType], None]


def _unheard(text: Text) -> None:
    """Hear that a text begins to run where nobody asks."""
    del text


PLAIN_EXEC = importlib.abc.InspectLoader.exec_module
PLAIN_CODE = (
    importlib.abc.InspectLoader.get_code,
    importlib.abc.ExecutionLoader.get_code,
    SourceFileLoader.get_code,
)
"""importlib's own ways to run a module and to get its code."""


class Finder(Ours):
    """Serves a source's modules; ``loaded`` hears of each whose text has run.

    What ``loaded`` raises fails the import. ``begin`` hears of each that is about to.
    """

    def __init__(self, source: Source, loaded: Loaded, begin: Begin = _unheard) -> None:
        self._source = source
        self._loaded = loaded
        self._begin = begin

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the import system's
        target: ModuleType | None = None,  # noqa: ARG002 - the import system's
    ) -> ModuleSpec | None:
        """Give the spec of a name that the source has, or that stands above one."""
        text = self._source.read(fullname)
        if text is not None:
            return self._spec(text)
        if self._has_below(fullname):
            # Without a loader it is a namespace package, and its path stays empty.
            return ModuleSpec(fullname, None, loader_state=self, is_package=True)
        return None

    def _has_below(self, name: str) -> bool:
        try:
            return any(one.startswith(f"{name}.") for one in self._source.names())
        except PluginError:  # a folder that is gone stops no other import
            return False

    def _spec(self, text: Text) -> ModuleSpec:
        spec = ModuleSpec(
            text.name,
            TextLoader(self, text, self._loaded, self._begin),
            origin=text.origin,
            loader_state=self,
            is_package=text.is_package,
        )
        spec.has_location = is_file(text.origin)
        if spec.submodule_search_locations is not None and spec.has_location:
            # For what no source serves: extension modules and resources.
            folder = str(PurePath(text.origin).parent)
            spec.submodule_search_locations.append(folder)
        return spec


class TextLoader(importlib.abc.InspectLoader):
    """Runs one text. ``text``: what the module runs now; a release sets it anew.

    It is the text that ``get_source`` shows, so that ``linecache`` and ``inspect``
    never see one that lies in the source but does not run yet.
    """

    def __init__(
        self, finder: Finder, text: Text, loaded: Loaded, begin: Begin = _unheard
    ) -> None:
        self.text = text
        self._begin = begin
        self._finder = finder
        self._loaded = loaded

    def create_module(self, spec: ModuleSpec) -> None:  # noqa: ARG002 - importlib's
        """Leave it to importlib: an ordinary module."""
        return

    def exec_module(self, module: ModuleType) -> None:
        """Run the text in the module's own namespace; undo the traces of a failure."""
        text = self.text
        # Before compile: for a SyntaxError too, inspect must find the module's file.
        # Set for every origin: inspect.getsource(a class) goes by the module's file.
        module.__file__ = text.origin
        code = self.get_code(text.name)
        with ExitStack() as undo:
            if "__builtins__" not in vars(module):  # not so when it is run once more
                undo.callback(self._forget, text.name, below(text.name))
            self._begin(text)
            with running(module):
                exec(code, vars(module))  # noqa: S102 - what a loader is for
            self._loaded(module, text, code)
            undo.pop_all()

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - serves one name
        """Compile the text."""
        return compile(self.text.source, self.text.origin, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - serves one name
        """Give the text as a string."""
        return self.text.source

    def is_package(self, fullname: str) -> bool:  # noqa: ARG002 - serves one name
        """Say whether the module is a package."""
        return self.text.is_package

    def _forget(self, name: str, before: frozenset[str]) -> None:
        """Take away the submodules that the failed body had imported."""
        for one in sorted(below(name) - before, reverse=True):
            module = sys.modules[one]
            spec = getattr(module, "__spec__", None)
            if getattr(spec, "loader_state", None) is not self._finder:
                continue
            del sys.modules[one]
            above, _, child = one.rpartition(".")
            parent = sys.modules.get(above)
            if parent is not None and vars(parent).get(child) is module:
                delattr(parent, child)


def is_file(origin: str) -> bool:
    """Say whether an origin names a file, and not a place such as ``<texts>/m.py``."""
    return not origin.startswith("<")


def below(name: str) -> frozenset[str]:
    """Give the names in ``sys.modules`` below a package."""
    return frozenset(one for one in list(sys.modules) if one.startswith(f"{name}."))


class Observer(Ours):
    """Tells ``loaded`` of each module that ``own`` claims, once its text has run.

    What ``loaded`` raises fails the import. Untouched: loaders without
    ``exec_module`` or without text, such as those of compiled modules.
    """

    def __init__(
        self,
        own: Callable[[ModuleSpec], bool],
        loaded: Loaded,
        begin: Begin = _unheard,
    ) -> None:
        self._own = own
        self._loaded = loaded
        self._begin = begin

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a spec through the other finders; have its load observed."""
        spec = found(fullname, path, target)
        if spec is not None and self._own(spec):
            observe(spec, self._loaded, self._begin)
        return spec


def observe(spec: ModuleSpec, loaded: Loaded, begin: Begin = _unheard) -> None:
    """Have the next load of a spec told to ``loaded``, if its loader allows it."""
    loader = spec.loader
    # A class as loader (builtin, frozen) serves everybody; slots take no attribute.
    if loader is None or isinstance(loader, type) or not hasattr(loader, "exec_module"):
        return
    attributes = getattr(loader, "__dict__", None)
    if attributes is None:
        return
    load = attributes.setdefault("exec_module", Load(loader, loaded, begin))
    if isinstance(load, Load):
        load.expected[spec.name] = spec


class Load:
    """Stands in for a loader's ``exec_module`` until the expected modules have run.

    One loader may serve many names, nested or from several threads.
    """

    def __init__(
        self, loader: importlib.abc.Loader, loaded: Loaded, begin: Begin = _unheard
    ) -> None:
        self._begin = begin
        self.expected: dict[str, ModuleSpec] = {}
        self._loader = loader
        self._loaded = loaded
        self._exec = loader.exec_module

    def __call__(self, module: ModuleType) -> None:
        """Run the module as its loader does, then tell what ran."""
        spec = self.expected.pop(module.__name__, None)
        if not self.expected and vars(self._loader).get("exec_module") is self:
            del vars(self._loader)["exec_module"]
        text = None if spec is None else text_of(spec)
        if text is None:
            self._exec(module)
            return
        self._begin(text)
        with running(module):
            code = self._run(module, text)
        if sys.modules.get(text.name) is module:
            self._loaded(module, text, code)

    def _run(self, module: ModuleType, text: Text) -> CodeType:
        kind = type(self._loader)
        if getattr(kind, "exec_module", None) is not PLAIN_EXEC:
            code = compile(_given(text), text.origin, "exec", dont_inherit=True)
            self._exec(module)
            return code
        # Here the text just read is run itself: the file may change any moment, and
        # bytecode may be of a text with the same size from the same second.
        code = self._code(text)
        exec(code, vars(module))  # noqa: S102 - what importlib's exec_module does
        return code

    def _code(self, text: Text) -> CodeType:
        loader = self._loader
        assert isinstance(loader, importlib.abc.InspectLoader)
        if getattr(type(loader), "get_code", None) not in PLAIN_CODE:
            code = loader.get_code(text.name)
            if code is None:
                raise ImportError(f"no code for {text.name!r}", name=text.name)
            return code
        is_bytes = isinstance(loader, importlib.abc.SourceLoader)
        source = _given(text) if is_bytes else text.source
        return loader.source_to_code(source, text.origin)


def _given(text: Text) -> str | bytes:
    """Give a text as its loader has it: of a string, not what we encoded it to."""
    return text.source if text.encoding else text.content
