"""Passwords as argon2 hashes, worked out in a few threads of their own.

Rules:

* One verification costs the same whether there is a hash or not: without one, and for
  a password too long to be anybody's, a dummy hash is verified.
* The pool is small and its queue bounded, because each hash takes 19 MiB and 25 ms:
  who comes when it is full is told ``Busy``, whatever the name.
* Passwords are compared in Unicode's NFC, so that one typed on another keyboard is
  the same.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from gameserver.errors import BadArguments, Busy, Stopping

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORTEST: Final = 8
LONGEST: Final = 256
THREADS: Final = 2
WAITING: Final = 64


def default_hasher() -> PasswordHasher:
    """Give argon2id with 19 MiB, two passes and one lane: 25 ms on one core.

    The second choice of OWASP's password storage sheet; the library's own default
    takes 64 MiB, too much for a queue of strangers.
    """
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


class Passwords:
    """Hashes and verifies off the reactor's thread; call every method on it.

    ``deliver`` has a callable run on the reactor's thread: ``reactor.callFromThread``.
    ``waiting`` is how many may wait beside the ``threads`` at work.
    """

    def __init__(
        self,
        deliver: Callable[[Callable[[], None]], object],
        hasher: PasswordHasher | None = None,
        *,
        threads: int = THREADS,
        waiting: int = WAITING,
    ) -> None:
        self._deliver = deliver
        self._hasher = hasher or default_hasher()
        self._dummy = self._hasher.hash(secrets.token_bytes(16))
        self._pool = ThreadPool(threads, threads, "passwords")
        self._most = threads + waiting
        self._pending = 0
        self._is_open = False
        self._drained: list[Deferred[None]] = []

    def start(self) -> None:
        """Start the threads; once."""
        self._pool.start()
        self._is_open = True

    def stop(self) -> Deferred[None]:
        """Take nothing more; fires when all is answered and the threads have ended."""
        self._is_open = False
        drained: Deferred[None] = Deferred()
        self._drained.append(drained)
        self._end_if_drained()
        return drained

    def hash(self, password: str) -> Deferred[str]:
        """Give the hash to store, in PHC string form.

        Fails with ``BadArguments`` unless the password has 8 to 256 characters, and
        with ``Busy`` or ``Stopping``.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            seen = f"the password has {len(password)} characters"
            return fail(BadArguments(f"{seen}: expected {SHORTEST} to {LONGEST}"))
        return self._in_thread(partial(self._hasher.hash, _encoded(password)))

    def verify(self, stored: str | None, password: str) -> Deferred[bool]:
        """Say whether the password belongs to the stored hash; never to None.

        Fails with ``Busy`` or ``Stopping``.
        """
        return self._in_thread(partial(self._matches, stored, password))

    def is_outdated(self, stored: str) -> bool:
        """Say whether the hash was made with other parameters than those in use."""
        return self._hasher.check_needs_rehash(stored)

    def _in_thread(self, work: Callable[[], T]) -> Deferred[T]:
        if not self._is_open:
            return fail(Stopping("the server takes no passwords now"))
        if self._pending >= self._most:
            return fail(Busy("too many logins at once; try again in a few seconds"))
        self._pending += 1
        answer: Deferred[T] = Deferred()

        def finished(_is_done: bool, result: T | Failure) -> None:  # noqa: FBT001 - ThreadPool's signature
            if isinstance(result, Failure):
                tell = partial(answer.errback, result)
            else:
                tell = partial(answer.callback, result)
            self._deliver(partial(self._finish, tell))

        self._pool.callInThreadWithCallback(finished, work)
        return answer

    def _finish(self, tell: Callable[[], None]) -> None:
        self._pending -= 1
        tell()
        self._end_if_drained()

    def _end_if_drained(self) -> None:
        if self._is_open or self._pending or not self._drained:
            return
        if self._pool.started:
            self._pool.stop()
        drained, self._drained = self._drained, []
        for each in drained:
            each.callback(None)

    def _matches(self, stored: str | None, password: str) -> bool:
        """Verify exactly once, on a pool's thread."""
        if stored is None or len(password) > LONGEST:
            self._verified(self._dummy, password[:LONGEST])
            return False
        try:
            return self._verified(stored, password)
        except (InvalidHashError, VerificationError) as damage:
            _log.error("a stored password hash cannot be used: {why!r}", why=damage)
            # It was refused before any work was done.
            self._verified(self._dummy, password)
            return False

    def _verified(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _encoded(password))
        except VerifyMismatchError:
            return False


_log = Logger()


def _encoded(password: str) -> bytes:
    # A lone surrogate is a character like any other here: no error can come of it.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
