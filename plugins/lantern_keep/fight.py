"""Blows: raised by `hit` at any time, landed all together on the tick.

First every blow is told, then all the harm is done, so that nobody falls, or drops the
sword, before their own blow has landed.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from . import rules, text
from .items import SHIELD, SWORD
from .person import Person
from .scene import SHADE


def land_blows(players: Sequence[Person]) -> None:
    """Land every raised blow."""
    targets: dict[str, Any] = {}
    harms: Counter[str] = Counter()
    for attacker in players:
        aim, attacker.aim = attacker.aim, ""
        target = target_of(attacker, aim)
        if target is not None:
            targets[aim] = target
            harms[aim] += hit(attacker, aim, target)
        elif aim:
            attacker.tell(text.YOU_MISS)
    for aim, target in targets.items():
        target.hurt(harms[aim])


def target_of(attacker: Person, aim: str) -> Any:
    """Give the player or shade aimed at, or None if it is not in the room now."""
    if aim == SHADE:
        return attacker.shade if attacker.shade.is_in(attacker.room) else None
    there = attacker.keep.people(attacker.room, attacker)
    return next((one for one in there if one.name == aim), None)


def hit(attacker: Person, aim: str, target: Any) -> int:
    """Tell one blow, and give the life it takes."""
    victim = [target] if isinstance(target, Person) else []
    shield = any(one.has(SHIELD) for one in victim)
    harm = rules.damage(sword=attacker.has(SWORD), shield=shield)
    mine, yours, theirs = text.BLOW if harm else text.BLOCKED_BLOW
    words = {"name": attacker.name, "target": aim, "harm": harm}
    attacker.tell(mine, **words)
    for one in victim:
        one.tell(yours, **words)
    attacker.keep.tell_room(attacker.room, theirs, attacker, *victim, **words)
    return harm
