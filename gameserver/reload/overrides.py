"""Texts that are in force in place of those of their source: earlier ones.

A text put here covers the one that the source has at that moment. It is in force while
the source has that one, until another one of the source is released, or it is dropped.
Dropped is what is released by its name: to name a module is to ask for the source's own
text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gameserver.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gameserver.reload.source import Source
    from gameserver.reload.text import Text


@dataclass(frozen=True, slots=True)
class Cover:
    """One text in force. ``text``: None covers the module with nothing at all.

    ``why``: whose text it is, for people. ``covered``: the digest of the source's own
    text then; None if it had none.
    """

    text: Text | None
    why: str
    covered: str | None


class Overrides:
    """A source over another one, with some texts of its own."""

    def __init__(self, below: Source) -> None:
        self.below = below
        self.covers: Mapping[str, Cover] = {}
        """By module name; replaced as a whole, so it may be kept and put back."""

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that it has now."""
        here = {name: one for name in self.covers if (one := self.cover(name))}
        gone = {name for name, one in here.items() if one.text is None}
        return self.below.names().union(here) - gone

    def read(self, name: str) -> Text | None:
        """Give a module's text: the cover's, if it is in force."""
        cover = self.cover(name)
        return self.below.read(name) if cover is None else cover.text

    def cover(self, name: str) -> Cover | None:
        """Give what covers a module; None if nothing does, or the source has moved on.

        A cover with the very text of the source covers nothing.
        """
        cover = self.covers.get(name)
        if cover is None:
            return None
        own = _digest(self.below.read(name))
        is_same = own == _digest(cover.text)
        return None if own != cover.covered or is_same else cover

    def put(self, texts: Mapping[str, Text | None], why: str) -> None:
        """Cover some modules; ``why``: whose texts they are."""
        new = {
            name: Cover(text, why, _digest(self.below.read(name)))
            for name, text in texts.items()
        }
        self.covers = {**self.covers, **new}

    def prune(self, names: Iterable[str]) -> None:
        """Drop those of these covers whose source has moved on: released is that."""
        known = [name for name in names if name in self.covers]
        self.drop([name for name in known if self._is_past(name)])

    def _is_past(self, name: str) -> bool:
        try:
            return _digest(self.below.read(name)) != self.covers[name].covered
        except PluginError:  # it cannot be read: it is another one
            return True

    def has_below(self, name: str, source: str | None) -> bool:
        """Say whether the source's own text of a module is this; None: it has none."""
        try:
            text = self.below.read(name)
        except PluginError:
            return False
        return source == (None if text is None else text.source)

    def drop(self, names: Iterable[str]) -> None:
        """Have the source's own texts in force again for these."""
        gone = set(names)
        self.covers = {
            name: one for name, one in self.covers.items() if name not in gone
        }


def _digest(text: Text | None) -> str | None:
    return None if text is None else text.digest
