"""The tour of Lantern Keep, as data: what is done, and what must be seen."""

from __future__ import annotations

from typing import Final

from gameserver.demo.acts import Breathe, Cut, Do, Join, Kill, Mend
from gameserver.demo.changes import Put, Refused, Release, Undo, Versions
from gameserver.demo.edits import Edit
from gameserver.demo.playing import Step

ADA: Final = "ada"
BOB: Final = "bob"

_JOIN = Step(
    "Ada and Bob play",
    "Two clients over TLS. Five rooms in a ring; the sword lies in the Armoury.",
    (
        Join(ADA, ((ADA, "Lantern Keep: five rooms"),)),
        Join(BOB, ((BOB, "Here: ada"), (ADA, "bob steps out of the mist."))),
        Do(ADA, "look", answer="Gate. Wind rattles"),
        Do(BOB, "go hall", ((BOB, "Hall. A long table"), (ADA, "bob leaves for the"))),
        Do(BOB, "take red potion", ((BOB, "You take the red potion."),)),
        Do(ADA, "go hall", ((ADA, "Here: bob."), (BOB, "ada comes in from the Gate."))),
        Do(ADA, "go armoury", ((ADA, "Your fingers find a sword"),)),
        Do(ADA, "take sword", ((ADA, "You take the sword."),)),
        Do(ADA, "go hall", ((BOB, "ada comes in from the Armoury."),)),
        Do(ADA, "say On guard!", ((ADA, "You say: On"), (BOB, "ada says: On guard!"))),
    ),
)

_SWORD = Step(
    "The sword's damage changes between two hits",
    "One number in one file. Nobody logs in again; the next blow has the new code.",
    (
        Do(ADA, "hit bob", ((ADA, "You hit bob for 2."), (BOB, "ada hits you for 2."))),
        Release((Edit("rules.py", "SWORD = 2\n", "SWORD = 4\n"),)),
        Do(ADA, "hit bob", ((ADA, "You hit bob for 4."), (BOB, "ada hits you for 4."))),
    ),
)

_DODGE = Edit(
    "player.py",
    """
    def perspective_hit(self, target: str = "") -> None:
""",
    '''
    def perspective_dodge(self) -> None:
        """Slip the next blow: dodge."""
        self.stamina, self.nimble = self.stamina - 1, True
        self.tell_both(text.YOU_DODGE, text.DODGES)

    def perspective_hit(self, target: str = "") -> None:
''',
)
_SLIPPED = Edit(
    "fight.py",
    """    harm = rules.damage(sword=attacker.has(SWORD), shield=shield)
""",
    """    harm = rules.damage(sword=attacker.has(SWORD), shield=shield)
    for one in victim:
        if one.nimble:
            one.nimble = False
            attacker.tell(text.YOU_MISS)
            return 0
""",
)
_STAMINA = Step(
    "A field and a command arrive in the windows of both",
    "`stamina` is a new field of all players who live; `dodge` is a new command.",
    (
        Do(BOB, "dodge", refused="no-such-call"),
        Release(
            (
                Edit(
                    "person.py",
                    """    aim: str = ""  # whom the raised blow is meant for
""",
                    """    aim: str = ""  # whom the raised blow is meant for
    stamina: int = 3
    nimble: bool = False
""",
                ),
                Edit(
                    "person.py",
                    '"Life": self.life}',
                    '"Life": self.life, "Stamina": self.stamina}',
                ),
                _DODGE,
                _SLIPPED,
                Edit(
                    "text.py",
                    'YOU_MISS = "',
                    'YOU_DODGE = "You stand on your toes."\n'
                    'DODGES = "{name} stands on tiptoe."\nYOU_MISS = "',
                ),
            ),
            ((ADA, "Stamina 3"), (BOB, "Stamina 3")),
        ),
        Do(
            BOB,
            "dodge",
            (
                (BOB, "on your toes."),
                (BOB, "Stamina 2"),
                (ADA, "bob stands on tiptoe."),
            ),
        ),
        Do(ADA, "hit bob", ((ADA, "Your blow meets only air."),)),
    ),
)

_SHADE = Step(
    "The shade is replaced, on the same tick",
    "A successor takes its place, and is handed its clients and its timer in phase.",
    (
        Release(
            (
                Edit(
                    "shade.py",
                    "    gone: int = 0  # ticks until it gathers again\n",
                    "    gone: int = 0  # ticks until it gathers again\n"
                    "    breaths: int = 0\n",
                ),
                Edit(
                    "shade.py",
                    "        if not self.keep.everyone():\n",
                    "        self.breaths += 1\n"
                    '        self.clients.notify("breath", self.breaths)\n'
                    "        if not self.keep.everyone():\n",
                ),
            ),
            (),
        ),
        Breathe(ticks=1),
        Release(
            (
                Edit(
                    "shade.py",
                    "    breaths: int = 0\n",
                    "    breaths: int = 0\n    succession = True\n",
                ),
                Edit(
                    "shade.py",
                    "    @property\n    def keep(",
                    "    def adopt(self, predecessor: Any) -> None:\n"
                    '        """Step into its place."""\n'
                    '        self.clients.notify("tell", text.SHADE_REBORN)\n\n'
                    "    @property\n    def keep(",
                ),
                Edit(
                    "text.py",
                    'SHADE_GATHERS = "',
                    'SHADE_REBORN = "A new shade steps out of the old one."\n'
                    'SHADE_GATHERS = "',
                ),
            ),
            ((ADA, "A new shade steps out"), (BOB, "A new shade steps out")),
        ),
        Breathe(ticks=2),
    ),
)

_TYPO = Step(
    "A typo is refused, and nothing changes",
    "The refusal has file and line; what runs is compared before and after.",
    (
        Refused(
            (Edit("rules.py", "SWORD = 4\n", "SWORD = 4 +\n"),),
            r"rules\.py:\d+: SyntaxError",
        ),
        Do(BOB, "say Missed.", ((BOB, "You say: Missed."), (ADA, "bob says: Missed."))),
    ),
)


def _health(table: str, found: str) -> tuple[Edit, ...]:
    """Give players a health, which a migration finds in a table by their life."""
    return (
        Edit(
            "player.py",
            "one.tell(text.AIMS_AT_YOU, name=self.name)\n",
            "one.tell(text.AIMS_AT_YOU, name=self.name)\n\n\n"
            f"HEALTH = {table}\n\n\n"
            "@migration(Player, to=2, undo=drop_health)\n"
            "def add_health(state: State) -> State:\n"
            '    """Say how well they are."""\n'
            f'    return {{**state, "health": {found}}}\n',
        ),
        Edit(
            "player.py",
            '    """One player."""\n',
            '    """One player."""\n\n'
            "    version = 2\n"
            '    health: str = "hale"\n\n'
            "    def status(self) -> dict[str, object]:\n"
            '        """Give what a window shows, and the health."""\n'
            '        return {**super().status(), "Health": self.health}\n',
        ),
        Edit(
            "player.py",
            "\n\nclass Player(",
            "\n\ndef drop_health(state: State) -> State:\n"
            '    """Make the state of before."""\n'
            '    return {k: v for k, v in state.items() if k != "health"}\n\n\n'
            "class Player(",
        ),
        Edit(
            "player.py",
            "from . import rules, text\n",
            "from gameserver import State, migration\n\nfrom . import rules, text\n",
        ),
    )


_TABLE: Final = '{10: "hale", 9: "hale", 8: "scratched", 7: "scratched"}'

_MIGRATION = Step(
    "A migration that fails on one player takes everything back",
    "It knows what to make of Ada, but not of Bob, who has 4 lives left.",
    (
        Refused(_health(_TABLE, 'HEALTH[state["life"]]'), r"(?s)bob.*KeyError: 4"),
        Do(BOB, "score", answer="Life 4 of 10."),
    ),
)

_UNDO = Step(
    "It is mended, released, and taken back",
    "State that the migration has made goes back with the code.",
    (
        Release(
            _health(_TABLE, 'HEALTH.get(state["life"], "wounded")'),
            ((ADA, "Health "), (BOB, "Health wounded")),
        ),
        Undo(),
        Do(BOB, "use red potion", ((BOB, "You drink the red"), (BOB, "Life 9 Stam"))),
    ),
)

_DATABASE = Step(
    "A module comes from the database",
    "A sixth room is put there; no file of the game has it.",
    (
        Put(
            "rooms",
            Edit(
                "rooms.py",
                """The roof is gone, and the moon looks in.",
    ),
""",
                """The roof is gone, and the moon looks in.",
    ),
    Room("Well", bright=True, looks="Far below, a round piece of night sky."),
""",
            ),
        ),
        Do(ADA, "go gate", ((ADA, "Well (anticlockwise)"),)),
        Do(ADA, "go well", ((ADA, "Well. Far below"),)),
    ),
)

_VERSIONS = Step(
    "Which release runs where",
    "Of each avatar, service and timer: the last release that changed its module.",
    (
        Versions(
            (
                ("avatar", ADA, "Player"),
                ("avatar", BOB, "Player"),
                ("service", "keep", "Keep"),
                ("timer", "keep", "Keep.tick"),
                ("service", "shade", "Shade"),
                ("timer", "shade", "Shade.tick"),
            )
        ),
    ),
)

_CUT = Step(
    "A line is cut, and what was missed comes after",
    "Bob's connection ends in the middle; the events of the meantime wait for him.",
    (
        Cut(BOB),
        Do(ADA, "shout Bob?", ((ADA, "You shout: Bob?"),)),
        Do(ADA, "shout I am in the well.", ((ADA, "You shout: I am in the well."),)),
        Mend(BOB, ((BOB, "ada shouts: Bob?"), (BOB, "ada shouts: I am in the well."))),
    ),
)

_KILL = Step(
    "The server is killed, and both go on",
    "SIGKILL, no goodbye. Calls made while it is down are carried out once, after.",
    (
        Kill(
            (
                (ADA, "shout Is anybody there?", "You shout: Is anybody there?"),
                (BOB, "shout I am!", "You shout: I am!"),
            )
        ),
        Do(ADA, "look", answer="Well. Far below"),
        Do(ADA, "inventory", answer="You carry a sword."),
        Do(BOB, "score", answer="Life 9 of 10."),
    ),
)

TOUR: Final = (
    _JOIN,
    _SWORD,
    _STAMINA,
    _SHADE,
    _TYPO,
    _MIGRATION,
    _UNDO,
    _DATABASE,
    _VERSIONS,
    _CUT,
    _KILL,
)
"""Each step rests on those before it."""
