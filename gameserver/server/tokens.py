"""App tokens, for clients that speak stock Perspective Broker's login.

That login answers a challenge with ``md5(md5(secret) + challenge)``, so the server has
to keep ``md5(secret)``, which is as good as the secret itself (``respond`` in
``twisted/spread/pb.py``). Hence a token made by us at random, whose lack of a salt does
not matter, never a person's password; and its MD5 is kept sealed with a key that is not
in the database.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import md5
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gameserver.errors import StoreError
from gameserver.server.directory import check_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gameserver.model.account import Account

KEY_SIZE: Final = 32
TOKEN_BITS: Final = 192
_NONCE_SIZE: Final = 12
_CHALLENGE_SIZE: Final = 16


def new_token() -> str:
    """Give a random token of 192 bits, as text safe in URLs and shells."""
    return secrets.token_urlsafe(TOKEN_BITS // 8)


def token_digest(token: str) -> bytes:
    """Give the token's MD5, the secret of stock PB's login."""
    return _md5(token.encode())


class Sealer:
    """Seals digests with AES-256-GCM, each to one account by its canonical name.

    Bound to the name, a digest copied to another account's row does not open.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, name: str, digest: bytes) -> bytes:
        """Give nonce and ciphertext, to be stored."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, digest, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Give the digest; ``StoreError`` for another key or name, or a change."""
        nonce, text = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
        try:
            return self._cipher.decrypt(nonce, text, name.encode())
        except (InvalidTag, ValueError) as refusal:
            raise StoreError(
                f"the app token of {name!r} does not open with the key in use: "
                "issue a new one, or restore the key it was sealed with"
            ) from refusal


def unopened(sealer: Sealer, accounts: Iterable[Account]) -> list[str]:
    """Name the accounts whose app token does not open with the key in use."""
    names = []
    for account in accounts:
        if account.sealed_token is not None:
            try:
                sealer.unseal(account.name, account.sealed_token)
            except StoreError:
                names.append(account.name)
    return names


class Challenge:
    """Sixteen random bytes for one login, good for one answer."""

    def __init__(self) -> None:
        self.value: Final = secrets.token_bytes(_CHALLENGE_SIZE)
        self._is_used = False

    def answers(self, digest: bytes, response: object) -> bool:
        """Say whether the response proves the digest; always False the second time.

        ``response`` is what the peer sent, of any type. The comparison takes the same
        time wherever the first difference is.
        """
        expected = _md5(digest + self.value)
        was_used, self._is_used = self._is_used, True
        shown = response if isinstance(response, bytes) else b""
        return hmac.compare_digest(expected, shown) and not was_used


def load_or_create_key(path: Path) -> bytes:
    """Give the sealing key in the file, made with mode 0600 if there is none.

    Raises ``StoreError`` naming the file if it cannot be read or made, has the wrong
    size, or is open to others. The file appears whole or not at all; of two processes
    that make it at once, both get the same key.
    """
    try:
        if not path.exists():
            _create(path)
        key = path.read_bytes()
        check_private(path)
    except OSError as refusal:
        raise StoreError(f"{path}: {refusal.strerror}: a key expected") from refusal
    if len(key) != KEY_SIZE:
        seen = f"{len(key)} bytes seen, {KEY_SIZE} expected"
        raise StoreError(f"{path}: {seen}: restore the key from a backup")
    return key


def _create(path: Path) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_SIZE))
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, does not replace the key of a process that was first.
        with suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _md5(content: bytes) -> bytes:
    # Stock PB's protocol names MD5; the strength lies in the token's randomness.
    return md5(content, usedforsecurity=False).digest()
