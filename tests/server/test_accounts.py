"""Accounts made, changed and checked; refusals that tell nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from argon2 import PasswordHasher
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.logger import capturedLogs, formatEvent
from twisted.spread.pb import respond
from twisted.trial.unittest import TestCase

from gameserver.errors import (
    AlreadyExists,
    BadArguments,
    LoginRefused,
    NotFound,
)
from gameserver.model.roles import Role
from gameserver.server.accounts import Accounts
from gameserver.server.passwords import Passwords
from gameserver.server.tokens import Challenge, Sealer
from gameserver.store.memory import MemoryStore
from gameserver.store.sql import SqlStore

RIGHT, WRONG = "correct horse", "correct house"


class CountingHasher(PasswordHasher):
    """The real argon2 with cheap parameters, a count, and a gate that is open."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.verifications = 0
        self.gate = threading.Event()
        self.gate.set()

    def verify(self, stored, password):
        self.gate.wait(30)
        self.verifications += 1
        return super().verify(stored, password)


class CountingSealer(Sealer):
    """The real sealer, and a count of what it opened."""

    opened = 0

    def unseal(self, name, sealed):
        self.opened += 1
        return super().unseal(name, sealed)


class AccountsTestCase(TestCase):
    """Accounts in a store in memory, with real threads, argon2 and AES."""

    def setUp(self):
        self.store = MemoryStore().accounts
        self.hasher = CountingHasher()
        self.sealer = CountingSealer(bytes(32))
        self.accounts = self.over(self.hasher)

    def over(self, hasher: PasswordHasher) -> Accounts:
        passwords = Passwords(reactor.callFromThread, hasher)
        passwords.start()
        self.addCleanup(passwords.stop)
        return Accounts(self.store, passwords, self.sealer, lambda: 1234.5)

    def begun(self, coroutine) -> Deferred:
        return Deferred.fromCoroutine(coroutine)


class ChangeTests(AccountsTestCase):
    """What is done to accounts."""

    async def test_add(self):
        """A new account has name, role and time as given, and its password hashed."""
        account = await self.accounts.add("Ada", RIGHT, "builder")
        self.assertEqual(
            (account.name, account.role, account.created), ("Ada", Role.BUILDER, 1234.5)
        )
        self.assertTrue(account.password.startswith("$argon2id$"))
        self.assertEqual(await self.accounts.get("ADA"), account)

    async def test_player_unless_said(self):
        """The least trusted role is the default."""
        self.assertIs((await self.accounts.add("Ada", RIGHT)).role, Role.PLAYER)

    async def test_canonical_name(self):
        """A name is stored in Unicode's NFKC."""
        account = await self.accounts.add("\uff21da", None)
        self.assertEqual(account.name, "Ada")

    async def test_bad_arguments_change_nothing(self):
        """A bad name, password or role is refused, and no account is made."""
        for name, password, role, pattern in [
            ("no spaces", RIGHT, "player", "'no spaces'"),
            ("Ada", "short", "player", "5 characters: expected 8 to 256"),
            ("Ada", RIGHT, "wizard", "'wizard'.*expected player, builder or admin"),
            ("Ada", RIGHT, "Admin", "'Admin'"),
        ]:
            with self.assertRaisesRegex(BadArguments, pattern):
                await self.accounts.add(name, password, role)
        self.assertEqual(await self.accounts.all(), [])

    async def test_name_taken(self):
        """A name that looks like one that exists is refused."""
        await self.accounts.add("Ada", None)
        with self.assertRaisesRegex(AlreadyExists, "'ADA'"):
            await self.accounts.add("ADA", RIGHT)

    async def test_name_taken_meanwhile(self):
        """Of two that take one name at once, exactly one gets it."""
        tries = [self.begun(self.accounts.add(name, RIGHT)) for name in ("Ada", "ada")]
        outcomes = await DeferredList(tries, consumeErrors=True)
        self.assertEqual(sorted(is_made for is_made, _ in outcomes), [False, True])
        (refusal,) = [result for is_made, result in outcomes if not is_made]
        self.assertIsNotNone(refusal.check(AlreadyExists))
        self.assertEqual(len(await self.accounts.all()), 1)

    async def test_set_password(self):
        """A new password works, the old one does not."""
        await self.accounts.add("Ada", RIGHT)
        await self.accounts.set_password("ada", "another one")
        await self.accounts.check_password("Ada", "another one")
        await self.assertFailure(
            self.begun(self.accounts.check_password("Ada", RIGHT)), LoginRefused
        )

    async def test_set_role(self):
        """The role changes and nothing else."""
        before = await self.accounts.add("Ada", RIGHT)
        await self.accounts.set_role("ada", "admin")
        after = await self.accounts.get("Ada")
        self.assertIs(after.role, Role.ADMIN)
        self.assertEqual(after.password, before.password)
        with self.assertRaisesRegex(BadArguments, "'king'"):
            await self.accounts.set_role("Ada", "king")

    async def test_remove(self):
        """A removed account is gone."""
        await self.accounts.add("Ada", RIGHT)
        await self.accounts.remove("ada")
        self.assertIsNone(await self.accounts.get("Ada"))

    async def test_unknown_name(self):
        """Every change of an unknown name is refused with the name."""
        for name in ("bob", "not a name", "\ud800"):
            for change in (
                self.accounts.set_password(name, RIGHT),
                self.accounts.set_role(name, "admin"),
                self.accounts.issue_token(name),
                self.accounts.revoke_token(name),
                self.accounts.remove(name),
            ):
                with self.assertRaises(NotFound) as caught:
                    await change
                self.assertIn(repr(name), str(caught.exception))

    async def test_changes_at_once(self):
        """Changes made at the same time all hold: none writes over another."""
        path = Path(self.enterContext(TemporaryDirectory())) / "game.db"
        store = SqlStore.open(path, reactor.callFromThread)
        self.addCleanup(store.close)
        self.store = store.accounts
        accounts = self.over(self.hasher)
        await accounts.add("Ada", RIGHT)
        token, *_ = await gatherResults(
            [
                self.begun(accounts.issue_token("Ada")),
                self.begun(accounts.set_role("Ada", "admin")),
                self.begun(accounts.set_password("Ada", "another one")),
            ]
        )
        found = await accounts.check_password("Ada", "another one")
        self.assertIs(found.role, Role.ADMIN)
        challenge = Challenge()
        answer = respond(challenge.value, token.encode())
        await accounts.check_response("Ada", challenge, answer)


class PasswordLoginTests(AccountsTestCase):
    """Login by password."""

    async def refused(self, name: str, password: str) -> str:
        login = self.begun(self.accounts.check_password(name, password))
        return str(await self.assertFailure(login, LoginRefused))

    async def test_right(self):
        """Name in any case and password give the account."""
        account = await self.accounts.add("Ada", RIGHT)
        self.assertEqual(await self.accounts.check_password("ADA", RIGHT), account)

    async def test_all_refusals_alike(self):
        """Every cause has the same text and costs exactly one argon2 verification."""
        await self.accounts.add("Ada", RIGHT)
        await self.accounts.add("tokenonly", None)
        texts = set()
        for name, password in [
            ("Ada", WRONG),
            ("Ada", ""),
            ("Ada", "x" * 1000),
            ("tokenonly", RIGHT),
            ("nobody", RIGHT),
            ("nobody", "x" * 1000),
            ("not a name", RIGHT),
            ("", RIGHT),
            ("x" * 1000, RIGHT),
            ("\ud800", RIGHT),
        ]:
            self.hasher.verifications = 0
            texts.add(await self.refused(name, password))
            self.assertEqual(self.hasher.verifications, 1, (name, password[:20]))
        self.assertEqual(len(texts), 1)

    async def test_success_costs_the_same(self):
        """The right password is one verification too."""
        await self.accounts.add("Ada", RIGHT)
        await self.accounts.check_password("Ada", RIGHT)
        self.assertEqual(self.hasher.verifications, 1)

    async def test_password_changed_meanwhile(self):
        """A password that was replaced while argon2 was at work is refused."""
        await self.accounts.add("Ada", RIGHT)
        other = self.over(CountingHasher())
        self.hasher.gate.clear()
        login = self.begun(self.accounts.check_password("Ada", RIGHT))
        await other.set_password("Ada", "another one")
        self.hasher.gate.set()
        await self.assertFailure(login, LoginRefused)

    async def test_removed_meanwhile(self):
        """An account removed while argon2 was at work is refused."""
        await self.accounts.add("Ada", RIGHT)
        self.hasher.gate.clear()
        login = self.begun(self.accounts.check_password("Ada", RIGHT))
        await self.accounts.remove("Ada")
        self.hasher.gate.set()
        await self.assertFailure(login, LoginRefused)

    async def test_role_changed_meanwhile(self):
        """A login gives the account as it is when it succeeds."""
        await self.accounts.add("Ada", RIGHT, "admin")
        self.hasher.gate.clear()
        login = self.begun(self.accounts.check_password("Ada", RIGHT))
        await self.accounts.set_role("Ada", "player")
        self.hasher.gate.set()
        self.assertIs((await login).role, Role.PLAYER)

    async def test_outdated_hash_renewed(self):
        """A right password replaces a hash made with older parameters, once."""
        old = await self.over(CountingHasher(time_cost=3)).add("Ada", RIGHT)
        await self.accounts.check_password("Ada", RIGHT)
        new = await self.accounts.get("Ada")
        self.assertIn("t=3", old.password)
        self.assertIn("t=1", new.password)
        await self.accounts.check_password("Ada", RIGHT)
        self.assertEqual(await self.accounts.get("Ada"), new)

    async def test_outdated_hash_and_two_logins(self):
        """Two logins at once that both renew the hash both succeed."""
        await self.over(CountingHasher(time_cost=3)).add("Ada", RIGHT)
        logins = [
            self.begun(self.accounts.check_password("Ada", RIGHT)) for _ in range(4)
        ]
        names = [account.name for account in await gatherResults(logins)]
        self.assertEqual(names, ["Ada"] * 4)

    async def test_renewal_put_off(self):
        """A login that cannot renew the hash, as the server stops, still succeeds."""
        old = await self.over(CountingHasher(time_cost=3)).add("Ada", RIGHT)
        self.hasher.gate.clear()
        login = self.begun(self.accounts.check_password("Ada", RIGHT))
        stopped = self.accounts._passwords.stop()
        self.hasher.gate.set()
        self.assertEqual(await login, old)
        await stopped

    async def test_wrong_password_renews_nothing(self):
        """A wrong password leaves an outdated hash as it is."""
        old = await self.over(CountingHasher(time_cost=3)).add("Ada", RIGHT)
        await self.refused("Ada", WRONG)
        self.assertEqual(await self.accounts.get("Ada"), old)

    async def test_nothing_secret_is_shown(self):
        """Neither refusals, objects nor the log hold a password or a hash."""
        account = await self.accounts.add("Ada", RIGHT)
        with capturedLogs() as captured:
            text = await self.refused("Ada", WRONG)
        shown = [text, repr(self.accounts), *map(formatEvent, captured)]
        for secret in (RIGHT, WRONG, account.password):
            self.assertNotIn(secret, "".join(shown))


class TokenLoginTests(AccountsTestCase):
    """Login by app token, as a stock client does it."""

    def answer(self, name: str, token: str) -> Deferred:
        challenge = Challenge()
        response = respond(challenge.value, token.encode())
        return self.begun(self.accounts.check_response(name, challenge, response))

    async def refused(self, name: str, challenge: Challenge, response: object) -> str:
        login = self.begun(self.accounts.check_response(name, challenge, response))
        return str(await self.assertFailure(login, LoginRefused))

    async def test_right(self):
        """The stock answer made from the token gives the account."""
        await self.accounts.add("Ada", None)
        token = await self.accounts.issue_token("ada")
        self.assertEqual((await self.answer("ADA", token)).name, "Ada")

    async def test_token_is_not_stored(self):
        """What is stored holds neither the token nor its MD5."""
        await self.accounts.add("Ada", None)
        token = await self.accounts.issue_token("Ada")
        account = await self.accounts.get("Ada")
        digest = self.sealer.unseal("Ada", account.sealed_token)
        self.assertEqual(len(digest), 16)
        self.assertNotIn(digest, account.sealed_token)
        self.assertNotIn(token.encode(), account.sealed_token)

    async def test_new_token_ends_the_old(self):
        """Only the newest token works."""
        await self.accounts.add("Ada", None)
        old, new = (
            await self.accounts.issue_token("Ada"),
            await self.accounts.issue_token("Ada"),
        )
        await self.answer("Ada", new)
        await self.assertFailure(self.answer("Ada", old), LoginRefused)

    async def test_revoked(self):
        """A revoked token does not work; revoking again is no error."""
        await self.accounts.add("Ada", None)
        token = await self.accounts.issue_token("Ada")
        await self.accounts.revoke_token("Ada")
        await self.accounts.revoke_token("Ada")
        await self.assertFailure(self.answer("Ada", token), LoginRefused)

    async def test_one_answer_for_a_challenge(self):
        """The same right answer to the same challenge works once."""
        await self.accounts.add("Ada", None)
        token = await self.accounts.issue_token("Ada")
        challenge = Challenge()
        response = respond(challenge.value, token.encode())
        await self.accounts.check_response("Ada", challenge, response)
        await self.refused("Ada", challenge, response)

    async def test_another_accounts_token(self):
        """A sealed token copied into another account's row opens nothing."""
        await self.accounts.add("Ada", None)
        await self.accounts.add("Eve", None, "player")
        token = await self.accounts.issue_token("Eve")
        eve, ada = await self.accounts.get("Eve"), await self.accounts.get("Ada")
        fields = {"name": ada.name, "role": ada.role, "sealed_token": eve.sealed_token}
        await self.store.replace(type(ada)(**fields))
        with capturedLogs() as captured:
            await self.assertFailure(self.answer("Ada", token), LoginRefused)
        (line,) = map(formatEvent, captured)
        self.assertIn("'Ada' does not open with the key in use", line)

    async def test_all_refusals_alike(self):
        """Every cause has the same text and opens exactly one sealed digest."""
        await self.accounts.add("Ada", RIGHT)
        await self.accounts.add("Bob", RIGHT)
        await self.accounts.issue_token("Ada")
        texts = set()
        for name, response in [
            ("Ada", b"x" * 16),
            ("Ada", None),
            ("Ada", "text"),
            ("Bob", b"x" * 16),
            ("nobody", b"x" * 16),
            ("not a name", b"x" * 16),
        ]:
            self.sealer.opened = 0
            texts.add(await self.refused(name, Challenge(), response))
            self.assertEqual(self.sealer.opened, 1, (name, response))
        self.assertEqual(len(texts), 1)

    async def test_password_is_no_token(self):
        """The password, used as stock PB's secret, is refused."""
        await self.accounts.add("Ada", RIGHT)
        await self.accounts.issue_token("Ada")
        await self.assertFailure(self.answer("Ada", RIGHT), LoginRefused)
