"""What crosses the wire: values, refusals, and nothing of the server's inside."""

from __future__ import annotations

import dataclasses
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, GameError
from gameserver.testing import World


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Door(pb.Referenceable):
    """Something stock PB can send and a plain value is not; nobody is behind it."""

    def __len__(self) -> int:
        return 0

    def remote_knock(self) -> str:
        return "who is there?"

    def remote_wait(self) -> Deferred[str]:
        return succeed("at last")

    def remote_kick(self) -> None:
        raise ValueError("/home/secret/file.py")

    def remote_push(self) -> Deferred[None]:
        return fail(GameError("locked", "it does not move"))


class Player(Avatar):
    """Answers in every way there is."""

    waiting: Any = None

    def perspective_plain(self) -> dict[str, Any]:
        """Give a plain value.

        The second paragraph is not for players.
        """
        return {"a": [1, 2.5, None, True, "x", b"y", (1,)]}

    def perspective_later(self) -> Deferred[str]:
        self._later: Deferred[str] = Deferred()
        return self._later

    async def perspective_coroutine(self) -> str:
        return await self.perspective_later()

    def perspective_refuse(self) -> None:
        raise GameError("no-exit", "there is no way north")

    async def perspective_refuse_later(self) -> None:
        raise GameError("no-exit", "there is no way north")

    def perspective_fail(self) -> None:
        raise ValueError("/home/secret/file.py")

    def perspective_fail_deferred(self) -> Deferred[None]:
        return fail(ValueError("/home/secret/file.py"))

    async def perspective_fail_later(self) -> None:
        raise ValueError("/home/secret/file.py")

    def perspective_leave(self) -> None:
        raise SystemExit(3)

    def perspective_unsendable(self) -> object:
        return object()

    def perspective_door(self) -> Door:
        return Door()

    def perspective_huge(self) -> str:
        return "x" * 1_000_000

    def perspective_typed(
        self, count: int, ratio: float, names: list[str], at: Point | None = None
    ) -> str:
        return f"{count!r} {ratio!r} {names!r} {at!r}"

    def perspective_anything(self, value: Any) -> str:
        return repr(value)

    def perspective_keyword(self, *, loud: bool = False) -> bool:
        return loud


class AnswerTests(SynchronousTestCase):
    """The three ways to answer, and the one way to refuse."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.ada = self.world.login("ada")

    def refusal(self, method: str, *args: Any, **kw: Any) -> GameError:
        with self.assertRaises(GameError) as caught:
            self.ada.call(method, *args, **kw)
        return caught.exception

    def test_plain(self) -> None:
        """A plain value is the answer."""
        expected = {"a": [1, 2.5, None, True, "x", b"y", (1,)]}
        self.assertEqual(self.ada.call("plain"), expected)

    def test_deferred_and_coroutine(self) -> None:
        """A Deferred or a coroutine answers when it is done."""
        for method in ("later", "coroutine"):
            asked = self.ada.start(method)
            self.assertNoResult(asked)
            self.world.avatar("ada")._later.callback("done")
            self.world.settle()
            self.assertEqual(self.successResultOf(asked), "done")

    def test_game_error(self) -> None:
        """A ``GameError`` crosses with code and text, and is not logged."""
        for method in ("refuse", "refuse_later"):
            error = self.refusal(method)
            self.assertEqual(error.code, "no-exit")
            self.assertEqual(error.text, "there is no way north")
        self.assertEqual(self.world.flush_errors(), [])

    def test_anything_else_is_internal(self) -> None:
        """Any other error is "internal error" and an id; nothing of it crosses."""
        for method in ("fail", "fail_deferred", "fail_later", "leave"):
            error = self.refusal(method)
            self.assertEqual(error.code, "internal-error")
            self.assertRegex(error.text, r"\Ainternal error [0-9a-f]{8}\Z")
            self.assertEqual(len(self.world.flush_errors()), 1)

    def test_failure_as_stock_clients_see_it(self) -> None:
        """The failure holds code and text; no path, frame, class or traceback."""
        perspective = self.ada._perspective
        assert perspective is not None
        for method in ("fail", "fail_deferred", "fail_later", "refuse", "missing"):
            asked = perspective.callRemote(method)
            self.world.settle()
            failure = self.failureResultOf(asked)
            self.assertIsNotNone(failure.check(pb.Error))
            self.assertEqual(failure.frames, [])
            shown = repr(vars(failure)) + failure.getTraceback()
            for secret in (
                "secret",
                "ValueError",
                "gameserver",
                "tests",
                ".py",
                "Player",
            ):
                self.assertNotIn(secret, shown)
        self.world.flush_errors()

    def test_unsendable_answer(self) -> None:
        """An answer that PB cannot send is an incident, and the connection stands."""
        for method in ("unsendable", "huge"):
            self.assertEqual(self.refusal(method).code, "internal-error")
            self.assertEqual(len(self.world.flush_errors()), 1)
        self.assertEqual(self.ada.call("keyword"), False)

    def test_references(self) -> None:
        """An answer may hold references, as with stock PB."""
        door = self.ada.call("door")
        knocked = door.callRemote("knock")
        self.world.settle()
        self.assertEqual(self.successResultOf(knocked), "who is there?")
        waited = door.callRemote("wait")
        self.world.settle()
        self.assertEqual(self.successResultOf(waited), "at last")

    def test_failing_references(self) -> None:
        """What a reference's method raises crosses as a code, too."""
        door = self.ada.call("door")
        for method, code in (
            ("push", "locked"),
            ("kick", "internal-error"),
            ("missing", "no-such-call"),
        ):
            asked = door.callRemote(method)
            self.world.settle()
            failure = self.failureResultOf(asked)
            self.assertEqual(failure.type, code)
            self.assertNotIn("secret", repr(vars(failure)))
        self.world.flush_errors()
        self.flushLoggedErrors()

    def test_unknown_object(self) -> None:
        """A call on an object that does not exist is refused with a code."""
        perspective = self.ada._perspective
        assert perspective is not None
        perspective.luid = 12345
        asked = perspective.callRemote("plain")
        self.world.settle()
        self.assertEqual(self.failureResultOf(asked).type, "bad-request")

    def test_no_such_call(self) -> None:
        """A wrong name is refused with the nearest one."""
        error = self.refusal("plian")
        self.assertEqual(error.code, "no-such-call")
        self.assertIn("did you mean 'plain'", error.text)

    def test_only_perspective_methods(self) -> None:
        """Hooks, attributes and private names cannot be called."""
        for name in ("attached", "__init__", "every", "perspective_plain", "x.y", ""):
            self.assertEqual(self.refusal(name).code, "no-such-call")

    def test_answer_after_the_connection_ended(self) -> None:
        """A call whose caller is gone ends without noise."""
        self.ada.start("later").addErrback(lambda _: None)
        avatar = self.world.avatar("ada")
        self.ada.close()
        avatar._later.callback("nobody hears this")
        self.world.advance(0)


class ArgumentTests(SynchronousTestCase):
    """Arguments are checked before the method runs."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.ada = self.world.login("ada")

    def refused(self, *args: Any, **kw: Any) -> str:
        with self.assertRaises(GameError) as caught:
            self.ada.call(*args, **kw)
        self.assertEqual(caught.exception.code, "bad-arguments")
        return caught.exception.text

    def test_right_ones_pass(self) -> None:
        """Arguments of the declared types reach the method, converted."""
        self.assertEqual(
            self.ada.call("typed", 1, 2, ("a", "b")), "1 2.0 ['a', 'b'] None"
        )
        at = {"x": 1, "y": 2}
        self.assertEqual(
            self.ada.call("typed", 1, 2.5, [], at=at), "1 2.5 [] Point(x=1, y=2)"
        )

    def test_wrong_ones_are_named(self) -> None:
        """The refusal names call, argument, what was expected and what came."""
        self.assertEqual(
            self.refused("typed", "1", 2.0, []), "typed: count: expected int, got str"
        )
        self.assertEqual(
            self.refused("typed", 1, 2.0, ["a", 5]),
            "typed: names[1]: expected str, got int",
        )
        self.assertIn(
            "count: expected int, got bool", self.refused("typed", True, 1.0, [])
        )

    def test_missing_surplus_unknown_double(self) -> None:
        """What does not fit the declaration is refused with the usage."""
        self.assertIn("'names' is missing", self.refused("typed", 1, 2.0))
        self.assertIn("at most 4", self.refused("typed", 1, 2.0, [], None, 5))
        self.assertIn("no argument 'color'", self.refused("typed", 1, 2.0, [], color=1))
        self.assertIn("given twice", self.refused("typed", 1, 2.0, [], count=1))
        self.assertIn("at most 0", self.refused("keyword", True))
        self.assertTrue(self.ada.call("keyword", loud=True))

    def test_not_finite(self) -> None:
        """NaN and infinity are refused, also deep inside and where any type goes."""
        for bad in (float("nan"), float("inf"), -float("inf")):
            self.refused("typed", 1, bad, [])
            self.refused("anything", {"a": [bad]})

    def test_too_large(self) -> None:
        """Text, numbers, counts and nesting beyond the limits are refused."""
        deep: list[Any] = []
        for _ in range(20):
            deep = [deep]
        for bad in ("x" * 32769, 2**63, [0] * 4097, deep):
            self.refused("anything", bad)
        self.assertEqual(self.ada.call("anything", 2**63 - 1), repr(2**63 - 1))

    def test_not_plain(self) -> None:
        """References and copies of objects are refused."""
        self.refused("anything", pb.Referenceable())
        self.refused("anything", [self.ada._perspective])

    def test_circular(self) -> None:
        """A list that holds itself is refused."""
        circular: list[Any] = []
        circular.append(circular)
        self.refused("anything", circular)

    def test_commands(self) -> None:
        """A client can ask what it may call, with types and a line of help."""
        commands = {one["name"]: one for one in self.ada.call("gameserver.commands")}
        self.assertEqual(commands["plain"]["summary"], "Give a plain value.")
        names = {"name": "names", "type": "list[str]", "optional": False}
        self.assertIn(names, commands["typed"]["parameters"])
