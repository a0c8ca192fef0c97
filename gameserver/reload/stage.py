"""Run new texts in scratch namespaces, so that nothing live has changed yet.

While the bodies run, an ``import`` statement in them finds the staged version of a
module, if there is one; everybody else's imports find the live one. A module that is
imported before it is staged is staged first, whatever order the plan was given in.
Where a circle of imports asks for a name not bound yet, the live object stands in:
it will be the same object after the commit.
"""

from __future__ import annotations

import builtins
import sys
from contextlib import ExitStack
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, Any

from gameserver.errors import PluginError, ReleaseRefused
from gameserver.reload.adapter import adapters, running
from gameserver.reload.outline import absolute
from gameserver.reload.places import place_of_error
from gameserver.reload.refusal import PASSING, said
from gameserver.reload.staged import prepared
from gameserver.reload.views import Overlay, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from gameserver.reload.record import Record
    from gameserver.reload.source import Source, Text
    from gameserver.reload.staged import Specs, Staged


class Stage:
    """Stages texts; ``modules`` holds what has been staged, in order of imports."""

    def __init__(
        self, source: Source, records: Mapping[str, Record], specs: Specs
    ) -> None:
        self.modules: dict[str, Staged] = {}
        self.notes: dict[tuple[object, str], Any] = {}
        """What adapters note of the staged texts, by adapter's object and module."""
        self._texts: dict[str, Text] = {}
        self._source = source
        self._records = records
        self._specs = specs
        self._import: Callable[..., Any] = builtins.__import__
        self._running: dict[str, None] = {}
        """Modules whose bodies run: each is imported by the one before it."""
        self._folders: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        """Folders' modules in whose place new ones are while bodies run."""
        self._mark: Callable[[str], object] | None = None
        self._ended: Callable[[Staged], object] | None = None

    def run(
        self,
        texts: Sequence[Text],
        mark: Callable[[str], object] | None = None,
        ended: Callable[[Staged], object] | None = None,
    ) -> None:
        """Stage all texts; ``ReleaseRefused`` names the first that cannot be.

        ``mark``: told a module's name when what was done until now is its doing.
        ``ended``: told of each module whose body has run.

        Leaves ``sys.modules`` as it was for the game's modules. A library that a body
        imports for the first time stays imported: it is no part of the game.
        """
        self._texts = {text.name: text for text in texts}
        self._mark, self._ended = mark, ended
        self._import = builtins.__import__
        with ExitStack() as surroundings:
            for adapter in adapters():
                surroundings.enter_context(adapter.staging())
            surroundings.callback(self._put_away)
            surroundings.callback(setattr, builtins, "__import__", self._import)
            builtins.__import__ = self._imported  # type: ignore[assignment]  # more general
            for text in sorted(texts, key=self._first_loaded):
                self._ensure(text.name)

    @property
    def planned(self) -> frozenset[str]:
        """The names of the modules that are, or will be, staged."""
        return frozenset(self._texts)

    def in_scratch(self, namespace: Mapping[str, Any]) -> Staged | None:
        """Give the staged module that a namespace belongs to, if any."""
        found = self.modules.get(namespace.get("__name__", ""))
        return found if found and found.namespace is namespace else None

    def folder(self, name: str) -> ModuleType | None:
        """Give the package that a new folder without a text becomes, if it is one."""
        if not self.has_below(name):
            return None
        if name not in self._folders and (spec := self._specs(name)) is not None:
            self._folders[name] = module_from_spec(spec)
        return self._folders.get(name)

    def _first_loaded(self, text: Text) -> tuple[int, int, str]:
        known = self._records.get(text.name)
        return (0, known.serial, "") if known else (1, 0, text.name)

    def _put_away(self) -> None:
        for staged in self.modules.values():
            if staged.old is None:
                sys.modules.pop(staged.name, None)
        sys.modules.update(self._hidden)

    def _ensure(self, name: str) -> None:
        """Stage a module of the plan, or a new one that a body imports."""
        if name in self.modules:
            return
        if name not in self._texts:
            if name in self._records or name in sys.modules:
                return
            text = self._source.read(name)
            if text is None:
                return
            self._texts[name] = text
        parent = name.rpartition(".")[0]
        if parent:
            self._ensure(parent)
        self._stage(self._texts[name])

    def _stage(self, text: Text) -> None:
        staged = prepared(text, self._records.get(text.name), self._specs, self)
        if staged.is_at_rest:
            self.modules[text.name] = staged
            return
        self.modules[text.name] = staged
        if staged.old is None:
            if text.name in sys.modules:
                self._hidden[text.name] = sys.modules[text.name]
            sys.modules[text.name] = staged.module
        staged.has_run = True
        self._note(next(reversed(self._running), ""))
        self._running[text.name] = None
        try:
            with running(staged.module):
                exec(staged.tree.root, staged.namespace)  # noqa: S102 - the product's purpose
        except PASSING:
            raise
        except BaseException as error:
            raise self._refusal(text, error) from error
        finally:
            self._note(text.name)
            self._running.pop(text.name)
        if self._ended is not None:
            self._ended(staged)
        # Those it imports have run before: their writes and hooks come first, too.
        self.modules[text.name] = self.modules.pop(text.name)
        parent, _, child = text.name.rpartition(".")
        if parent in self.modules and self.modules[parent].has_run:
            setattr(self.modules[parent].module, child, staged.module)

    def _note(self, module: str) -> None:
        if self._mark is not None:
            self._mark(module)

    def _imported(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the same
        locals: Mapping[str, Any] | None = None,  # noqa: A002 - the same
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        if globals is None or self.in_scratch(globals) is None:
            return self._import(name, globals, locals, fromlist, level)
        module = absolute(name, level, globals.get("__package__") or "")
        names = [module, *(f"{module}.{one}" for one in fromlist or () if one != "*")]
        for one in names:
            for prefix in _prefixes(one):
                self._ensure(prefix)
        # ``import a.b`` binds a, so a staged package on the way counts.
        if not any(map(self._is_ours, names if fromlist else _prefixes(module))):
            return self._import(name, globals, locals, fromlist, level)
        if not self._is_there(module):
            self._import(module)
        self._bind_way(module)
        if not fromlist:
            return self._view(module if level else module.partition(".")[0])
        found = self._view(module)
        if "*" in fromlist and isinstance(found, Overlay):
            return sys.modules[module]
        for one in names[1:]:
            self._bind_child(found, one)
        return found

    def _is_there(self, name: str) -> bool:
        is_known = name in self.modules or name in sys.modules
        return is_known or self.folder(name) is not None

    def _is_ours(self, name: str) -> bool:
        return any(one == name or one.startswith(f"{name}.") for one in self.modules)

    def _view(self, name: str) -> ModuleType:
        staged = self.modules.get(name)
        if staged is not None and (staged.has_run or staged.old is None):
            return staged.module
        live = sys.modules.get(name) or self.folder(name)
        live = live or self._import(name, None, None, ("*",))
        return Overlay(live, self) if self.has_below(name) else live

    def has_below(self, name: str) -> bool:
        """Say whether modules below a package are staged."""
        return any(one.startswith(f"{name}.") for one in self.modules)

    def _bind_way(self, module: str) -> None:
        """Do what ``import a.b.c`` does: bind each module in the one above."""
        for one in _prefixes(module):
            above = self.modules.get(one.rpartition(".")[0])
            if above is not None:
                self._bind_child(above.module, one)

    def _bind_child(self, found: ModuleType, child: str) -> None:
        """Do what ``from package import module`` does: bind the module there."""
        if not isinstance(found, Scratch) or child.rpartition(".")[2] in vars(found):
            return
        if child in self.modules or child in sys.modules:
            setattr(found, child.rpartition(".")[2], self._view(child))

    def stand_in(self, module: str, name: str) -> object:
        """Give the live object for a name that a circular import wants too early."""
        staged = self.modules[module]
        if module not in self._running or staged.old is None:
            raise AttributeError(name)
        if name not in staged.outline.bindings.get("", {}):
            raise AttributeError(name)
        return staged.old.namespace[name]

    def _refusal(self, text: Text, error: BaseException) -> ReleaseRefused:
        if isinstance(error, ReleaseRefused):
            return error
        if isinstance(error, PluginError):  # it says where, and what
            return ReleaseRefused(error.place, error.text, text.name, "run")
        origins = {one.text.origin for one in self.modules.values()}
        place = place_of_error(error, origins) or f"{text.origin}:1"
        reason = said(error)
        return ReleaseRefused(place, reason, text.name, "run")


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts) + 1))
