"""Logins and logouts, ended at every step; avatars shared, limited and refused."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import Interface

from gameserver import Avatar, Client, GameError
from gameserver.interfaces import Realm
from gameserver.server.arrival import Arrival
from gameserver.testing import World


class Counted(Avatar):
    """Notes each hook; ``waits`` makes ``attached`` or ``created`` hang."""

    log: ClassVar[list[tuple[str, int]]]
    waits: ClassVar[dict[str, Deferred[None]]]
    raises: ClassVar[set[str]]

    def created(self) -> Any:
        return self._act("created", 0)

    def attached(self, client: Client) -> Any:
        return self._act("attached", client.id)

    def detached(self, client: Client) -> Any:
        return self._act("detached", client.id)

    def perspective_ping(self) -> str:
        return "pong"

    def _act(self, hook: str, number: int) -> Any:
        self.log.append((hook, number))
        if hook in self.raises:
            raise ValueError(f"{hook} was told to raise")
        return self.waits.get(hook)


def counted(base: type[Avatar] = Counted, **options: Any) -> Any:
    """Give a fresh avatar class whose hooks are noted."""
    fresh = {"log": [], "waits": {}, "raises": set()}
    return type("Player", (base,), {**fresh, **options})


class LoginTests(SynchronousTestCase):
    """Whatever happens and whenever: one ``detached`` for each ``attached``."""

    def world(self, **options: Any) -> World:
        self.player = counted(**options)
        return World(self.player)

    def hooks(self, name: str) -> int:
        return sum(1 for hook, _ in self.player.log if hook == name)

    def assert_balanced(self, world: World, times: int) -> None:
        """Each attached client was detached once, and none is left in a set."""
        attached = [number for hook, number in self.player.log if hook == "attached"]
        detached = [number for hook, number in self.player.log if hook == "detached"]
        self.assertEqual(sorted(attached), sorted(detached))
        self.assertEqual(len(attached), times)
        self.assertEqual(
            [len(one.clients) for one in world.game.roster if one.clients], []
        )
        self.assertEqual(world.game.factory.connections, set())

    def test_logs_in_and_out(self) -> None:
        """A login attaches once; the end of the connection detaches once."""
        world = self.world()
        ada = world.login("ada")
        self.assertEqual(len(world.avatar("ada").clients), 1)
        ada.close()
        self.assert_balanced(world, 1)

    def test_two_windows_share_one_avatar(self) -> None:
        """All connections of one account share one avatar."""
        world = self.world()
        first, second = world.login("ada"), world.login("ada")
        self.assertEqual(len(world.avatar("ada").clients), 2)
        self.assertEqual(self.hooks("created"), 1)
        first.close()
        self.assertEqual(second.call("ping"), "pong")
        second.close()
        self.assert_balanced(world, 2)

    def test_connection_ends_before_the_answer_to_the_challenge(self) -> None:
        """A connection that ends before the checker is asked leaves nothing."""
        world = self.world()
        pipe = world.connect("ada")
        pipe.close()
        self.assert_balanced(world, 0)

    def test_connection_ends_during_the_checker(self) -> None:
        """A connection that ends while the checker is at work attaches nobody."""
        world = self.world()
        world.login("ada").close()
        self.player.log.clear()
        checking = hold(world.store.accounts, "get")
        window, entering = world.start_login("ada")
        window.close()
        checking.callback(None)
        self.failureResultOf(entering)
        self.assert_balanced(world, 0)

    def test_connection_ends_during_the_load(self) -> None:
        """A connection that ends while the avatar is loaded attaches nobody."""
        world = self.world()
        loading = hold(world.store.snapshots, "load")
        window, entering = world.start_login("ada")
        window.close()
        loading.callback(None)
        self.failureResultOf(entering)
        self.assert_balanced(world, 0)
        self.assertEqual(self.hooks("created"), 1)

    def test_connection_ends_during_created(self) -> None:
        """A connection that ends while ``created`` waits attaches nobody."""
        world = self.world()
        self.player.waits["created"] = waiting = Deferred()
        window, entering = world.start_login("ada")
        window.close()
        waiting.callback(None)
        self.failureResultOf(entering)
        self.assert_balanced(world, 0)

    def test_connection_ends_during_attached(self) -> None:
        """``detached`` waits for an ``attached`` that is still at work."""
        world = self.world()
        self.player.waits["attached"] = waiting = Deferred()
        window, entering = world.start_login("ada")
        window.close()
        self.assertEqual(self.hooks("detached"), 0)
        self.assertEqual(len(world.avatar("ada").clients), 0)
        waiting.callback(None)
        self.failureResultOf(entering)
        self.assert_balanced(world, 1)

    def test_attached_closes_its_own_client(self) -> None:
        """A client closed by ``attached`` itself is detached once."""

        class Unwelcoming(Counted):
            def attached(self, client: Client) -> None:
                super().attached(client)
                client.close("goodbye", "we are closed today")

        self.player = counted(Unwelcoming)
        world = World(self.player)
        window, entering = world.start_login("ada")
        self.failureResultOf(entering)
        self.assertIn(("closing", "goodbye", "we are closed today"), window.heard)
        self.assertFalse(window.is_open)
        self.assert_balanced(world, 1)

    def test_attached_raises(self) -> None:
        """An ``attached`` that raises refuses the login, and ``detached`` follows."""
        world = self.world()
        self.player.raises.add("attached")
        window, entering = world.start_login("ada")
        error = self.failureResultOf(entering, GameError).value
        self.assertEqual(error.code, "internal-error")
        self.assertEqual(self.hooks("detached"), 1)
        window.close()
        self.assert_balanced(world, 1)
        self.assertEqual(len(world.flush_errors()), 1)

    def test_detached_raises(self) -> None:
        """A ``detached`` that raises is logged; the client is gone all the same."""
        world = self.world()
        self.player.raises.add("detached")
        world.login("ada").close()
        self.assert_balanced(world, 1)
        self.assertEqual(len(world.flush_errors()), 1)

    def test_logout_called_twice(self) -> None:
        """The second logout does nothing."""
        world = self.world()
        arrival = Arrival(None, Line())
        entering = world.game.realm.requestAvatar(b"ada", arrival, pb.IPerspective)
        _, _, logout = self.successResultOf(entering)
        logout()
        logout()
        self.assert_balanced(world, 1)

    def test_logged_in_twice_on_one_connection(self) -> None:
        """Two logins on one connection are two clients; both end with it."""
        world = self.world()
        window = world.login("ada")
        world.login_again(window, "ada")
        self.assertEqual(len(world.avatar("ada").clients), 2)
        window.close()
        self.assert_balanced(world, 2)

    def test_two_logins_during_the_load_load_once(self) -> None:
        """Two logins during a load cause one load and share its avatar."""
        world = self.world()
        loading = hold(world.store.snapshots, "load")
        (_, first), (_, second) = world.start_login("ada"), world.start_login("ada")
        self.assertNoResult(first)
        loading.callback(None)
        world.settle()
        self.successResultOf(first)
        self.successResultOf(second)
        self.assertEqual(self.hooks("created"), 1)
        self.assertEqual(len(world.avatar("ada").clients), 2)

    def test_load_fails_for_all_who_wait(self) -> None:
        """A load that fails refuses every login that waits for it, and is forgotten."""
        world = self.world()
        loading = hold(world.store.snapshots, "load")
        logins = [world.start_login("ada")[1] for _ in range(2)]
        loading.errback(OSError("the disk is gone"))
        world.settle()
        for entering in logins:
            self.assertEqual(
                self.failureResultOf(entering, GameError).value.code, "internal-error"
            )
        self.assertEqual(len(world.flush_errors()), 2)
        world.login("ada")

    def test_created_raises(self) -> None:
        """A ``created`` that raises leaves no avatar; the next login tries again."""
        world = self.world()
        self.player.raises.add("created")
        self.failureResultOf(world.start_login("ada")[1], GameError)
        self.assertIsNone(world.game.realm.get("ada"))
        self.player.raises.clear()
        world.login("ada")
        self.assertEqual(self.hooks("created"), 2)
        world.flush_errors()

    def test_call_after_logout_is_refused(self) -> None:
        """A perspective whose client was logged out answers with a code."""
        world = self.world()
        ada = world.login("ada")
        (client,) = world.avatar("ada").clients
        client.on_close()
        with self.assertRaises(GameError) as caught:
            ada.call("ping")
        self.assertEqual(caught.exception.code, "logged-out")

    def test_refuses_other_interfaces(self) -> None:
        """``requestAvatar`` refuses interfaces it does not serve."""

        class IOther(Interface):
            """Something else."""

        with self.assertRaises(NotImplementedError):
            self.world().game.realm.requestAvatar(b"ada", Arrival(None, Line()), IOther)


class FullTests(SynchronousTestCase):
    """``max_clients`` and ``when_full``."""

    def test_refuse(self) -> None:
        """One client more than allowed is refused with a code; the others stay."""
        world = World(counted(max_clients=1))
        ada = world.login("ada")
        with self.assertRaises(GameError) as caught:
            world.login("ada")
        self.assertEqual(caught.exception.code, "full")
        self.assertEqual(ada.call("ping"), "pong")

    def test_room_again(self) -> None:
        """A client that left makes room."""
        world = World(counted(max_clients=1))
        world.login("ada").close()
        self.assertEqual(world.login("ada").call("ping"), "pong")

    def test_replace_oldest(self) -> None:
        """The oldest client is told why, detached, and closed."""
        player = counted(max_clients=2, when_full="replace_oldest")
        world = World(player)
        oldest, older, newest = (world.login("ada") for _ in range(3))
        self.assertEqual(oldest.heard[-1][:2], ("closing", "replaced"))
        self.assertFalse(oldest.is_open)
        self.assertEqual([older.call("ping"), newest.call("ping")], ["pong", "pong"])
        self.assertEqual([hook for hook, _ in player.log].count("detached"), 1)

    def test_replace_on_one_connection(self) -> None:
        """Who replaces a client of the same connection keeps that connection."""
        world = World(counted(max_clients=1, when_full="replace_oldest"))
        window = world.login("ada")
        world.login_again(window, "ada")
        self.assertTrue(window.is_open)
        self.assertEqual(window.call("ping"), "pong")

    def test_limit_counts_who_is_attaching(self) -> None:
        """Two logins at once cannot both take the last place."""
        player = counted(max_clients=1)
        world = World(player)
        player.waits["attached"] = waiting = Deferred()
        _, first = world.start_login("ada")
        _, second = world.start_login("ada")
        self.assertEqual(self.failureResultOf(second, GameError).value.code, "full")
        waiting.callback(None)
        world.settle()
        self.successResultOf(first)


class WorldTests(SynchronousTestCase):
    """The realm as authors see it."""

    def test_find_loads(self) -> None:
        """``find`` loads an avatar nobody is logged in to; ``get`` does not."""
        world = World(counted())
        world.login("ada").close()
        world.restart()
        realm: Realm = world.game.realm
        self.assertIsNone(realm.get("ada"))
        found = self.successResultOf(Deferred.fromCoroutine(realm.find("ADA")))
        self.assertEqual(found.name, "ada")
        self.assertIs(realm.get("Ada"), found)

    def test_find_unknown(self) -> None:
        """``find`` of a name without an account is a coded error."""
        world = World(counted())
        finding = Deferred.fromCoroutine(world.game.realm.find("nobody"))
        self.assertEqual(
            self.failureResultOf(finding, GameError).value.code, "not-found"
        )

    def test_online(self) -> None:
        """``online`` holds who has a client, by name."""
        world = World(counted())
        bob, _, cy = world.login("bob"), world.login("ada"), world.login("cy")
        cy.close()
        self.assertEqual([one.name for one in world.game.realm.online], ["ada", "bob"])
        bob.close()
        self.assertEqual([one.name for one in world.game.realm.online], ["ada"])

    def test_unknown_service(self) -> None:
        """A wrong service name is the author's error and names those there are."""
        with self.assertRaisesRegex(LookupError, "'weather'; there are: none"):
            World(counted()).game.realm.service("weather")


class Line:
    """A connection that stands."""

    address = "here"
    is_secure = True
    is_lost = False

    def disconnect(self) -> None:
        """Stay."""

    def notifyOnDisconnect(self, notifier: Any) -> None:
        """Never end."""

    def dontNotifyOnDisconnect(self, notifier: Any) -> None:
        """Never end."""


def hold(part: object, method: str) -> Deferred[None]:
    """Have the next call of a store's method wait; gives what lets it go on."""
    gate: Deferred[None] = Deferred()
    real = getattr(part, method)

    def held(*args: Any) -> Any:
        setattr(part, method, real)
        return gate.addCallback(lambda _: real(*args))

    setattr(part, method, held)
    return gate
