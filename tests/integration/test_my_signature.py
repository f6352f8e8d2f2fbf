"""What becomes of decisions when people sign with a file, a device, a new certificate, or no longer may; and of a time that does not come."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from outside import DEVICE_PIN, FILE_PIN, SOFTHSM, OutsideAuthority, outside_authority, put_on_device, softhsm, time_stamp_server
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import func, select, text

import cast as people
from cast import PASSWORD, Cast
from engine import audit
from engine.errors import Conflict, Forbidden, Invalid
from models.dossier import Dossier, SheetSignature
from models.evidence import Assignment, Decision
from models.people import CertificateTier, PersonalCertificate, Revocation, Role
from papers import APPROVED, hand_in, say, sheet_bytes, submissions
from workflows import authority_care, my_signature, personal_certificates, signing_keys
from workflows.dossier.certificates import load_authority
from workflows.dossier.handed_in import check, recorded
from workflows.dossier.verification import verify_dossier
from workflows.facilities import Outside
from workflows.lifecycle.archive import archive_case
from workflows.lifecycle.cases import item_in
from workflows.lifecycle.decide import form_version
from workflows.lifecycle.signed_decision import Decider, DecisionForm, KeyLocked, sign_and_decide
from workflows.lifecycle.words import Step
from workflows.people import set_password, set_person_active, set_roles

TODAY = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OutsideAuthority:
    return outside_authority(tmp_path_factory.mktemp("outside"), TODAY - timedelta(days=30))


@pytest.fixture(scope="module")
def hsm(authority: OutsideAuthority) -> Iterator[str]:
    # A device holds the certificate of its owner alone: the authority between lies with the roots.
    (authority.roots_dir / "issuing.pem").write_bytes(authority.issuing.public_bytes(Encoding.PEM))
    with softhsm():
        put_on_device("wang-ukey", authority.certificate("王芳"))
        yield SOFTHSM


@pytest.fixture
def office(cast: Cast, authority: OutsideAuthority) -> Cast:
    """Give the cast of an office that trusts the outside authority."""
    return Cast(cast.sessions, replace(cast.facilities, outside=Outside(authority.roots_dir)))


def id_of(cast: Cast, login: str) -> UUID:
    found = cast.actor(login).id
    assert found is not None
    return found


def current(cast: Cast, login: str) -> PersonalCertificate:
    with cast.reading() as session:
        found = signing_keys.current_certificate(session, id_of(cast, login))
    assert found is not None
    return found


def reviewed(cast: Cast) -> int:
    """Bring the posters to their review; gives the step."""
    cast.assign(people.POSTERS, ["丙科"])
    hand_in(cast, people.POSTERS, "丙科")
    return cast.item(people.POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id


def decide_as(cast: Cast, item_id: int, login: str, secret: str | None, typed: str = "") -> None:
    with cast.reading() as session:
        version = form_version(session, item_in(session, item_id))
    decider = Decider(cast.actor(login), secret, typed)
    sign_and_decide(cast.sessions, cast.facilities, decider, DecisionForm(item_id, APPROVED, version, None))


def bring(cast: Cast, authority: OutsideAuthority, login: str = "wang", name: str = "王芳") -> str | None:
    file = (authority.file(authority.certificate(name)), FILE_PIN)
    with cast.work(login) as unit:
        return my_signature.bring_file(unit, cast.facilities, id_of(cast, login), file, PASSWORD)


def test_a_person_signs_with_the_certificate_they_brought_up_to_the_archive(office: Cast, authority: OutsideAuthority) -> None:
    item = reviewed(office)
    secret = bring(office, authority)
    decide_as(office, item, "wang", secret)
    (round_,) = submissions(office, people.POSTERS)
    sheet = sheet_bytes(office, round_.id)
    (signature,) = PdfFileReader(BytesIO(sheet)).embedded_signatures
    assert signature.signer_cert.issuer.native["common_name"] == "测试电子认证 签发CA"
    say(office, office.item(people.POSTERS, Step.OFFICE_APPROVAL).id, "zhao", APPROVED)
    archive_case(office.sessions, office.facilities, office.item(people.POSTERS, Step.ARCHIVE).id)
    with office.reading() as session:
        digest = session.scalars(select(Dossier.pdf_sha256).join(Assignment).where(Assignment.no == people.POSTERS)).one()
    roots = [(office.facilities.authority_dir / "root.pem").read_bytes(), authority.root.public_bytes(Encoding.PEM)]
    assert verify_dossier(office.facilities.vault.read(digest), roots).first_fault is None
    with office.reading() as session, office.facilities.vault.local(digest) as paper:
        found = check(paper, office.facilities, recorded(session, digest), "zh")
    assert found["verdict"] == "intact"
    assert {one["name"]: (one["claim"], one["authority"]) for one in found["signatures"] if not one["time_stamp"]} == {
        "示例市创建文明城市办公室 归档签章": ("系统签章（证明内容未被改动，不代表个人意见）", ""),
        "王芳": ("第三方证书个人电子签名", "测试电子认证 根CA"),
        "赵敏": ("本系统内个人电子签名", ""),
    }
    assert office.verdict().intact


def test_a_device_is_asked_for_its_pin_and_the_key_is_nowhere_here(office: Cast, hsm: str) -> None:
    office = Cast(office.sessions, replace(office.facilities, outside=replace(office.facilities.outside, token_module=hsm)))
    item = reviewed(office)
    wang = id_of(office, "wang")
    with pytest.raises(Forbidden, match="PIN does not open"), office.work("wang") as unit:
        my_signature.bring_device(unit, office.facilities, wang, ("wang-ukey", "0000"), PASSWORD)
    with office.work("wang") as unit:
        my_signature.bring_device(unit, office.facilities, wang, ("wang-ukey", DEVICE_PIN), PASSWORD)
    row = current(office, "wang")
    assert (row.tier, row.token_label, row.encrypted_key_pem) == (CertificateTier.DEVICE, "wang-ukey", None)
    with office.reading() as session:
        dumped = session.scalars(text("SELECT string_agg(p::text, '') FROM unlocked_key p")).one()
    assert DEVICE_PIN.encode().hex() not in dumped
    for typed, words in (("", "Type the PIN of the device wang-ukey"), (PASSWORD, "PIN does not open the device")):
        with pytest.raises(KeyLocked, match=words):
            decide_as(office, item, "wang", None, typed)
    with office.work("wang") as unit:
        secret = my_signature.unlock_device(unit, office.facilities, wang, DEVICE_PIN)
    decide_as(office, item, "wang", secret)
    assert office.verdict().intact
    # Another password opens no device, and takes none away.
    with office.work("chu") as unit:
        set_password(unit, office.facilities, wang, "another-password")
    assert current(office, "wang").tier == CertificateTier.DEVICE


def test_what_somebody_may_not_bring_changes_nothing(office: Cast, authority: OutsideAuthority) -> None:
    file = (authority.file(authority.certificate("别人")), FILE_PIN)
    wang = id_of(office, "wang")
    with pytest.raises(Invalid, match="made out to 别人, not to 王芳"), office.work("wang") as unit:
        my_signature.bring_file(unit, office.facilities, wang, file, PASSWORD)
    with pytest.raises(my_signature.WrongPassword), office.work("wang") as unit:
        my_signature.bring_file(unit, office.facilities, wang, file, "wrong")
    assert current(office, "wang").tier == CertificateTier.MANAGED
    with pytest.raises(Conflict), office.work("wang") as unit:
        my_signature.stop_using(unit, wang)
    with pytest.raises(Conflict), office.work("wang") as unit:
        my_signature.unlock_device(unit, office.facilities, wang, DEVICE_PIN)
    bring(office, authority)
    with pytest.raises(Forbidden, match="No signing devices"), office.work("wang") as unit:
        my_signature.bring_device(unit, office.facilities, wang, ("x", DEVICE_PIN), PASSWORD)
    with office.work("wang") as unit:
        my_signature.stop_using(unit, wang)
    assert current(office, "wang").tier == CertificateTier.MANAGED
    with office.reading() as session:
        actions = [event.action for event in audit.trail(session, "people")[-2:]]
    assert actions == ["certificate.brought", "certificate.removed"]


def test_a_change_of_roles_ends_the_certificate_until_the_person_issues_a_new_one(cast: Cast, tmp_path: Path) -> None:
    item = reviewed(cast)
    wang = id_of(cast, "wang")
    before = current(cast, "wang")
    grants = [(Role.DEPARTMENT_REVIEWER, cast.department("丙科"))]
    with cast.work("chu") as unit:
        set_roles(unit, wang, grants)
    assert current(cast, "wang").id == before.id  # the same roles again end nothing
    with cast.work("chu") as unit:
        set_roles(unit, wang, [*grants, (Role.DEPARTMENT_REVIEWER, cast.department("甲科"))])
    with pytest.raises(Forbidden, match="My signature"):
        say(cast, item, "wang", APPROVED)
    with cast.work("wang") as unit:
        secret = my_signature.renew(unit, cast.facilities, wang, PASSWORD)
    decide_as(cast, item, "wang", secret)
    # The authority of the run belongs to every test: what is listed as revoked there could sign nowhere any more.
    own = replace(cast.facilities, authority_dir=Path(copytree(cast.facilities.authority_dir, tmp_path / "authority")))
    published = authority_care.publish_lists(cast.sessions, own)
    listed = published.crl.get_revoked_certificate_by_serial_number(int(before.serial))
    assert isinstance(listed, x509.RevokedCertificate)
    on_disk = load_authority(own.authority_dir).crl
    assert on_disk.get_revoked_certificate_by_serial_number(int(before.serial)) is not None


@pytest.mark.parametrize("why", [Revocation.LEFT, Revocation.PASSWORD, Revocation.REPLACED])
def test_the_reason_a_certificate_ended_is_kept(cast: Cast, why: Revocation) -> None:
    wang = id_of(cast, "wang")
    before = current(cast, "wang").id
    with cast.work("chu" if why is not Revocation.REPLACED else "wang") as unit:
        if why is Revocation.LEFT:
            set_person_active(unit, wang, active=False)
        elif why is Revocation.PASSWORD:
            set_password(unit, cast.facilities, wang, "another-password")
        else:
            my_signature.renew(unit, cast.facilities, wang, PASSWORD)
    with cast.reading() as session:
        assert session.get_one(PersonalCertificate, before).revocation == why


def test_sixty_days_before_the_end_people_and_administrator_are_told(cast: Cast) -> None:
    until = current(cast, "wang").not_after
    with cast.reading() as session:
        assert personal_certificates.ending(session, until - timedelta(days=61)) == []
        told = personal_certificates.ending(session, until - timedelta(days=59))
        assert {"王芳", "赵敏"} <= {one.name for one in told}
        assert authority_care.warnings(session, cast.facilities, until).people == len(told)
        late = authority_care.warnings(session, cast.facilities, TODAY + timedelta(days=20 * 365))
        assert [holder.value for holder, _ in late.office] == ["root", "issuing", "seal", "timestamp"]


def test_without_the_time_asked_for_nothing_is_decided(
    office: Cast, authority: OutsideAuthority, tmp_path: Path
) -> None:
    item = reviewed(office)
    with time_stamp_server(authority, tmp_path / "tsa") as url:
        timed = Cast(office.sessions, replace(office.facilities, outside=replace(office.facilities.outside, tsa_url=url + "refused")))
        with pytest.raises(Conflict, match="gave no time"):
            say(timed, item, "wang", APPROVED)
        with timed.reading() as session:
            assert session.scalar(select(func.count()).select_from(Decision)) == 0
            assert session.scalar(select(func.count()).select_from(SheetSignature)) == 0
        timed = Cast(office.sessions, replace(timed.facilities, outside=replace(timed.facilities.outside, tsa_url=url)))
        say(timed, item, "wang", APPROVED)
    (round_,) = submissions(office, people.POSTERS)
    (signature,) = PdfFileReader(BytesIO(sheet_bytes(office, round_.id))).embedded_signatures
    token = signature.signer_info["unsigned_attrs"][0]["values"][0]["content"]
    assert token["encap_content_info"]["content"].parsed["policy"].native == "1.2.3.4.1"
    assert office.verdict().intact
