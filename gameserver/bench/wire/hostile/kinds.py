"""The kinds of hostile peers: what each sends, and how; pure.

All bytes are made before they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench import canned
from gameserver.bench.wire.hostile import shapes
from gameserver.bench.wire.hostile.mutations import mutated
from gameserver.model.arguments import Limits as OfArguments
from gameserver.server.message_limits import BEFORE_LOGIN, of_players
from gameserver.spread.fair import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.wire.limits import Limits

PLAYERS: Final = of_players(OfArguments())
ROOT: Final = b"root"
WHOLE: Final = 65_536
"""Bytes that a peer gives its socket at once, if the socket takes them."""

_SEED: Final = 8
_MUTATED: Final = 400
_FLOOD: Final = 400
_REST: Final = 0.2  # seconds


@dataclass(frozen=True)
class Kind:
    """One kind of hostile peer.

    ``blocks``: of the number by which a peer calls (its perspective's, or ``root``) to
    what its connections send, each over and over; the connections take turns in them.
    ``piece``: bytes that leave at once. ``reads``: whether it takes what it is sent.
    ``drops``: whether it ends the connection after one block, and begins anew.
    ``rests``: seconds from block to block, the moments the same for all connections.
    """

    name: str
    is_player: bool
    blocks: Callable[[object], list[bytes]]
    piece: int = WHOLE
    reads: bool = True
    drops: bool = False
    rests: float = 0.0

    @property
    def case(self) -> str:
        """Name it with when it comes."""
        return f"{'player' if self.is_player else 'stranger'}: {self.name}"


def _calls(shape: shapes.Shape, limits: Limits, method: str) -> Any:  # noqa: ANN401 - as Kind.blocks
    def blocks(target: object) -> list[bytes]:
        return [shapes.largest(shape, limits, target, method)]

    return blocks


def _names(limits: Limits) -> Any:  # noqa: ANN401 - as Kind.blocks
    def blocks(target: object) -> list[bytes]:
        room = min(limits.string, limits.size - 64)
        return [canned.call(canned.FIRST_REQUEST, target, "x" * room, [])]

    return blocks


def _flood(method: str, *given: object, answered: bool = True) -> Any:  # noqa: ANN401 - as Kind.blocks
    def blocks(target: object) -> list[bytes]:
        numbers = range(canned.FIRST_REQUEST, canned.FIRST_REQUEST + _FLOOD)
        sent = (
            canned.call(number, target, method, list(given), answered=answered)
            for number in numbers
        )
        return [b"".join(sent)]

    return blocks


def _burst(method: str, *given: object) -> Any:  # noqa: ANN401 - as Kind.blocks
    def blocks(target: object) -> list[bytes]:
        numbers = range(canned.FIRST_REQUEST, canned.FIRST_REQUEST + BATCH)
        return [
            b"".join(canned.call(one, target, method, list(given)) for one in numbers)
        ]

    return blocks


def _other_messages(target: object) -> list[bytes]:
    """Give all that PB knows besides calls, of numbers that mean nothing."""
    del target
    said: tuple[list[Any], ...] = (
        [b"answer", 9, [b"list"]],
        [b"error", 9, [b"unicode", b"no"]],
        [b"decref", 77],
        [b"decache", 77],
        [b"uncache", 77],
        [b"didNotUnderstand", b"what"],
        [b"version", 6],
    )
    return [b"".join(map(canned.encode, said)) * 50]


def _mutations(method: str) -> Any:  # noqa: ANN401 - as Kind.blocks
    def blocks(target: object) -> list[bytes]:
        random = Random(_SEED)  # noqa: S311 - the same in every run
        whole = b"".join(
            canned.call(number, target, method, _drawn(random)) for number in range(20)
        )
        return [mutated(whole, random) for _ in range(_MUTATED)]

    return blocks


def _drawn(random: Random) -> list[Any]:
    part = [b"unicode", random.randbytes(random.randrange(9))]
    given = (
        part,
        [b"reference", 1, [b"list", part, 2.5, -7]],
        [b"dictionary", [part, [b"tuple", 1]], [b"key", [b"boolean", b"true"]]],
        [b"remote", random.randrange(9)],
    )
    return random.sample(given, 2)


def _bytes(*content: bytes) -> Any:  # noqa: ANN401 - as Kind.blocks
    def blocks(target: object) -> list[bytes]:
        del target
        return list(content)

    return blocks


def _shaped(is_player: bool, limits: Limits, method: str) -> list[Kind]:  # noqa: FBT001 - one of two lists
    """Give the kinds that send calls as large as they may be."""
    named: dict[str, shapes.Shape] = {
        "nested lists": shapes.towers(limits.depth),
        "many small lists": shapes.small_lists,
        "longest numbers": shapes.long_numbers,
        "one long text": shapes.text,
        "text that is no UTF-8": shapes.broken_text,
        "texts that are no UTF-8": shapes.broken_texts,
        "dictionaries, one hash": shapes.colliding_table,
        "sets, one hash": shapes.colliding_set,
        "a set of tuples, one hash": shapes.colliding_tuples,
        "sets of sets, one hash": shapes.sets_of_sets,
        "shared references": shapes.shared(limits.size),
        "a list within itself": shapes.within_itself,
        "too many arguments": shapes.many_arguments,
        "arguments of a wrong type": shapes.wrong_type,
        "decimals": shapes.foreign,
    }
    found = [
        Kind(name, is_player, _calls(shape, limits, method))
        for name, shape in named.items()
    ]
    return [
        *found,
        Kind("unknown names", is_player, _names(limits)),
        Kind("a name with marks", is_player, _calls(shapes.zalgo, limits, method)),
        Kind("mutated messages", is_player, _mutations(method)),
        Kind("messages that are no calls", is_player, _other_messages),
        Kind("no Banana", is_player, _bytes(b"\xff" * WHOLE, b"\x01" * WHOLE)),
    ]


def strangers() -> list[Kind]:
    """Give those that do not log in."""
    return [
        *_shaped(is_player=False, limits=BEFORE_LOGIN, method="login"),
        Kind("small calls", is_player=False, blocks=_flood("login", b"ada")),
        Kind(
            "one byte at a time",
            is_player=False,
            blocks=_flood("login", b"ada"),
            piece=1,
        ),
        Kind(
            "bursts of small calls",
            is_player=False,
            blocks=_burst("login", b"ada"),
            rests=_REST,
        ),
        Kind("opened and dropped", is_player=False, blocks=_bytes(b"\x00"), drops=True),
    ]


def players() -> list[Kind]:
    """Give those that have logged in by a token."""
    name = [b"unicode", b"ada"]
    return [
        *_shaped(is_player=True, limits=PLAYERS, method="greet"),
        Kind(
            "anything is taken",
            is_player=True,
            blocks=_calls(shapes.colliding_tuples, PLAYERS, "keep"),
        ),
        Kind("small calls", is_player=True, blocks=_flood("greet", name)),
        Kind(
            "small calls, no answer",
            is_player=True,
            blocks=_flood("greet", name, answered=False),
        ),
        Kind(
            "one byte at a time", is_player=True, blocks=_flood("greet", name), piece=1
        ),
        Kind(
            "bursts of small calls",
            is_player=True,
            blocks=_burst("gone"),
            rests=_REST,
        ),
        Kind("never reads", is_player=True, blocks=_flood("saga"), reads=False),
        Kind(
            "logged in and dropped",
            is_player=True,
            blocks=_flood("greet", name),
            drops=True,
        ),
    ]


def all_kinds() -> list[Kind]:
    """Give every kind in the order of the table."""
    return [*strangers(), *players()]
