"""Circles of imports that a release closes, and that a fresh program fails at.

The modules that are loaded go on, for all they want is there; a restart would end with
an ``ImportError``. So the plan says it; it refuses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from gameserver.reload.plan import Entry
from gameserver.reload.starting import Start, course, imports_alike, prefixes
from gameserver.reload.trail import Effort, Untold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gameserver.reload.outline import Outline
    from gameserver.reload.source import Text
    from gameserver.reload.starting import Course, Early

    Program = tuple[Mapping[str, Course], Mapping[str, "Part"]]
    """What modules do, and all modules of the game."""

_MANY = 3  # names that a line lists

_Failure = tuple[str, str, str]
"""What fails, wherever its line is: who takes what name of which module."""


class Part(Protocol):
    """A module as far as its text says: a record, or one that is staged."""

    @property
    def text(self) -> Text:
        """The text."""

    @property
    def outline(self) -> Outline:
        """The text's facts."""


def circles(before: Mapping[str, Part], after: Mapping[str, Part]) -> list[Entry]:
    """Name who could not be imported any more, though it could before.

    ``before`` and ``after``: all modules of the game by name.
    """
    changed = {name for name, one in after.items() if one is not before.get(name)}
    changed = {name for name in changed if _may_close(name, before, after)}
    if not changed:
        return []
    graph = {name: _imports(name, one, after) for name, one in after.items()}
    members = _near(changed, graph) & _near(changed, _turned(graph))
    now = {name: course(after[name].text) for name in members}
    was = {
        name: now[name] if after[name] is one else course(one.text)
        for name, one in before.items()
        if name in members
    }
    firsts = {_outermost(name, members): None for name in sorted(changed)}
    firsts |= {_outermost(name, members): None for name in sorted(members)}
    known, found = _early((was, before), (now, after), firsts)
    return [
        _entry(one, after[one.taker], starts)
        for one, starts in found.items()
        if _without_line(one) not in known
    ]


def _may_close(
    name: str, before: Mapping[str, Part], after: Mapping[str, Part]
) -> bool:
    """Say whether a changed module may take part in a circle that was not there."""
    if not _imports(name, after[name], after):
        return False
    old = before.get(name)
    if old is None:
        return True
    return not imports_alike(course(old.text), course(after[name].text), after)


def _imports(name: str, one: Part, game: Mapping[str, Part]) -> set[str]:
    """Give the game's modules that are loaded when one is; its packages are, too."""
    found = {x for module in (name, *one.outline.imports) for x in prefixes(module)}
    return {x for x in found if x in game and x != name}


def _turned(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    turned: dict[str, set[str]] = defaultdict(set)
    for name, others in graph.items():
        for one in others:
            turned[one].add(name)
    return turned


def _near(names: Iterable[str], graph: Mapping[str, set[str]]) -> set[str]:
    """Give what can be reached from some names, and these."""
    found, waiting = set(names), list(names)
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _outermost(name: str, members: set[str]) -> str:
    """Give the package that an import of a module begins with."""
    return next(one for one in prefixes(name) if one in members)


def _early(
    before: Program, after: Program, firsts: Iterable[str]
) -> tuple[set[_Failure], dict[Early, list[str]]]:
    """Give what failed before, and what fails now with the imports that it fails in.

    Each import is a start of its own. As many are tried as the effort is enough for.
    """
    effort = Effort()
    known: set[_Failure] = set()
    found: dict[Early, list[str]] = defaultdict(list)
    with suppress(Untold):
        for first in firsts:
            earlier = Start(*before, effort).early(first)
            if earlier is not None:
                known.add(_without_line(earlier))
            early = Start(*after, effort).early(first)
            if early is not None:
                found[early].append(first)
    return known, found


def _without_line(early: Early) -> _Failure:
    return early.taker, early.module, early.name


def _entry(early: Early, taker: Part, firsts: list[str]) -> Entry:
    more = f" or {len(firsts) - _MANY} more" if len(firsts) > _MANY else ""
    why = (
        f"a fresh start would fail that imports {' or '.join(firsts[:_MANY])}{more}"
        f" first: {early.module} would still be loading, without {early.name}; import"
        " it in the function that uses it"
    )
    file = taker.text.origin
    return Entry("conflict", early.taker, early.name, file, early.line, why)
