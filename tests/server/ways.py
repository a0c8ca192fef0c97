"""Three ways of a call, beside each other: whatever they do has to be the same.

The whole way is the reference: a server that knows no short one. What is compared is
all that can be seen from outside: bytes, states, counts, and what is logged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar
from unittest import mock

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.spread import pb

from gameserver import Avatar, GameError, compiled, saved_soon
from gameserver.bench import canned
from gameserver.server import broker, perspective, short_way
from gameserver.server.edition import EDITION
from gameserver.server.game import Rules
from gameserver.server.pace import Allowance
from gameserver.server.segments import CURRENT
from gameserver.spread.banana import WireBanana
from gameserver.testing import World

_twin, _said = compiled.twin("gameserver.server", EDITION, {})
MISSING = _said if _twin is None else ""
"""Why there is no compiled build."""

WAYS: dict[str, Any] = {
    "whole": (short_way.ShortWay, WireBanana.carry_out_messages),
    "short": (short_way.ShortWay, short_way.carry_out),
}
if _twin is not None:
    WAYS["compiled"] = (_twin.ShortWay, _twin.carry_out)

_ADDRESS = re.compile(" at 0x[0-9a-f]+")
Call = tuple[str, tuple[Any, ...]]


class Player(Avatar):
    """Does all that a call can do to the server."""

    gold: int = 0
    bag: list[int]
    begun: ClassVar[list[Any]] = []

    def created(self) -> None:
        self.bag = []

    def perspective_greet(self, name: str) -> str:
        return f"hello, {name}"

    def perspective_mixed(self, n: int, x: float, b: bool, raw: bytes) -> Any:
        return {"n": n, "x": [x, b], "raw": raw, "none": None}

    def perspective_choice(self, n: int = 7) -> tuple[int, ...]:
        return (n, n)

    def perspective_only_by_name(self, *, n: int) -> int:
        return n

    def perspective_sum(self, numbers: list[int]) -> int:
        return sum(numbers)

    def perspective_earn(self, n: int) -> int:
        self.gold += n
        return self.gold

    def perspective_soon(self, n: int) -> int:
        self.bag.append(n)
        return len(self.bag)

    perspective_soon = saved_soon(perspective_soon)

    def perspective_look(self) -> int:
        return len(self.bag)

    def perspective_refuse(self, code: str) -> None:
        raise GameError("no-exit", f"not {code}")

    def perspective_fail(self, n: int) -> float:
        self.gold += 1
        return 1 / n

    def perspective_leave(self) -> None:
        raise SystemExit(3)

    def perspective_odd(self) -> object:
        return object()

    def perspective_door(self) -> object:
        return pb.Referenceable()

    def perspective_twice(self) -> list[list[int]]:
        one = [1]
        return [one, one]

    def perspective_large(self, n: int) -> str:
        return "x" * n

    def perspective_at_once(self) -> Any:
        return succeed("at once")

    def perspective_later(self) -> Any:
        waited: Deferred[str] = Deferred()
        self.begun.append(waited)
        return waited

    async def perspective_think(self, n: int) -> int:
        waited: Deferred[str] = Deferred()
        self.begun.append(waited)
        await waited
        self.gold += n
        return self.gold

    def perspective_begin(self, n: int) -> str:
        """Begin what changes something after the answer has left."""

        async def work() -> None:
            waited: Deferred[str] = Deferred()
            self.begun.append(waited)
            await waited
            self.gold += n

        ensureDeferred(work())
        return "begun"

    def perspective_end(self) -> int:
        """End, in this call, what others have begun."""
        begun, self.begun[:] = list(self.begun), []
        for one in begun:
            one.callback("done")
        return len(begun)

    def perspective_tell(self, text: str) -> str:
        self.clients.notify("told", text)
        return text

    def perspective_close(self) -> str:
        for client in self.clients:
            client.close("goodbye", "bye")
        return "closed"

    def perspective_segment(self) -> str:
        """Say in what it runs: the newest there is, and the same all over."""
        segment = CURRENT.get()
        assert segment is not None
        running = segment.touches.running
        return f"{running == [segment]} {segment.is_idle} {segment.is_call}"


CALLS: Sequence[Call] = (
    ("greet", ("ada",)), ("greet", ("é" * 40,)), ("greet", ("x" * 33_000,)),
    ("greet", (b"ada",)), ("greet", (3,)), ("greet", ()), ("greet", ("a", "b")),
    ("greet", (None,)), ("greet", (["a"],)),
    ("mixed", (1, 2.5, True, b"raw")), ("mixed", (2**63, 0.0, False, b"")),
    ("mixed", (-(2**63), -0.0, False, b"")), ("mixed", (1, 2, True, b"raw")),
    ("mixed", (True, 2.5, True, b"")), ("mixed", (1, float("inf"), True, b"")),
    ("mixed", (1, 2.5, 1, b"")), ("choice", ()), ("choice", (5,)),
    ("only_by_name", (1,)), ("sum", ([1, 2],)), ("earn", (5,)), ("earn", (0,)),
    ("soon", (1,)), ("look", ()), ("refuse", ("north",)), ("fail", (0,)),
    ("fail", (2,)), ("leave", ()), ("odd", ()), ("door", ()), ("twice", ()),
    ("large", (5000,)), ("large", (700_000,)), ("at_once", ()), ("later", ()),
    ("think", (3,)), ("begin", (4,)), ("end", ()), ("tell", ("all",)),
    ("close", ()), ("segment", ()), ("segment", ()), ("nobody", ()), ("gold", ()),
    ("gameserver.commands", ()),
)  # fmt: skip
"""Common calls, and all the others that there are."""


class Play:
    """One server that goes one of the ways, and what was seen of it."""

    def __init__(self, way: str, rules: Rules) -> None:
        self.seen: list[Any] = []
        Player.begun = []
        ids = iter(f"{each:08x}" for each in range(1 << 20))
        kind, carry_out = WAYS[way]
        self._patches = (
            mock.patch.object(perspective, "ShortWay", kind),
            mock.patch.object(broker, "carry_out", carry_out),
            mock.patch("secrets.token_hex", side_effect=ids),
        )
        for one in self._patches:
            one.start()
        self.world = World(Player, rules=rules)
        self.world.login("ada")
        (self.broker,) = self.world.game.factory.connections
        numbers = [one for one in self.broker.localObjects if type(one) is int]
        self.number = max(numbers)
        self._next = 1000

    def end(self) -> None:
        """Leave all as it was."""
        for one in self._patches:
            one.stop()

    def written(self, calls: Sequence[Call], *, is_answered: bool) -> bytes:
        """Give calls as they stand on the wire."""
        found = []
        for name, args in calls:
            self._next += 1
            jellied = [canned.jellied(one) for one in args]
            found.append(
                canned.call(
                    self._next, self.number, name, jellied, answered=is_answered
                )
            )
        return b"".join(found)

    def receive(self, chunk: bytes) -> None:
        """Have a chunk received, and note what can be seen then."""
        self.broker.dataReceived(chunk)
        self.note()

    def turn(self) -> None:
        """End the turn, and begin what waits."""
        self.world.game.turns.end()
        self.broker.next_turn()
        self.world.clock.advance(0)
        self.note()

    def pass_time(self) -> None:
        """Let time pass, so that calls may come again."""
        self.world.clock.advance(0.25)
        self.note()

    def note(self) -> None:
        """Note all that may be seen from outside."""
        game = self.world.game
        ada = self.world.avatar("ada")
        end = self.broker.transport
        self.seen.append(
            (
                bytes(end.written),
                (end.disconnecting, end.is_aborted, end.is_paused),
                (ada.gold, list(ada.bag)),
                (game.calls.carried_out, game.calls.at_work),
                (game.calls.paces.waited, game.calls.paces.refused),
                (game.turns.saved, game.turns.under_way),
                [_ADDRESS.sub("", repr(one.value)) for one in self.world.errors],
                CURRENT.get(),
            )
        )
        end.written.clear()
        self.world.errors.clear()


FREE = Rules(allowed=Allowance())
PACED = Rules(allowed=Allowance(4, 6, 3))
