"""Every admin verb is authorised, checked and recorded."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.admin.api import Actor, Admin, Verbs, needs
from gameserver.admin.world import LiveAccountVerbs, WorldVerbs
from gameserver.errors import GameError
from gameserver.model.roles import Role
from gameserver.testing import World
from tests.server.test_realm import hold

ROOT = Actor("root", Role.ADMIN, "local")
BUILDER = Actor("bea", Role.BUILDER, "127.0.0.1:5")
PLAYER = Actor("pat", Role.PLAYER, "127.0.0.1:6")


class Player(Avatar):
    """Somebody with belongings."""

    gold: int = 0

    def perspective_wait(self) -> Any:
        return Deferred()


class AdminTests(SynchronousTestCase):
    """One world with an admin API."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.stops: list[bool] = []
        game, store = self.world.game, self.world.store
        groups = [
            WorldVerbs(game, self.world._now, lambda: self.stops.append(True)),
            LiveAccountVerbs(game, store),
        ]
        self.admin = Admin(groups, store, self.world._now)

    def do(self, actor: Actor, verb: str, *args: object, **kw: object) -> Any:
        working = self.admin.perform(actor, verb, args, kw)
        self.world.settle()
        return self.successResultOf(working)

    def refusal(self, actor: Actor, verb: str, *args: object, **kw: object) -> str:
        working = self.admin.perform(actor, verb, args, kw)
        return str(self.failureResultOf(working, GameError).value)

    def trail(self) -> list[tuple[str, str, str, str]]:
        entries = self.successResultOf(self.world.store.audit.newest(10))
        return [(one.who, one.verb, one.target, one.outcome) for one in entries]

    def test_who(self) -> None:
        """``who`` lists each client with address and since when."""
        self.world.login("ada")
        self.world.advance(5.0)
        self.world.login("ada")
        rows = self.do(BUILDER, "who")
        self.assertEqual([one["name"] for one in rows], ["ada", "ada"])
        self.assertEqual(rows[0]["address"], "127.0.0.1:50001")
        self.assertEqual(rows[1]["since"] - rows[0]["since"], 5.0)

    def test_kick(self) -> None:
        """``kick`` tells every client of a player why, and closes it."""
        windows = [self.world.login("ada") for _ in range(2)]
        bob = self.world.login("bob")
        self.assertEqual(self.do(ROOT, "kick", "ada", reason="be kind"), 2)
        for window in windows:
            self.assertEqual(window.heard[-1], ("closing", "kicked", "be kind"))
            self.assertFalse(window.is_open)
        self.assertTrue(bob.is_open)
        self.assertIn("not-found", self.refusal(ROOT, "kick", "ada"))

    def test_say(self) -> None:
        """``say`` reaches every client as a line."""
        ada, bob = self.world.login("ada"), self.world.login("bob")
        self.assertEqual(self.do(ROOT, "say", "tea at five"), 2)
        self.assertEqual(ada.told + bob.told, ["tea at five"] * 2)
        self.assertIn("bad-arguments", self.refusal(ROOT, "say", "  "))

    def test_stats(self) -> None:
        """``stats`` counts what there is."""
        ada = self.world.login("ada")
        ada.start("wait").addErrback(lambda _: None)
        self.world.advance(3.0)
        stats = self.do(BUILDER, "stats")
        expected = {"clients": 1, "avatars": 1, "calls": 1, "calls_at_work": 1}
        self.assertEqual({key: stats[key] for key in expected}, expected)
        self.assertEqual(stats["uptime"], 3.0)

    def test_stop(self) -> None:
        """``stop`` is answered before the server stops."""
        self.do(ROOT, "stop")
        self.assertEqual(self.stops, [])
        self.world.advance(0)
        self.assertEqual(self.stops, [True])

    def test_roles(self) -> None:
        """A verb beyond the role is refused, and the try is recorded."""
        self.assertIn("forbidden", self.refusal(PLAYER, "who"))
        self.assertIn("forbidden", self.refusal(BUILDER, "kick", name="ada"))
        self.assertIn("forbidden", self.refusal(PLAYER, "audit"))
        self.assertEqual(
            self.trail(),
            [
                ("pat", "audit", "", "refused: forbidden"),
                ("bea", "kick", "ada", "refused: forbidden"),
                ("pat", "who", "", "refused: forbidden"),
            ],
        )

    def test_only_verbs(self) -> None:
        """Only marked methods are verbs."""
        for name in ("verb", "_stop", "__init__", "fly", "groups", ""):
            self.assertIn("no-such-call", self.refusal(ROOT, name))

    def test_arguments_are_checked(self) -> None:
        """Arguments are checked like a player's."""
        self.assertIn("bad-arguments", self.refusal(ROOT, "kick"))
        self.assertIn("bad-arguments", self.refusal(ROOT, "kick", 5))
        self.assertIn("bad-arguments", self.refusal(ROOT, "kick", "a", color=1))

    def test_hostile_arguments(self) -> None:
        """What is recorded is short and printable, whatever was sent."""
        doubled: list[Any] = []
        for _ in range(64):
            doubled = [doubled, doubled]
        self.assertIn("forbidden", self.refusal(PLAYER, "kick", doubled))
        self.refusal(PLAYER, "\x1b]0;owned\x07" * 9, "\r\n\x1b[2J" + "x" * 99)
        (_, verb, target, _), (_, _, nobody, _) = self.trail()
        self.assertTrue((verb + target).isprintable())
        self.assertLessEqual(len(verb + target), 80)
        self.assertEqual(nobody, "")

    def test_names_are_recorded(self) -> None:
        """A list of names is recorded as one, short and printable."""

        class Group(Verbs):
            @needs(Role.ADMIN, "names")
            def take(self, names: list[str] | None = None) -> None:
                """Take them."""

        self.admin = Admin([Group()], self.world.store, self.world._now)
        self.do(ROOT, "take", ["a.b", "c"])
        self.do(ROOT, "take", ["\x1b" * 99] * 99)
        self.do(ROOT, "take", [])
        self.refusal(ROOT, "take", [1, ["x"]])
        targets = [target for _, _, target, _ in reversed(self.trail())]
        self.assertEqual(targets, ["a.b,c", "?" * 40, "", ""])

    def test_what_is_recorded(self) -> None:
        """The trail says what was granted, taken and told."""
        self.do(ROOT, "account_add", "ada", None, "builder")
        self.do(ROOT, "account_role", "ada", role="admin")
        self.do(ROOT, "account_token", "ada")
        self.do(ROOT, "account_token", "ada", revoke=True)
        self.refusal(ROOT, "account_token", revoke=True)
        self.do(ROOT, "say", "tea at five")
        self.do(ROOT, "audit", 5)
        self.assertEqual(
            [(verb, target) for _, verb, target, _ in reversed(self.trail())],
            [
                ("account_add", "ada builder"),
                ("account_role", "ada admin"),
                ("account_token", "ada"),
                ("account_token", "ada revoke"),
                ("account_token", "revoke"),
                ("say", "tea at five"),
                ("audit", ""),
            ],
        )

    def test_no_secret_is_recorded(self) -> None:
        """The audit trail names verb and target, never a secret."""
        self.do(ROOT, "account_add", name="ada", password=None)
        token = self.do(ROOT, "account_token", "ada")
        self.assertNotIn(token, repr(self.trail()))
        self.assertEqual(self.trail()[0], ("root", "account_token", "ada", "done"))
        self.assertNotIn("argon2", repr(self.do(ROOT, "accounts")))

    def test_remove(self) -> None:
        """A removed account loses its windows, its avatar and what was stored."""
        ada = self.world.login("ada")
        self.world.avatar("ada").gold = 100
        self.successResultOf(Deferred.fromCoroutine(self.world.game.turns.save()))
        self.do(ROOT, "account_remove", "ada")
        self.assertFalse(ada.is_open)
        self.assertIsNone(self.world.game.realm.get("ada"))
        self.world._tokens.clear()
        self.world.login("ada")
        self.assertEqual(self.world.avatar("ada").gold, 0)
        self.assertIn("not-found", self.refusal(ROOT, "account_remove", "nobody"))

    def remove_during(self, method: str) -> None:
        """Remove ada while the store is at work for her; nothing may be left."""
        store = self.world.store
        going_on = hold(store if method == "commit" else store.snapshots, method)
        if method == "load":
            window, entering = self.world.start_login("ada")
            entering.addErrback(lambda _: None)
        else:
            window = self.world.connect("ada")
            self.world.clock.advance(301.0)
        removing = self.admin.perform(ROOT, "account_remove", ["ada"], {})
        self.assertNoResult(removing)
        going_on.callback(None)
        self.world.settle()
        self.successResultOf(removing)
        self.assertFalse(window.is_open)
        self.assertIsNone(self.world.game.realm.get("ada"))
        stored = self.world.store.snapshots.load("avatar", "ada")
        self.assertIsNone(self.successResultOf(stored))

    def test_remove_during_a_login(self) -> None:
        """A login under way when the account is removed does not bring it back."""
        self.world.login("ada").close()
        self.world.advance(302.0)
        self.remove_during("load")

    def test_remove_during_the_last_save(self) -> None:
        """An avatar being saved when its account is removed is not stored again."""
        self.world.login("ada").close()
        vars(self.world.avatar("ada"))["gold"] = (
            77  # so that there is something to save
        )
        self.remove_during("commit")

    def test_account_verbs(self) -> None:
        """Accounts are made, changed and listed; wrong values are refused."""
        self.do(ROOT, "account_add", name="ada", role="builder")
        self.do(ROOT, "account_role", "ada", "admin")
        (shown,) = self.do(ROOT, "accounts")
        self.assertEqual((shown["name"], shown["role"]), ("ada", "admin"))
        self.assertFalse(shown["token"])
        self.do(ROOT, "account_token", "ada")
        self.assertTrue(self.do(ROOT, "accounts")[0]["token"])
        self.do(ROOT, "account_token", "ada", revoke=True)
        self.assertFalse(self.do(ROOT, "accounts")[0]["token"])
        self.assertIn("already-exists", self.refusal(ROOT, "account_add", name="ADA"))
        self.assertIn(
            "bad-arguments", self.refusal(ROOT, "account_role", "ada", "king")
        )
        self.assertIn("bad-arguments", self.refusal(ROOT, "account_add", name="a b"))
