"""What the verify page and `juanzong verify` say about papers that are whole, altered, cut, forged or foreign."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pikepdf
import pytest
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealed import NOW, Office, Signers, bound, drawn, drawn_over, events, listed, office_in, sealed, signed, unsigned_sheet

from engine.errors import Invalid, NotFound
from workflows.dossier import pades
from workflows.dossier.pades import SignatureField, with_fields
from workflows.dossier.verification import DossierVerdict, Known, as_json, verify_dossier, verify_file

LATER = NOW + timedelta(days=30)


def judged(data: bytes, office: Office, known: Known | None = None) -> DossierVerdict:
    return verify_dossier(data, [office.root], known, LATER)


def lights(verdict: DossierVerdict) -> dict[str, bool | None]:
    return {light.key: light.ok for light in verdict.lights}


def said(verdict: DossierVerdict) -> str:
    assert verdict.first_fault is not None
    return verdict.first_fault.sentence.format(**verdict.first_fault.params)


def flipped(data: bytes, position: int, bit: int = 0) -> bytes:
    return data[:position] + bytes([data[position] ^ (1 << bit)]) + data[position + 1 :]


def test_a_sealed_dossier_is_intact_without_the_database(dossier: bytes, office: Office) -> None:
    verdict = judged(dossier, office)
    assert lights(verdict) == {
        "known": None, "signatures": True, "changes": True, "certificates": True, "count": True, "events": True,
    }  # fmt: skip
    assert (verdict.intact, verdict.exit_code, verdict.first_fault) == (True, 0, None)
    assert [(one.place, one.name) for one in verdict.signatures] == [
        ("archive_seal", "示例市创建文明城市办公室 归档签章"),
        ("archive_timestamp", "示例市创建文明城市办公室 时间戳"),
        ("sheet-1.pdf, department_review", "孙平"),
        ("sheet-1.pdf, office_approval", "赵敏"),
    ]


def test_all_six_lights_are_green_with_the_database(dossier: bytes, office: Office) -> None:
    plain = judged(dossier, office)
    known = Known(frozenset({plain.sha256}), None, lambda _chain: [*events(), b"one event more"])
    assert set(lights(judged(dossier, office, known)).values()) == {True}


@pytest.mark.parametrize("state", [1, 2])
def test_a_lone_sheet_is_intact_after_every_signature(steps: tuple[bytes, ...], office: Office, state: int) -> None:
    verdict = judged(steps[state], office)
    assert (verdict.intact, verdict.exit_code) == (True, 0)
    assert lights(verdict)["count"] is None


def test_without_a_root_nothing_is_vouched_for(dossier: bytes) -> None:
    verdict = verify_dossier(dossier, [], None, LATER)
    assert lights(verdict)["certificates"] is None
    assert (verdict.intact, verdict.exit_code, verdict.first_fault) == (False, 3, None)


def test_another_offices_root_does_not_fit(dossier: bytes, tmp_path: Path) -> None:
    other = office_in(tmp_path / "authority")
    verdict = verify_dossier(dossier, [other.root], None, LATER)
    assert (lights(verdict)["signatures"], lights(verdict)["certificates"], verdict.exit_code) == (True, False, 1)
    assert "not issued under the root certificate given" in said(verdict)


def test_a_sealed_paper_without_contents_is_no_dossier(office: Office) -> None:
    assert said(judged(sealed(office, drawn("卷宗")), office)) == "The table of contents dossier.json is missing or altered."


def test_every_altered_byte_of_a_dossier_is_reported(dossier: bytes, office: Office) -> None:
    # About seventy places over the whole file, the bit wandering along.
    unseen = [
        position
        for number, position in enumerate(range(0, len(dossier), len(dossier) // 67))
        if judged(flipped(dossier, position, number % 8), office).exit_code != 1
    ]
    assert unseen == []


def test_every_altered_byte_in_the_closing_time_stamp_is_reported(dossier: bytes, office: Office) -> None:
    # No digest covers the place of the last signature itself, its padding or the case of its letters.
    start = dossier.rindex(b"/Contents <") + len(b"/Contents <")
    end = dossier.index(b">", start)
    unseen = [at for at in range(start - 1, end + 1, 157) if judged(flipped(dossier, at, at % 8), office).exit_code != 1]
    unseen += [at for at in range(end - 14, end + 1, 2) if judged(flipped(dossier, at, 0), office).exit_code != 1]
    letters = [at for at in range(start, end) if dossier[at : at + 1].isalpha()][::499]
    unseen += [at for at in letters if judged(flipped(dossier, at, 5), office).exit_code != 1]
    assert unseen == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 0.999999), bit=st.integers(0, 7))
def test_any_altered_bit_of_a_sheet_is_reported(sheet: bytes, office: Office, place: float, bit: int) -> None:
    assert judged(flipped(sheet, int(len(sheet) * place), bit), office).exit_code == 1


def test_an_altered_page_is_named(office: Office, dossier: bytes) -> None:
    with pikepdf.open(BytesIO(dossier)) as pdf:
        raw = pdf.pages[1].obj.Contents.read_raw_bytes()
    position = dossier.index(raw) + len(raw) // 2
    assert said(judged(flipped(dossier, position), office)) == "Page 2 was altered: its content is damaged."


def test_an_altered_enclosure_is_named(office: Office, dossier: bytes) -> None:
    with pikepdf.open(BytesIO(dossier)) as pdf:
        raw = pdf.attachments["sheet-1.pdf"].get_file().obj.read_raw_bytes()
    position = dossier.index(raw) + len(raw) // 2
    assert said(judged(flipped(dossier, position), office)) == "The enclosure sheet-1.pdf was altered: its content is damaged."


def test_a_box_drawn_over_a_dossier_names_the_page(dossier: bytes, office: Office) -> None:
    verdict = judged(drawn_over(dossier, page=1), office)
    assert (lights(verdict)["changes"], verdict.exit_code) == (False, 1)
    assert said(verdict) == "Page 2 was changed after the last signature (archive_timestamp)."


def test_a_box_drawn_between_two_signatures_names_the_page(steps: tuple[bytes, ...], office: Office) -> None:
    forged = signed(office, drawn_over(steps[1]), "office_approval", office.person("周强"))
    verdict = judged(forged, office)
    assert lights(verdict)["changes"] is False
    assert said(verdict) == "Page 1 was changed after 孙平 signed (department_review)."


def test_bytes_after_the_end_are_reported(dossier: bytes, office: Office) -> None:
    verdict = judged(dossier + b"\n", office)
    assert said(verdict) == "Something was added to the file after the last signature (archive_timestamp)."


def test_a_dossier_cut_back_to_its_seal_is_named(dossier: bytes, office: Office) -> None:
    cut = dossier[: dossier.rindex(b"%%EOF", 0, len(dossier) - 10) + 6]
    verdict = judged(cut, office)
    assert verdict.exit_code == 1
    assert said(verdict) == "The closing time stamp is missing: the dossier was cut back to an earlier state."


def test_a_dossier_cut_back_to_before_its_seal_is_named(unsealed: bytes, office: Office) -> None:
    verdict = judged(unsealed, office)
    assert verdict.exit_code == 1
    assert said(verdict).startswith("This file carries no signature of this system.")


def test_a_sheet_cut_back_to_its_first_signature_is_named_by_the_system(steps: tuple[bytes, ...], office: Office) -> None:
    digest = judged(steps[1], office).sha256
    verdict = judged(steps[1], office, Known(frozenset({digest}), 2, lambda _chain: []))
    assert said(verdict) == (
        "The sheet carries 1 signatures, the system recorded 2: it was cut back to an earlier state."
    )


def test_a_sheet_cut_back_inside_a_dossier_is_named(office: Office, steps: tuple[bytes, ...], signers: Signers) -> None:
    forged = sealed(office, bound([(listed("sheet-1.pdf", steps[1], signers), steps[1])], events()))
    assert said(judged(forged, office)) == "sheet-1.pdf lacks the signature of 赵敏 (office_approval)."


def test_a_sheet_exchanged_inside_a_dossier_is_named(office: Office, steps: tuple[bytes, ...], signers: Signers) -> None:
    forged = sealed(office, bound([(listed("sheet-1.pdf", steps[2], signers), steps[1])], events()))
    assert said(judged(forged, office)) == "The enclosure sheet-1.pdf is not the one the dossier was sealed with."


def test_a_person_cannot_seal_a_dossier_in_the_offices_stead(unsealed: bytes, office: Office) -> None:
    field = SignatureField("archive_seal", 0, (60.0, 90.0, 260.0, 150.0), "归档签章")
    forged = signed(office, with_fields(unsealed, [field]), "archive_seal", office.person("孙平"))
    assert said(judged(forged, office)).startswith("The archive seal is missing")


@pytest.mark.parametrize("false", [0, 2, 3])
def test_a_false_event_is_named(office: Office, sheet: bytes, signers: Signers, false: int) -> None:
    lines = events()
    lines[false] = lines[false].replace(b"step.", b"stop.")
    forged = sealed(office, bound([(listed("sheet-1.pdf", sheet, signers), sheet)], lines))
    verdict = judged(forged, office)
    if false == 3:
        # The last event has no follower to contradict it; only the log does.
        known = Known(frozenset({verdict.sha256}), None, lambda _chain: events())
        assert said(judged(forged, office, known)) == "The events in the dossier differ from the log of this system."
    else:
        assert said(verdict) == f"Event {false + 2} of the dossier is not as recorded."


def test_a_certificate_revoked_before_it_was_used_is_named(office: Office, tmp_path: Path) -> None:
    own = office_in(tmp_path / "authority")
    person = own.person("孙平")
    sheet = signed(own, unsigned_sheet(), "department_review", person)
    serial = load_pem_x509_certificate(person.certificate_pem).serial_number
    for days, fault in ((-1, True), (1, False)):
        parts = replace(own.parts, revoked={serial: NOW + timedelta(days=days)})
        entry = listed("sheet-1.pdf", sheet, [("department_review", person)])
        # Each list in an authority of its own: a revocation, once published, keeps its date.
        fresh = replace(own, parts=replace(parts, authority=replace(own.authority, directory=_copy(own, tmp_path / f"{days}"))))
        verdict = judged(sealed(fresh, bound([(entry, sheet)], events())), own)
        assert (verdict.exit_code == 1) is fault
        if fault:
            assert said(verdict) == "The certificate of 孙平 had been revoked when it was used (sheet-1.pdf, department_review)."


def _copy(office: Office, folder: Path) -> Path:
    folder.mkdir()
    for file in office.authority.directory.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_certificate_used_after_its_end_is_named(tmp_path: Path) -> None:
    old = office_in(tmp_path / "authority", NOW - timedelta(days=1000))
    person = old.person("孙平", now=NOW - timedelta(days=1000))
    # The product refuses to do this; a forger's own program would not.
    with patch.object(pades, "_refuse_unusable"):
        sheet = signed(old, unsigned_sheet(), "department_review", person)
    verdict = judged(sheet, old)
    assert lights(verdict)["certificates"] is False
    assert said(verdict) == "The certificate of 孙平 was not in force when it was used (department_review)."


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a word document", "一段文字".encode()])
def test_what_is_no_pdf_is_refused(data: bytes, office: Office) -> None:
    with pytest.raises(Invalid, match="not a PDF"):
        judged(data, office)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", b"%PDF-" + b"[" * 100_000])
def test_a_broken_pdf_is_a_red_light(data: bytes, office: Office) -> None:
    verdict = judged(data, office)
    assert (lights(verdict)["signatures"], verdict.exit_code) == (False, 1)


def test_a_pdf_from_elsewhere_has_no_signature_of_ours(office: Office) -> None:
    assert said(judged(drawn("通知"), office)).startswith("This file carries no signature of this system.")


def test_a_root_that_is_no_certificate_is_refused(dossier: bytes) -> None:
    with pytest.raises(Invalid, match=r"root\.pem"):
        verify_dossier(dossier, [b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing\.pdf"):
        verify_file(tmp_path / "nothing.pdf", [])


def test_the_verdict_as_json_speaks_the_readers_language(dossier: bytes, office: Office) -> None:
    whole = as_json(judged(dossier, office), "zh")
    assert (whole["verdict"], whole["exit_code"], whole["first_fault"]) == ("intact", 0, None)
    assert json.loads(json.dumps(whole))["lights"][1] == {
        "key": "signatures", "ok": True, "title": "签名完好", "sentence": "4 个签名和时间戳均与内容相符。",
    }  # fmt: skip
    forged = as_json(judged(drawn_over(dossier), office), "zh")
    assert (forged["verdict"], forged["first_fault"]) == ("altered", "最后一次签名之后，第 1 页被改动（archive_timestamp）。")
    assert as_json(verify_dossier(dossier, []), "en")["verdict"] == "cannot_check"
