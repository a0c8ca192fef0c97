"""Compares two readings of the market with what was sent and answered in between.

Rules:

* An acknowledged number is applied, and so is every number that was applied before.
* No number is applied twice, and none that nobody sent.
* A number that was sent and not acknowledged may be applied or not.
* A change of two traders is applied to both or to neither.
* The gold of all, with the bank's, stays the same; so do the things, each once.
* The bank has counted as many changes as the traders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.soak.market_books import Holding, Traffic, World

_SHOWN = 5  # numbers that a finding names


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be; ``count`` is how many changes or things it is.

    ``kind``: lost, doubled, unsent, torn, gold, items-lost, items-doubled, bank,
    refused.
    """

    kind: str
    count: int
    text: str


def compare(
    before: World, after: World, traffic: Mapping[str, Traffic]
) -> list[Finding]:
    """Give what is wrong; nothing if all rules hold. ``traffic``: by caller."""
    found = [
        finding
        for name, heard in traffic.items()
        for finding in _of_trader(name, before, after, heard)
    ]
    return [*found, *_of_all(before, after)]


def numbers_applied(name: str, before: World, after: World) -> list[int]:
    """Give the numbers that are applied now and were not before."""
    highest = after.traders[name].highest(name)
    late = [n for n in before.traders[name].missing if after.has_applied(name, n)]
    new = range(before.traders[name].highest(name) + 1, highest + 1)
    return late + [n for n in new if after.has_applied(name, n)]


def _of_trader(
    name: str, before: World, after: World, traffic: Traffic
) -> Iterator[Finding]:
    applied = numbers_applied(name, before, after)
    gone = {n for n in traffic.acknowledged if not after.has_applied(name, n)}
    gone |= _taken_back(name, before, after)
    yield from _numbers("lost", name, gone)
    yield from _numbers("unsent", name, set(applied) - traffic.sent.keys())
    yield from _doubled(name, before.traders[name], after.traders[name])
    yield from _torn(name, before, after, traffic)
    if traffic.refused:
        some = ", ".join(traffic.refused[:_SHOWN])
        yield Finding("refused", len(traffic.refused), f"{name} was refused: {some}")


def _taken_back(name: str, before: World, after: World) -> set[int]:
    """Give the numbers that were applied before and are not any more."""
    last, now = before.traders[name], after.traders[name]
    suspects = {*now.missing, *range(now.highest(name) + 1, last.highest(name) + 1)}
    return {n for n in suspects if before.has_applied(name, n)}


def _doubled(name: str, before: Holding, after: Holding) -> Iterator[Finding]:
    again = Counter(after.twice) - Counter(before.twice)
    yield from _numbers("doubled", name, again.elements())
    uncounted = _miscount(name, after) - _miscount(name, before)
    if uncounted:
        kind = "doubled" if uncounted > 0 else "lost"
        text = f"{name} counted {after.done} changes, {uncounted:+d} of what was noted"
        yield Finding(kind, abs(uncounted), text)


def _miscount(name: str, holding: Holding) -> int:
    noted = holding.highest(name) - len(holding.missing) + len(holding.twice)
    return holding.done - noted


def _torn(
    name: str, before: World, after: World, traffic: Traffic
) -> Iterator[Finding]:
    """See that the partner of each change has it exactly if the caller has it."""
    for partner, holding in after.traders.items():
        if partner == name:
            continue
        there = [
            change.number
            for change in traffic.sent.values()
            if change.partner == partner and after.has_applied(name, change.number)
        ]
        expected = max(there, default=0)
        expected = max(expected, before.traders[partner].highest(name))
        seen = holding.highest(name)
        if seen != expected:
            text = f"{partner} has the changes of {name} up to {seen}, {name} has them"
            yield Finding("torn", 1, f"{text} up to {expected}")


def _of_all(before: World, after: World) -> Iterator[Finding]:
    gold = _gold(after) - _gold(before)
    if gold:
        yield Finding("gold", abs(gold), f"the sum of gold changed by {gold:+d}")
    had, has = _items(before), _items(after)
    yield from _things("items-lost", had - has)
    yield from _things("items-doubled", has - had)
    counted = after.bank.changes - before.bank.changes
    done = _done(after) - _done(before)
    if counted != done:
        text = f"the bank counted {counted} more changes, the traders {done}"
        yield Finding("bank", abs(counted - done), text)


def _gold(world: World) -> int:
    return world.bank.gold + sum(one.gold for one in world.traders.values())


def _done(world: World) -> int:
    return sum(one.done for one in world.traders.values())


def _items(world: World) -> Counter[str]:
    return Counter(item for one in world.traders.values() for item in one.items)


def _things(kind: str, things: Counter[str]) -> Iterator[Finding]:
    if things:
        some = ", ".join(sorted(things.elements())[:_SHOWN])
        yield Finding(kind, things.total(), f"{kind}: {some}")


def _numbers(kind: str, name: str, wrong: Iterable[int]) -> Iterator[Finding]:
    numbers = sorted(wrong)
    if numbers:
        some = ", ".join(map(str, numbers[:_SHOWN]))
        more = ", ..." if len(numbers) > _SHOWN else ""
        text = f"{name}: {len(numbers)} {kind}: {some}{more}"
        yield Finding(kind, len(numbers), text)
