"""What makes a forked child harmless: what authors' checks do ends with it.

* Every descriptor that it inherited leads to ``/dev/null``. They are not closed: a
  number that is free would be given to the next file, and an inherited socket object
  would then write into that. The kernel's locks and sockets stay the parent's.
* An audit hook, which nobody can take away again, refuses what would reach outside:
  files opened for writing, removed or renamed, databases, sockets, programs, signals,
  limits of other processes. A database in memory may be opened, and attach no other.
* Calls that no audit hook hears are replaced: pipes and nodes made in folders, signals
  by descriptor, priorities and processors of other processes, shared memory by name.
* No regular file can be written (``RLIMIT_FSIZE``), also by code in C.
* Nothing is collected: what the parent has dropped, such as a database connection in
  a cycle, must not be closed here as well.
* The reactor takes no descriptors and no threads; no log observer is left.

What is left: code in C, called by ctypes or an extension, is heard by nobody; a name
that a module took from ``os`` before the fork is the function itself; memory that the
parent shares is shared. It is a guard against accidents: hostile code gets past it.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import importlib
import os
import resource
import signal
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from twisted.logger import globalLogPublisher

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG: Final = 1
"""Of prctl(2): the signal that comes when the thread ends which has forked."""

_MOST: Final = 4096  # descriptors, where the system does not list them
REFUSED: Final = "a rehearsal may not"
"""How each refusal begins."""
_REFUSED: Final = (
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.removexattr",
    "os.rename",
    "os.rmdir",
    "os.setxattr",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "resource.prlimit",
    "resource.setrlimit",
    "signal.pthread_kill",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.sendmsg",
    "socket.sendto",
    "socket.sethostname",
    "subprocess.Popen",
    "syslog.openlog",
    "syslog.syslog",
)
_UNHEARD: Final = {
    "os": (
        "mkfifo",
        "mknod",
        "sched_setaffinity",
        "sched_setparam",
        "sched_setscheduler",
        "setpriority",
    ),
    "signal": ("pidfd_send_signal",),
    "_posixshmem": ("shm_open", "shm_unlink"),
}
"""Functions without an audit event, by module."""
_TWINS: Final = {"os": "posix", "signal": "_signal"}
"""The modules in C that give the same functions."""
_SILENT: Final = (
    "addReader",
    "addWriter",
    "removeReader",
    "removeWriter",
    "callFromThread",
    "callInThread",
    "callInThreadWithCallback",
    "spawnProcess",
    "stop",
)


def leave_parent(
    reactor: object, kept: Collection[int], seconds: float, parent: int
) -> None:
    """Cut the child off, but for the descriptors ``kept``; first of all it does.

    ``seconds``: the kernel ends it by then, if nobody is left who would. ``parent``:
    its id; on Linux the child ends with it.
    """
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _end_with_parent(parent)
    _void(kept)
    os.setsid()  # what it starts can be ended with it, and Ctrl-C is not for it
    gc.disable()
    gc.unfreeze()  # the engine's scans are to see what the parent's do
    sys.dont_write_bytecode = True
    void = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for the child's whole life
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = void  # type: ignore[misc]  # ours to set
    globalLogPublisher._observers = []  # noqa: SLF001 - they write to the parent's files, and may hold its locks
    for name in _SILENT:
        if hasattr(reactor, name):
            setattr(reactor, name, _nothing)
    if hasattr(reactor, "threadCallQueue"):
        reactor.threadCallQueue = []


def _end_with_parent(parent: int) -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it has ended before that
            os._exit(1)


def limit(memory: int) -> None:
    """Let the child have so many bytes more than it has, and let no file grow."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    now = _size()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if now and most in {resource.RLIM_INFINITY, -1}:
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, most))
    elif now:
        resource.setrlimit(resource.RLIMIT_AS, (min(now + memory, most), most))


def refuse_reaching_out() -> None:
    """Refuse, from now on and for good, what would reach anything outside."""
    refused = frozenset(_REFUSED)

    def look(event: str, details: tuple[Any, ...]) -> None:
        if event in refused:
            _refuse(event)
        elif event == "open" and _writes(*details):
            text = f"{REFUSED} write: {details[0]}"
            raise PermissionError(errno.EPERM, text)
        elif event == "sqlite3.connect" and details[0] != ":memory:":
            _refuse(event)

    _replace_unheard()
    connect = partial(_connected, sqlite3.connect)
    sqlite3.connect = sqlite3.dbapi2.connect = connect
    sys.addaudithook(look)


def _replace_unheard() -> None:
    for module, names in _UNHEARD.items():
        for one in (module, _TWINS.get(module, module)):
            try:
                found = importlib.import_module(one)
            except ImportError:  # this platform has none
                continue
            for name in names:
                if hasattr(found, name):
                    setattr(found, name, partial(_refuse, f"{module}.{name}"))


def _connected(connect: Callable[..., Any], *given: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
    """Open a database, which is to attach no file."""
    connection = connect(*given, **named)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    return connection


def _refuse(what: str, *_: object, **__: object) -> NoReturn:
    raise PermissionError(errno.EPERM, f"{REFUSED}: {what}")


def _writes(path: object, _mode: object, flags: object) -> bool:
    is_ours = isinstance(path, int) or path == os.devnull
    return not is_ours and isinstance(flags, int) and bool(flags & _WRITING)


def _void(kept: Collection[int]) -> None:
    void = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        open_ = [int(one) for one in os.listdir("/dev/fd")]  # noqa: PTH208 - numbers, not paths
    except OSError:
        open_ = list(range(_MOST))
    for one in open_:
        if one not in kept and one != void and _is_open(one):
            os.dup2(void, one, inheritable=False)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:  # that of the listing itself
        return False
    return True


def _size() -> int:
    """Give the bytes of address space in use; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _nothing(*_: object, **__: object) -> None:
    """Stand in the place of what would reach outside."""
