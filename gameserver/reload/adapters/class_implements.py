"""What a text declares of classes in other modules: ``classImplements(far.Class, I)``.

The declaration follows the text that makes it, not the class it is made of.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import Adapter
from gameserver.reload.apart import all_implemented, running_text
from gameserver.reload.declaring import News
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.specifications import is_a, loaded
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Translate, Versions

_NAME = "_classImplements_ordered"
"""What ``classImplements`` and ``classImplementsFirst`` end in."""


class ClassImplements(Adapter):
    """Notes what texts declare of other modules' classes."""

    def __init__(self) -> None:
        self._entries = Registrations(_declared, claims_own=False)
        self._lock = threading.Lock()
        self._runs = 0
        self._original: Any = None

    def staging(self) -> AbstractContextManager[object]:
        """Let the entries of one release know of each other."""
        return self._entries.staging()

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note what the text declares; if it is only staged, declare nothing."""
        self._enter()
        try:
            with self._entries.running(module):
                yield
        finally:
            self._leave()

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down the declarations that come, and those that go."""
        if loaded("Implements") is MISSING:
            return
        now = _declared()
        changes = self._entries.changes(modules, translate)
        groups: dict[int, tuple[Any, dict[Any, bool]]] = {}
        for key, value in changes.items():
            spec = now.get(key) if value is MISSING else value
            group = groups.setdefault(id(spec), (spec, {}))
            group[1][key[1]] = value is not MISSING
        news = News([])
        for spec, wanted in groups.values():
            _lay_down(spec, wanted, news, modules[0].desk)
        if groups:
            modules[0].desk.afterwards(news.tell)

    def _enter(self) -> None:
        with self._lock:
            self._runs += 1
            module: Any = sys.modules.get("zope.interface.declarations")
            if self._original is None and hasattr(module, _NAME):
                self._original = getattr(module, _NAME)
                setattr(module, _NAME, self._declare)

    def _leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0 and self._original is not None:
                module: Any = sys.modules["zope.interface.declarations"]
                setattr(module, _NAME, self._original)
                self._original = None

    def _declare(
        self,
        spec: Any,  # noqa: ANN401 - a spec
        before: Sequence[Any] = (),
        after: Sequence[Any] = (),
    ) -> None:
        """Stand in for zope's function."""
        current = self._entries.current()
        text = running_text(sys._getframe(1))  # noqa: SLF001 - whose doing it is
        is_far = (
            current is not None
            and text is vars(current)
            and isinstance(spec.inherit, type)
            and spec.inherit.__module__ != current.__name__
        )
        for interface in (*before, *after) if is_far else ():
            self._entries.note((spec.inherit, interface), spec)
        original = self._original
        if original is not None and not (is_far and is_staged(current)):
            original(spec, before, after)


def _declared() -> dict[tuple[Any, ...], Any]:
    if loaded("implementedBy") is MISSING:
        return {}
    return {
        (spec.inherit, interface): spec
        for spec in all_implemented()
        if spec.inherit is not None
        for interface in spec.declared
    }


def _lay_down(spec: Any, wanted: dict[Any, bool], news: News, desk: Desk) -> None:  # noqa: ANN401 - a spec
    added = [one for one, comes in wanted.items() if comes and one not in spec.declared]
    kept = [one for one in spec.declared if wanted.get(one, True)]
    declared = (*kept, *added)
    inherited = [
        one
        for one in spec._bases  # noqa: SLF001 - C member
        if is_a(one, "Implements") and one not in spec.declared
    ]
    bases = (*declared, *inherited)
    news.change(spec, (*spec._bases, *bases))  # noqa: SLF001 - C member
    desk.set(spec, "declared", declared)
    desk.set(spec, "_bases", bases)


ADAPTER = ClassImplements()
