"""Sessions over a real broker: calls applied once, events in order, places kept."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from gameserver.errors import StoreError
from gameserver.server.backlog import EVENTS
from gameserver.server.session_rules import AT_WORK
from tests.server.session_case import GRACE, Player, SessionCase
from tests.server.test_realm import hold

DAY = 86_400.0  # seconds


class CallTests(SessionCase):
    """What becomes of a number that comes again."""

    def test_once(self) -> None:
        """A number that comes again gets the same answer, and is not applied again."""
        ada, token = self.opened()
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        ada.close()
        ada = self.resumed(token)
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        self.assertEqual(self.ask(ada, 2, "earn", 5), 10)

    def test_error(self) -> None:
        """An error is an answer like others."""
        ada, _ = self.opened()
        self.assertEqual(self.refused(ada, 1, "spoil"), "spoilt")
        self.assertEqual(self.refused(ada, 1, "spoil"), "spoilt")
        self.assertEqual(self.gold, -1)

    def test_at_work(self) -> None:
        """The answer of a call that is at work goes to whoever asks for it again."""
        ada, token = self.opened()
        first = self.begin(ada, 1, "dig")
        ada.close()
        again = self.begin(self.resumed(token), 1, "dig")
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(again), 2)
        self.failureResultOf(first)

    def test_at_work_over_a_login(self) -> None:
        """A call at work is known even if its player was logged out meanwhile."""
        ada, token = self.opened()
        self.begin(ada, 1, "dig").addErrback(lambda _: None)
        ada.close()
        self.world.advance(GRACE)
        again = self.begin(self.resumed(token), 1, "dig")
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(again), 2)

    def test_after_a_restart(self) -> None:
        """The answer of a call that changed something outlives the server."""
        ada, token = self.opened()
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        self.assertEqual(self.refused(ada, 2, "spoil"), "spoilt")
        self.world.restart()
        ada = self.resumed(token)
        self.assertTrue(self.answer["resumed"])
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        self.assertEqual(self.refused(ada, 2, "spoil"), "spoilt")
        self.assertEqual(self.gold, 4)

    def test_same_batch(self) -> None:
        """The answer is in one batch with the change."""
        batches = self.batches()
        ada, _ = self.opened()
        del batches[:]
        self.ask(ada, 1, "earn", 5)
        ((one,),) = [batch.answers for batch in batches]
        self.assertEqual((len(batches[0].snapshots), one.number), (1, 1))
        self.ask(ada, 2, "look")
        self.assertEqual(len(batches), 1)

    def batches(self) -> list[Any]:
        given: list[Any] = []
        real = self.world.store.commit

        def commit(batch: Any) -> Any:
            given.append(batch)
            return real(batch)

        self.patch(self.world.store, "commit", commit)
        return given

    def test_killed_in_between(self) -> None:
        """A call that had changed something when the server died is interrupted."""
        ada, token = self.opened()
        self.begin(ada, 1, "dig").addErrback(lambda _: None)
        self.killed()
        ada = self.resumed(token)
        self.assertEqual(self.refused(ada, 1, "dig"), "interrupted")
        self.assertEqual(self.gold, 1)

    def test_killed_unseen(self) -> None:
        """So is one that gave a Deferred: nobody knows what that did meanwhile."""
        ada, token = self.opened()
        self.begin(ada, 1, "later").addErrback(lambda _: None)
        self.killed()
        ada = self.resumed(token)
        self.assertEqual(self.refused(ada, 1, "later"), "interrupted")

    def test_killed_before_a_change(self) -> None:
        """A call that had changed nothing is carried out by the next server."""
        ada, token = self.opened()
        self.begin(ada, 1, "wait").addErrback(lambda _: None)
        self.killed()
        Player.wait.callback(None)
        self.assertEqual(self.ask(self.resumed(token), 1, "wait"), "waited")

    def killed(self) -> None:
        """Start again on what the store has, without a stop."""
        self.world.game = self.world._started()  # a stop would save

    def test_last_turn(self) -> None:
        """A call of several turns has its answer in the batch of the last."""
        batches = self.batches()
        ada, _ = self.opened()
        del batches[:]
        dug = self.begin(ada, 1, "dig")
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(dug), 2)
        bodies = [[one.body for one in batch.answers] for batch in batches]
        self.assertEqual(bodies[0], [b""])
        self.assertEqual([len(each) for each in bodies], [1, 1])
        self.assertNotEqual(bodies[1], [b""])

    def test_saved_soon(self) -> None:
        """An answer that does not wait for the disk is stored with its change, too."""
        batches = self.batches()
        ada, token = self.opened()
        del batches[:]
        saving = hold(self.world.store, "commit")
        self.assertEqual(self.ask(ada, 1, "step"), 1)
        saving.callback(None)
        self.assertEqual([len(batch.answers) for batch in batches], [1])
        self.world.restart()
        self.assertEqual(self.ask(self.resumed(token), 1, "step"), 1)

    def test_not_saved_in_part(self) -> None:
        """A call that was saved in part is not carried out again."""
        ada, _ = self.opened()
        dug = self.begin(ada, 1, "dig")
        saving = hold(self.world.store, "commit")
        Player.wait.callback(None)
        self.world.settle()
        saving.errback(StoreError("the disk is full"))
        self.world.settle()
        self.flushLoggedErrors(StoreError)
        self.assertEqual(self.failureResultOf(dug).value.code, "not-saved")
        self.assertEqual(self.refused(ada, 1, "dig"), "not-saved")
        self.assertEqual(self.gold, 1)

    def test_not_saved_midway(self) -> None:
        """Nor is one whose later part was refused before it ended."""
        ada, _ = self.opened()
        dug = self.begin(ada, 1, "dig_deep")
        saving = hold(self.world.store, "commit")
        Player.waits[0].callback(None)
        self.world.settle()
        saving.errback(StoreError("the disk is full"))
        self.world.settle()
        self.flushLoggedErrors(StoreError)
        for wait in Player.waits[1:]:
            wait.callback(None)
            self.world.settle()
        self.assertEqual(self.failureResultOf(dug).value.code, "not-saved")
        self.assertEqual(self.refused(ada, 1, "dig_deep"), "not-saved")

    def test_not_saved(self) -> None:
        """A call that could not be saved is carried out when it comes again."""
        ada, _ = self.opened()
        saving = hold(self.world.store, "commit")
        earned = self.begin(ada, 1, "earn", 5)
        saving.errback(StoreError("the disk is full"))
        self.world.settle()
        self.flushLoggedErrors(StoreError)
        self.assertEqual(self.failureResultOf(earned).value.code, "not-saved")
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)

    def test_forgotten(self) -> None:
        """A number that is too old is refused, and not applied."""
        ada, _ = self.opened()
        for number in range(1, 130):
            self.ask(ada, number, "look")
        self.assertEqual(self.refused(ada, 1, "earn", 5), "forgotten")
        self.assertEqual(self.ask(ada, 2, "look"), 0)

    def test_busy(self) -> None:
        """More calls at work than allowed are refused, and may be tried again."""
        ada, _ = self.opened()
        work = [self.begin(ada, 1 + number, "wait") for number in range(AT_WORK)]
        self.assertEqual(self.refused(ada, 99, "look"), "busy")
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual({self.successResultOf(one) for one in work}, {"waited"})
        self.assertEqual(self.ask(ada, 99, "look"), 0)

    def test_overtaken(self) -> None:
        """A call that takes long keeps nobody waiting, and nobody's answer out."""
        ada, token = self.opened()
        dug = self.begin(ada, 1, "dig")
        for number in range(2, 129):
            self.ask(ada, number, "look")
        self.assertEqual(self.ask(ada, 129, "earn", 5), 6)
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(dug), 7)
        self.world.restart()
        ada = self.resumed(token)
        self.assertEqual(self.ask(ada, 129, "earn", 5), 6)
        self.assertEqual(self.refused(ada, 1, "dig"), "forgotten")

    def test_large(self) -> None:
        """An answer that is too large to be kept is given once."""
        ada, _ = self.opened()
        self.assertEqual(len(self.ask(ada, 1, "show", 70_000)), 70_000)
        self.assertEqual(self.refused(ada, 1, "show", 70_000), "forgotten")

    def test_not_plain(self) -> None:
        """An answer that cannot be sent again is an incident."""
        ada, _ = self.opened()
        self.assertEqual(self.refused(ada, 1, "stir"), "internal-error")
        self.assertEqual(len(self.world.flush_errors()), 1)

    def test_no_session(self) -> None:
        """A numbered call of a login without a session is refused."""
        self.assertEqual(self.refused(self.entered(), 1, "look"), "bad-arguments")

    def test_no_number(self) -> None:
        """What is no number and name is refused."""
        ada, _ = self.opened()
        for wrong in ((0, "look"), ("1", "look"), (1, 2), (1,), (2**60, "look")):
            begun = ada.start("gameserver.call", *wrong)
            self.assertEqual(self.failureResultOf(begun).value.code, "bad-arguments")

    def test_unknown(self) -> None:
        """A name that is no call is refused, a core call's too; commands are told."""
        ada, _ = self.opened()
        self.assertEqual(self.refused(ada, 1, "fly"), "no-such-call")
        self.assertEqual(self.refused(ada, 2, "gameserver.bye"), "no-such-call")
        self.assertIn("earn", str(self.ask(ada, 3, "gameserver.commands")))


class PlaceTests(SessionCase):
    """The login of a session outlives its connection."""

    def test_back_in_time(self) -> None:
        """A client that comes back in time was never away: the same client."""
        ada, token = self.opened()
        (before,) = self.world.avatar("ada").clients
        ada.close()
        self.world.advance(GRACE - 1)
        self.resumed(token)
        self.world.advance(GRACE)
        self.assertEqual(list(self.world.avatar("ada").clients), [before])
        self.assertEqual(self.hooks, ["attached"])

    def test_too_late(self) -> None:
        """A client that does not come back in time is detached, and may come later."""
        ada, token = self.opened()
        self.ask(ada, 1, "earn", 5)
        ada.close()
        self.world.advance(GRACE)
        self.assertEqual(self.hooks, ["attached", "detached"])
        ada = self.resumed(token)
        self.assertTrue(self.answer["resumed"])
        self.assertEqual(self.hooks, ["attached", "detached", "attached"])
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)

    def test_takes_over(self) -> None:
        """The owner takes over from a connection that is dead but not yet noticed."""
        old, token = self.opened()
        ada = self.resumed(token)
        self.assertFalse(old.is_open)
        self.assertEqual(self.ask(ada, 1, "look"), 0)
        self.assertEqual(self.hooks, ["attached"])
        self.world.advance(2 * GRACE)
        self.assertEqual(self.ask(ada, 2, "look"), 0)

    def test_takes_over_in_a_full_house(self) -> None:
        """Taking over needs no room: it is no login to the game."""
        self.patch(Player, "max_clients", 1)
        self.patch(Player, "when_full", "refuse")
        _, token = self.opened()
        self.assertEqual(self.ask(self.resumed(token), 1, "look"), 0)

    def test_room_of_one_who_is_away(self) -> None:
        """One whose connection has ended makes room for the same player."""
        self.patch(Player, "max_clients", 1)
        self.patch(Player, "when_full", "refuse")
        ada, _ = self.opened()
        ada.close()
        self.world.login("ada")
        self.assertEqual(self.hooks, ["attached", "detached", "attached"])

    def test_takes_over_unannounced(self) -> None:
        """Who says only after the login which session it is takes over, too."""
        old, token = self.opened()
        ada = self.entered()
        self.assertTrue(ada.call("gameserver.session", token, 0)["resumed"])
        self.world.settle()
        self.assertFalse(old.is_open)
        self.assertEqual(self.hooks, ["attached", "attached", "detached"])

    def test_wrong_secret(self) -> None:
        """Without the secret nobody gets a session; the login is an ordinary one."""
        old, token = self.opened()
        id_, _, life = token.split(":")
        self.resumed(f"{id_}:{'0' * 64}:{life}")
        self.assertFalse(self.answer["resumed"])
        self.assertTrue(old.is_open)
        self.assertEqual(len(self.world.avatar("ada").clients), 2)

    def test_another_account(self) -> None:
        """The secret is of no use to another account."""
        old, token = self.opened()
        self.resumed(token, name="bob")
        self.assertFalse(self.answer["resumed"])
        self.assertTrue(old.is_open)

    def test_nonsense(self) -> None:
        """What is no token opens a new session; what is no text is refused."""
        ada = self.entered()
        self.assertFalse(ada.call("gameserver.session", "x" * 999, 0)["resumed"])
        for wrong in ((7, 0), ("", "x"), (), ("",)):
            begun = self.entered().start("gameserver.session", *wrong)
            self.assertEqual(self.failureResultOf(begun).value.code, "bad-arguments")

    def test_bye(self) -> None:
        """Who says goodbye is detached at once, and the session is gone."""
        ada, token = self.opened()
        ada.call("gameserver.bye")
        self.assertEqual(self.hooks, ["attached", "detached"])
        ada.close()
        self.resumed(token)
        self.assertFalse(self.answer["resumed"])

    def test_one_each(self) -> None:
        """A login has one session; another is refused, and leaves nothing behind."""
        ada, token = self.opened()
        _, other = self.opened("bob")
        for wrong in ("", other):
            begun = ada.start("gameserver.session", wrong, 0)
            self.assertEqual(self.failureResultOf(begun).value.code, "bad-arguments")
        ids: Any = self.successResultOf(self.world.store.sessions.ids_before(2e9))
        self.assertEqual(len(ids), 2)
        self.assertTrue(ada.call("gameserver.session", token, 0)["resumed"])

    def test_closed_by_the_server(self) -> None:
        """Whom the server closes is detached at once."""
        self.opened()
        (client,) = self.world.avatar("ada").clients
        client.close("goodbye", "Farewell.")
        self.world.settle()
        self.assertEqual(self.hooks, ["attached", "detached"])

    def test_stop_in_grace(self) -> None:
        """A server that stops detaches those who are away; nothing is left to run."""
        ada, _ = self.opened()
        ada.close()
        self.world.close()
        self.assertEqual(self.hooks_stored(), ["attached", "detached"])
        self.assertEqual(self.world.clock.getDelayedCalls(), [])

    def hooks_stored(self) -> list[str]:
        stored: Any = self.successResultOf(
            self.world.store.snapshots.load("avatar", "ada")
        )
        return [word for word in ("attached", "detached") if word in str(stored.state)]

    def test_tidy(self) -> None:
        """A session that is a day old goes when its client is away for an hour."""
        self.world.game.sessions.start()
        ada, token = self.opened()
        bea, other = self.opened("bea")
        self.world.advance(DAY)
        ada.close()
        self.world.advance(3 * 3600)
        self.resumed(token)
        self.assertFalse(self.answer["resumed"])
        bea.close()
        self.resumed(other, name="bea")
        self.assertTrue(self.answer["resumed"])


class EventTests(SessionCase):
    """Events are counted by both sides, and those that were missed are told."""

    def test_missed(self) -> None:
        """What was not heard is told in order, before anything new."""
        ada, token = self.opened()
        for text in ("one", "two"):
            self.ask(ada, {"one": 1, "two": 2}[text], "tell", text)
        ada.close()
        for text in ("three", "four"):
            self.world.avatar("ada").clients.notify("told", text)
        ada = self.resumed(token, heard=1)
        self.world.avatar("ada").clients.notify("told", "five")
        self.world.settle()
        texts = [text for _, text in ada.heard]
        self.assertEqual(texts, ["two", "three", "four", "five"])
        self.assertEqual(self.answer["heard"], 4)

    def test_dropped(self) -> None:
        """When too many were missed, a mark comes first and says how many are gone."""
        ada, token = self.opened()
        ada.close()
        for number in range(EVENTS + 3):
            self.world.avatar("ada").clients.notify("told", number)
        ada = self.resumed(token)
        self.assertEqual(ada.heard[0], ("gameserver.dropped", 3))
        self.assertEqual(ada.heard[1], ("told", 3))
        self.assertEqual(len(ada.heard), 1 + EVENTS)

    def test_mark_after_a_restart(self) -> None:
        """A new server does not know what was missed, and says so."""
        ada, token = self.opened()
        self.ask(ada, 1, "tell", "one")
        self.world.restart()
        ada = self.resumed(token, heard=1)
        self.assertEqual(ada.heard, [("welcome", "ada"), ("gameserver.dropped", 0)])
        self.assertEqual(self.answer["heard"], 0)

    def test_mark_after_a_login(self) -> None:
        """Nor does a server that has logged the client out meanwhile."""
        ada, token = self.opened()
        ada.close()
        self.world.advance(GRACE)
        ada = self.resumed(token)
        self.assertIn(("gameserver.dropped", 0), ada.heard)

    def test_silent_until_it_asks(self) -> None:
        """Nothing new is told over a new connection before what was missed."""
        _, token = self.opened()
        ada = self.entered(token)
        self.world.avatar("ada").clients.notify("told", "early")
        self.world.settle()
        self.assertEqual(ada.heard, [])
        ada.call("gameserver.session", token, 0)
        self.assertEqual(ada.heard, [("told", "early")])

    def test_wrong_count(self) -> None:
        """A client that has heard more than was told is refused."""
        _, token = self.opened()
        begun = self.entered(token).start("gameserver.session", token, 7)
        self.assertEqual(self.failureResultOf(begun).value.code, "bad-arguments")

    def test_asked_events_do_not_count(self) -> None:
        """What the server asks is no notification: it is asked once or fails."""
        ada, token = self.opened()
        ada.answer("age", lambda: 7)
        (client,) = self.world.avatar("ada").clients
        asked: Deferred[Any] = client.call("age")
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 7)
        self.resumed(token)
        self.assertEqual(self.answer["heard"], 0)

    def test_stock_clients(self) -> None:
        """A stock client has no session: it is detached at once, and hears at once."""
        bob = self.world.login("ada")
        self.assertEqual(bob.heard, [("welcome", "ada")])
        bob.close()
        self.assertEqual(self.hooks, ["attached", "detached"])
