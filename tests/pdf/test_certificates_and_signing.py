"""The authority of the office: made once, whole, by whoever starts first; and what signing refuses."""

import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from sealed import FIELDS, NOW, ORGANISATION, PASSPHRASE, Office, drawn, office_in, sealed, signed, unsigned_sheet

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from workflows.dossier.certificates import (
    Holder,
    PersonSubject,
    create_authority,
    issue_person,
    load_authority,
    unlock,
    write_crl,
)
from workflows.dossier.pades import with_fields
from workflows.dossier.stamp import glyph, picture


def openssl(*command: object, rc: int = 0) -> str:
    done = subprocess.run(["openssl", *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == rc, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_everything_issued_leads_to_the_root(office: Office, tmp_path: Path) -> None:
    folder = office.authority.directory
    (tmp_path / "person.pem").write_bytes(office.person("孙平").certificate_pem)
    chain = ("-CAfile", folder / "root.pem", "-untrusted", folder / "issuing.pem", "-attime", int(NOW.timestamp()))
    assert openssl("verify", *chain, tmp_path / "person.pem", folder / "seal.pem").count(": OK") == 2
    assert ": OK" in openssl("verify", "-purpose", "timestampsign", *chain, folder / "timestamp.pem")


def test_keys_can_be_read_by_their_owner_only_and_are_locked(office: Office) -> None:
    keys = sorted(office.authority.directory.glob("*.key"))
    assert [key.name for key in keys] == ["issuing.key", "root.key", "seal.key", "timestamp.key"]
    for key in keys:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    shown = openssl("asn1parse", "-in", keys[0])
    assert ":scrypt" in shown
    assert "Key is valid" in openssl("pkey", "-in", keys[0], "-passin", f"pass:{PASSPHRASE.decode()}", "-noout", "-check")


def test_an_authority_that_is_there_is_loaded_not_made_again(tmp_path: Path) -> None:
    first = create_authority(tmp_path / "authority", PASSPHRASE, ORGANISATION, NOW)
    second = create_authority(tmp_path / "authority", PASSPHRASE, "另一个单位", NOW + timedelta(days=1))
    assert first.pem(Holder.ROOT) == second.pem(Holder.ROOT)
    assert [entry.name for entry in tmp_path.iterdir()] == ["authority"]


def test_two_that_start_at_once_get_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: create_authority(tmp_path / "authority", PASSPHRASE, ORGANISATION, NOW), range(2)))
    assert made[0].pem(Holder.ROOT) == made[1].pem(Holder.ROOT)
    assert made[0].key(Holder.SEAL, PASSPHRASE).public_key() == made[0].certificates[Holder.SEAL].public_key()
    assert [entry.name for entry in tmp_path.iterdir()] == ["authority"]


def test_a_missing_authority_and_a_damaged_one_are_named(tmp_path: Path, office: Office) -> None:
    with pytest.raises(NotFound, match="Start the server once"):
        load_authority(tmp_path / "authority")
    folder = tmp_path / "damaged"
    folder.mkdir()
    (folder / "root.pem").write_bytes(office.root)
    with pytest.raises(Invalid, match="Restore this folder from the backup"):
        load_authority(folder)


def test_a_wrong_passphrase_is_refused(office: Office) -> None:
    with pytest.raises(Invalid, match="passphrase does not open"):
        office.authority.key(Holder.ROOT, b"something else")


def test_a_personal_certificate_names_the_person_and_opens_with_the_password_only(office: Office) -> None:
    subject = PersonSubject("欧阳" * 60, ORGANISATION, "", "ouyang")
    issued = issue_person(office.authority, PASSPHRASE, subject, "正确的密码", NOW)
    certificate = x509.load_pem_x509_certificate(issued.cert_pem)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [str(name.value) for name in names] == ["欧阳" * 10 + "欧"]
    assert certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME) == []
    assert (issued.serial, issued.not_after) == (certificate.serial_number, NOW + timedelta(days=730))
    assert unlock(issued.encrypted_key_pem, "正确的密码").public_key() == certificate.public_key()
    with pytest.raises(Forbidden, match="password"):
        unlock(issued.encrypted_key_pem, "错误的密码")


def test_the_longest_name_of_an_office_keeps_its_certificates_apart(tmp_path: Path) -> None:
    authority = create_authority(tmp_path / "authority", PASSPHRASE, "很长很长的名字" * 10, NOW)
    names = {one.subject.rfc4514_string() for one in authority.certificates.values()}
    assert len(names) == 4
    assert any("归档签章" in name for name in names)


def test_a_revocation_is_published_and_stays(tmp_path: Path) -> None:
    office = office_in(tmp_path / "authority")
    person = office.person("孙平")
    serial = x509.load_pem_x509_certificate(person.certificate_pem).serial_number
    write_crl(office.authority, PASSPHRASE, {serial: NOW}, NOW)
    again = write_crl(load_authority(tmp_path / "authority"), PASSPHRASE, {}, NOW + timedelta(days=1))
    assert [(one.serial_number, one.revocation_date_utc) for one in again.crl] == [(serial, NOW)]
    (tmp_path / "person.pem").write_bytes(person.certificate_pem)
    folder = tmp_path / "authority"
    (tmp_path / "lists.pem").write_bytes((folder / "crl.pem").read_bytes() + (folder / "root-crl.pem").read_bytes())
    moment = int((NOW + timedelta(days=2)).timestamp())
    answer = openssl("verify", "-crl_check_all", "-CRLfile", tmp_path / "lists.pem", "-CAfile", folder / "root.pem",
                     "-untrusted", folder / "issuing.pem", "-attime", moment, tmp_path / "person.pem", rc=2)  # fmt: skip
    assert "certificate revoked" in answer


def test_nobody_signs_with_a_certificate_that_has_ended(office: Office) -> None:
    with pytest.raises(Forbidden, match="ended on 2028-03-01"):
        signed(office, unsigned_sheet(), "department_review", office.person("孙平"), NOW + timedelta(days=730))


def test_nobody_signs_with_a_revoked_certificate(office: Office) -> None:
    person = office.person("孙平")
    serial = x509.load_pem_x509_certificate(person.certificate_pem).serial_number
    revoking = replace(office, parts=replace(office.parts, revoked={serial: NOW}))
    with pytest.raises(Forbidden, match="revoked"):
        signed(revoking, unsigned_sheet(), "department_review", person)


def test_no_dossier_is_sealed_when_the_seal_has_ended(tmp_path: Path) -> None:
    office = office_in(tmp_path / "authority")
    with pytest.raises(Forbidden, match="ended on"):
        sealed(office, drawn(), NOW + timedelta(days=20 * 365))


def test_a_field_is_signed_once(office: Office, steps: tuple[bytes, ...]) -> None:
    with pytest.raises(Conflict, match="signed already at this place"):
        signed(office, steps[1], "department_review", office.person("周强"))
    with pytest.raises(Invalid, match="no signature field leader_approval"):
        signed(office, steps[1], "leader_approval", office.person("周强"))


def test_a_signed_paper_takes_no_more_fields(steps: tuple[bytes, ...]) -> None:
    with pytest.raises(Invalid, match="before the first signature"):
        with_fields(steps[1], FIELDS)


def test_fields_lie_where_they_were_put_and_can_be_read_out() -> None:
    with pikepdf.open(BytesIO(unsigned_sheet())) as pdf:
        fields = {str(one.T): one for one in pdf.Root.AcroForm.Fields}
        assert [float(number) for number in fields["department_review"].Rect] == list(FIELDS[0].box)
        assert str(fields["office_approval"].TU) == "创文办审批签名"
        assert fields["office_approval"].P.objgen == pdf.pages[0].objgen


def test_only_the_first_signature_certifies_and_leaves_room_for_the_next(steps: tuple[bytes, ...]) -> None:
    first, second = PdfFileReader(BytesIO(steps[2])).embedded_signatures
    assert first.docmdp_level is not None
    assert (first.docmdp_level.value, second.docmdp_level) == (2, None)
    assert str(first.sig_object["/Reason"]) == "部门审核：同意"
    assert first.self_reported_timestamp == NOW


def test_every_signature_only_adds_to_the_file(steps: tuple[bytes, ...]) -> None:
    assert steps[1].startswith(steps[0])
    assert steps[2].startswith(steps[1])


def test_a_rare_character_in_a_name_is_drawn_and_an_unknown_one_is_marked() -> None:
    assert glyph("喆").path != glyph("䶮").path != ""
    assert glyph("\U0001f600") == glyph("〓")
    assert glyph("\u200b").path == ""


def test_a_stamp_stays_inside_its_field() -> None:
    numbers = picture(("同意　" + "很长的名字" * 20, "第二行"), 120, 40).split()
    places = [(float(numbers[at - 2]), float(numbers[at - 1])) for at, word in enumerate(numbers) if word == b"cm"]
    assert len(places) > 50
    assert all(0 < x < 120 and 0 < y < 40 for x, y in places)
