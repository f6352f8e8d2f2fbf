"""On the page of a case: how much a reviewer has opened, excuses of the office, what a report says differently."""

from collections.abc import Callable
from datetime import UTC, datetime

from cast import STREETS, Cast
from sqlalchemy import select
from visitor import Visitor

from engine.unit_of_work import SYSTEM, work
from models.audit import AuditEvent
from models.evidence import Contribution, Evidence
from models.photos import FileText
from workflows.lifecycle.decide import Outcome

SignedIn = Callable[[str], Visitor]


def views(cast: Cast) -> int:
    """Count the events of files opened."""
    with cast.reading() as session:
        return len(session.scalars(select(AuditEvent.id).where(AuditEvent.action == "evidence.viewed")).all())


def test_it_works_what_a_reviewer_opens_is_counted_once(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    with cast.reading() as session:
        pieces = [one.id for one in session.scalars(select(Evidence).order_by(Evidence.created_at))]
    reviewer = signed_in("sun")
    assert f"已看 0/{len(pieces)}" in reviewer.get(f"/items/{STREETS}").get_data(as_text=True)
    for _ in range(2):
        reviewer.get(f"/files/{pieces[0]}/view")
    reviewer.get(f"/files/{pieces[1]}/thumbnail")
    assert f"已看 1/{len(pieces)}" in reviewer.get(f"/items/{STREETS}").get_data(as_text=True)
    signed_in("qian").get(f"/files/{pieces[1]}/view")
    assert views(cast) == 1


def test_the_office_excuses_on_the_page_and_says_why(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    requirement = cast.requirements(STREETS)[0].id
    with cast.reading() as session:
        part = session.scalars(select(Contribution.id)).one()
    visitor, at = signed_in("zhao"), f"/items/{STREETS}/excuse"
    form = {"contribution_id": part, "requirement_id": requirement, "reason": "该路段封闭施工"}
    refused = visitor.post(at, data={**form, "reason": " "})
    assert refused.status_code == 422
    assert "请说明免除的理由" in refused.get_data(as_text=True)
    assert visitor.post(at, data=form).status_code == 303
    assert "创文办同意免除：该路段封闭施工" in signed_in("qian").get(f"/items/{STREETS}/fill").get_data(as_text=True)
    assert visitor.post(at, data={**form, "end": "yes"}).status_code == 303
    assert visitor.post(at, data={**form, "end": "yes"}).status_code == 404
    assert visitor.post(at, data={**form, "requirement_id": "x"}).status_code == 404
    assert signed_in("qian").post(at, data=form).status_code == 403


def test_an_exchanged_report_shows_what_it_says_differently(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科", Outcome.RETURN)
    cast.submit(STREETS, "甲科")
    with work(cast.sessions, SYSTEM) as unit:
        rounds = list(unit.session.scalars(select(Evidence).where(Evidence.removed_at.is_(None)).order_by(Evidence.created_at)))
        papers = [one for one in rounds if one.file.kind != "photo"]
        unit.record("tests", "tests.arranged", {})
        for one, text in zip({paper.file_sha256 for paper in papers}, ("全年8场。", "全年12场。"), strict=False):
            unit.session.add(FileText(sha256=one, text=text, chars=6, chars_bare=5, cut=False, reason="", made_at=datetime.now(UTC)))
    page = signed_in("sun").get(f"/items/{STREETS}").get_data(as_text=True)
    assert page.count('id="comparison"') == 1
