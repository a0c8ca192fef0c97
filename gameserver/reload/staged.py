"""A text on its way to a new version: compiled, with a scratch module to run in."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from gameserver.errors import PluginError, ReleaseRefused
from gameserver.reload.outline import MARK, Outline, compiled, outline
from gameserver.reload.tree import CodeTree
from gameserver.reload.views import STAGE, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from gameserver.reload.record import Record
    from gameserver.reload.source import Text

    Specs = Callable[[str], ModuleSpec | None]

_GIVEN = (
    "__builtins__", "__cached__", "__file__", "__loader__", "__package__", "__path__",
    "__spec__",
)  # fmt: skip


@dataclass(slots=True)
class Staged:
    """One module's new version: text, code, and the scratch module it ran in.

    ``old``: the record of the version in force, None for a new module. ``has_run``:
    False if the text differs in layout only, so that running it would change nothing.
    """

    text: Text
    outline: Outline
    tree: CodeTree
    module: ModuleType
    old: Record | None
    has_run: bool = False

    @property
    def name(self) -> str:
        """The module's full name."""
        return self.text.name

    @property
    def namespace(self) -> dict[str, Any]:
        """The scratch namespace; for a new module the one it will keep."""
        return vars(self.module)

    @property
    def given(self) -> dict[str, Any]:
        """What the import system would give the module of a folder's first text."""
        return {one: self.namespace[one] for one in _GIVEN if one in self.namespace}

    @property
    def is_at_rest(self) -> bool:
        """Whether the text differs in layout only, and nobody wants it to run."""
        old = self.old
        if old is None or old.runs_again:
            return False
        return old.outline.shape == self.outline.shape


def prepared(text: Text, old: Record | None, specs: Specs, stage: object) -> Staged:
    """Compile a text, and give it a scratch module; ``ReleaseRefused`` if it cannot be.

    ``stage``: what imports in the module's body ask.
    """
    try:
        _check_whole(text, old)
        facts = outline(text)
        code = compiled(text)
    except PluginError as error:
        cause = error.__cause__ or error
        raise ReleaseRefused(error.place, error.text, text.name, "read") from cause
    if old is not None and old.text.is_package != text.is_package:
        was, now = ("package", "module")[:: 1 if old.text.is_package else -1]
        reason = f"a {was} has become a {now}; that takes a restart; until then"
        reason += " name the other modules to release them"
        raise ReleaseRefused(f"{text.origin}:1", reason, text.name, "read")
    if old is not None and not _allows(old, facts):
        reason = f"the module forbids it: {MARK} = False"
        line = facts.line("", MARK) or 1
        raise ReleaseRefused(f"{text.origin}:{line}", reason, text.name, "read")
    tree = CodeTree(code, text.source, old.tree if old else None)
    module = _scratch(text, old, specs)
    module.__dict__[STAGE] = stage
    return Staged(text, facts, tree, module, old)


def _scratch(text: Text, old: Record | None, specs: Specs) -> ModuleType:
    module = Scratch(text.name)
    if old is not None and not old.is_folder:
        for name in _GIVEN:
            if name in old.namespace:
                module.__dict__[name] = old.namespace[name]
        return module
    spec = specs(text.name) or ModuleSpec(text.name, None)
    package = text.name if text.is_package else text.name.rpartition(".")[0]
    module.__dict__.update(__spec__=spec, __loader__=spec.loader, __package__=package)
    if text.is_package:
        module.__path__ = list(spec.submodule_search_locations or ())
    module.__file__ = text.origin
    return module


def _check_whole(text: Text, old: Record | None) -> None:
    """Refuse an empty text: an editor truncates a file before it writes it."""
    if old and old.text.content.strip() and not text.content.strip():
        raise PluginError(f"{text.origin}:1", "empty; was it cut short?")


def _allows(old: Record, new: Outline) -> bool:
    live = old.namespace.get(MARK, True)
    return old.outline.is_reloadable and new.is_reloadable and live is not False
