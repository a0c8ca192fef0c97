"""Keeps the specifications that staged texts make apart from the live ones.

A new specification subscribes to its bases, which are live ones often, and a text may
declare something of a live class. All that is taken back when the texts have run.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of
from gameserver.reload.specifications import is_a, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_STAGE = "__stage__"


class Apart:
    """Surrounds the run of staged texts; ``made`` then has their specifications."""

    def __init__(self, made: weakref.WeakValueDictionary[int, Any]) -> None:
        self._made = made
        self._log: list[tuple[Any, Any, Any]] = []
        self._planned: frozenset[str] = frozenset()
        self._states: list[tuple[Any, Any, Any, Any]] = []

    def __enter__(self) -> None:
        kind = loaded("Specification")
        self._kind = kind
        self._subscribe, self._unsubscribe = kind.subscribe, kind.unsubscribe
        self._states = [
            (spec, spec.declared, spec.inherit, spec._bases)  # noqa: SLF001 - C member
            for spec in all_implemented()
        ]

        def subscribe(base: Any, dependent: Any) -> None:  # noqa: ANN401 - specs
            self._subscribe(base, dependent)
            self._note(self._unsubscribe, base, dependent)

        def unsubscribe(base: Any, dependent: Any) -> None:  # noqa: ANN401 - specs
            self._unsubscribe(base, dependent)
            self._note(self._subscribe, base, dependent)

        kind.subscribe, kind.unsubscribe = subscribe, unsubscribe
        declarations: Any = sys.modules["zope.interface.declarations"]
        self._shared = declarations.InstanceDeclarations
        declarations.InstanceDeclarations = weakref.WeakValueDictionary()

    def __exit__(self, *_: object) -> None:
        kind = self._kind
        kind.subscribe, kind.unsubscribe = self._subscribe, self._unsubscribe
        declarations: Any = sys.modules["zope.interface.declarations"]
        declarations.InstanceDeclarations = self._shared
        touched = {id(spec) for spec, *_ in self._states}
        for inverse, base, dependent in reversed(self._log):
            is_live = id(dependent) in touched
            if is_live or self._is_staged(dependent):
                inverse(base, dependent)
            if not is_live and self._is_staged(dependent):
                self._made[id(dependent)] = dependent
        self._restore()
        self._log.clear()

    def _restore(self) -> None:
        for spec, declared, inherit, bases in self._states:
            if spec._bases is not bases or spec.declared is not declared:  # noqa: SLF001 - C member
                spec.declared, spec.inherit, spec._bases = declared, inherit, bases  # noqa: SLF001 - C member
                spec.changed(spec)

    def _note(self, inverse: Any, base: Any, dependent: Any) -> None:  # noqa: ANN401 - specs
        text = running_text(sys._getframe(2))  # noqa: SLF001 - whose doing it is
        if text is not None and _STAGE in text:
            self._planned |= text[_STAGE].planned
            self._log.append((inverse, base, dependent))

    def _is_staged(self, spec: Any) -> bool:  # noqa: ANN401 - a spec
        """Say whether a new specification is of the texts, and not of a library."""
        if is_a(spec, "InterfaceClass"):
            return spec.__module__ in self._planned
        owner = getattr(spec, "inherit", None) or getattr(spec, "_cls", None)
        if not is_of(owner, type) or is_a(spec, "ProvidesClass"):
            return True
        return owner.__module__ in self._planned and not _is_live(owner)


def running_text(frame: FrameType | None) -> dict[str, Any] | None:
    """Give the globals of the innermost module body that is running."""
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return None if frame is None else frame.f_globals


def _is_live(owner: type) -> bool:
    found: Any = sys.modules.get(owner.__module__)
    for name in owner.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(name)
    return found is owner


def all_implemented() -> Iterator[Any]:
    """Give the specification of every class that has one."""
    kind = loaded("Implements")
    waiting = [loaded("implementedBy")(object)]
    seen: set[int] = set()
    while waiting:
        spec = waiting.pop()
        if id(spec) in seen:
            continue
        seen.add(id(spec))
        if is_of(spec, kind):
            yield spec
        below = getattr(spec, "_dependents", None)
        waiting += [] if below is None else list(below.keys())
