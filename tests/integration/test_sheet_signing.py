"""Approval sheets: drawn once for each round, signed in the field of each decision, returns included."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

import pikepdf
import pytest
from sqlalchemy import func, select

import cast as people
from cast import Cast
from engine.audit import trail
from engine.errors import Forbidden, NotFound
from models.dossier import ApprovalSheet, SheetSignature
from models.people import Person, Revocation
from papers import APPROVED, hand_in, say, sheet_bytes, submissions
from workflows import personal_certificates
from workflows.dossier.locked_keys import new_key
from workflows.dossier.sheets import render_sheet
from workflows.dossier.signers import HeldKey, PersonSigner
from workflows.lifecycle.decide import Outcome, Verdict
from workflows.lifecycle.signatures import words_of
from workflows.lifecycle.words import Step


def signed_fields(pdf: bytes) -> dict[str, str]:
    """Give field → reason of every signature; an empty field is not among them."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        fields = list(opened.Root.AcroForm.Fields)
        return {str(one.T): str(one.V.Reason) for one in fields if "/V" in one}


def drawn(cast: Cast, no: str) -> int:
    with cast.reading() as session:
        return [event.action for event in trail(session, f"case:{no}")].count("sheet.rendered")


def test_the_job_run_twice_and_at_once_draws_one_sheet(cast: Cast) -> None:
    cast.assign(people.POSTERS, ["丙科"])
    hand_in(cast, people.POSTERS, "丙科")
    (round_,) = submissions(cast, people.POSTERS)
    with ThreadPoolExecutor(3) as pool:
        sheets = list(pool.map(lambda _: render_sheet(cast.sessions, cast.facilities, round_.id), range(3)))
    again = render_sheet(cast.sessions, cast.facilities, round_.id)
    assert {sheet.id for sheet in sheets} == {again.id}
    assert drawn(cast, people.POSTERS) == 1
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(ApprovalSheet)) == 1
    assert cast.verdict().intact


def test_a_sheet_has_a_named_place_for_each_decision(cast: Cast) -> None:
    cast.assign(people.POSTERS, ["丙科"])
    hand_in(cast, people.POSTERS, "丙科")
    (round_,) = submissions(cast, people.POSTERS)
    render_sheet(cast.sessions, cast.facilities, round_.id)
    with pikepdf.open(BytesIO(sheet_bytes(cast, round_.id))) as opened:
        fields = {str(one.T): str(one.TU) for one in opened.Root.AcroForm.Fields}
    assert fields == {"department_review": "部门审核意见", "office_approval": "创文办审批意见"}


def test_a_decision_made_before_the_job_ran_draws_the_sheet_and_signs_it(cast: Cast) -> None:
    cast.assign(people.POSTERS, ["丙科"])
    hand_in(cast, people.POSTERS, "丙科")
    say(cast, cast.item(people.POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id, "wang", APPROVED)
    (round_,) = submissions(cast, people.POSTERS)
    assert signed_fields(sheet_bytes(cast, round_.id)) == {"department_review": "部门审核：同意。材料齐全，同意"}


def test_the_office_signs_only_the_sheets_it_returns_and_later_all_it_approves(cast: Cast) -> None:
    cast.assign(people.STREETS, ["甲科", "乙科"])
    for name, login in (("甲科", "sun"), ("乙科", "wu")):
        hand_in(cast, people.STREETS, name)
        say(cast, cast.item(people.STREETS, Step.DEPARTMENT_REVIEW, name).id, login, APPROVED)
    back = Verdict(Outcome.RETURN, "照片不清晰", (cast.department("甲科"),), ("夜景照片",))
    say(cast, cast.item(people.STREETS, Step.OFFICE_APPROVAL).id, "zhao", back)
    first, other = submissions(cast, people.STREETS)
    office = "创文办审批：退回。照片不清晰（缺：夜景照片）"
    assert signed_fields(sheet_bytes(cast, first.id))["office_approval"] == office
    assert set(signed_fields(sheet_bytes(cast, other.id))) == {"department_review"}
    hand_in(cast, people.STREETS, "甲科", "重拍了夜景")
    say(cast, cast.item(people.STREETS, Step.DEPARTMENT_REVIEW, "甲科").id, "sun", APPROVED)
    say(cast, cast.item(people.STREETS, Step.OFFICE_APPROVAL).id, "zhao", APPROVED)
    _, _, second = submissions(cast, people.STREETS)
    assert set(signed_fields(sheet_bytes(cast, second.id))) == {"department_review", "office_approval"}
    assert set(signed_fields(sheet_bytes(cast, other.id))) == {"department_review", "office_approval"}
    assert signed_fields(sheet_bytes(cast, first.id))["office_approval"] == office


def test_a_revoked_certificate_signs_nothing(cast: Cast) -> None:
    cast.assign(people.POSTERS, ["丙科"])
    hand_in(cast, people.POSTERS, "丙科")
    with cast.work("chu") as unit:
        wang = unit.session.scalars(select(Person.id).where(Person.login == "wang")).one()
        personal_certificates.revoke(unit, wang, Revocation.LEFT)
        unit.record("people", "person.deactivated", {"id": str(wang)})
    with pytest.raises(Forbidden, match="certificate"):
        say(cast, cast.item(people.POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id, "wang", APPROVED)
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(SheetSignature)) == 0


def test_there_is_no_sheet_of_a_round_nobody_handed_in(cast: Cast) -> None:
    with pytest.raises(NotFound):
        render_sheet(cast.sessions, cast.facilities, uuid4())


def test_a_long_remark_is_shortened_in_the_mark_and_whole_in_the_signature() -> None:
    remark = "请补充和平路、建设街、人民路三处点位整治前后对比照片，" * 6
    signer = PersonSigner(uuid4(), "孙平", b"", HeldKey(new_key()))
    words = words_of(Step.DEPARTMENT_REVIEW, Verdict(Outcome.RETURN, remark), signer, datetime(2026, 3, 2, 2, 5, tzinfo=UTC))
    assert words.reason == f"部门审核：退回。{remark}"
    assert words.stamp_lines[0] == "退回　孙平"
    assert len(words.stamp_lines) == 4
    assert words.stamp_lines[2].endswith("…")
    assert words.stamp_lines[3] == "2026年3月2日 10:05　本系统内个人电子签名"
