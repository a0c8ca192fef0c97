"""What the three ways of a call have in common at the edges of a connection."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.arguments import Limits
from gameserver.server.game import Rules
from tests.server import ways
from tests.server.ways import FREE, WAYS, Play, Player

HOOKS: dict[str, Any] = {}


class Sly(dict[str, int]):
    """Looks at another avatar when it is compared."""

    __hash__ = None  # type: ignore[assignment]

    def __ne__(self, other: object) -> bool:
        HOOKS.get("compared", int)()
        return dict.__ne__(self, other)


class Edgy(Player):
    thing: Any

    def created(self) -> None:
        super().created()
        self.thing = Sly(a=1)

    def perspective_two(self, a: int, b: int) -> int:
        return a + b

    def perspective_do(self, what: str) -> Any:
        return HOOKS[what]()


class EdgeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.patch(ways, "Player", Edgy)
        self.addCleanup(HOOKS.clear)

    def alike(self, act: Any, rules: Rules = FREE) -> None:
        seen = {}
        for way in WAYS:
            play = Play(way, rules)
            try:
                act(play)
                play.turn()
            finally:
                play.end()
            seen[way] = play.seen
        for way in WAYS:
            self.assertEqual(seen[way], seen["whole"], way)

    def test_items(self) -> None:
        """More arguments than ``max_items`` are refused."""
        rules = Rules(limits=Limits(max_items=1))
        calls = [("two", (1, 2)), ("greet", ("x",))]

        def act(play: Play) -> None:
            play.receive(play.written(calls, is_answered=True))
            self.assertIn("bad-arguments", repr(play.seen))

        self.alike(act, rules)

    def test_look(self) -> None:
        """What an author's class touches while it is compared is nobody's."""

        def act(play: Play) -> None:
            play.world.login("bob")
            bob = play.world.avatar("bob")
            HOOKS["compared"] = lambda: bob.bag
            play.receive(
                play.written([("earn", (1,)), ("earn", (2,))], is_answered=True)
            )

        self.alike(act)

    def test_login_after_close(self) -> None:
        """A login that ends on a closing connection has nothing carried out."""

        def act(play: Play) -> None:
            HOOKS["close"] = play.broker.disconnect
            calls = [("do", ("close",)), *[("earn", (1,))] * 150]
            play.receive(play.written(calls, is_answered=True))
            play.broker.logged_in(play.broker.limits)
            play.turn()

        self.alike(act)

    def test_unreadable_class(self) -> None:
        """Calls on a class whose methods cannot be read fail, and no more."""

        def forget() -> None:
            for name in Edgy.__memos__:
                if name in vars(Edgy):
                    delattr(Edgy, name)

        def act(play: Play) -> None:
            Edgy.perspective_bad = staticmethod(int)  # type: ignore[attr-defined]
            forget()
            try:
                play.receive(play.written([("greet", ("x",))], is_answered=True))
            finally:
                del Edgy.perspective_bad  # type: ignore[attr-defined]
                forget()

        self.alike(act)

    def test_lost(self) -> None:
        """Nothing is sent after the connection is lost amid a call."""

        def act(play: Play) -> None:
            HOOKS["lose"] = play.broker.connectionLost
            play.receive(play.written([("do", ("lose",))], is_answered=True))

        self.alike(act)

    def test_batch_in_batch(self) -> None:
        """Answers keep their order when a message has brought a batch of its own."""

        def end() -> None:
            raise KeyboardInterrupt

        def act(play: Play) -> None:
            def nest() -> str:
                try:
                    play.broker.dataReceived(b"")
                except KeyboardInterrupt:
                    return "nested"
                return ""

            HOOKS.update(nest=nest, end=end)
            calls = [
                ("do", ("nest",)),
                ("do", ("end",)),
                ("greet", ("a",)),
                ("twice", ()),
            ]
            play.receive(play.written(calls, is_answered=True))

        self.alike(act)

    def test_held_between_turns(self) -> None:
        """A peer that has stopped between two turns has nothing carried out."""
        play = Play("whole", FREE)
        self.addCleanup(play.end)
        play.receive(play.written([("greet", ("x",))] * 150, is_answered=True))
        before = play.world.game.calls.carried_out
        play.broker.outflow.pauseProducing()
        play.broker.next_turn()
        self.assertEqual(play.world.game.calls.carried_out, before)
