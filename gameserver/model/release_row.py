"""Releases and code at rest: what a store keeps of them, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a release."""

    BEGUN = "begun"
    """It is about to be committed; a crash leaves it so."""
    COMMITTED = "committed"
    """It is in force and watched; it can be undone."""
    PERMANENT = "permanent"
    UNDONE = "undone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ModuleText:
    """One module of a release: its name, what happens to it, its new text.

    ``act``: changed, added or removed. ``text``: None for a removed one. ``diff``: to
    the text that was in force, unified.
    """

    name: str
    act: str
    text: str | None
    diff: str


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One release: who, when, what, and how it ended.

    ``number``: from 1; 0 until it is stored. ``at``, ``ended``: seconds since the
    epoch; ``ended`` is None while it is in force and not permanent. ``origin``: where
    the actor connects from. ``plan``: ``Plan.as_data()``; ``shown``: ``str(plan)``.
    ``pause``: seconds of the commit in which nothing else ran; None if there was none.
    ``facts``: figures in JSON's types: rehearsal, calls that waited, errors.
    """

    number: int
    at: float
    actor: str
    origin: str
    modules: tuple[ModuleText, ...]
    plan: dict[str, Any]
    shown: str
    pause: float | None
    outcome: Outcome
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One revision of a module's text in the database.

    ``revision``: of this module, from 1. ``text``: None where it was removed. ``at``:
    seconds since the epoch. ``note``: the author's words, may be empty.
    """

    module: str
    revision: int
    author: str
    at: float
    text: str | None
    note: str = ""
