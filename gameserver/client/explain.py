"""Why a connection could not be made, in one sentence that names the way out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error as net
from twisted.internet.defer import TimeoutError as OutOfTime

from gameserver.client.broker import ClientBroker, NotPB
from gameserver.client.certificate import describe, names_of
from gameserver.errors import CertificateRefused, ConnectionFailed

if TYPE_CHECKING:
    from gameserver.client.endpoint import Endpoint
    from gameserver.client.route import Route
    from gameserver.errors import GameError

# OpenSSL's words for "those bytes are no TLS record".
_PLAINTEXT = "wrong version number"
_NO_TLS = (
    _PLAINTEXT,
    "packet length too long",
    "http request",
    "record layer failure",
)
_UNPROVED = "is not proved by"


def no_connection(route: Route, error: BaseException) -> ConnectionFailed:
    """Explain why there is not even a TCP connection."""
    endpoint = route.endpoint
    if isinstance(error, (OutOfTime, net.TimeoutError)):
        return ConnectionFailed(f"{endpoint} did not answer within {route.timeout:g} s")
    if isinstance(error, net.DNSLookupError):
        return ConnectionFailed(f"the host name {endpoint.host!r} is not known")
    if isinstance(error, net.ConnectionRefusedError):
        return ConnectionFailed(f"nothing listens at {endpoint}")
    reason = getattr(error, "osError", None) or error
    if isinstance(reason, int):
        reason = os.strerror(reason)
    return ConnectionFailed(f"{endpoint} cannot be reached: {reason}")


def no_greeting(
    route: Route, broker: ClientBroker, error: BaseException
) -> ConnectionFailed:
    """Explain why a connection did not come to speak PB."""
    endpoint = route.endpoint
    if isinstance(error, ConnectionFailed):
        return error
    if isinstance(error, VerificationError):
        return _wrong_name(endpoint, broker)
    if isinstance(error, SSL.Error):
        return _no_handshake(route, broker, error)
    if isinstance(error, NotPB) or broker.first_bytes:
        seen = f"it sent {broker.first_bytes!r}"
        return ConnectionFailed(f"{endpoint} is no game server: {seen}")
    if isinstance(error, OutOfTime):
        missing = broker.stage.value if endpoint.kind == "tls" else "the greeting"
        what = f"{endpoint} was silent for {route.timeout:g} s instead of {missing}"
    else:
        what = f"{endpoint} closed the connection before the greeting"
    if endpoint.kind == "tcp":
        what += f"; the port may speak TLS: use tls:{_place(endpoint)}"
    return ConnectionFailed(what)


def is_unproved(error: GameError) -> bool:
    """Say whether a certificate was refused for what a pin, or its file, would mend."""
    return isinstance(error, CertificateRefused) and _UNPROVED in error.text


def _place(endpoint: Endpoint) -> str:
    return str(endpoint).partition(":")[2]


def _wrong_name(endpoint: Endpoint, broker: ClientBroker) -> CertificateRefused:
    names = ", ".join(names_of(broker.leaf)) if broker.leaf else ""
    seen = names or "no host at all"
    text = f"the server's certificate is for {seen}: expected {endpoint.host}"
    return CertificateRefused(text)


def _no_handshake(
    route: Route, broker: ClientBroker, error: SSL.Error
) -> ConnectionFailed:
    endpoint = route.endpoint
    reason = _reason(error)
    if "certificate verify failed" in reason:
        seen = describe(broker.leaf) if broker.leaf else "it showed none"
        text = f"the server's certificate {_UNPROVED} {route.trust}: {seen}"
        return CertificateRefused(text)
    if any(words in reason for words in _NO_TLS):
        text = f"{endpoint} does not answer with TLS"
        # Only bytes in the clear are a reason to do without TLS: a server that closes,
        # or is silent, may be one that dies or is kept from answering.
        if _PLAINTEXT in reason:
            text += f"; the port may speak no TLS: use tcp:{_place(endpoint)}"
        return ConnectionFailed(text)
    return ConnectionFailed(f"the TLS handshake with {endpoint} failed: {reason}")


def _reason(error: SSL.Error) -> str:
    """Give OpenSSL's own words; its queue is a list of (library, function, reason)."""
    queue = error.args[0] if error.args else []
    if isinstance(queue, list):
        return ", ".join(str(entry[-1]) for entry in queue) or "no reason given"
    return str(error)


def why_ended(reason: BaseException) -> str:
    """Say why a connection that worked is gone."""
    if isinstance(reason, NotPB):
        return "the server sent what is no Perspective Broker"
    if isinstance(reason, net.ConnectionDone):
        return "the server closed the connection"
    return "the connection broke"
