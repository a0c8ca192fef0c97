"""What the engine asks of a library adapter, and how adapters are found.

Some libraries keep functions and classes where plain Python shows none: in C objects,
in tables of their own. An adapter is one file in ``adapters/`` with one subclass of
``Adapter`` called ``ADAPTER``; nothing else names it. Adapters import no library that
may be absent: they look into ``sys.modules``.

Words used here: *live* is what the game runs now, *staged* is what the new text made
in its scratch namespace. Staged objects are private to the release until it commits.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Iterable,
        Iterator,
        Mapping,
        MutableMapping,
        Sequence,
    )
    from contextlib import AbstractContextManager
    from types import ModuleType

    Same = Callable[[Any, Any], bool]
    Translate = Callable[[Any], Any]


class Desk(Protocol):
    """Where an adapter lays down the writes of a commit; nothing is written yet."""

    def set(self, owner: Any, name: str, value: object) -> None:  # noqa: ANN401 - anything with attributes
        """Set an attribute; of a class past its metaclass."""

    def delete(self, owner: Any, name: str) -> None:  # noqa: ANN401 - as above
        """Delete an attribute; of a class past its metaclass."""

    def put(self, table: MutableMapping[Any, Any], key: object, value: object) -> None:
        """Set an item of a dict."""

    def drop(self, table: MutableMapping[Any, Any], key: object) -> None:
        """Delete an item of a dict."""

    def refill(self, items: Any, content: Any) -> None:  # noqa: ANN401 - a list, dict or set and its new content
        """Give a list, dict or set other content, keeping the object."""

    def do(self, act: Callable[[], object], undo: Callable[[], object]) -> None:
        """Another write and its inverse: C-level callables, so no bytecode runs."""

    def afterwards(self, act: Callable[[], object]) -> None:
        """Do it after commit and after undo: clearing a cache, telling dependents."""

    def same(self, old: Any, new: Any) -> bool:  # noqa: ANN401 - any two values
        """Say whether two values are the same initial value (``same.py``)."""

    def translated(self, value: Any) -> Any:  # noqa: ANN401 - any value of a game
        """Give the live counterpart of a staged value."""

    def initial(self, owner: type, name: str) -> Any:  # noqa: ANN401 - any value of a game
        """Give what the text in force made of a member of a live class, or None."""

    def note(self, kind: str, name: str, why: str = "") -> object:
        """Tell the plan: patched, added, removed, kept, conflict, migrated."""

    def outdate(self, module: str) -> None:
        """Let a module that is named in a later release run again, as a stale one."""

    def refuse(self, name: str, why: str) -> None:
        """Refuse the whole release, before anything has changed."""


class Adapter:
    """The defaults: nothing is claimed, nothing is done."""

    def claims(self, value: object) -> bool:
        """Say whether values like this are this adapter's."""
        del value
        return False

    def parts(self, value: Any) -> Iterable[object]:  # noqa: ANN401 - what it claimed
        """Give the functions, classes and containers inside a claimed value."""
        del value
        return ()

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - what it claimed
        """Give the staged value with its parts translated into the live world.

        It may be changed in place (it is ours alone), or replaced by a new object.
        """
        del translate
        return value

    def remembered(self, value: Any) -> object:  # noqa: ANN401 - what it claimed
        """Give what the record keeps of a value that the text made, for ``initial``."""
        return value

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - what it claimed
        """Say whether a live and a (translated) staged value mean the same."""
        del same
        return bool(old is new)

    def merge(self, live: Any, staged: Any, initial: Any, desk: Desk) -> bool:  # noqa: ANN401 - what it claimed
        """Lay down writes that make ``live`` mean ``staged``; True keeps the object.

        ``initial``: what the text in force made of it, for three-way merges (often
        ``live`` itself). Asked also when both are the same, e.g. to clear a cache of
        results of a function whose code changes.
        """
        del live, staged, initial, desk
        return False

    def pairs(self, live: Any, staged: Any) -> Iterable[tuple[object, object]]:  # noqa: ANN401 - classes, or claimed values
        """Give (live, staged) parts that are one object in two versions: members.

        Asked for every pair of classes and of claimed values before translation.
        """
        del live, staged
        return ()

    def owned(self, live: type, staged: type) -> frozenset[str]:
        """Give the names in these classes' dicts that ``merge_class`` sees to."""
        del live, staged
        return frozenset()

    def merge_class(self, live: type, staged: type, desk: Desk) -> None:
        """Lay down further writes for a pair of classes, after the common ones."""
        del live, staged, desk

    def tables(self) -> Iterable[object]:
        """Give dicts, lists and sets outside the game that module bodies write into.

        What bodies add to them while they are staged is taken back, and comes with
        the commit, with staged objects translated.
        """
        return ()

    def staging(self) -> AbstractContextManager[object]:
        """Surround the run of the new bodies, e.g. to let a second registration be."""
        return nullcontext()

    def running(self, module: ModuleType) -> AbstractContextManager[object]:
        """Surround each run of a text: a module's import, and each staged run.

        ``module``: the live module, or the scratch one; what its text registers in a
        library's tables can be noted here.
        """
        del module
        return nullcontext()

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down what is left to do, once all modules of the plan are merged."""
        del modules, translate


@dataclass(frozen=True, slots=True)
class Versions:
    """One module of a plan: ``live`` is None if it is new, ``staged`` if it goes.

    ``notes``: what was put into ``Stage.notes`` while the texts were staged.
    ``inside``: gives everything within reach of a module; each is walked once.
    """

    live: ModuleType | None
    staged: ModuleType | None
    desk: Desk
    notes: Mapping[tuple[object, str], Any]
    inside: Callable[[ModuleType | None], tuple[object, ...]]


@cache
def adapters() -> tuple[Adapter, ...]:
    """Give one adapter per file in ``adapters/``, in the order of their names."""
    return tuple(_found())


def _found() -> Iterator[Adapter]:
    package = importlib.import_module("gameserver.reload.adapters")
    for module in sorted(one.name for one in pkgutil.iter_modules(package.__path__)):
        yield importlib.import_module(f"{package.__name__}.{module}").ADAPTER


@contextmanager
def running(module: ModuleType) -> Iterator[None]:
    """Let every adapter surround the run of a module's text."""
    with ExitStack() as surroundings:
        for one in adapters():
            surroundings.enter_context(one.running(module))
        yield


def library(name: str) -> Any:  # noqa: ANN401 - a module, or a proxy of one
    """Give a library's module, None if it is not loaded, or is only being loaded."""
    found = sys.modules.get(name)
    spec = getattr(found, "__spec__", None)
    return None if getattr(spec, "_initializing", False) else found


def adapter_for(value: object) -> Adapter | None:
    """Give the adapter that claims a value, if any does."""
    for one in adapters():
        if one.claims(value):
            return one
    return None
