"""What a text declares of classes in other modules: ``classImplements(far.Class, I)``.

The declaration follows the text that makes it, not the class it is made of.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import library
from gameserver.reload.apart import all_implemented, running_text
from gameserver.reload.kinds import is_of
from gameserver.reload.listening import Listening
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.specifications import is_a, loaded
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gameserver.reload.adapter import Desk, Translate, Versions
    from gameserver.reload.declaring import News
    from gameserver.reload.listening import Place

_NAME = "_classImplements_ordered"
"""What ``classImplements`` and ``classImplementsFirst`` end in."""


class FarDeclarations(Listening):
    """Notes what texts declare of other modules' classes; for ``ZopeInterface``."""

    def __init__(self) -> None:
        super().__init__(Registrations(_declared, claims_own=False))

    def stand_ins(self) -> Iterable[Place]:
        """Give what hears a declaration."""
        module = library("zope.interface.declarations")
        if module is not None:
            self._original = vars(module)[_NAME]
            yield vars(module), _NAME, self._declare

    def lay_down(
        self, modules: Sequence[Versions], translate: Translate, news: News
    ) -> None:
        """Lay down the declarations that come, and those that go."""
        changes = self.entries.changes(modules, translate)
        now = _declared() if changes else {}
        groups: dict[int, tuple[Any, dict[Any, bool]]] = {}
        for key, value in changes.items():
            spec = now.get(key) if value is MISSING else value
            group = groups.setdefault(id(spec), (spec, {}))
            group[1][key[1]] = value is not MISSING
        for spec, wanted in groups.values():
            _lay_down(spec, wanted, news, modules[0].desk)

    def _declare(
        self,
        spec: Any,  # noqa: ANN401 - a spec
        before: Sequence[Any] = (),
        after: Sequence[Any] = (),
    ) -> None:
        """Stand in for zope's function."""
        current = self.entries.current()
        text = running_text(sys._getframe(1))  # noqa: SLF001 - whose doing it is
        is_far = (
            current is not None
            and text is vars(current)
            and is_of(spec.inherit, type)
            and spec.inherit.__module__ != current.__name__
        )
        for interface in (*before, *after) if is_far else ():
            self.entries.note((spec.inherit, interface), spec)
        if not (is_far and is_staged(current)):
            self._original(spec, before, after)


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
    news.change(spec, bases)
    desk.set(spec, "declared", declared)
    desk.set(spec, "_bases", bases)
