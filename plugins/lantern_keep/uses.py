"""What comes of using a thing: one function for each kind of ``Item.use``."""

from . import rules, text
from .items import CASK, ITEMS, LANTERN
from .person import Person
from .words import refusal


def use(player: Person, wish: str) -> None:
    """Find what the player means, and use it."""
    thing = player.keep.things.to_use(wish, player.name, player.room)
    kind = "fill" if thing == CASK else ITEMS[thing].use
    USES[kind](player, thing)


def light(player: Person, thing: str) -> None:
    """Light the lantern, or put it out."""
    lantern = player.keep.lantern
    lantern.turn()
    if lantern.is_lit:
        player.tell_both(text.YOU_LIGHT, text.LIGHTS, thing=thing)
    else:
        player.tell_both(text.YOU_DOUSE, text.DOUSES, thing=thing)


def fill(player: Person, thing: str) -> None:
    """Fill the lantern at the cask."""
    if not player.has(LANTERN):
        raise refusal("not-carried", text.NO_LANTERN)
    player.keep.lantern.fill()
    player.tell_both(text.YOU_FILL, text.FILLS, thing=thing)


def drink(player: Person, thing: str) -> None:
    """Drink a potion, if there is a wound for it to heal."""
    if player.life == rules.FULL_LIFE:
        raise refusal("unhurt", text.UNHURT, thing=thing)
    player.keep.things.use_up(thing)
    player.life = rules.healed(player.life)
    player.tell_both(text.YOU_DRINK, text.DRINKS, thing=thing)


def carry(player: Person, thing: str) -> None:
    """Explain a thing that works by being carried."""
    del player
    raise refusal("just-carry", text.JUST_CARRY, thing=thing)


USES = {"light": light, "fill": fill, "drink": drink, "carry": carry}
