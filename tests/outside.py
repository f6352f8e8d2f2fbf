"""An outside authority for the tests: root and issuer, certificates in files and on a SoftHSM device, a time-stamp server."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from workflows.dossier.certificate_profiles import CertificateRequest, Profile, issue

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
FILE_PIN, DEVICE_PIN = "wenjian-kouling-6", "20262026"
_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/issuing.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@cache
def key_number(number: int) -> RSAPrivateKey:
    """Give one of a few keys; making them is slow."""
    return generate_private_key(public_exponent=65537, key_size=2048 + number * 8)


def named(name: str) -> x509.Name:
    """Give the name a certificate is made out to."""
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True)
class OutsideAuthority:
    """A root, an issuer under it, and the folder of roots an office would put it into."""

    root: x509.Certificate
    issuing: x509.Certificate
    since: datetime
    roots_dir: Path

    def certificate(self, name: str, number: int = 2, profile: Profile = Profile.SIGNING, days: int = 365) -> x509.Certificate:
        """Issue a certificate over the key of that number."""
        until = self.since + timedelta(days=days)
        request = CertificateRequest(named(name), key_number(number).public_key(), profile, self.since, until)
        return issue(request, self.issuing, key_number(1))

    def file(self, certificate: x509.Certificate, number: int = 2) -> bytes:
        """Give a PKCS #12 file with its chain."""
        sealed = BestAvailableEncryption(FILE_PIN.encode())
        return pkcs12.serialize_key_and_certificates(b"me", key_number(number), certificate, [self.issuing, self.root], sealed)

    def revoke(self, certificate: x509.Certificate) -> None:
        """Put a revocation list beside the root."""
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(self.since).build()
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.issuing.subject).last_update(self.since)
        crl = builder.next_update(self.since + timedelta(days=30)).add_revoked_certificate(entry).sign(key_number(1), SHA256())
        (self.roots_dir / "outside.crl").write_bytes(crl.public_bytes(Encoding.DER))


def outside_authority(folder: Path, since: datetime) -> OutsideAuthority:
    """Found an authority and put its root into a folder of trusted roots."""
    until = since + timedelta(days=3650)
    root = issue(CertificateRequest(named("测试电子认证 根CA"), key_number(0).public_key(), Profile.ROOT, since, until), None, key_number(0))
    request = CertificateRequest(named("测试电子认证 签发CA"), key_number(1).public_key(), Profile.ISSUING, since, until)
    roots = folder / "trusted-roots"
    roots.mkdir(parents=True)
    (roots / "outside.pem").write_bytes(root.public_bytes(Encoding.PEM))
    return OutsideAuthority(root, issue(request, root, key_number(0)), since, roots)


@contextmanager
def softhsm() -> Iterator[None]:
    """Let SoftHSM keep its tokens in a folder of this run. It reads its settings once, so there is one folder for all."""
    with TemporaryDirectory(prefix="jz-hsm-") as folder:
        conf = Path(folder) / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(conf)
        try:
            yield
        finally:
            del os.environ["SOFTHSM2_CONF"]


def put_on_device(label: str, certificate: x509.Certificate, number: int = 2) -> None:
    """Make a token with one key and its certificate."""
    _util("--init-token", "--free", "--label", label, "--so-pin", "00000000", "--pin", DEVICE_PIN)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "key.pem"
        file.write_bytes(key_number(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _util("--import", str(file), "--token", label, "--label", "sign", "--id", "a1", "--pin", DEVICE_PIN)
    import pkcs11

    library = pkcs11.lib(SOFTHSM)
    library.reinitialize()  # it has not seen the new token
    with library.get_token(token_label=label).open(rw=True, user_pin=DEVICE_PIN) as session:
        attributes = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.ID: b"\xa1",
            pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
            pkcs11.Attribute.VALUE: certificate.public_bytes(Encoding.DER),
        }
        session.create_object(attributes)


def _util(*arguments: str) -> None:
    done = subprocess.run(["softhsm2-util", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def time_stamp_server(authority: OutsideAuthority, folder: Path) -> Iterator[str]:
    """Serve time stamps made by OpenSSL over HTTP; gives the address. /refused refuses, /broken answers nonsense."""
    folder.mkdir()
    (folder / "tsa.pem").write_bytes(authority.certificate("第二时间戳", 3, Profile.TIMESTAMPING).public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(key_number(3).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "issuing.pem").write_bytes(authority.issuing.public_bytes(Encoding.PEM))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.conf").write_text(_CONFIG.format(folder=folder))

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            body = {"/refused": b"0\x0b0\x09\x02\x01\x020\x040\x02\x0c\x00", "/broken": b"<html>"}.get(self.path) or _answer(folder, asked)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the server calls
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(folder: Path, asked: bytes) -> bytes:
    command = ["openssl", "ts", "-reply", "-config", folder / "tsa.conf", "-queryfile", "/dev/stdin"]
    return subprocess.run([*command, "-out", "/dev/stdout"], input=asked, capture_output=True, check=True).stdout
