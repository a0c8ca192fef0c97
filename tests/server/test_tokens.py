"""Tokens for stock clients: random, sealed, answered once."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from twisted.spread.pb import respond
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.model.account import Account
from gameserver.model.roles import Role
from gameserver.server.tokens import (
    KEY_SIZE,
    Challenge,
    Sealer,
    load_or_create_key,
    new_token,
    token_digest,
    unopened,
)

KEY = bytes(range(KEY_SIZE))


class TokenTests(SynchronousTestCase):
    """The token itself."""

    def test_long_and_plain(self):
        """A token is 192 bits of letters, digits, ``-`` and ``_``."""
        self.assertRegex(new_token(), r"^[\w-]{32}$")

    def test_never_twice(self):
        """A thousand tokens differ."""
        self.assertEqual(len({new_token() for _ in range(1000)}), 1000)


class SealerTests(SynchronousTestCase):
    """AES-GCM bound to the account's name."""

    @given(name=st.text(st.characters(codec="utf-8")), digest=st.binary())
    def test_opens_equal(self, name, digest):
        """Unsealing is the inverse of sealing, whatever name and digest."""
        sealer = Sealer(KEY)
        self.assertEqual(sealer.unseal(name, sealer.seal(name, digest)), digest)

    def test_hides(self):
        """The digest is not in what is stored, which differs each time."""
        sealer, digest = Sealer(KEY), b"sixteen bytes ok"
        first, second = sealer.seal("ada", digest), sealer.seal("ada", digest)
        self.assertNotIn(digest, first)
        self.assertNotEqual(first, second)

    def test_bound_to_the_name(self):
        """What was sealed for one account does not open for another."""
        sealer = Sealer(KEY)
        with self.assertRaisesRegex(StoreError, "'bob'"):
            sealer.unseal("bob", sealer.seal("ada", b"x" * 16))

    def test_other_key(self):
        """Another key does not open it; the message says what to do."""
        sealed = Sealer(KEY).seal("ada", b"x" * 16)
        with self.assertRaisesRegex(StoreError, "issue a new one"):
            Sealer(bytes(KEY_SIZE)).unseal("ada", sealed)

    def test_changed(self):
        """A changed byte, a missing one, or nothing at all does not open."""
        sealer = Sealer(KEY)
        sealed = sealer.seal("ada", b"x" * 16)
        for wrong in (bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:-1], b"", b"\0" * 5):
            self.assertRaises(StoreError, sealer.unseal, "ada", wrong)


class ChallengeTests(SynchronousTestCase):
    """The server's side of stock PB's login."""

    def test_stock_answer(self):
        """What the stock client computes from the token is the right answer."""
        token, challenge = new_token(), Challenge()
        answer = respond(challenge.value, token.encode())
        self.assertTrue(challenge.answers(token_digest(token), answer))

    def test_other_token(self):
        """The answer made from another token is wrong."""
        challenge = Challenge()
        answer = respond(challenge.value, new_token().encode())
        self.assertFalse(challenge.answers(token_digest(new_token()), answer))

    def test_once(self):
        """After one answer, right or wrong, none is right."""
        for first in (True, False):
            token, challenge = new_token(), Challenge()
            right = respond(challenge.value, token.encode())
            challenge.answers(token_digest(token), right if first else b"wrong")
            self.assertFalse(challenge.answers(token_digest(token), right))

    def test_anything_may_come(self):
        """An answer of another type or length is wrong and raises nothing."""
        for strange in (None, "text", 7, [], b"", b"x" * 17, "é" * 16, object()):
            self.assertFalse(Challenge().answers(b"x" * 16, strange))

    def test_sixteen_random_bytes(self):
        """Each challenge is sixteen bytes, and another one each time."""
        values = {Challenge().value for _ in range(1000)}
        self.assertEqual({len(value) for value in values}, {16})
        self.assertEqual(len(values), 1000)


class LostKeyTests(SynchronousTestCase):
    """Tokens that were sealed with a key that is gone."""

    def test_named(self):
        """Accounts whose token does not open are named; those without one are not."""
        lost, sealer = Sealer(KEY[::-1]), Sealer(KEY)
        sealed = {"ada": lost, "bob": sealer, "eve": lost}
        accounts = [
            Account(name, Role.PLAYER, None, by.seal(name, b"digest"), 0.0)
            for name, by in sealed.items()
        ]
        accounts.append(Account("zoe", Role.PLAYER, None, None, 0.0))
        self.assertEqual(unopened(sealer, accounts), ["ada", "eve"])


class KeyTests(SynchronousTestCase):
    """The key's file."""

    def setUp(self):
        self.path = Path(self.enterContext(TemporaryDirectory())) / "tokens.key"

    def test_made_once(self):
        """The key is made at the first start and is the same at the next."""
        key = load_or_create_key(self.path)
        self.assertEqual(len(key), KEY_SIZE)
        self.assertEqual(load_or_create_key(self.path), key)

    def test_private(self):
        """Only the owner can read it, and nothing else is left beside it."""
        load_or_create_key(self.path)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def test_two_at_once(self):
        """Of many that make it at the same moment, all get the same key."""
        keys, start = set(), threading.Barrier(8)

        def make():
            start.wait()
            keys.add(load_or_create_key(self.path))

        threads = [threading.Thread(target=make) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(keys), 1)
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def assertRefused(self, pattern: str) -> None:
        with self.assertRaisesRegex(StoreError, pattern) as caught:
            load_or_create_key(self.path)
        self.assertTrue(str(caught.exception).startswith(str(self.path)))

    def test_wrong_size(self):
        """A file of another size is refused with both sizes and stays."""
        self.path.write_bytes(b"x" * 31)
        self.path.chmod(0o600)
        self.assertRefused("31 bytes seen, 32 expected")
        self.assertEqual(self.path.read_bytes(), b"x" * 31)

    def test_open_to_others(self):
        """A file that others can read is refused with its mode."""
        load_or_create_key(self.path)
        self.path.chmod(0o640)
        self.assertRefused("mode 0640 seen, 0600 expected")

    def test_no_folder(self):
        """A folder that does not exist is refused by name."""
        self.path = self.path.parent / "missing" / "tokens.key"
        self.assertRefused("No such file or directory")

    def test_a_folder_in_its_place(self):
        """A folder in the place of the file is refused by name."""
        self.path.mkdir(0o700)
        self.assertRefused("Is a directory")
