"""Certificates: the development one, fingerprints, and what a listener is given."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import SettingError, StoreError
from gameserver.server.certificate import (
    LIFETIME,
    Pair,
    development_pair,
    fingerprint,
    server_options,
)

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)


class Case(SynchronousTestCase):
    """Has a directory of its own."""

    def setUp(self):
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.pair = Pair(self.folder / "cert.pem", self.folder / "key.pem")

    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pair.certificate.read_bytes())

    def line(self, error, function, *args) -> str:
        """Give the one line that a call is refused with."""
        with self.assertRaises(error) as caught:
            function(*args)
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)


def shake_hands(server: SSL.Context, client: ssl.SSLContext, name: str) -> str:
    """Do a whole TLS handshake in memory; gives the version agreed on."""
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(inward, outward, server_hostname=name)
    far = SSL.Connection(server)
    far.set_accept_state()
    for _ in range(10):
        try:
            near.do_handshake()
        except ssl.SSLWantReadError:
            far.bio_write(outward.read())
        else:
            return near.version()
        with contextlib.suppress(SSL.WantReadError):
            far.do_handshake()
        inward.write(far.bio_read(65_536))
    raise AssertionError("no handshake after ten rounds")


class DevelopmentTests(Case):
    """The certificate made at first start."""

    def test_made(self):
        """ECDSA on P-256, for this machine's names, for a server, not for signing."""
        development_pair(self.pair, NOW)
        certificate = self.certificate()
        self.assertIsInstance(certificate.public_key().curve, ec.SECP256R1)
        extensions = certificate.extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertIn("localhost", names.get_values_for_type(x509.DNSName))
        addresses = map(str, names.get_values_for_type(x509.IPAddress))
        self.assertEqual(list(addresses), ["127.0.0.1", "::1"])
        basic = extensions.get_extension_for_class(x509.BasicConstraints).value
        self.assertFalse(basic.ca)
        self.assertEqual(certificate.not_valid_after_utc, NOW + LIFETIME)

    def test_key_is_private(self):
        """Only the owner can read the key; the certificate is for all."""
        development_pair(self.pair, NOW)
        self.assertEqual(stat.S_IMODE(self.pair.key.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.pair.certificate.stat().st_mode), 0o644)

    def test_kept(self):
        """The second start uses what the first made, and leaves nothing else."""
        development_pair(self.pair, NOW)
        before = self.pair.certificate.read_bytes(), self.pair.key.read_bytes()
        development_pair(self.pair, NOW)
        after = self.pair.certificate.read_bytes(), self.pair.key.read_bytes()
        self.assertEqual(before, after)
        self.assertEqual(len(list(self.folder.iterdir())), 2)

    def test_interrupted_first_start(self):
        """A key that got no certificate is replaced together with one."""
        self.pair.key.write_text("torn")
        development_pair(self.pair, NOW)
        server_options(self.pair.certificate, self.pair.key)

    def test_expired(self):
        """An expired one is named with its day and what to do."""
        development_pair(self.pair, NOW)
        line = self.line(StoreError, development_pair, self.pair, NOW + LIFETIME)
        day = (NOW + LIFETIME).date()
        self.assertIn(f"{self.pair.certificate} expired on {day}; remove ", line)

    def test_damaged(self):
        """A damaged one is not replaced behind the clients' backs."""
        development_pair(self.pair, NOW)
        self.pair.certificate.write_text("torn")
        line = self.line(StoreError, development_pair, self.pair, NOW)
        self.assertIn("saw no PEM certificate", line)
        self.assertIn("remove ", line)

    def test_key_gone(self):
        """Nor is one whose key is gone."""
        development_pair(self.pair, NOW)
        self.pair.key.unlink()
        line = self.line(StoreError, development_pair, self.pair, NOW)
        self.assertIn("key.pem: cannot be read (No such file", line)

    def test_key_open_to_others(self):
        """Nor is one used whose key others can read."""
        development_pair(self.pair, NOW)
        self.pair.key.chmod(0o644)
        line = self.line(StoreError, development_pair, self.pair, NOW)
        expected = "mode 0644 seen, 0600 expected: others could read the key; run chmod"
        self.assertIn(f"{self.pair.key}: {expected}", line)

    def test_cannot_be_written(self):
        """A directory that takes no files gets one line."""
        pair = Pair(Path("/proc/cert.pem"), Path("/proc/key.pem"))
        line = self.line(StoreError, development_pair, pair, NOW)
        self.assertIn("cannot write /proc/cert.pem", line)

    def test_strict_client(self):
        """OpenSSL's strictest check accepts it as its own root, for its names only."""
        development_pair(self.pair)
        server = server_options(self.pair.certificate, self.pair.key).getContext()
        client = ssl.create_default_context(cafile=str(self.pair.certificate))
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        for name in ("localhost", "127.0.0.1", "::1"):
            self.assertEqual(shake_hands(server, client, name), "TLSv1.3")
        with self.assertRaises(ssl.SSLCertVerificationError):
            shake_hands(server, client, "example.com")


class FingerprintTests(Case):
    """What a client pins."""

    def test_over_the_whole_certificate(self):
        """The digits are SHA-256 of the DER form, as every TLS tool prints it."""
        development_pair(self.pair, NOW)
        pem = self.pair.certificate.read_bytes()
        digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest()
        self.assertEqual(fingerprint(pem), f"sha256:{digits}")

    def test_pem_or_loaded(self):
        """PEM and a loaded certificate have the same."""
        development_pair(self.pair, NOW)
        pem = self.pair.certificate.read_bytes()
        self.assertEqual(fingerprint(pem), fingerprint(self.certificate()))


class ServerOptionsTests(Case):
    """An operator's PEM files."""

    def issue(self) -> trustme.LeafCert:
        authority = trustme.CA().create_child_ca()
        leaf = authority.issue_cert("play.example.com")
        chain = b"".join(one.bytes() for one in leaf.cert_chain_pems)
        self.pair.certificate.write_bytes(chain)
        self.pair.key.write_bytes(leaf.private_key_pem.bytes())
        return leaf

    def refusal(self) -> str:
        pair = self.pair
        return self.line(SettingError, server_options, pair.certificate, pair.key)

    def test_chain(self):
        """A client that knows only the root accepts a leaf sent with its chain."""
        root = trustme.CA()
        leaf = root.create_child_ca().issue_cert("play.example.com")
        chain = b"".join(one.bytes() for one in leaf.cert_chain_pems)
        self.pair.certificate.write_bytes(chain)
        self.pair.key.write_bytes(leaf.private_key_pem.bytes())
        client = ssl.create_default_context()
        root.configure_trust(client)
        options = server_options(self.pair.certificate, self.pair.key)
        version = shake_hands(options.getContext(), client, "play.example.com")
        self.assertEqual(version, "TLSv1.3")

    def test_one_file(self):
        """Certificate, chain and key may share a file, in either order."""
        leaf = self.issue()
        chain = b"".join(one.bytes() for one in leaf.cert_chain_pems)
        key = leaf.private_key_pem.bytes()
        for content in (chain + key, key + chain):
            self.pair.certificate.write_bytes(content)
            server_options(self.pair.certificate, self.pair.certificate)

    def test_older_versions_are_off(self):
        """Versions before 1.2 are switched off, also where OpenSSL still has them."""
        self.issue()
        options = server_options(self.pair.certificate, self.pair.key)
        mask = options.getContext().set_options(0)
        for version in (SSL.OP_NO_SSLv3, SSL.OP_NO_TLSv1, SSL.OP_NO_TLSv1_1):
            self.assertTrue(mask & version)
        self.assertFalse(mask & SSL.OP_NO_TLSv1_2)

    def test_tls_1_2_at_least(self):
        """TLS 1.2 is spoken, 1.1 is not, even to a client that would take any."""
        self.issue()
        options = server_options(self.pair.certificate, self.pair.key)
        for version, accepted in (
            (SSL.TLS1_1_VERSION, False),
            (SSL.TLS1_2_VERSION, True),
        ):
            context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
            context.set_min_proto_version(version)
            context.set_max_proto_version(version)
            self.assertEqual(agrees(options.getContext(), context), accepted)

    def test_missing_file(self):
        """A file that is not there is named."""
        line = self.refusal()
        expected = "cert.pem: cannot be read (No such file or directory)"
        self.assertIn(expected, line)

    def test_no_certificate_inside(self):
        """A certificate file without PEM is named."""
        self.issue()
        self.pair.certificate.write_text("-----BEGIN NONSENSE-----\n")
        self.assertIn("cert.pem: saw no PEM certificate", self.refusal())

    def test_no_key_inside(self):
        """A key file without a key is named."""
        self.issue()
        self.pair.key.write_bytes(self.pair.certificate.read_bytes())
        self.assertIn("key.pem: saw no PEM private key", self.refusal())

    def test_other_key(self):
        """A key of another certificate is refused."""
        self.issue()
        other = trustme.CA().issue_cert("other.example.com").private_key_pem.bytes()
        self.pair.key.write_bytes(other)
        line = self.refusal()
        self.assertTrue(line.startswith(f"{self.pair.key}: saw another key"), line)
        self.assertIn(str(self.pair.certificate), line)

    def test_encrypted_key(self):
        """A key behind a passphrase is refused: nobody is there to type it."""
        self.issue()
        self.write_key(BestAvailableEncryption(b"secret"))
        self.assertIn("key.pem: saw an encrypted key", self.refusal())

    def write_key(self, encryption) -> None:
        key = load_pem_private_key(self.pair.key.read_bytes(), None)
        form = Encoding.PEM, PrivateFormat.PKCS8, encryption
        self.pair.key.write_bytes(key.private_bytes(*form))

    def test_key_without_use(self):
        """A DSA key is refused by name of what is expected."""
        key = dsa.generate_private_key(2048)
        form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        self.issue_for(key)
        self.pair.key.write_bytes(key.private_bytes(*form))
        self.assertIn("expected RSA, ECDSA or EdDSA", self.refusal())

    def test_weak_key(self):
        """What OpenSSL finds too weak is refused at the start, with its reason."""
        key = rsa.generate_private_key(65_537, 1024)  # noqa: S505 - the point
        form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        self.issue_for(key)
        self.pair.key.write_bytes(key.private_bytes(*form))
        self.assertIn("OpenSSL refuses it: ee key too small", self.refusal())

    def issue_for(self, key) -> None:
        name = x509.Name([])
        signer = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
        builder = builder.not_valid_before(NOW).not_valid_after(NOW + LIFETIME)
        certificate = builder.sign(signer, x509.base.hashes.SHA256())
        self.pair.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))


def agrees(server: SSL.Context, client: SSL.Context) -> bool:
    """Say whether a handshake between the two succeeds."""
    near, far = SSL.Connection(client), SSL.Connection(server)
    near.set_connect_state()
    far.set_accept_state()
    finished = set()
    for one, other in [(near, far), (far, near)] * 5:
        try:
            one.do_handshake()
            finished.add(one)
        except SSL.WantReadError:
            pass
        except SSL.Error:
            return False
        with contextlib.suppress(SSL.WantReadError):
            other.bio_write(one.bio_read(65_536))
    return finished == {near, far}
