"""Drafts of task tables: steps kept and undone, each an event; one import however often and by whomever it is saved."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from cast import CAMPAIGN, Cast
from sqlalchemy import func, select

from engine import audit
from engine.errors import Conflict, Invalid, NotFound
from models.breakdown import BreakdownTable, Requirement, Rule
from models.evidence import Assignment
from models.imports import ImportDraft, ImportDraftState
from workflows.breakdown import corrections, looking_over, row_moves, table_corrections
from workflows.breakdown.document import read_bytes
from workflows.breakdown.importing import ImportResult, SourceFile
from workflows.breakdown.open_document import OpenDocument
from workflows.breakdown.shapes import NamedRequirement

TABLE = "任务分解表\n\t考核细则\n\t责任科室\n\t佐证材料\n\n\t河道整洁。\n\t甲科\n\t照片3张\n\n\t路灯完好。\n\t乙科\n\t照片2张\n"


@pytest.fixture
def draft(cast: Cast) -> UUID:
    """Give a draft that has just been begun."""
    with cast.work("zhao") as unit:
        return looking_over.begin(unit, f" {CAMPAIGN} ", SourceFile("表.txt", "0" * 64), read_bytes("表.txt", TABLE.encode())).id


def state(cast: Cast, draft: UUID) -> int:
    with cast.reading() as session:
        return looking_over.looked_over(session, draft).state.id


def texts(cast: Cast, draft: UUID) -> list[str]:
    with cast.reading() as session:
        return [row.row.text for row in looking_over.looked_over(session, draft).document.tables[0].rows]


def swap(document: OpenDocument) -> OpenDocument:
    return row_moves.move(document, document.tables[0].rows[0].key, 1)


def titled(title: str) -> looking_over.Change:
    return lambda document: table_corrections.set_title(document, title)


def correct(cast: Cast, draft: UUID, change: looking_over.Change, login: str = "zhao") -> None:
    with cast.work(login) as unit:
        looking_over.correct(unit, draft, state(cast, draft), "move", change)


def save(cast: Cast, draft: UUID, state_id: int, login: str = "zhao") -> ImportResult:
    with cast.work(login) as unit:
        return looking_over.save(unit, draft, state_id)


def test_every_step_is_an_event_with_who_did_it(cast: Cast, draft: UUID) -> None:
    correct(cast, draft, swap)
    correct(cast, draft, titled("新题"), "zhou")
    with cast.work("zhao") as unit:
        looking_over.undo(unit, draft, state(cast, draft))
    with cast.work("zhou") as unit:
        looking_over.redo(unit, draft, state(cast, draft))
    save(cast, draft, state(cast, draft))
    with cast.reading() as session:
        events = audit.trail(session, looking_over.draft_chain(draft))
    assert [(one.action, one.actor_name) for one in events] == [
        ("import.begun", "赵敏"),
        ("import.corrected", "赵敏"),
        ("import.corrected", "周宁"),
        ("import.undone", "赵敏"),
        ("import.redone", "周宁"),
        ("import.saved", "赵敏"),
    ]
    assert cast.verdict().intact


def test_what_changes_nothing_is_no_step_and_no_event(cast: Cast, draft: UUID) -> None:
    before = state(cast, draft)
    correct(cast, draft, lambda document: document)
    assert state(cast, draft) == before
    with cast.reading() as session:
        assert len(audit.trail(session, looking_over.draft_chain(draft))) == 1


def test_a_correction_after_an_undo_leaves_nothing_to_redo(cast: Cast, draft: UUID) -> None:
    correct(cast, draft, swap)
    assert texts(cast, draft) == ["路灯完好。", "河道整洁。"]
    with cast.work("zhao") as unit:
        looking_over.undo(unit, draft, state(cast, draft))
    assert texts(cast, draft) == ["河道整洁。", "路灯完好。"]
    correct(cast, draft, titled("新题"))
    with pytest.raises(Conflict, match="nothing left"), cast.work("zhao") as unit:
        looking_over.redo(unit, draft, state(cast, draft))
    with pytest.raises(Invalid, match="needs a title"):
        correct(cast, draft, titled(" "))


def test_undo_in_between_makes_a_correction_of_before_stale(cast: Cast, draft: UUID) -> None:
    correct(cast, draft, titled("甲"))
    seen = state(cast, draft)
    with cast.work("zhao") as unit:
        looking_over.undo(unit, draft, seen)
    correct(cast, draft, titled("乙"), "zhou")
    with pytest.raises(Conflict, match="周宁 has corrected"), cast.work("zhao") as unit:
        looking_over.correct(unit, draft, seen, "move", swap)


def test_two_who_correct_at_the_same_moment_do_not_overwrite_each_other(cast: Cast, draft: UUID) -> None:
    seen = state(cast, draft)

    def attempt(login: str) -> str:
        try:
            with cast.work(login) as unit:
                looking_over.correct(unit, draft, seen, "title", titled(login))
        except Conflict:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, ["zhao", "zhou"])) == ["conflict", "done"]


def test_two_who_save_at_the_same_moment_open_the_cases_once(cast: Cast, draft: UUID) -> None:
    with cast.reading() as session:
        before = session.scalar(select(func.count()).select_from(Assignment)) or 0
    seen = state(cast, draft)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda login: save(cast, draft, seen, login), ["zhao", "zhou"]))
    assert sorted(one.already for one in results) == [False, True]
    assert len({one.breakdown_id for one in results}) == 1
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == before + 2
    assert cast.verdict().intact


def test_a_saved_draft_takes_no_correction_and_keeps_how_it_was_read(cast: Cast, draft: UUID) -> None:
    correct(cast, draft, swap)
    correct(cast, draft, titled("新题"))
    seen = state(cast, draft)
    save(cast, draft, seen)
    with pytest.raises(Conflict, match="imported already"), cast.work("zhao") as unit:
        looking_over.correct(unit, draft, seen, "move", swap)
    with pytest.raises(Conflict, match="imported already"), cast.work("zhao") as unit:
        looking_over.discard(unit, draft)
    with cast.reading() as session:
        assert session.scalars(select(ImportDraftState.position).order_by(ImportDraftState.position)).all() == [0, 2]


def test_a_discarded_draft_is_gone_and_its_events_stay(cast: Cast, draft: UUID) -> None:
    with cast.reading() as session:
        assert [one.id for one in looking_over.open_drafts(session)] == [draft]
    for _ in range(2):
        with cast.work("zhou") as unit:
            looking_over.discard(unit, draft)
    with pytest.raises(NotFound, match="no such draft"), cast.work("zhao") as unit:
        looking_over.save(unit, draft, 1)
    with cast.reading() as session:
        assert looking_over.open_drafts(session) == []
        assert session.get_one(ImportDraft, draft).discarded_at is not None
        assert [one.action for one in audit.trail(session, looking_over.draft_chain(draft))] == ["import.begun", "import.discarded"]


def test_a_requirement_somebody_added_is_theirs_and_one_they_changed_says_so(cast: Cast, draft: UUID) -> None:
    own = NamedRequirement("summary", None, None, None, None, (), None, "", "rule")

    def add(document: OpenDocument) -> OpenDocument:
        return corrections.set_demand(document, document.tables[0].rows[0].key, None, own)

    def change(document: OpenDocument) -> OpenDocument:
        row = document.tables[0].rows[0]
        return corrections.set_demand(document, row.key, 0, replace(row.row.requirements[0], value=Decimal(9)))

    correct(cast, draft, add, "zhou")
    correct(cast, draft, change, "wei")
    with cast.reading() as session:
        by_step = {one.made_by_name: one.made_at for one in looking_over.steps_of(session, draft)}
    result = save(cast, draft, state(cast, draft))
    with cast.reading() as session:
        query = select(Requirement).join(Rule).join(BreakdownTable).where(BreakdownTable.breakdown_id == result.breakdown_id)
        photos, summary, other = session.scalars(query.order_by(Rule.position, Requirement.position))
        assert (photos.origin, photos.value, photos.changed_by, photos.changed_at) == ("table", 9, cast.actor("wei").id, by_step["卫东"])
        assert photos.created_by == cast.actor("zhao").id
        assert (summary.origin, summary.created_by, summary.created_at) == ("person", cast.actor("zhou").id, by_step["周宁"])
        assert (summary.changed_at, other.origin, other.changed_at) == (None, "table", None)
