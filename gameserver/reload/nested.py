"""Containers that texts put into tables: ``HOOKS.setdefault("tick", []).append(f)``.

Each entry of such a container is an entry of the text that made it; the container is
one, too, of the text that brought it. It goes only when nobody else's entry is in it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of
from gameserver.reload.puts import Put, is_made, is_there
from gameserver.reload.verdict import MISSING
from gameserver.reload.watched import entries_of, key_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from gameserver.reload.attempt import Attempt
    from gameserver.reload.record import Record
    from gameserver.reload.watched import Effect

    Going = set[tuple[int, int]]

_TABLES = (dict, list, set, deque)


def is_nest(put: Put) -> bool:
    """Say whether an entry is a container itself."""
    return is_of(put.value, _TABLES)


def really_gone(
    gone: Iterable[Put],
    pairs: Iterable[tuple[Put, Any]] = (),
    added: Container[int] = (),
) -> list[Put]:
    """Leave out the containers that hold others' entries, of those not made again.

    ``pairs``: entries that are made again. What is in a container that the text makes
    anew as a whole is no entry by itself. ``added``: ids of containers that get more.
    """
    anew = {id(x.value) for x, staged in pairs if is_nest(x) and staged is not x.value}
    left = []
    for one in gone:  # what holds comes before what is held
        if id(one.table) not in anew:
            left.append(one)
        elif is_nest(one):
            anew.add(id(one.value))
    going: Going = set()
    found = []
    for one in reversed(left):
        if is_nest(one) and (id(one.value) in added or holds_more(one.value, going)):
            continue
        going.add((id(one.table), id(one.value)))
        found.append(one)
    return found[::-1]


def holds_more(container: Any, going: Going) -> bool:  # noqa: ANN401 - a container
    """Say whether there is an entry that does not go: (table, value), by ids."""
    return any(
        (id(container), id(value)) not in going for _, value in entries_of(container)
    )


def outermost(puts: Sequence[Put]) -> list[Put]:
    """Leave out what goes with the container that it is in."""
    inside: set[int] = set()
    found = []
    for one in puts:
        if is_nest(one):
            inside.add(id(one.value))
        if id(one.table) not in inside:
            found.append(one)
    return found


def standing(
    there: Iterable[Put], gone: Iterable[Put], pairs: Iterable[tuple[Put, Any]]
) -> list[Put]:
    """Give the containers that stay, though the text did not enter them again."""
    others = {one.mark for one in gone} | {one.mark for one, _ in pairs}
    return [one for one in there if is_nest(one) and one.mark not in others]


def keep_filled(
    effects: list[Effect], lifted: Iterable[Put], puts: Sequence[Put]
) -> tuple[list[Effect], list[Put]]:
    """Let containers among what goes stay that somebody has filled meanwhile.

    ``puts``: what the texts in force had put anywhere. Gives the other effects, and
    the entries that go by themselves.
    """
    known = {(id(one.table), id(one.value)) for one in puts}
    filled = [
        one
        for one in lifted
        if is_nest(one) and is_there(one) and holds_more(one.value, known)
    ]
    stay = {(id(one.table), key_mark(one.key)) for one in filled}
    left = [
        one
        for one in effects
        if one.new is not MISSING
        or (id(one.watched.target), key_mark(one.key)) not in stay
    ]
    return left, within(filled, puts)


def within(nests: Iterable[Put], puts: Iterable[Put]) -> list[Put]:
    """Give the entries of some texts that are in some containers, at any depth."""
    tables = {id(one.value) for one in nests}
    found = []
    for one in puts:
        if id(one.table) in tables:
            found.append(one)
            if is_nest(one):
                tables.add(id(one.value))
    return found


def going_with(
    records: Iterable[Record], added: Container[int]
) -> Iterator[tuple[str, Put]]:
    """Give what goes with modules that are removed, by their names."""
    names: dict[int, str] = {}
    puts = []
    for record in records:
        for one in record.puts:
            if is_nest(one) or is_made(one.value, record.name):
                names[id(one)] = record.name
                puts.append(one)
    there = [one for one in puts if is_there(one)]
    # Containers first, or one that a later module made would come after its entries.
    there.sort(key=lambda one: not is_nest(one))
    for one in outermost(really_gone(there, (), added)):
        yield names[id(one)], one


def added_to(effects: Iterable[Effect]) -> set[int]:
    """Give the ids of the containers in which bodies entered something."""
    found = set()
    for effect in effects:
        if is_of(effect.old, list) and is_of(effect.new, list):
            old = set(map(id, effect.old))
            is_more = any(id(one) not in old for one in effect.new)
        else:
            is_more = effect.new is not MISSING
        if is_more:
            found.add(id(effect.watched.target))
    return found


def completed(
    module: str,
    puts: Sequence[Put],
    old: Sequence[Put],
    attempt: Attempt,
    live_of: Callable[[Any], Any],
) -> list[Put]:
    """Add to what a new text put what is in its containers, and those that stand.

    ``old``: what the text in force had put. ``live_of``: the live object for a staged.
    """
    found = {one.mark: one for one in puts}
    mine = {one.mark for one in old}
    stands = [one for one in attempt.standing if one.mark in mine]
    found |= {one.mark: one for one in stands}
    kept = {id(one.table) for one in old}
    nests = [one for one in puts if is_nest(one)]
    stays = [one for one in nests if id(one.value) in kept]
    again = [one for one in within(stays, old) if is_there(one)]
    found |= {one.mark: one for one in again}
    others = [name for name in attempt.staged if name != module]
    for one in nests:
        if id(one.value) not in kept:
            inner = contents(one.value)
            is_mine = (x for x in inner if not any(is_made(x.value, m) for m in others))
            found |= {x.mark: x for x in is_mine}
    for table, key, staged in attempt.written() if others else ():
        is_others = attempt.maker(table, key, staged) != module
        if is_others and is_of(staged, _TABLES):
            inner = contents(live_of(staged))
            found |= {x.mark: x for x in inner if is_made(x.value, module)}
    # What holds comes before what is held.
    return sorted(found.values(), key=lambda one: not is_nest(one))


def contents(container: Any) -> Iterator[Put]:  # noqa: ANN401 - a container
    """Give what is in a container, and in those inside it, as entries of a text."""
    waiting = [container]
    seen = {id(container)}
    while waiting:
        table = waiting.pop()
        for key, value in entries_of(table):
            one = Put.of(table, key, value)
            yield one
            if is_nest(one) and id(value) not in seen:
                seen.add(id(value))
                waiting.append(value)
