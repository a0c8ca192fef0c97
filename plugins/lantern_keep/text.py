"""Every sentence of the game; {words} in braces are filled in when it is told.

YOU_... is what the one who acts reads; the rest is what the others in the room read,
or everyone where it says so.
"""

# Coming, going and looking
WELCOME = """\
Lantern Keep: five rooms in a ring, one lantern, one shade.
Hold the lit lantern in the Crypt. It brings a point a second; {goal} points win.
Try `look`, `go hall`, `take shield`, `use lantern`, `hit shade`, `say hello`."""
COMES = "{name} steps out of the mist."
FADES = "{name} fades like breath on glass."
LEAVES_FOR = "{name} leaves for the {room}."
ARRIVES = "{name} comes in from the {room}."

SEEN = "{room}. {looks}"
DARK = "{room}. It is too dark to see your own hands."
CARRYING = "You carry {things}."
WAYS = "Ways: {ways}."
LYING = "Within reach: {things}."
FELT = "Your fingers find {things}."
PEOPLE = "Here: {people}."
BREATHING = "Somebody is breathing close by."
SHADE_SEEN = "The shade hangs in a corner and drinks light; oil burns faster near it."
SHADE_FELT = "Something colder than the dark is in here, and it knows where you are."
ANYONE = "{name} carries {things}. Life {life} of {full}."
SHADE_LOOKS = "A tear in the air, as tall as a man. Blows scatter it for a while."

# Talk
YOU_SAY = "You say: {speech}"
SAYS = "{name} says: {speech}"
YOU_SHOUT = "You shout: {speech}"
SHOUTS = "{name} shouts: {speech}"
NO_SPEECH = "You open your mouth and close it again. Add some words: `say hello`."
LONG_SPEECH = "Nobody listens that long. Say it in {longest} characters or fewer."

# Things
YOU_TAKE = "You take the {thing}."
TAKES = "{name} takes the {thing}."
YOU_DROP = "You put the {thing} down."
DROPS = "{name} puts the {thing} down."
YOU_LIGHT = "You light the lantern. Its green glass glows."
LIGHTS = "{name} lights the lantern. Its green glass glows."
YOU_DOUSE = "You put the lantern out."
DOUSES = "{name} puts the lantern out."
YOU_FILL = "You fill the lantern to the brim."
FILLS = "{name} fills the lantern at the cask."
YOU_DRINK = "You drink the {thing}. Warmth runs down to your fingers."
DRINKS = "{name} drinks the {thing}."
FLAME_SINKS = "The lantern's flame sinks. The oil cask stands at the Gate."
FLAME_DIES = "The lantern gutters and dies."
LANTERN_FALLS = "The lantern drops out of thin air: nobody is left to hold it."

# Fighting
YOU_SWING = "You draw back your {weapon} at {target}."
AIMS_AT_YOU = "{name} draws back to hit you. One second to get away, or hit back."
BLOW = (  # as read by the one who hits, the one who is hit, and the others
    "You hit {target} for {harm}.",
    "{name} hits you for {harm}.",
    "{name} hits {target} for {harm}.",
)
BLOCKED_BLOW = (
    "Your blow glances off {target}'s shield.",
    "{name}'s blow glances off your shield.",
    "{name}'s blow glances off {target}'s shield.",
)
YOU_MISS = "Your blow meets only air."
YOU_FALL = "You fall, and drop all you carry. You wake on the stones of the Gate."
FALLS = "{name} falls, dropping everything, and is gone."
WAKES = "{name} wakes on the stones beside you, empty-handed."

# The shade; the last line is for everyone
SHADE_TOUCHES = "Cold fingers close on your heart. You lose {harm} life."
SHIELD_TURNS = "Cold fingers slide off your shield."
SHADE_LEAVES = "The shade pours out under the door to the {room}."
SHADE_ARRIVES = "The light shrinks: the shade has come in from the {room}."
SHADE_ARRIVES_DARK = "It grows colder. Something has come in from the {room}."
SHADE_DISSOLVES = "The shade tears like wet paper and is gone, for now."
SHADE_GATHERS = "All over the keep the air turns cold: the shade is back."

# Points and rounds; everyone hears these
POINTS = "{name} holds the light in the Crypt: {score} of {goal}."
WINS = "The light in the Crypt burns for {name}, who wins round {round}!"
ROUND_BEGINS = (
    "Round {round} begins. Every thing is back in its place, and you are at the Gate."
)
WHO = "In the keep: {people}."
WHO_ONE = "{name} (points {score}, rounds won {wins})"
SCORE = """\
Round {round}: you have {score} of {goal} points. Rounds won: {wins}.
Life {life} of {full}. You carry {things}."""

# Refusals: what is wrong, and what can be done instead
NO_WAY = "There is no way to '{wish}' from the {room}. Ways: {ways}."
NOT_BESIDE = "The {wish} is not beside the {room}. Ways: {ways}."
THERE_ALREADY = "You are in the {room} already. Ways: {ways}."
TOO_DARK = "It is too dark for that. Bring the lantern, lit, or feel about with `look`."
NOTHING_SO = "You see no '{wish}'. `look` alone shows what is here."
NOT_LYING = "There is no '{wish}' to take. Within reach: {things}."
OTHERS_HOLD = "{name} holds the {thing}. It falls when {name} falls: `hit {name}`."
HELD_ALREADY = "You carry the {thing} already. `use {thing}` or `drop {thing}`."
CASK_STAYS = "The cask is bolted to the wall. With the lantern in hand, `use cask`."
CASK_AWAY = "The oil cask stands at the {room}. Carry the lantern there."
NOT_CARRIED = "You do not carry '{wish}'. You carry {things}."
TAKE_FIRST = "The {thing} lies on the floor. First `take {thing}`."
JUST_CARRY = "The {thing} works by being carried. Fight with `hit` and a name."
NO_LANTERN = "The cask fills the lantern. Bring the lantern here, then `use cask`."
DRY = "The lantern is dry. Carry it to the oil cask at the Gate, then `use cask`."
FULL = "The lantern is full to the brim already. Off to the Crypt with it."
UNHURT = "You are unhurt. Keep the {thing} until you need it, or `drop {thing}`."
NOBODY = "There is nobody here to hit. `go` and find somebody."
HIT_WHOM = "Hit whom? You could hit {targets}."
NOBODY_SO = "There is no '{wish}' here to hit. You could hit {targets}."
