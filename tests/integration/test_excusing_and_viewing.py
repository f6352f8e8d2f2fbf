"""The office excuses, sets checks; collectors place evidence, note papers and links; reviewers' viewed marks."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from cast import STREETS, Cast
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from models.audit import AuditEvent
from models.completeness import EvidenceLink, OfficialPaper
from models.evidence import Contribution, Evidence, Waiver
from workflows.dossier.contents import round_of
from workflows.evidence import drafts, particulars
from workflows.evidence.campaign_checks import set_check, settings_of
from workflows.evidence.fixity import note_damage
from workflows.evidence.gathering import checks_for
from workflows.evidence.marks import NewMark, Spot, mark
from workflows.evidence.official_papers import PaperWords, known, paper_number, remember
from workflows.evidence.particulars import Particulars
from workflows.evidence.policy import Severity
from workflows.evidence.vault import Damaged
from workflows.lifecycle import excusing, viewing
from workflows.lifecycle.cases import latest_submission
from workflows.lifecycle.collect import Incomplete, submit
from workflows.lifecycle.words import Step

TODAY = date(2026, 7, 1)


def part_of(cast: Cast, no: str, department: str) -> Contribution:
    """Give a department's part."""
    with cast.reading() as session:
        query = select(Contribution).where(
            Contribution.assignment_id == cast.case(no).id, Contribution.department_id == cast.department(department)
        )
        return session.scalars(query).one()


def actions(cast: Cast, prefix: str) -> list[str]:
    """Give the recorded actions that begin so."""
    with cast.reading() as session:
        found = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))
        return [one for one in found if one.startswith(prefix)]


def evidence_of(cast: Cast, no: str, department: str) -> list[Evidence]:
    """Give what a department has."""
    part = part_of(cast, no, department)
    with cast.reading() as session:
        return list(session.scalars(select(Evidence).where(Evidence.contribution_id == part.id).order_by(Evidence.created_at)))


def test_the_office_excuses_a_department_and_takes_it_back(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    part, item = part_of(cast, STREETS, "甲科"), cast.item(STREETS, Step.COLLECT, "甲科").id
    wanted = [one.id for one in cast.requirements(STREETS)]
    for one in wanted:
        with cast.work("zhao") as unit:
            excusing.excuse(unit, part.id, one, "该路段封闭施工")
    with cast.work("zhao") as unit:
        excusing.end_excuse(unit, part.id, wanted[0])
    with pytest.raises(Incomplete), cast.work("qian") as unit:
        submit(unit, item, "无")
    with cast.work("zhao") as unit:
        excusing.excuse(unit, part.id, wanted[0], "该路段封闭施工")
    with pytest.raises(Conflict, match="only the office"), cast.work("qian") as unit:
        drafts.unwaive(unit, item, wanted[0])
    with pytest.raises(Conflict, match="only the office"), cast.work("qian") as unit:
        drafts.waive(unit, item, wanted[0], "自行免除")
    with cast.work("qian") as unit:
        handed_in = submit(unit, item, "无")
    assert {one["state"] for one in handed_in.snapshot["checks"]} <= {"waived", "ok"}
    assert any(one["waived_by"] for one in handed_in.snapshot["checks"])
    assert actions(cast, "requirement.excuse").count("requirement.excused") == len(wanted) + 1
    with pytest.raises(Conflict, match="handed in"), cast.work("zhao") as unit:
        excusing.excuse(unit, part.id, wanted[0], "再次")
    assert cast.verdict().intact


@pytest.mark.parametrize(
    ("login", "reason", "kind"), [("qian", "因故", Forbidden), ("sun", "因故", Forbidden), ("zhao", " ", Invalid), ("zhao", "长" * 1001, Invalid)]
)
def test_who_excuses_and_how(cast: Cast, login: str, reason: str, kind: type[Exception]) -> None:
    cast.assign(STREETS, ["甲科"])
    part, wanted = part_of(cast, STREETS, "甲科"), cast.requirements(STREETS)[0].id
    with pytest.raises(kind), cast.work(login) as unit:
        excusing.excuse(unit, part.id, wanted, reason)
    with pytest.raises(NotFound), cast.work("zhao") as unit:
        excusing.excuse(unit, part.id, uuid4(), "因故")
    with pytest.raises(NotFound), cast.work("zhao") as unit:
        excusing.end_excuse(unit, part.id, wanted)
    with cast.reading() as session:
        assert session.scalars(select(Waiver)).all() == []


def test_a_campaign_is_as_strict_as_the_office_says(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    campaign = cast.case(STREETS).campaign_id
    part = part_of(cast, STREETS, "甲科")
    for severity, reason, expected in ((Severity.WARN, "试点阶段", "warn"), (Severity.WAIVE, "今年不查", "waived"), (Severity.BLOCK, "", "missing")):
        with cast.work("zhao") as unit:
            assert set_check(unit, campaign, "photo_count", severity, reason)
        with cast.reading() as session:
            checks = checks_for(session, session.get_one(Contribution, part.id), TODAY)
        assert checks[0].state.value == expected
    with cast.reading() as session:
        assert settings_of(session, [campaign])[campaign] == {}
    assert actions(cast, "campaign.check_set") == ["campaign.check_set"] * 3
    for code, reason, kind in (("photo_count", "", Invalid), ("no_such", "x", NotFound), ("photo_count", "长" * 501, Invalid)):
        with pytest.raises(kind), cast.work("zhao") as unit:
            set_check(unit, campaign, code, Severity.WARN, reason)


def test_evidence_is_placed_and_a_paper_is_typed_once(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.gather(STREETS, "甲科")
    cast.gather(STREETS, "乙科")
    first, other = evidence_of(cast, STREETS, "甲科")[0], evidence_of(cast, STREETS, "乙科")[0]
    words = PaperWords("示文明办[2026] 03 号", "关于开展街面整治的通知", "示例市文明办", date(2026, 3, 2))
    typed = Particulars(subjects={first.id: "和平路"}, page_roles={first.id: "红头页"}, papers={first.id: words})
    item = cast.item(STREETS, Step.COLLECT, "甲科").id
    for _ in range(2):
        with cast.work("qian") as unit:
            particulars.keep(unit, item, typed)
    with cast.work("li") as unit:
        again = {other.id: PaperWords("示文明办〔2026〕3号", "", "", None)}
        particulars.keep(unit, cast.item(STREETS, Step.COLLECT, "乙科").id, Particulars(papers=again))
    with cast.reading() as session:
        (paper,) = session.scalars(select(OfficialPaper))
        assert (paper.number, paper.issuer, paper.issued_on) == ("示文明办〔2026〕3号", "示例市文明办", date(2026, 3, 2))
        assert [one.number for one in known(session, "2026")] == [paper.number]
        placed = session.get_one(Evidence, first.id)
        assert (placed.subject, placed.page_role, placed.paper_number) == ("和平路", "红头页", paper.number)
        assert session.get_one(Evidence, other.id).paper_number == paper.number
    assert actions(cast, "evidence.placed") == ["evidence.placed"] * 2
    assert actions(cast, "official_paper") == ["official_paper.added"]
    with cast.work("qian") as unit:
        particulars.keep(unit, item, Particulars(papers={first.id: None}))
    assert evidence_of(cast, STREETS, "甲科")[0].paper_number is None
    assert cast.verdict().intact


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("某文明办〔2026〕3号", "某文明办〔2026〕3号"),
        (" 某文明办 [2026] 03 号 ", "某文明办〔2026〕3号"),
        ("某文明办（２０２６）第12号", "某文明办〔2026〕12号"),
        ("某府办函【2026】120号", "某府办函〔2026〕120号"),
    ],
)
def test_a_document_number_is_written_in_one_way(typed: str, written: str) -> None:
    assert paper_number(typed) == written


def test_a_paper_is_completed_and_corrected_but_never_emptied(cast: Cast) -> None:
    with cast.work("qian") as unit:
        remember(unit, PaperWords("某办〔2026〕1号", "", "某办", None))
    with cast.work("li") as unit:
        remember(unit, PaperWords("某办〔2026〕1号", "通知", "", date(2026, 1, 5)))
    with cast.reading() as session:
        paper = session.get_one(OfficialPaper, "某办〔2026〕1号")
        assert (paper.title, paper.issuer, paper.issued_on) == ("通知", "某办", date(2026, 1, 5))
    for words in (PaperWords(" ", "题", "办", None), PaperWords("某办〔2026〕2号", "长" * 121, "办", None)):
        with pytest.raises(Invalid), cast.work("qian") as unit:
            remember(unit, words)


def test_a_file_known_to_be_damaged_holds_a_submission_back(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.gather(STREETS, "甲科")
    piece = evidence_of(cast, STREETS, "甲科")[0]
    part = part_of(cast, STREETS, "甲科")
    note_damage(cast.sessions, Damaged(piece.file_sha256, "altered", "the vault"))
    with cast.reading() as session:
        checks = checks_for(session, session.get_one(Contribution, part.id), TODAY)
    assert [one.code for check in checks for one in check.findings if one.code == "damaged"] == ["damaged"]
    with pytest.raises(Incomplete), cast.work("qian") as unit:
        submit(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, "")


def test_marks_and_reuse_are_frozen_with_the_round_and_told_in_the_dossier(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.gather(STREETS, "甲科")
    cast.gather(STREETS, "乙科")
    first, other = evidence_of(cast, STREETS, "甲科")[0], evidence_of(cast, STREETS, "乙科")[0]
    with cast.work("qian") as unit:
        mark(unit, first.id, NewMark(Spot(1, 0.1, 0.2, 0.5, 0.3), note="对应第一项"))
    with cast.work("qian") as unit:
        stored = unit.session.get_one(Evidence, first.id)
        stored.reused_from, stored.reuse_reason = other.id, "同一次活动"
        unit.record("tests", "tests.arranged", {})
    with cast.work("qian") as unit:
        submission = submit(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, "")
        (frozen,) = (one for one in submission.snapshot["evidence"] if one["id"] == str(first.id))
        told = dict(next(one for one in round_of(unit.session, submission).pieces if one.sha256 == first.file_sha256).caption)
    assert (frozen["reuse"], [one["note"] for one in frozen["marks"]]) == ("同一次活动", ["对应第一项"])
    assert told["引用说明"] == "同一次活动"
    assert "对应第一项" in told["标注"]


def test_links_are_handed_in_once_and_taken_out(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item, wanted = cast.item(STREETS, Step.COLLECT, "甲科").id, cast.requirements(STREETS)[0].id
    with cast.work("qian") as unit:
        link = particulars.add_link(unit, item, wanted, "https://news.example.cn/a", "街面整治见成效").id
    for url in ("https://news.example.cn/a", "javascript:alert(1)", "www", "http://a.cn/ b"):
        with pytest.raises(Invalid), cast.work("qian") as unit:
            particulars.add_link(unit, item, wanted, url, "题")
    with cast.work("qian") as unit:
        particulars.remove_link(unit, item, link)
    with pytest.raises(NotFound), cast.work("qian") as unit:
        particulars.remove_link(unit, item, link)
    with cast.reading() as session:
        assert session.get_one(EvidenceLink, link).removed_at is not None
    assert actions(cast, "link.") == ["link.added", "link.removed"]


def test_a_rate_is_reckoned_from_its_two_numbers_for_a_rate_only(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item, wanted = cast.item(STREETS, Step.COLLECT, "甲科").id, cast.requirements(STREETS)[0].id
    with pytest.raises(NotFound), cast.work("qian") as unit:
        particulars.keep(unit, item, Particulars(bases={wanted: (Decimal(1), Decimal(2))}))


def test_what_a_reviewer_has_opened_is_noted_once(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.gather(STREETS, "甲科")
    pieces = [one.id for one in evidence_of(cast, STREETS, "甲科")]
    with cast.work("sun") as unit:
        assert not viewing.view(unit, pieces[0])
        unit.record("tests", "tests.arranged", {})
    cast.submit(STREETS, "甲科")
    with cast.work("sun") as unit:
        assert viewing.view(unit, pieces[0])
    with cast.work("sun") as unit:
        assert not viewing.view(unit, pieces[0])
        unit.record("tests", "tests.arranged", {})
    with cast.work("qian") as unit:
        assert not viewing.view(unit, pieces[0])
        unit.record("tests", "tests.arranged", {})
    reviewer = cast.actor("sun").id
    assert reviewer is not None
    with cast.reading() as session:
        submission = latest_submission(session, part_of(cast, STREETS, "甲科").id)
        seen = viewing.viewed(session, submission, reviewer)
        assert (seen.opened, seen.total, seen.evidence) == (1, len(submission.snapshot["evidence"]), frozenset(pieces[:1]))
        assert viewing.viewed_by_anybody(session, submission) == {reviewer: seen}
        assert viewing.seen_already(session, reviewer, pieces[0])
        assert not viewing.seen_already(session, reviewer, pieces[1])
    assert actions(cast, "evidence.viewed") == ["evidence.viewed"]
