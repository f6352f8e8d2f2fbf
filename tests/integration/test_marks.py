"""Passages marked as proof: by whom and when, where they may lie, and that the file stays as it is."""

import hashlib
from uuid import UUID, uuid4

import pytest
from cast import STREETS, Cast
from sqlalchemy import select

from engine.errors import Forbidden, Invalid, NotFound
from engine.unit_of_work import utc_now
from models.audit import AuditEvent
from models.evidence import Evidence
from models.photos import FileMark, FileText
from workflows.evidence import drafts
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.marks import BOX, MARKS_AT_MOST, NewMark, Passage, Spot, mark, marks_of, unmark
from workflows.lifecycle.words import Step

TEXT = "一、基本情况\n全区共有社区 12 个，志愿者占比达到 96%。\n"
SPOT = Spot(2, 0.1, 0.2, 0.6, 0.25)


@pytest.fixture
def paper(cast: Cast) -> UUID:
    """Hand in a paper of three pages for 甲科, its words read."""
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    data = uuid4().bytes
    sha256 = hashlib.sha256(data).hexdigest()
    with cast.work("qian") as unit:
        new = drafts.NewEvidence(ExaminedFile("application/pdf", "pdf", pages=3), sha256, 16, "报告.pdf", None, {})
        made = drafts.add(unit, item.id, new).id
    with cast.sessions.begin() as session:
        session.add(FileText(sha256=sha256, text=TEXT, chars=30, chars_bare=25, cut=False, reason="", made_at=utc_now()))
    return made


def put(cast: Cast, login: str, evidence_id: UUID, new: NewMark) -> UUID:
    with cast.work(login) as unit:
        return mark(unit, evidence_id, new).id


def kept(cast: Cast, evidence_id: UUID) -> list[FileMark]:
    with cast.reading() as session:
        return marks_of(session, [evidence_id])


def test_a_box_on_a_page_and_a_passage_of_the_text_are_kept_beside_the_file(cast: Cast, paper: UUID) -> None:
    passage = Passage(TEXT.index("志愿者"), TEXT.index("。"))
    put(cast, "qian", paper, NewMark(passage, note="占比"))
    put(cast, "qian", paper, NewMark(SPOT, BOX, "盖章处"))
    box, quote = kept(cast, paper)
    assert (box.page, box.x0, box.y0, box.x1, box.y1, box.shape, box.note) == (2, 0.1, 0.2, 0.6, 0.25, "box", "盖章处")
    assert (quote.quote, quote.page, quote.first_sign) == ("志愿者占比达到 96%", None, passage.first)
    with cast.reading() as session:
        assert session.get_one(Evidence, paper).file.size == 16
        assert list(session.scalars(select(AuditEvent.action).where(AuditEvent.action == "evidence.marked"))) == ["evidence.marked"] * 2
    assert cast.verdict().intact


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (Spot(4, 0, 0, 1, 1), "no page 4"),
        (Spot(0, 0, 0, 1, 1), "no page 0"),
        (Spot(1, -0.1, 0, 1, 1), "outside the page"),
        (Spot(1, 0, 0, 1.01, 1), "outside the page"),
        (Spot(1, 0, float("nan"), 1, 1), "outside the page"),
        (Spot(1, 0.5, 0.2, 0.5, 0.9), "too small"),
        (Passage(0, 0), "no such words"),
        (Passage(5, 3), "no such words"),
        (Passage(0, len(TEXT) + 1), "no such words"),
        (Passage(-1, 3), "no such words"),
    ],
)
def test_what_lies_outside_the_file_is_refused(cast: Cast, paper: UUID, where: Spot | Passage, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        put(cast, "qian", paper, NewMark(where))
    assert kept(cast, paper) == []


def test_a_box_drawn_backwards_is_turned(cast: Cast, paper: UUID) -> None:
    put(cast, "qian", paper, NewMark(Spot(1, 0.6, 0.25, 0.1, 0.2)))
    (found,) = kept(cast, paper)
    assert (found.x0, found.y0, found.x1, found.y1) == (0.1, 0.2, 0.6, 0.25)


@pytest.mark.parametrize(
    ("login", "allowed"),
    [("qian", True), ("wei", True), ("sun", False), ("zhao", False), ("li", False), ("chen", False), ("feng", False)],
)
def test_while_it_is_collected_its_collectors_mark(cast: Cast, paper: UUID, login: str, allowed: bool) -> None:
    if allowed:
        put(cast, login, paper, NewMark(SPOT))
    else:
        with pytest.raises(Forbidden):
            put(cast, login, paper, NewMark(SPOT))


def test_while_it_is_reviewed_its_reviewers_mark_and_the_collector_no_longer(cast: Cast, paper: UUID) -> None:
    mine = put(cast, "qian", paper, NewMark(SPOT))
    cast.submit(STREETS, "甲科")
    with pytest.raises(Forbidden):
        put(cast, "qian", paper, NewMark(SPOT))
    put(cast, "sun", paper, NewMark(SPOT, note="请核对"))
    put(cast, "zhao", paper, NewMark(SPOT))
    with cast.work("sun") as unit:
        unmark(unit, paper, mine)
    assert len(kept(cast, paper)) == 2
    with cast.reading() as session:
        gone = session.get_one(FileMark, mine)
        assert gone.removed_at is not None
        assert gone.removed_by == cast.actor("sun").id


def test_a_mark_that_is_not_there_is_not_removed(cast: Cast, paper: UUID) -> None:
    made = put(cast, "qian", paper, NewMark(SPOT))
    with cast.work("qian") as unit:
        unmark(unit, paper, made)
    for gone in (made, uuid4()):
        with pytest.raises(NotFound), cast.work("qian") as unit:
            unmark(unit, paper, gone)


def test_a_file_takes_no_endless_number_of_marks(cast: Cast, paper: UUID) -> None:
    with cast.work("qian") as unit:
        for _ in range(MARKS_AT_MOST):
            mark(unit, paper, NewMark(SPOT))
    with pytest.raises(Invalid, match="50 marks"):
        put(cast, "qian", paper, NewMark(SPOT))


def test_an_unknown_shape_and_a_removed_file_are_refused(cast: Cast, paper: UUID) -> None:
    with pytest.raises(Invalid, match="underlined or boxed"):
        put(cast, "qian", paper, NewMark(SPOT, "circle"))
    with cast.work("qian") as unit:
        drafts.remove(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, paper)
    with pytest.raises(NotFound):
        put(cast, "qian", paper, NewMark(SPOT))
