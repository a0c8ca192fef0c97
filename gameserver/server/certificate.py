"""TLS certificates: the development certificate, fingerprints, and server options.

The development certificate is made at first start and kept in the data directory. It is
self-signed, for this machine's names only, and cannot sign others. Clients trust it by
its file or its fingerprint, so it is never replaced behind their back: when it has
expired, or half of it is gone, the server says so and the operator decides.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL
from twisted.internet.ssl import CertificateOptions, TLSVersion

from gameserver.errors import SettingError, StoreError
from gameserver.server.directory import check_private, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

# The longest that Apple's TLS takes for a certificate the user trusts by hand.
LIFETIME = timedelta(days=825)
_COMMON_NAME = "gameserver development certificate"
_LOCAL = ("", "localhost")
_CLOCK_SKEW = timedelta(hours=1)  # a client's clock may be a little behind
_Key = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)


@dataclass(frozen=True)
class Pair:
    """Two PEM files: a certificate, with its chain if it has one, and its key.

    ``place``: the settings that name them, for messages, if settings do.
    """

    certificate: Path
    key: Path
    place: str = ""


def development_pair(pair: Pair, now: datetime | None = None) -> Pair:
    """Give the development certificate, making it if there is none yet.

    ``pair``: where the files are or shall be. ``now``: an aware time, for tests.
    Raises ``StoreError`` when it has expired, is damaged, half of it is missing, or
    others can read the key.
    A key without a certificate is what an interrupted first start leaves, and is
    replaced.
    """
    now = now or datetime.now(UTC)
    remedy = f"remove {pair.certificate} and {pair.key} to have a new one made"
    if not pair.certificate.exists():
        _make(pair, now)
        return pair
    try:
        certificate = _read(pair)[1][0]
    except SettingError as error:
        raise StoreError(f"development certificate: {error}; {remedy}") from error
    if certificate.not_valid_after_utc <= now:
        day = certificate.not_valid_after_utc.date()
        msg = f"development certificate {pair.certificate} expired on {day}; {remedy}"
        raise StoreError(msg)
    check_private(pair.key)
    return pair


def fingerprint(certificate: bytes | x509.Certificate) -> str:
    """Give ``sha256:`` and 64 lower-case hex digits over the certificate's DER.

    ``certificate``: PEM, of which the first counts, or a loaded one.
    """
    if isinstance(certificate, bytes):
        certificate = x509.load_pem_x509_certificate(certificate)
    return f"sha256:{certificate.fingerprint(hashes.SHA256()).hex()}"


def server_options(certificate: Path, key: Path) -> CertificateOptions:
    """Give what a TLS 1.2+ listener needs.

    Raises ``SettingError`` naming the file that is unreadable, holds no PEM, needs a
    passphrase, does not fit the other, or is too weak for OpenSSL.
    """
    private, chain = _read(Pair(certificate, key))
    # Twisted asks for pyOpenSSL's classes and hands them on to pyOpenSSL, which has
    # deprecated its own in favour of these.
    options = CertificateOptions(
        privateKey=private,  # type: ignore[arg-type]  # see above
        certificate=chain[0],  # type: ignore[arg-type]  # see above
        extraCertChain=chain[1:],  # type: ignore[arg-type]  # see above
        raiseMinimumTo=TLSVersion.TLSv1_2,
    )
    try:
        options.getContext()  # kept by the options, so it is not made twice
    except SSL.Error as error:
        msg = f"{certificate}: OpenSSL refuses it: {_reason(error)}"
        raise SettingError(msg) from error
    return options


def _read(pair: Pair) -> tuple[_Key, list[x509.Certificate]]:
    try:
        chain = x509.load_pem_x509_certificates(_content(pair.certificate))
        public = _der(chain[0].public_key())
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"{pair.certificate}: saw no PEM certificate, expected one or a chain"
        raise SettingError(msg) from error
    private = _private_key(pair.key)
    if _der(private.public_key()) != public:
        msg = f"{pair.key}: saw another key, expected that of {pair.certificate}"
        raise SettingError(msg)
    return private, chain


def _der(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _private_key(path: Path) -> _Key:
    try:
        private = load_pem_private_key(_content(path), password=None)
    except TypeError as error:
        msg = f"{path}: saw an encrypted key, expected one without passphrase"
        raise SettingError(msg) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"{path}: saw no PEM private key, expected one"
        raise SettingError(msg) from error
    if not isinstance(private, _Key):
        msg = f"{path}: saw a key TLS has no use for, expected RSA, ECDSA or EdDSA"
        raise SettingError(msg)
    return private


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        msg = f"{path}: cannot be read ({reason}), expected a PEM file"
        raise SettingError(msg) from error


def _reason(error: SSL.Error) -> str:
    """Give OpenSSL's words: its errors are lists of (library, function, reason)."""
    parts = error.args[0] if error.args else []
    return "; ".join(part[-1] for part in parts if part) or "no reason given"


def _make(pair: Pair, now: datetime) -> None:
    """Write the key first: a certificate is there only if its key is."""
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(private, now)
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        write_atomically(pair.key, key, mode=0o600)
        write_atomically(pair.certificate, certificate.public_bytes(Encoding.PEM))
    except OSError as error:
        reason = error.strerror or "unknown reason"
        msg = f"development certificate: cannot write {pair.certificate}: {reason}"
        raise StoreError(msg) from error


def _self_signed(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _COMMON_NAME)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
    )
    for extension, critical in _extensions(key.public_key()):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())


def _extensions(
    public: ec.EllipticCurvePublicKey,
) -> list[tuple[x509.ExtensionType, bool]]:
    """Give what OpenSSL's strict check asks of a server that is its own root."""
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return [
        (x509.SubjectAlternativeName(_names(socket.gethostname())), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage, True),
        (server, False),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
    ]


def _names(host: str) -> list[x509.GeneralName]:
    """List this machine's names; a host name that is not ASCII cannot be in a SAN."""
    hosts = ["localhost", *([host] if host.isascii() and host not in _LOCAL else [])]
    addresses = (ipaddress.ip_address(text) for text in ("127.0.0.1", "::1"))
    return [*map(x509.DNSName, hosts), *map(x509.IPAddress, addresses)]
