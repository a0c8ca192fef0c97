"""The data directory: one server at a time, and where each file in it is.

The lock is ``flock`` on the file ``lock``: the kernel lets go of it when the process
ends, however it ends, so a ``kill -9`` leaves nothing to clean up. The file holds the
holder's process id for the message only; whether the directory is in use is decided by
the lock, never by the number.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import Self

from gameserver.errors import DirectoryInUse, SettingError, StoreError

# ``is_in_use`` holds a shared lock for microseconds. A server that starts at that
# moment looks again before it believes that it is second.
_LOOKS = 25
_BETWEEN_LOOKS = 0.002  # seconds


class DataDirectory:
    """The directory while this process holds it; ``close`` lets go."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock: int | None = lock

    @classmethod
    def open(cls, path: Path, place: str = "--data") -> Self:
        """Make the directory if it is missing, for its owner only, and take the lock.

        ``place``: the setting's origin, for messages. Raises ``SettingError`` when it
        cannot be a data directory, or everybody may write to it, and
        ``DirectoryInUse`` when another process holds it. Blocks for at most 0.05 s.
        """
        lock = _lock_file(path, place)
        if not _taken(lock):
            holder = _holder(lock)
            os.close(lock)
            msg = (
                f"{path} is in use by {holder}: stop that server, "
                "or give this one another --data"
            )
            raise DirectoryInUse(msg)
        _write_holder(lock, f"{os.getpid()}\n")
        return cls(path, lock)

    def close(self) -> None:
        """Let go of the directory; again does nothing.

        Unlocked by name, not only closed: a forked child may hold a copy of the file.
        """
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        _write_holder(lock, "")
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    @property
    def database(self) -> Path:
        """The SQLite file with accounts, avatars and the audit log."""
        return database(self.path)

    @property
    def token_key(self) -> Path:
        """The key that app tokens are sealed with; outside the database on purpose."""
        return self.path / "token.key"

    @property
    def admin_socket(self) -> Path:
        """The UNIX socket for admins of this machine."""
        return admin_socket(self.path)

    @property
    def certificate(self) -> Path:
        """The development certificate, PEM."""
        return self.path / "development-certificate.pem"

    @property
    def certificate_key(self) -> Path:
        """The development certificate's private key, PEM."""
        return self.path / "development-certificate.key"


def database(path: Path) -> Path:
    """Say where the database of a data directory is, without holding it."""
    return path / "gameserver.sqlite"


def admin_socket(path: Path) -> Path:
    """Say where the admin socket of a data directory is, without holding it."""
    return path / "admin.sock"


def is_in_use(path: Path) -> bool:
    """Say whether a process holds the data directory at this moment."""
    try:
        lock = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def check_private(path: Path) -> None:
    """Refuse a key of the server's own that others can read, with ``StoreError``."""
    mode = path.stat().st_mode
    if mode & 0o077:
        seen = f"mode {mode & 0o777:04o} seen, 0600 expected"
        raise StoreError(f"{path}: {seen}: others could read the key; run chmod 600")


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace the file as a whole: a reader sees the old content or the new.

    On disk when this returns. Raises ``OSError`` and then leaves nothing behind.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock_file(path: Path, place: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_mode(path, place)
        return os.open(path / "lock", flags, 0o600)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        is_file = os.path.isfile(path)  # noqa: PTH113 - unlike Path's, it never raises
        seen = "a file" if is_file else reason
        msg = f"{place}: {path}: saw {seen}, expected a directory to write to"
        raise SettingError(msg) from error


def _check_mode(path: Path, place: str) -> None:
    """Refuse a directory where any user could put keys and a database of his own."""
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH:
        seen = f"mode {mode & 0o777:04o} seen, 0700 expected"
        msg = f"{place}: {path}: {seen}: others could write to it; run chmod 700"
        raise SettingError(msg)


def _taken(lock: int) -> bool:
    for look in range(_LOOKS):
        if look:
            time.sleep(_BETWEEN_LOOKS)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False


def _write_holder(lock: int, text: str) -> None:
    """Note the holder; on a full disk the lock works without it."""
    with contextlib.suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, text.encode(), 0)


def _holder(lock: int) -> str:
    number = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
    return f"process {number}" if number.isdigit() else "another process"
