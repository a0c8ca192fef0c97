"""Hashes off the reactor's thread, at one price for all, with an end."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import HashingError
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase, TestCase

from gameserver.errors import BadArguments, Busy, Stopping
from gameserver.server.passwords import Passwords, default_hasher


class CountingHasher(PasswordHasher):
    """The real argon2 with cheap parameters, and a count of what it did."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.verified: list[str] = []
        self.threads: set[str] = set()

    def verify(self, stored, password):
        self.verified.append(stored)
        self.threads.add(threading.current_thread().name)
        return super().verify(stored, password)


class GatedHasher(CountingHasher):
    """Waits for the test before each verification."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def verify(self, stored, password):
        self.gate.wait(30)
        return super().verify(stored, password)


class PoorHasher(CountingHasher):
    """Has no memory for passwords, only for its dummy."""

    def hash(self, password, *, salt=None):
        if password == b"correct horse":
            raise HashingError("Memory allocation error")
        return super().hash(password, salt=salt)


class PasswordsTests(TestCase):
    """Two real threads and the real argon2."""

    def setUp(self):
        self.hasher = CountingHasher()
        self.passwords = self.started(self.hasher)

    def started(self, hasher: PasswordHasher, **limits: int) -> Passwords:
        passwords = Passwords(reactor.callFromThread, hasher, **limits)
        passwords.start()
        self.addCleanup(passwords.stop)
        return passwords

    async def test_right_and_wrong(self):
        """The password belongs to its hash, another one does not."""
        stored = await self.passwords.hash("correct horse")
        self.assertTrue(stored.startswith("$argon2id$"))
        self.assertTrue(await self.passwords.verify(stored, "correct horse"))
        self.assertFalse(await self.passwords.verify(stored, "correct house"))

    async def test_salted(self):
        """The same password gives another hash each time."""
        hashes = await gatherResults([self.passwords.hash("12345678") for _ in "ab"])
        self.assertNotEqual(*hashes)

    async def test_length(self):
        """A new password has 8 to 256 characters; the message tells only how many."""
        for password in ("seven77", "x" * 257):
            error = await self.assertFailure(
                self.passwords.hash(password), BadArguments
            )
            self.assertIn(f"{len(password)} characters", str(error))
            self.assertNotIn(password, str(error))
        await self.passwords.hash("x" * 8)
        await self.passwords.hash("é" * 256)

    async def test_each_case_is_one_verification(self):
        """Right, wrong, unknown, too long: each costs one argon2 of one kind."""
        stored = await self.passwords.hash("correct horse")
        cases = [
            (stored, "correct horse", True),
            (stored, "wrong", False),
            (stored, "", False),
            (stored, "x" * 100_000, False),
            (None, "correct horse", False),
            (None, "x" * 100_000, False),
        ]
        for case, password, expected in cases:
            self.hasher.verified.clear()
            self.assertIs(await self.passwords.verify(case, password), expected)
            (used,) = self.hasher.verified
            parameters = used.rpartition("$")[0].rpartition("$")[0]
            self.assertEqual(parameters, "$argon2id$v=19$m=8,t=1,p=1")

    async def test_damaged_hash(self):
        """A damaged hash fits no password, costs as much, and is logged without it."""
        for stored in ("rubbish", "$argon2id$v=19$m=8,t=1,p=1$rubbish"):
            self.hasher.verified.clear()
            with capturedLogs() as captured:
                self.assertFalse(await self.passwords.verify(stored, "correct horse"))
            # Of the two only the second did any work: the first was not even read.
            self.assertEqual(self.hasher.verified, [stored, self.passwords._dummy])
            (line,) = map(formatEvent, captured)
            self.assertIn("cannot be used", line)
            self.assertNotIn("rubbish", line)
            self.assertNotIn("horse", line)

    async def test_same_letters_differently_composed(self):
        """A letter with its accent apart is the same letter."""
        stored = await self.passwords.hash("caf\u00e9 noir")
        self.assertTrue(await self.passwords.verify(stored, "cafe\u0301 noir"))

    async def test_any_text_is_a_password(self):
        """NUL, lone surrogates and other scripts raise nothing."""
        for password in ("\0" * 8, "\ud800" * 8, "пароль🗝️🗝️"):
            stored = await self.passwords.hash(password)
            self.assertTrue(await self.passwords.verify(stored, password))
            self.assertFalse(await self.passwords.verify(None, password))

    async def test_off_the_reactor(self):
        """The work is done in the pool's threads, never in the reactor's."""
        await gatherResults([self.passwords.verify(None, "x") for _ in range(20)])
        self.assertTrue(all("passwords" in name for name in self.hasher.threads))
        self.assertLessEqual(len(self.hasher.threads), 2)

    async def test_bounded(self):
        """Beyond those at work and those that may wait, a try is refused at once."""
        hasher = GatedHasher()
        passwords = self.started(hasher, threads=2, waiting=3)
        taken = [passwords.verify(None, "x") for _ in range(5)]
        self.failureResultOf(passwords.verify(None, "x"), Busy)
        self.failureResultOf(passwords.hash("long enough"), Busy)
        hasher.gate.set()
        self.assertEqual(await gatherResults(taken), [False] * 5)
        self.assertFalse(await passwords.verify(None, "x"))

    async def test_a_cancelled_try_keeps_its_place(self):
        """Who does not wait for the answer has not freed the thread."""
        hasher = GatedHasher()
        passwords = self.started(hasher, threads=1, waiting=0)
        left = passwords.verify(None, "x")
        left.addErrback(lambda _: None).cancel()
        self.failureResultOf(passwords.verify(None, "x"), Busy)
        hasher.gate.set()
        await passwords.stop()

    async def test_stop_answers_first(self):
        """Stopping answers what was taken, refuses the rest, and ends the threads."""
        hasher = GatedHasher()
        passwords = self.started(hasher)
        before = set(threading.enumerate())
        taken = [passwords.verify(None, "x") for _ in range(9)]
        stopped = gatherResults([passwords.stop(), passwords.stop()])
        self.failureResultOf(passwords.verify(None, "x"), Stopping)
        self.assertNoResult(stopped)
        hasher.gate.set()
        await stopped
        self.assertEqual([self.successResultOf(each) for each in taken], [False] * 9)
        ended = {thread for thread in before if not thread.is_alive()}
        self.assertEqual(len(ended), 2)
        await passwords.stop()

    async def test_argon2_fails(self):
        """What argon2 raises, such as for want of memory, reaches the caller."""
        passwords = self.started(PoorHasher())
        await self.assertFailure(passwords.hash("correct horse"), HashingError)
        self.assertFalse(await passwords.verify(None, "x"))

    async def test_outdated(self):
        """A hash made with other parameters is outdated; it can still be verified."""
        old = CountingHasher(time_cost=3).hash("correct horse")
        self.assertTrue(self.passwords.is_outdated(old))
        self.assertTrue(await self.passwords.verify(old, "correct horse"))
        new = await self.passwords.hash("correct horse")
        self.assertFalse(self.passwords.is_outdated(new))


class DefaultTests(SynchronousTestCase):
    """What the product uses."""

    def test_parameters(self):
        """The default is argon2id with 19 MiB, two passes, one lane."""
        stored = default_hasher().hash("x")
        self.assertTrue(stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$"))

    def test_not_started(self):
        """Before the threads run a password is refused, not kept waiting."""
        passwords = Passwords(reactor.callFromThread, CountingHasher())
        self.failureResultOf(passwords.verify(None, "x"), Stopping)
        self.successResultOf(passwords.stop())
