"""What a module was when its text had run: the base of every three-way merge.

Functions and classes are held weakly, initial values strongly: those are what the
namespace held anyway, and plain containers are copied, so that a change shows.
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import bases_of, fields_of, is_of, members_of, module_of
from gameserver.reload.outline import Outline
from gameserver.reload.outline import outline as outline_of
from gameserver.reload.own_fields import base_of, has_base
from gameserver.reload.plainly import is_plain_row, is_plainly_same
from gameserver.reload.same import content, remember
from gameserver.reload.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gameserver.reload.own_fields import Base
    from gameserver.reload.patches import Patch
    from gameserver.reload.puts import Put
    from gameserver.reload.source import Text
    from gameserver.reload.tree import CodeTree, Place

RUNTIME = frozenset(
    {
        "__annotations__", "__builtins__", "__cached__", "__file__", "__loader__",
        "__name__", "__package__", "__path__", "__spec__", "__warningregistry__",
    }
)  # fmt: skip
"""Names that the import system puts into a module, not its text."""

_serials = itertools.count(1)
_moments = itertools.count(1)
_MOST_FORMER = 8  # earlier texts that are remembered


@dataclass(slots=True)
class Initial:
    """The initial contents of one function object, for the merge of the next."""

    defaults: object
    kwdefaults: object
    cells: dict[str, object]
    attributes: dict[str, object]
    doc: object
    annotations: object


@dataclass(slots=True)
class ClassRecord:
    """A class as its text made it: members, bases, and the class itself, weakly."""

    owner: weakref.ref[type]
    members: dict[str, object]
    bases: tuple[type, ...]


@dataclass(slots=True)
class Record:
    """One loaded module: its text and what running the text made."""

    module: ModuleType
    text: Text
    tree: CodeTree
    values: dict[str, object] = field(default_factory=dict)
    classes: dict[str, ClassRecord] = field(default_factory=dict)
    functions: dict[Place, list[weakref.ref[FunctionType]]] = field(
        default_factory=dict
    )
    initials: weakref.WeakKeyDictionary[FunctionType, Initial] = field(
        default_factory=weakref.WeakKeyDictionary
    )
    older: dict[Place, list[weakref.ref[CodeType]]] = field(default_factory=dict)
    """Codes of earlier texts that closures made by a function may still run."""
    fields: dict[int, Base] = field(default_factory=dict)
    """By id, what the text put into the fields of the objects that it made."""
    puts: list[Put] = field(default_factory=list)
    """What the text put into other modules' tables."""
    own: list[Put] = field(default_factory=list)
    """What it entered in containers inside of the module's own objects."""
    patches: list[Patch] = field(default_factory=list)
    """What it put in the place of other modules' names."""
    is_stale: bool = False
    """A release has changed what its text had made something of, when it ran."""
    runs_again: bool = False
    """A plan that names it is to run its text again, though it did not change."""
    serial: int = field(default_factory=lambda: next(_serials))
    ran: int = field(default_factory=lambda: next(_moments))
    """The moment at which its text ran last; of one release it is the same."""
    former: tuple[Text | None, ...] = ()
    """Earlier texts, None for one that is forgotten."""
    until: tuple[int, ...] = ()
    """Of each, the moment at which the next one came."""
    _outline: Outline | None = None

    @property
    def name(self) -> str:
        """The module's full name."""
        return self.text.name

    @property
    def is_folder(self) -> bool:
        """Whether the module is a folder whose first text is still to run."""
        return is_folder(self.module)

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's live dict."""
        return vars(self.module)

    @property
    def outline(self) -> Outline:
        """The facts of the text, read once and only when asked for."""
        if self._outline is None:
            self._outline = outline_of(self.text)
        return self._outline

    @outline.setter
    def outline(self, facts: Outline) -> None:
        self._outline = facts

    def text_at(self, moment: int) -> Text | None:
        """Give the text that was in force at a moment; None if it is forgotten."""
        ends = zip(self.until, self.former, strict=True)
        return next((text for until, text in ends if until > moment), self.text)

    def succeed(self, old: Record, moment: int) -> None:
        """Enter that the text ran at that moment, and which one it came after."""
        self.ran = moment
        self.until = (*old.until, moment)[-_MOST_FORMER - 1 :]
        former = (*old.former, old.text)[-_MOST_FORMER - 1 :]
        is_full = len(former) > _MOST_FORMER
        self.former = (None, *former[1:]) if is_full else former

    def enter_puts(self, puts: list[Put]) -> None:
        """Enter what the text put elsewhere, and the functions in it."""
        self.puts = puts
        self._enter_functions(puts)

    def enter_own(self, puts: list[Put]) -> None:
        """Enter what the text put into its own objects, and the functions in it."""
        self.own = puts
        self._enter_functions(puts)

    def _enter_functions(self, puts: list[Put]) -> None:
        for one in puts:
            for inner in (one.value, *one.fields.values()):
                if is_of(inner, FunctionType):
                    self.known(inner)

    def live(self, place: Place) -> list[FunctionType]:
        """Give the function objects made at a place that are still alive."""
        found = (one() for one in self.functions.get(place, ()))
        return [one for one in found if one is not None]

    def known(self, function: FunctionType) -> None:
        """Enter a function of this module, found wherever."""
        node = self.tree.find(function.__code__)
        if node is not None:
            if node.code is not function.__code__:
                self.tree.graft(node, function.__code__)
            refs = self.functions.setdefault(node.place, [])
            if all(one() is not function for one in refs):
                refs.append(weakref.ref(function))
        if function not in self.initials:
            self.initials[function] = initial_of(function)


def is_folder(module: ModuleType) -> bool:
    """Say whether a module is a folder without a text: a namespace package."""
    is_bare = getattr(module, "__file__", None) is None
    return is_bare and hasattr(module, "__path__")


def next_moment() -> int:
    """Give a moment that is later than all before it."""
    return next(_moments)


def initial_of(function: FunctionType) -> Initial:
    """Remember what a function holds now."""
    if _is_bare(function):
        return Initial(None, None, {}, {}, function.__doc__, {})
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    return Initial(
        remember(function.__defaults__),
        remember(function.__kwdefaults__),
        {name: remember(content(cell)) for name, cell in cells},
        {name: remember(value) for name, value in function.__dict__.items()},
        function.__doc__,
        remember(function.__annotations__),
    )


def is_settled(function: FunctionType) -> bool:
    """Say whether a staged function holds nothing that has a live counterpart."""
    if function.__closure__ or function.__kwdefaults__ or function.__dict__:
        return False
    notes = function.__annotations__
    is_plain = not notes or is_plain_row(tuple(notes.values()))
    return is_plain and is_plain_row(function.__defaults__ or ())


def is_plainly_as(made: Initial, former: Initial) -> bool:
    """Say whether two functions without cells were made alike; a quick look.

    False says nothing: they may mean the same.
    """
    return not (former.cells or former.attributes or made.attributes) and all(
        is_plainly_same(getattr(made, part), getattr(former, part))
        for part in ("defaults", "kwdefaults", "doc", "annotations")
    )


def _is_bare(function: FunctionType) -> bool:
    """Say whether a function holds nothing but its code, as most do."""
    return not (
        function.__defaults__
        or function.__kwdefaults__
        or function.__closure__
        or function.__dict__
        or function.__annotations__
    )


def recorded(
    module: ModuleType,
    text: Text,
    tree: CodeTree,
    initials: Mapping[FunctionType, Initial] | None = None,
    game: Iterable[str] = (),
) -> Record:
    """Record a module whose text has just run.

    ``initials``: of functions for which what they hold now is not what the text made.
    ``game``: the names of the game's modules.
    """
    record = Record(module, text, tree)
    record.initials.update(initials or {})
    namespace = own_names(vars(module))
    record.values = {name: remember(value) for name, value in namespace.items()}
    record.classes = {
        path: ClassRecord(
            weakref.ref(owner),
            {name: remember(value) for name, value in members_of(owner).items()},
            bases_of(owner),
        )
        for path, owner in classes_of(namespace, text.name)
    }
    roots = list(namespace.values())
    roots += [inner for one in roots for inner in fields_of(one).values()]
    own = frozenset({text.name, *game})
    named = set(map(id, namespace.values()))
    for value in walk(roots, made_in(text.name)):
        if is_of(value, FunctionType):
            record.known(value)
        elif has_base(value, own, is_named=id(value) in named):
            record.fields[id(value)] = base_of(value)
    return record


def own_names(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is in a namespace by its text, or was put there by others."""
    return {name: one for name, one in namespace.items() if name not in RUNTIME}


def made_in(*modules: str) -> Any:  # noqa: ANN401 - a predicate on classes
    """Give the predicate "a class made by the text of one of these modules"."""
    names = frozenset(modules)
    return lambda owner: module_of(owner) in names


def classes_of(
    members: Mapping[str, Any], module: str, scope: str = ""
) -> Iterator[tuple[str, type]]:
    """Give the classes a text made, by the names that lead to them: ``C.Inner``.

    A class that two names lead to is given for the first.
    """
    seen: set[int] = set()
    waiting = [(scope, members)]
    while waiting:
        above, names = waiting.pop()
        for name, value in names.items():
            if not is_of(value, type) or id(value) in seen:
                continue
            if module_of(value) != module:
                continue
            seen.add(id(value))
            path = f"{above}.{name}" if above else name
            yield path, value
            waiting.append((path, members_of(value)))
