"""What a commit will leave in a place, known before it is written.

Libraries keep things that rest on code: results, orders, tables by class. To write
those in the same pass, an adapter has to know the code as it will be. Asked when the
common writes are laid down (``Adapter.merge_modules``), the journal knows.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from gameserver.reload.journal import _MISSING as _DELETED
from gameserver.reload.journal import GONE
from gameserver.reload.kinds import is_of, members_of, mro_of
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gameserver.reload.adapter import Desk


class Foresight:
    """Reads the world as the writes that are laid down by now will leave it."""

    def __init__(self, left: Mapping[tuple[int, object], Any]) -> None:
        self._left = left

    @classmethod
    def of(cls, desk: Desk) -> Foresight:
        """Give the foresight of the release whose writes a desk takes."""
        journal: Any = vars(desk)["journal"]
        return cls(journal._left)  # noqa: SLF001 - nothing else knows

    def item(self, table: Mapping[Any, Any], key: object) -> Any:  # noqa: ANN401 - any value
        """Give an item of a dict, MISSING if there will be none."""
        return _known(self._left.get((id(table), key), table.get(key, MISSING)))

    def part(self, subject: object, name: str) -> Any:  # noqa: ANN401 - code, defaults
        """Give an attribute that there is now."""
        found = self._left.get((id(subject), name), MISSING)
        return getattr(subject, name) if found is MISSING else found

    def content(self, cell: Any) -> Any:  # noqa: ANN401 - a cell and its content
        """Give what will be in a cell, MISSING if nothing."""
        found = self._left.get((id(cell), "cell_contents"), MISSING)
        if found is not MISSING:
            return _known(found)
        try:
            return cell.cell_contents
        except ValueError:
            return MISSING

    def member(self, owner: type, name: str) -> Any:  # noqa: ANN401 - any member
        """Give what will be in a class's own dict, MISSING if nothing."""
        now = members_of(owner).get(name, MISSING)
        return _known(self._left.get((id(owner), name), now))

    def members(self, owner: type) -> dict[str, Any]:
        """Give all that will be in a class's own dict."""
        written = [name for place, name in self._left if place == id(owner)]
        names = [*members_of(owner), *(name for name in written if is_of(name, str))]
        found = {name: self.member(owner, name) for name in names}
        return {name: one for name, one in found.items() if one is not MISSING}

    def order(self, owner: type) -> list[type]:
        """Give the method resolution order that a class will have."""
        if not any((id(one), "__bases__") in self._left for one in mro_of(owner)):
            return list(mro_of(owner))
        bases = list(self.part(owner, "__bases__"))
        orders = [self.order(one) for one in bases]
        merge: Any = functools._c3_merge  # type: ignore[attr-defined]  # noqa: SLF001 - singledispatch's
        return [owner, *merge([*orders, bases])]

    def found(self, owner: type, name: str) -> Any:  # noqa: ANN401 - any member
        """Give what a class will find under a name, its own or a base's."""
        members = (self.member(one, name) for one in self.order(owner))
        return next((one for one in members if one is not MISSING), MISSING)


def _known(value: Any) -> Any:  # noqa: ANN401 - any value
    return MISSING if value is GONE or value is _DELETED else value


NOW = Foresight({})
"""Of a release that writes nothing: the world as it is."""
