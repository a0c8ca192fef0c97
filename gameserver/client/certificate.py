"""What a server's certificate says, in words for a person; reads, decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

if TYPE_CHECKING:
    from OpenSSL import SSL


def fingerprint_of(leaf: x509.Certificate) -> str:
    """Give ``sha256:`` and 64 hex digits over the certificate's DER form."""
    return f"sha256:{leaf.fingerprint(hashes.SHA256()).hex()}"


def leaf_of(connection: SSL.Connection) -> x509.Certificate | None:
    """Give the certificate the server showed, or None if it came to none.

    Works after a failed verification too: OpenSSL then has no ``peer_certificate``
    but still the chain as received.
    """
    chain = connection.get_peer_cert_chain(as_cryptography=True)
    return chain[0] if chain else None


def names_of(leaf: x509.Certificate) -> list[str]:
    """Give the host names and addresses the certificate is for, as it orders them."""
    try:
        names = leaf.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return []
    hosts = names.get_values_for_type(x509.DNSName)
    addresses = names.get_values_for_type(x509.IPAddress)
    return [*hosts, *(str(address) for address in addresses)]


def describe(leaf: x509.Certificate) -> str:
    """Name what the certificate is for, who signed it, how long, and its print."""
    names = ", ".join(names_of(leaf)) or "no host"
    signer = "itself" if leaf.issuer == leaf.subject else leaf.issuer.rfc4514_string()
    until = leaf.not_valid_after_utc.date().isoformat()
    return (
        f"it is for {names}, signed by {signer}, "
        f"valid until {until}, {fingerprint_of(leaf)}"
    )
