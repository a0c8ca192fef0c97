"""Every exception of the product, in three families, each with a code and a remedy.

* ``GameError`` and what is below it *crosses the wire*: code and text, nothing else.
  The peer is told what it did or what the game decided.
* ``PluginError``: the author's code is at fault; names file and line.
* ``OperatorError``: a setting, a port, a directory or a verb is at fault; the command
  prints it as one line and ends with ``exit_code``.

Client side failures (``ConnectionFailed`` ...) are ``GameError`` too, so that a caller
of ``GameClient`` has one class to catch.
"""

from __future__ import annotations

from typing import ClassVar, Self

_SHOWN = 60  # characters of a wrong value that a message repeats


class GameServerError(Exception):
    """The base of all errors this package raises on purpose."""

    remedy: ClassVar[str] = "Read the message; it names what was seen and expected."

    def line(self) -> str:
        """Give the message as one line, however many it has."""
        return " ".join(str(self).split())


class GameError(GameServerError):
    """A refusal with a stable code and a short text, told to the player as it is.

    ``code``: lower-case words joined by dashes, for programs. ``text``: one sentence
    for people. Neither may hold a path, a class name or a secret.
    """

    remedy = "Tell the player; the game refused this call on purpose."
    is_unbegun = False
    """The server's own mark, which crosses the wire: the call has not begun, and may be
    sent again under its number. A game's error of the same code does not bear it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class PeerError(GameError):
    """The remote peer is at fault; ``code`` belongs to the class."""

    wire_code: ClassVar[str] = "bad-request"
    remedy = "Correct the client; it asked for what it cannot have."

    def __init__(self, text: str) -> None:
        super().__init__(self.wire_code, text)
        self.args = (text,)


class BadArguments(PeerError):
    """A call's arguments do not fit the method's declaration, or are too large."""

    wire_code = "bad-arguments"
    remedy = "Compare the call with the signature that `help` prints."


class NoSuchCall(PeerError):
    """The avatar has no such perspective method."""

    wire_code = "no-such-call"
    remedy = "Compare the name with the list that `help` prints."


class LoginRefused(PeerError):
    """Name and secret do not belong together; which of the two is never said."""

    wire_code = "login-refused"
    remedy = "Check name and password, or make the account first."


class PlaintextRefused(PeerError):
    """A password was offered over a connection that anyone can read."""

    wire_code = "tls-required"
    remedy = "Connect with TLS, or use an app token."


class Forbidden(PeerError):
    """The peer's role does not allow this."""

    wire_code = "forbidden"
    remedy = "Ask an admin for the role."


class NotFound(PeerError):
    """The named thing does not exist."""

    wire_code = "not-found"
    remedy = "Check the spelling."


class AlreadyExists(PeerError):
    """The named thing exists already."""

    wire_code = "already-exists"
    remedy = "Choose another name."


class AvatarFull(PeerError):
    """The avatar has as many clients as its ``max_clients`` allows."""

    wire_code = "full"
    remedy = "Close another window of the same player first."


class LoggedOut(PeerError):
    """A call arrived on a perspective whose client was logged out or replaced."""

    wire_code = "logged-out"
    remedy = "Log in again."


class Busy(PeerError):
    """A bounded queue of the server is full."""

    wire_code = "busy"
    remedy = "Try again in a few seconds."


class StaleRevision(PeerError):
    """Somebody else has changed this text since; nothing was written."""

    wire_code = "stale-revision"
    remedy = "Get the newest revision, make your change to that, and put it again."


class NotReleased(PeerError):
    """A release was refused, or taken back; the game runs as it did before."""

    wire_code = "not-released"
    remedy = "Mend what the message names, and release again."


class Stopping(PeerError):
    """The server is stopping and takes no new calls or logins."""

    wire_code = "stopping"
    remedy = "Connect again when the server is back."


class NotSaved(PeerError):
    """The call's changes could not be stored."""

    wire_code = "not-saved"
    remedy = "Try again in a moment; the server's operator sees why in the log."


class NewerState(PeerError):
    """A player's state is of a newer version than the game that runs here now."""

    wire_code = "newer-state"
    remedy = "Try again later; the state is safe, and the operator sees why in the log."


class Forgotten(PeerError):
    """A call that was sent again came too late: its answer is not kept any more."""

    wire_code = "forgotten"
    remedy = "The call was carried out, or never came; look before repeating it."


class Interrupted(PeerError):
    """The server was killed in the middle of a call that took several turns."""

    wire_code = "interrupted"
    remedy = "Part of what the call does is done; look before repeating it."


class InternalError(PeerError):
    """Something failed that the peer is not told about; the id is in the log."""

    wire_code = "internal-error"
    remedy = "Look the id up in the server's log."

    def __init__(self, incident: str) -> None:
        super().__init__(f"internal error {incident}")
        self.args = (incident,)
        self.incident = incident


class ConnectionFailed(PeerError):
    """The client could not reach or greet the server."""

    wire_code = "connection-failed"
    remedy = "Check address, port and whether the port speaks TLS."


class CertificateRefused(ConnectionFailed):
    """The server's certificate does not prove the server's name or the pin."""

    wire_code = "certificate-refused"
    remedy = "Check the host name, the CA file or the pinned fingerprint."


class ConnectionLost(PeerError):
    """The connection ended before the answer; the call may have been carried out."""

    wire_code = "connection-lost"
    remedy = "Wait for the client to reconnect, then look before repeating the call."


class ClientFailed(PeerError):
    """A client that was asked gave an error, or no plain value."""

    wire_code = "client-failed"
    remedy = "The client's mind is wrong, or too old; treat it as one that is silent."


class CallTimedOut(PeerError):
    """No answer came within the time given."""

    wire_code = "timed-out"
    remedy = "The peer is slow or gone; the call may have been carried out."


class PluginError(GameServerError):
    """Author code is wrong in a way that was found before it ran for a player.

    ``place``: file and line, ``player.py:41``, or as much of it as is known.
    """

    remedy = "Mend the named line."

    def __init__(self, place: str, text: str) -> None:
        super().__init__(place, text)
        self.place = place
        self.text = text

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class VersionTooHigh(PluginError):
    """Stored state is of a newer version than the class: it is left as it is."""

    remedy = "Bring the newer code back, or restore a backup from before it ran."


class NoWayBack(PluginError):
    """State cannot go back to an older version: a migration declares no inverse."""

    remedy = "Release a mended text, with a higher version and a step that leads back."


class ReleaseRefused(PluginError):
    """A change of code cannot be made; everything is as it was before.

    ``module``: the module at fault. ``step``: read, run, plan, commit, hook or
    migrate.
    """

    remedy = "Mend the named line and release again."

    def __init__(self, place: str, text: str, module: str, step: str) -> None:
        super().__init__(place, text)
        self.args = (place, text, module, step)
        self.module = module
        self.step = step

    def __str__(self) -> str:
        named = f" (module {self.module})" if self.module else ""
        return f"{self.place}: {self.text}{named}"


class OperatorError(GameServerError):
    """What the operator asked for cannot be done; the message is one line."""

    exit_code: int = 1


class Signalled(OperatorError):
    """A signal has ended a verb: ``number``; the exit code is as a shell has it.

    ``more``: what the verb leaves behind.
    """

    def __init__(self, number: int, more: str = "") -> None:
        super().__init__(f"interrupted; {more}" if more else "interrupted")
        self.number = number
        self.exit_code = 128 + number


class SettingError(OperatorError):
    """A setting or option is wrong: names file, place, value and expectation."""

    exit_code = 2
    remedy = "Correct the named setting; the reference lists them all."

    @classmethod
    def wrong(cls, place: str, seen: object, expected: str) -> Self:
        """Give the line that a wrong value gets.

        ``place``: file and line, or option. ``expected`` completes "expected ...".
        """
        shown = str(seen).lower() if isinstance(seen, bool) else repr(seen)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        return cls(f"{place}: saw {shown}, expected {expected}")


class DirectoryInUse(OperatorError):
    """Another server holds the data directory."""

    remedy = "Stop the other server or give another --data."


class CannotListen(OperatorError):
    """An endpoint could not be opened."""

    remedy = "Choose another port, or stop what is listening there."


class StoreError(OperatorError):
    """The database refused, is newer than this program, or is damaged."""

    remedy = "The message names the file; restore it from a backup if it is damaged."


class StoreLocked(StoreError):
    """Another process writes to the database right now."""


class Damaged(StoreError):
    """One stored row is not what was written; the database itself answers."""


class NotRunning(OperatorError):
    """The verb needs a running server and found none."""

    remedy = "Start it with `gameserver run`."


class MeasurementFailed(OperatorError):
    """A benchmark's server did not start, or answered other bytes than it must."""

    remedy = "Run the benchmark again; if it fails again, the server is at fault."


class DoesNotHold(OperatorError):
    """A step of the demo's tour showed something else than it must.

    ``expected`` and ``seen``: what, as text.
    """

    remedy = "Run it again with --keep, and read the server's log in the folder."

    def __init__(self, expected: str, seen: str) -> None:
        super().__init__(f"expected {expected}; saw {seen}")
        self.expected, self.seen = expected, seen


class PlanStale(OperatorError):
    """The plan was made before another release, or before the text changed again."""

    remedy = "Plan again and read the new plan."


class UndoRefused(OperatorError):
    """A release cannot be taken back exactly; the message names what stands in it."""

    remedy = "Release the earlier text instead, or put right what is named."


class StateNotStored(OperatorError):
    """Some avatars or services hold values that cannot be stored."""

    remedy = "Mend the plugin; the store keeps the last good state of those named."
