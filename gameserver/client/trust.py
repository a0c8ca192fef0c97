"""How a server proves who it is: by a CA and its name, or by one pinned certificate.

With CAs, Twisted's ``optionsForClientTLS`` verifies the chain and, through
service-identity, the host name or address. With a pin, exactly one leaf certificate is
accepted, whatever its names, signer or dates; it is compared in the handshake and once
more after it, because a resumed handshake would skip the first comparison.
"""

from __future__ import annotations

import hmac
import re
import weakref
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from OpenSSL import SSL, crypto
from twisted.internet import ssl
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.python.failure import Failure
from zope.interface import implementer

from gameserver.client.certificate import fingerprint_of
from gameserver.errors import CertificateRefused, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.protocols.tls import TLSMemoryBIOProtocol

    Verify = Callable[[SSL.Connection, crypto.X509, int, int, int], bool]

_PIN = re.compile(r"sha256:([0-9a-f]{64})")


class Trust(ABC):
    """What a TLS connection demands of the server; immutable, used by many."""

    @abstractmethod
    def creator(self, host: str) -> IOpenSSLClientConnectionCreator:
        """Give what makes OpenSSL connections that accept only ``host``'s proof."""

    @abstractmethod
    def accepts(self, leaf: x509.Certificate) -> bool:
        """Say whether the handshake's result stands, seen once more after it."""

    @abstractmethod
    def __str__(self) -> str: ...

    @staticmethod
    def chosen(path: str | Path | None, fingerprint: str | None) -> Trust:
        """Trust a file or a pin, whichever is given, else the system.

        ``SettingError`` if both are given.
        """
        if path is not None and fingerprint is not None:
            raise SettingError("a certificate file and a pin were given: expected one")
        if fingerprint is not None:
            return Trust.pin(fingerprint)
        return Trust.system() if path is None else Trust.file(path)

    @staticmethod
    def system() -> Trust:
        """Trust the certificate authorities that this machine trusts."""
        return _Authorities(None, "the system's certificate authorities")

    @staticmethod
    def file(path: str | Path) -> Trust:
        """Trust the CAs or certificates in a PEM file, read now.

        ``SettingError`` if it cannot be read or holds no certificate.
        """
        return _Authorities(_certificates(Path(path)), str(path))

    @staticmethod
    def pin(fingerprint: str) -> Trust:
        """Trust the one leaf certificate with this SHA-256 print, ``sha256:HEX``.

        Capitals and colons between the digits do not matter; anything else is a
        ``SettingError``.
        """
        kind, _, digits = fingerprint.strip().lower().partition(":")
        normal = f"{kind}:{digits.replace(':', '')}"
        if not _PIN.fullmatch(normal):
            expected = "expected sha256: and 64 hex digits"
            raise SettingError(f"pin {fingerprint!r} cannot be read: {expected}")
        return _Pinned(normal)


class _Authorities(Trust):
    def __init__(self, roots: list[ssl.Certificate] | None, name: str) -> None:
        self._roots = roots
        self._name = name

    def creator(self, host: str) -> IOpenSSLClientConnectionCreator:
        if self._roots is None:
            return ssl.optionsForClientTLS(host)
        roots = ssl.trustRootFromCertificates(self._roots)
        return _PartialChains(ssl.optionsForClientTLS(host, trustRoot=roots))

    def accepts(self, leaf: x509.Certificate) -> bool:
        # Each handshake is verified in full: we hand no session back to OpenSSL.
        del leaf
        return True

    def __str__(self) -> str:
        return self._name


@implementer(IOpenSSLClientConnectionCreator)
class _PartialChains:
    """Lets a file name a server's own certificate that some CA has signed.

    Without the flag OpenSSL accepts only self-signed certificates as the end of a
    chain, and the file of a leaf alone would prove nothing.
    """

    def __init__(self, options: IOpenSSLClientConnectionCreator) -> None:
        self._options = options

    def clientConnectionForTLS(
        self, tlsProtocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        connection = self._options.clientConnectionForTLS(tlsProtocol)
        store = connection.get_context().get_cert_store()
        assert store is not None
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        return connection


class _Pinned(Trust):
    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint

    def creator(self, host: str) -> IOpenSSLClientConnectionCreator:
        return _PinCreator(self, host)

    def accepts(self, leaf: x509.Certificate) -> bool:
        return hmac.compare_digest(fingerprint_of(leaf), self._fingerprint)

    def __str__(self) -> str:
        return f"the pin {self._fingerprint}"


@implementer(IOpenSSLClientConnectionCreator)
class _PinCreator:
    def __init__(self, pin: _Pinned, host: str) -> None:
        self._pin = pin
        self._host = host
        self._options = ssl.CertificateOptions()

    def clientConnectionForTLS(
        self, tlsProtocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        connection = self._options.clientConnectionForTLS(tlsProtocol)
        if not (isIPAddress(self._host) or isIPv6Address(self._host)):
            connection.set_tlsext_host_name(self._host.encode("idna"))
        must = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        connection.set_verify(must, self._verifier(tlsProtocol))
        return connection

    def _verifier(self, tls: TLSMemoryBIOProtocol) -> Verify:
        # Weak, because OpenSSL's connection, which tls owns, keeps the callback.
        protocol = weakref.ref(tls)

        def verify(
            connection: SSL.Connection,
            certificate: crypto.X509,
            error: int,
            depth: int,
            ok: int,
        ) -> bool:
            del connection, error, ok  # a chain's faults do not matter to a pin
            if depth != 0:
                return True
            leaf = certificate.to_cryptography()
            if self._pin.accepts(leaf):
                return True
            if (owner := protocol()) is not None:
                owner.failVerification(Failure(wrong_pin(leaf, self._pin)))
            return False

        return verify


def wrong_pin(leaf: x509.Certificate, pin: Trust) -> CertificateRefused:
    """Make the error for another certificate than the pinned one; shows both prints."""
    seen = fingerprint_of(leaf)
    return CertificateRefused(f"the server's certificate is {seen}: expected {pin}")


def _certificates(path: Path) -> list[ssl.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise SettingError(f"certificate file {path}: {reason}") from error
    except ValueError as error:
        expected = "expected at least one PEM certificate"
        raise SettingError(f"certificate file {path}: {expected}") from error
    return [ssl.Certificate(crypto.X509.from_cryptography(one)) for one in found]
