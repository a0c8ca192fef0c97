"""Which revision a text gets, or why it is refused; the same for every store."""

from __future__ import annotations

from dataclasses import dataclass

from gameserver.errors import NotFound, StaleRevision


@dataclass(frozen=True, slots=True)
class Newest:
    """What is known of a module's newest revision without its text."""

    revision: int
    author: str
    has_text: bool


def next_revision(
    module: str, newest: Newest | None, base: int, *, removes: bool
) -> int:
    """Give the number of a revision that was made from ``base``.

    Raises ``StaleRevision`` if that is not the newest, and ``NotFound`` for removing
    what has no text.
    """
    expected = newest.revision if newest else 0
    if base != expected:
        made = f"made from revision {base}" if base else "made from no revision"
        now = (
            f"but the newest is revision {expected}, put by {newest.author!r}"
            if newest
            else "but the database has no text of it"
        )
        text = f"module {module!r}: the text was {made}, {now}"
        raise StaleRevision(f"{text}; nothing was written")
    if removes and not (newest and newest.has_text):
        raise NotFound(f"module {module!r}: no text seen, one to remove expected")
    return expected + 1


def missing(module: str, revision: int | None, newest: Newest | None) -> NotFound:
    """Give the refusal of a revision that there is not."""
    if newest is None:
        return NotFound(f"module {module!r} has no text in the database")
    return NotFound(
        f"module {module!r}: revision {revision} seen, 1 to {newest.revision} expected"
    )
