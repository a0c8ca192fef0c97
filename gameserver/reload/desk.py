"""Where the merge of one module lays down its writes and says what becomes of what."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.plainly import is_plainly_same
from gameserver.reload.plan import Entry, was_at
from gameserver.reload.tree import CodeTree, means_the_same
from gameserver.reload.verdict import MISSING, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from gameserver.reload.journal import Journal
    from gameserver.reload.outline import Outline
    from gameserver.reload.record import ClassRecord, Initial
    from gameserver.reload.same import Comparison


_DEFINITIONS = (type, FunctionType, ModuleType, staticmethod, property)


class Trees:
    """The code of all modules of a plan, old and new: which code became which."""

    def __init__(self) -> None:
        self._trees: list[tuple[CodeTree, CodeTree]] = []

    def add(self, old: CodeTree, new: CodeTree) -> None:
        """Enter one module's two versions."""
        self._trees.append((old, new))

    def same_code(self, one: CodeType, other: CodeType) -> bool:
        """Say whether two codes are one, or one place in two versions."""
        if one is other:
            return True
        for old, new in self._trees:
            before, after = old.find(one), new.find(other)
            if before is not None and after is not None:
                return before.place == after.place
        return False


@dataclass
class ModuleDesk:
    """A desk (see ``adapter.Desk``) for one module of a plan."""

    name: str
    origin: str
    outline: Outline
    journal: Journal
    trees: Trees
    comparison: Comparison
    namespace: dict[str, Any]
    translate: Callable[[Any], Any]
    classes: Mapping[str, ClassRecord]
    before: Outline | None = None
    """The facts of the text in force: where a name was that is removed."""
    entries: dict[Entry, None] = field(default_factory=dict)
    """The lines of the plan, each once."""
    scope: str = ""
    outdated: set[str] = field(default_factory=set)

    def set(self, owner: Any, name: str, value: object) -> None:  # noqa: ANN401 - see Desk
        """Set an attribute."""
        self.journal.set(owner, name, value)

    def delete(self, owner: Any, name: str) -> None:  # noqa: ANN401 - see Desk
        """Delete an attribute."""
        self.journal.delete(owner, name)

    def put(self, table: MutableMapping[Any, Any], key: object, value: object) -> None:
        """Set an item of a dict."""
        self.journal.put(table, key, value)

    def drop(self, table: MutableMapping[Any, Any], key: object) -> None:
        """Delete an item of a dict."""
        self.journal.drop(table, key)

    def refill(self, items: Any, content: Any) -> None:  # noqa: ANN401 - see Desk
        """Give a container other content."""
        self.journal.refill(items, content)

    def do(self, act: Callable[[], object], undo: Callable[[], object]) -> None:
        """Lay down a write and its inverse."""
        self.journal.do(act, undo)

    def afterwards(self, act: Callable[[], object]) -> None:
        """Lay down what follows each pass."""
        self.journal.afterwards(act)

    def same(self, old: Any, new: Any) -> bool:  # noqa: ANN401 - see Desk
        """Compare two values."""
        return self.comparison.same(old, new)

    def translated(self, value: Any) -> Any:  # noqa: ANN401 - see Desk
        """Give the live counterpart of a staged value."""
        return self.translate(value)

    def initial(self, owner: type, name: str) -> Any:  # noqa: ANN401 - see Desk
        """Give what the text in force made of a member."""
        for known in self.classes.values():
            if known.owner() is owner:
                return known.members.get(name)
        return None

    def same_code(self, one: CodeType, other: CodeType) -> bool:
        """Compare two codes."""
        return self.trees.same_code(one, other)

    def is_generated(self, function: FunctionType) -> bool:
        """Say whether a library wrote the function's text for this module."""
        code = function.__code__
        return code.co_filename != self.origin and (
            function.__globals__ is self.namespace or code.co_filename.startswith("<")
        )

    def note(self, kind: str, name: str, why: str = "") -> Entry:
        """Enter a line of the plan."""
        scope, _, last = name.rpartition(".")
        line = self.outline.line(scope, last)
        if not line and self.before is not None:
            line = self.before.line(scope, last)
            if kind == "removed":  # the file that is named has it no more
                line, why = 0, was_at(line, why)
        entry = Entry(kind, self.name, name, self.origin, line, why)
        self.entries[entry] = None
        return entry

    def outdate(self, module: str) -> None:
        """Let a module that is named later run again."""
        self.outdated.add(module)

    def refuse(self, name: str, why: str) -> None:
        """Refuse the release for something in this module."""
        line = self.note("refused", name, why).line or 1
        raise ReleaseRefused(
            f"{self.origin}:{line}", f"{name}: {why}", self.name, "plan"
        )

    def patched(
        self, name: str, live: FunctionType, staged: FunctionType, initial: Initial
    ) -> None:
        """Note a function that is patched; one that only moved is kept.

        ``initial``: what the former text had put into it.
        """
        if not means_the_same(live.__code__, staged.__code__):
            self.note("patched", name)
            return
        pairs = (
            (initial.defaults, staged.__defaults__),
            (initial.kwdefaults, staged.__kwdefaults__),
        )
        if not all(is_plainly_same(*one) or self.same(*one) for one in pairs):
            self.note("patched", name, "defaults")

    def decided(self, name: str, found: Verdict, live: object, value: object) -> None:
        """Note what becomes of a name."""
        if found is Verdict.KEEP:
            if not _is_definition(live) and self._is_news(name, live, value):
                self.note("kept", name)
        elif found is Verdict.CONFLICT:
            why = "changed in the text and at run time; the live value stays"
            self.note(found.value, name, why)
        else:
            self.note(found.value, name)

    def _is_news(self, name: str, live: object, value: object) -> bool:
        """Say whether a kept value's text changed, or play changed the value."""
        if live is value or live is MISSING:
            return False
        scope, _, last = name.rpartition(".")
        facts = (self.before, self.outline)
        old, new = (one and one.bindings.get(scope, {}).get(last) for one in facts)
        if old and new and old.initialiser != new.initialiser:
            return True
        return not self.same(live, value)


def _is_definition(value: object) -> bool:
    # Past __class__, which may be a property of an author's.
    return issubclass(type(value), _DEFINITIONS)
