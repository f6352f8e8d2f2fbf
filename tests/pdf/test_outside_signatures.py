"""Certificates of outside authorities, in files and on devices, and times of an outside time-stamp authority, beside our own."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from cryptography.x509 import load_pem_x509_certificate
from outside import (
    DEVICE_PIN,
    FILE_PIN,
    SOFTHSM,
    OutsideAuthority,
    key_number,
    outside_authority,
    put_on_device,
    softhsm,
    time_stamp_server,
)
from pikepdf import pdfa
from pyhanko.pdf_utils.reader import PdfFileReader
from sealed import NOW, PASSPHRASE, Office, Signers, bound, drawn, events, listed, office_in, sealed, signed, unsigned_sheet

from engine.errors import Conflict, Forbidden, Invalid
from models.people import CertificateTier
from workflows.dossier.certificates import Holder, renew_issuing
from workflows.dossier.outside_certificates import checked, read_pkcs12
from workflows.dossier.pades import SigningParts
from workflows.dossier.signers import HeldKey, PersonSigner
from workflows.dossier.signing_devices import Device, DeviceKey, WrongPin, certificates_on, tokens
from workflows.dossier.verification import verify_dossier
from workflows.facilities import Outside



def now() -> datetime:
    """Give the moment: OpenSSL stamps with the clock of the machine, and a run takes longer than clocks may differ."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OutsideAuthority:
    return outside_authority(tmp_path_factory.mktemp("outside"), NOW - timedelta(days=30))


@pytest.fixture(scope="module")
def outside(authority: OutsideAuthority) -> Outside:
    return Outside(authority.roots_dir)


@pytest.fixture(scope="module")
def tsa(authority: OutsideAuthority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with time_stamp_server(authority, tmp_path_factory.mktemp("tsa") / "server") as url:
        yield url


@pytest.fixture(scope="module")
def device(authority: OutsideAuthority) -> Iterator[Device]:
    with softhsm():
        put_on_device("孙平的密钥", authority.certificate("孙平"))
        yield Device(SOFTHSM, "孙平的密钥")


@pytest.fixture(scope="module")
def by_file(authority: OutsideAuthority, outside: Outside) -> PersonSigner:
    """Give a signer out of a PKCS #12 file."""
    opened = read_pkcs12(authority.file(authority.certificate("孙平")), FILE_PIN)
    found = checked(opened.certificate, opened.others, outside, NOW)
    assert found.chain == (authority.issuing,)
    return PersonSigner(uuid4(), "孙平", found.pem, HeldKey(opened.key), found.chain_pem, CertificateTier.FILE)


def run(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def roots(office: Office, authority: OutsideAuthority) -> list[bytes]:
    return [office.root, authority.root.public_bytes(Encoding.PEM)]


def light(pdf: bytes, trusted: list[bytes], key: str) -> tuple[bool | None, str]:
    (found,) = [one for one in verify_dossier(pdf, trusted).lights if one.key == key]
    return found.ok, found.sentence.format(**found.params)


def test_a_sheet_signed_with_a_file_and_one_of_ours_holds_for_us_and_for_pdfsig(
    office: Office, authority: OutsideAuthority, by_file: PersonSigner, signers: Signers, tmp_path: Path
) -> None:
    once = signed(office, unsigned_sheet(), "department_review", by_file)
    pdf = signed(office, once, *signers[1])
    assert light(pdf, roots(office, authority), "certificates") == (True, "All certificates lead to trusted roots and were in force when used; besides this system they come from: 测试电子认证 根CA.")
    assert light(pdf, [office.root], "certificates")[0] is False
    assert verify_dossier(pdf, roots(office, authority)).exit_code == 0
    (tmp_path / "sheet.pdf").write_bytes(pdf)
    folder = f"sql:{tmp_path}"
    run("certutil", "-N", "-d", folder, "--empty-password")
    for number, root in enumerate(roots(office, authority)):
        (tmp_path / "root.pem").write_bytes(root)
        run("certutil", "-A", "-d", folder, "-n", f"root {number}", "-t", "CT,CT,CT", "-i", tmp_path / "root.pem")
    report = run("pdfsig", "-nssdir", folder, tmp_path / "sheet.pdf")
    assert report.count("Signature is Valid.") == report.count("Certificate is Trusted.") == 2
    assert [one for one in pdfa.validate_written(tmp_path / "sheet.pdf", "3b").findings if one.kind != "unsupported"] == []


def test_a_sheet_with_an_outside_signature_holds_inside_a_sealed_dossier(
    office: Office, authority: OutsideAuthority, by_file: PersonSigner
) -> None:
    # In a dossier lie our revocation lists; of the outside authority there is none.
    pdf = signed(office, unsigned_sheet(), "department_review", by_file)
    whole = sealed(office, bound([(listed("sheet-1.pdf", pdf, [("department_review", by_file)]), pdf)], events()))
    assert verify_dossier(whole, roots(office, authority)).first_fault is None


def test_a_device_signs_as_a_file_does(office: Office, authority: OutsideAuthority, device: Device) -> None:
    ((key_id, certificate),) = certificates_on(device, DEVICE_PIN).items()
    assert device.token_label in tokens(SOFTHSM)
    key = DeviceKey(device, key_id, DEVICE_PIN, 258)
    chain = authority.issuing.public_bytes(Encoding.PEM)
    signer = PersonSigner(uuid4(), "孙平", certificate.public_bytes(Encoding.PEM), key, chain, CertificateTier.DEVICE)
    pdf = signed(office, unsigned_sheet(), "department_review", signer)
    assert verify_dossier(pdf, roots(office, authority)).exit_code == 0
    wrong = replace(signer, key=replace(key, pin="11111111"))
    with pytest.raises(WrongPin, match="does not open the device 孙平的密钥"):
        signed(office, unsigned_sheet(), "department_review", wrong)
    with pytest.raises(WrongPin, match="Type the PIN"):
        replace(key, pin="").sign(b"")
    with pytest.raises(Forbidden, match="is not there"):
        replace(key, device=Device(SOFTHSM, "不在")).sign(b"")
    with pytest.raises(Forbidden, match="no longer has the key"):
        replace(key, key_id=b"\xff").sign(b"")
    with pytest.raises(Invalid, match="JUANZONG_PKCS11_MODULE"):
        tokens("/no/such/library.so")


def test_what_cannot_sign_papers_is_refused_with_its_reason(authority: OutsideAuthority, outside: Outside, tmp_path: Path) -> None:
    good = authority.certificate("孙平")
    file = authority.file(good)
    for data, pin, refusal, words in (
        (file, "wrong", Forbidden, "PIN does not open"),
        (b"hello", "", Invalid, "not a certificate file"),
        (b"0" + b"\0" * 40, "", Forbidden, "damaged"),
        (file + b"0" * 100_000, FILE_PIN, Invalid, "not a certificate file"),
        (pkcs12.serialize_key_and_certificates(b"me", None, good, None, NoEncryption()), "", Invalid, "no key"),
        (pkcs12.serialize_key_and_certificates(b"me", ec.generate_private_key(ec.SECP256R1()), None, None, NoEncryption()), "", Invalid, "no key"),
    ):
        with pytest.raises(refusal, match=words):
            read_pkcs12(data, pin)
    with pytest.raises(Invalid, match=r"does not trust the authority .*CN=测试电子认证 签发CA"):
        checked(good, (authority.issuing, authority.root), Outside(tmp_path), NOW)
    with pytest.raises(Invalid, match="does not trust the authority"):
        checked(good, (), outside, NOW)
    with pytest.raises(Invalid, match="in force from 2026-01-31 to 2027-01-31 only"):
        checked(good, (authority.issuing,), outside, NOW + timedelta(days=400))
    from workflows.dossier.certificate_profiles import Profile

    with pytest.raises(Invalid, match="not made for signing"):
        checked(authority.certificate("孙平", profile=Profile.ISSUING), (authority.issuing,), outside, NOW)
    (tmp_path / "wrong.pem").write_text("no certificate")
    with pytest.raises(Invalid, match=r"wrong\.pem is no certificate"):
        checked(good, (), Outside(tmp_path), NOW)


def test_a_certificate_its_authority_revoked_signs_nothing(office: Office, tmp_path: Path) -> None:
    strict = outside_authority(tmp_path, NOW - timedelta(days=1))
    certificate = strict.certificate("孙平")
    strict.revoke(certificate)
    with pytest.raises(Invalid, match="revoked by its authority"):
        checked(certificate, (strict.issuing,), Outside(strict.roots_dir), NOW)
    from workflows.dossier.outside_certificates import lists_in

    parts = replace(office.parts, lists=lists_in(strict.roots_dir))
    signer = PersonSigner(uuid4(), "孙平", certificate.public_bytes(Encoding.PEM), HeldKey(key_number(2)))
    with pytest.raises(Forbidden, match="was revoked"):
        signed(replace(office, parts=parts), unsigned_sheet(), "department_review", signer)


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory, authority: OutsideAuthority, tsa: str) -> Office:
    """Give an office of today that asks the other authority for the time."""
    office = office_in(tmp_path_factory.mktemp("timed") / "authority", now() - timedelta(days=1))
    return replace(office, parts=replace(office.parts, roots=(authority.root,), tsa_url=tsa))


def test_the_time_of_another_authority_stands_in_signature_and_seal(timed: Office, authority: OutsideAuthority, tmp_path: Path) -> None:
    at = now()
    signer = timed.person("孙平", now=at)
    pdf = signed(timed, unsigned_sheet(), "department_review", signer, at)
    one = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    token = one.signer_info["unsigned_attrs"][0]["values"][0]
    assert token["content"]["encap_content_info"]["content"].parsed["policy"].native == "1.2.3.4.1"
    (tmp_path / "token.der").write_bytes(token.dump())
    (tmp_path / "root.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))
    (tmp_path / "issuing.pem").write_bytes(authority.issuing.public_bytes(Encoding.PEM))
    digest = hashlib.sha256(one.signer_info["signature"].native).hexdigest()
    assert "Verification: OK" in run("openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token.der", "-digest", digest,
                                     "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "issuing.pem")  # fmt: skip
    whole = sealed(timed, bound([(listed("sheet-1.pdf", pdf, [("department_review", signer)]), pdf)], events()), at)
    assert verify_dossier(whole, roots(timed, authority)).first_fault is None
    assert light(whole, [timed.root], "certificates")[0] is False
    altered = bytearray(pdf)
    altered[pdf.index(b"/Contents <") + 400] ^= 1
    assert verify_dossier(bytes(altered), roots(timed, authority)).exit_code == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [("refused", "gave no time"), ("broken", "gave no time"), ("gone", "gave no time"), ("unknown", "leads to no root")],
)
def test_no_time_means_no_signature_and_never_one_of_our_own(timed: Office, tsa: str, path: str, words: str) -> None:
    url = {"gone": "http://127.0.0.1:9/", "unknown": tsa}.get(path, tsa + path)
    parts = replace(timed.parts, tsa_url=url, roots=() if path == "unknown" else timed.parts.roots)
    with pytest.raises(Conflict, match=words):
        signed(replace(timed, parts=parts), unsigned_sheet(), "department_review", timed.person("孙平", now=now()), now())


def test_a_clock_set_wrong_is_not_papered_over(timed: Office) -> None:
    late = now() - timedelta(minutes=20)
    with pytest.raises(Conflict, match="minutes apart"):
        signed(timed, unsigned_sheet(), "department_review", timed.person("孙平", now=late), late)


def test_a_renewed_issuing_authority_leaves_everything_before_it_good(tmp_path: Path, signers: Signers) -> None:
    before = office_in(tmp_path / "authority")
    first = before.person("孙平")
    once = signed(before, unsigned_sheet(), "department_review", first)
    root_key = tmp_path / "authority" / "root.key"
    root_key.rename(tmp_path / "safe")
    with pytest.raises(Invalid, match=r"Put root\.key back"):
        renew_issuing(tmp_path / "authority", PASSPHRASE, "示例市", NOW)
    (tmp_path / "safe").rename(root_key)
    renewed = renew_issuing(tmp_path / "authority", PASSPHRASE, "示例市", NOW + timedelta(days=1))
    assert [renewed.issuing_dir.name, len(renewed.former)] == ["issuing-2", 1]
    assert renewed.pem(Holder.ROOT) == before.root
    assert renewed.certificates[Holder.ISSUING].subject != before.authority.certificates[Holder.ISSUING].subject
    after = Office(renewed, SigningParts(renewed, PASSPHRASE, iter(range(100, 200)).__next__))
    second, at = after.person("赵敏", now=NOW + timedelta(days=1)), NOW + timedelta(days=2)
    twice = signed(after, once, "office_approval", second, at)
    entry = listed("sheet-1.pdf", twice, [("department_review", first), ("office_approval", second)])
    whole = sealed(after, bound([(entry, twice)], events()), at)
    assert verify_dossier(whole, [before.root], now=at).first_fault is None
    serial = load_pem_x509_certificate(first.certificate_pem).serial_number
    revoking = replace(after, parts=replace(after.parts, revoked={serial: NOW + timedelta(days=1)}))
    with pytest.raises(Forbidden, match="revoked"):
        signed(revoking, unsigned_sheet(), "department_review", first, at)
    sealed(revoking, drawn(), at)
    folder = tmp_path / "authority"
    (tmp_path / "lists.pem").write_bytes((folder / "crl.pem").read_bytes() + (folder / "root-crl.pem").read_bytes())
    (tmp_path / "first.pem").write_bytes(first.certificate_pem)
    check = ["openssl", "verify", "-crl_check_all", "-CRLfile", tmp_path / "lists.pem", "-CAfile", folder / "root.pem",
             "-untrusted", folder / "issuing.pem", "-attime", str(int((at + timedelta(days=1)).timestamp())), tmp_path / "first.pem"]  # fmt: skip
    assert "certificate revoked" in subprocess.run(check, capture_output=True, text=True, check=False).stderr
