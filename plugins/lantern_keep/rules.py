"""Every number of the game, and what follows from it.

Nothing here knows a player or a clock: plain values go in, plain values come out.
Change a number, or a whole function, and the next tick plays by it.
"""

from random import Random

TICK = 1.0  # seconds from one tick to the next

FULL_LIFE = 10
POTION = 5  # life in one potion

FULL_OIL = 20  # less than POINTS_TO_WIN, so that every winner has to refill once
LOW_OIL = 5  # from here the flame warns
BURNING = 1  # oil a tick
SHADE_BURNING = 2  # oil a tick while the shade leans over the flame

POINTS_TO_WIN = 30
MILESTONES = (1, 10, 20, 25)  # points that the whole keep hears of
BEARER_GRACE = 10  # ticks a lantern waits for a bearer whose last window closed

FIST = 1  # life a blow takes
SWORD = 2
SHIELD = 1  # life a shield takes off a blow

SHADE_LIFE = 3
SHADE_TOUCH = 1  # life a tick from everyone in its room, in the dark
SHADE_GONE = 15  # ticks from dissolving to gathering again
SHADE_RESTLESS = 0.2  # chance, each tick, that it moves to a room beside its own
SHIELD_LUCK = 0.5  # chance that a shield turns its touch away

LONGEST_SPEECH = 300  # characters


def damage(*, sword: bool, shield: bool) -> int:
    """Say how much life a blow takes from someone with or without a shield."""
    blow = SWORD if sword else FIST
    return max(0, blow - SHIELD) if shield else blow


def oil_burnt(*, shade: bool) -> int:
    """Say how much oil a lit lantern burns in one tick; a shade near it drinks."""
    return SHADE_BURNING if shade else BURNING


def points(*, lit: bool, in_crypt: bool) -> int:
    """Say how many points one tick brings the one who carries the lantern."""
    return 1 if lit and in_crypt else 0


def healed(life: int) -> int:
    """Say how much life someone has after a potion."""
    return min(FULL_LIFE, life + POTION)


def shade_wanders(dice: Random) -> bool:
    """Throw the dice on whether the shade moves on in this tick."""
    return dice.random() < SHADE_RESTLESS


def shade_touch(dice: Random, *, shield: bool) -> int:
    """Throw the dice on how much life the shade's touch takes."""
    if shield and dice.random() < SHIELD_LUCK:
        return 0
    return SHADE_TOUCH
