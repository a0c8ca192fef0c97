"""Both builds of what a migration does for each instance, and test cases for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gameserver import compiled
from gameserver.reload import fields, lending
from gameserver.reload.edition import EDITION
from tests.builds import cases


@dataclass(frozen=True)
class Build:
    """The functions of one build."""

    name: str
    lend: Callable[..., Any]
    give_back: Callable[..., Any]
    refill: Callable[..., Any]
    has_names: Callable[..., Any]


def _build(name: str, lends: Any, refills: Any) -> Build:
    return Build(name, lends.lend, lends.give_back, refills.refill, refills.has_names)


PURE = _build("pure", lending, fields)

_twin, _said = compiled.twin("gameserver.reload", EDITION, {})
COMPILED = None if _twin is None else _build("compiled", _twin, _twin)
MISSING = "" if COMPILED else _said
"""Why there is no compiled build."""


def both(rules: type) -> tuple[type, type]:
    """Make test cases of a suite, one for each build; see ``tests.builds``."""
    return cases(rules, PURE, COMPILED, MISSING)
