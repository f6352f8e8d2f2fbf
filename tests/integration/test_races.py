"""Two people at the same moment: one wins, the other is told, and nothing is done twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cast import CAMPAIGN, POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import select, text

from engine import definitions
from engine.errors import Conflict, Refused
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from models.breakdown import TaskBreakdown
from models.evidence import CaseCounter, Decision, Submission
from workflows.breakdown.document import read_bytes
from workflows.breakdown.importing import campaign_named, import_document
from workflows.departments import add_department
from workflows.lifecycle.claims import claim
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import Signed, Verdict, decide
from workflows.lifecycle.deployment import deploy_shipped
from workflows.lifecycle.words import PROCESS_KEY, Outcome, Step

APPROVE = Verdict(Outcome.APPROVE, "同意")


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do all deeds at the same moment; give what each gave, or its refusal."""
    barrier = Barrier(len(deeds))

    def doing(deed: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return deed()
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(doing, deeds))


def deciding(cast: Cast, login: str, item_id: int, signed: Signed, verdict: Verdict = APPROVE) -> Callable[[], object]:
    """Prepare one decision."""
    actor = cast.actor(login)

    def deed() -> object:
        with work(cast.sessions, actor) as unit:
            return decide(unit, item_id, verdict, signed)

    return deed


def refused(outcomes: list[object]) -> list[object]:
    """Give the refusals among some outcomes."""
    return [one for one in outcomes if isinstance(one, Refused)]


@pytest.mark.parametrize("_again", range(3))
def test_two_approve_the_same_case_and_one_wins(cast: Cast, _again: int) -> None:
    cast.to_office(STREETS, ["甲科", "乙科"])
    item = cast.item(STREETS, Step.OFFICE_APPROVAL)
    deeds = [deciding(cast, login, item.id, cast.sign(item.id, login)) for login in ("zhao", "zhou")]
    outcomes = at_once(*deeds)
    (loser,) = refused(outcomes)
    assert isinstance(loser, Conflict)
    with cast.reading() as session:
        taken = session.scalars(select(Decision).where(Decision.stage == Step.OFFICE_APPROVAL)).all()
    assert len(taken) == 2  # one approval, one row for each of the two departments
    assert len({one.decided_by for one in taken}) == 1
    assert [one.element for one in cast.items(STREETS)] == ["archive"]
    assert cast.verdict().intact


def test_an_approval_and_a_return_at_once_are_never_both_taken(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.OFFICE_APPROVAL)
    back = Verdict(Outcome.RETURN, "请补充", (cast.department("丙科"),))
    outcomes = at_once(
        deciding(cast, "zhao", item.id, cast.sign(item.id, "zhao")),
        deciding(cast, "zhou", item.id, cast.sign(item.id, "zhou"), back),
    )
    assert len(refused(outcomes)) == 1
    assert len(cast.items(POSTERS)) == 1
    assert cast.verdict().intact


def test_a_double_click_decides_once(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.OFFICE_APPROVAL)
    outcomes = at_once(*[deciding(cast, "zhao", item.id, cast.sign(item.id, "zhao", "click-1")) for _ in range(4)])
    assert all(isinstance(one, Conflict) for one in refused(outcomes))
    with cast.reading() as session:
        assert len(session.scalars(select(Decision).where(Decision.stage == Step.OFFICE_APPROVAL)).all()) == 1
    assert cast.verdict().intact


def test_departments_hand_in_at_once_and_all_arrive(cast: Cast) -> None:
    departments = {"甲科": "qian", "乙科": "li", "丙科": "zheng"}
    cast.assign(STREETS, list(departments))
    for name in departments:
        cast.gather(STREETS, name)

    def handing_in(name: str, login: str) -> Callable[[], object]:
        item, actor = cast.item(STREETS, Step.COLLECT, name), cast.actor(login)

        def deed() -> object:
            with work(cast.sessions, actor) as unit:
                return submit(unit, item.id, "")

        return deed

    assert refused(at_once(*[handing_in(name, login) for name, login in departments.items()])) == []
    assert cast.parts(STREETS) == dict.fromkeys(departments, ("in_review", 1))
    assert [one.element for one in cast.items(STREETS)] == ["department_review"] * 3
    assert cast.verdict().intact


def test_the_last_two_reviews_at_once_open_one_approval(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    cast.submit(STREETS, "乙科")
    deeds = []
    for name, login in (("甲科", "sun"), ("乙科", "wu")):
        item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, name)
        deeds.append(deciding(cast, login, item.id, cast.sign(item.id, login)))
    assert refused(at_once(*deeds)) == []
    assert [one.element for one in cast.items(STREETS)] == ["office_approval"]
    assert cast.verdict().intact


def test_one_round_is_handed_in_once_however_often_it_is_clicked(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    item, actor = cast.item(POSTERS, Step.COLLECT, "丙科"), cast.actor("zheng")
    cast.gather(POSTERS, "丙科")

    def deed() -> object:
        with work(cast.sessions, actor) as unit:
            return submit(unit, item.id, "")

    assert len(refused(at_once(deed, deed, deed))) == 2
    with cast.reading() as session:
        assert len(session.scalars(select(Submission)).all()) == 1


def test_two_claim_one_step_and_one_holds_it(cast: Cast) -> None:
    item = cast.item(VOLUNTEERS, Step.ASSIGN)

    def claiming(login: str) -> Callable[[], object]:
        actor = cast.actor(login)

        def deed() -> object:
            with work(cast.sessions, actor) as unit:
                return claim(unit, item.id)

        return deed

    outcomes = at_once(claiming("zhao"), claiming("zhou"))
    (loser,) = refused(outcomes)
    assert isinstance(loser, Conflict)
    assert cast.item(VOLUNTEERS, Step.ASSIGN).assignee_id in {cast.actor("zhao").id, cast.actor("zhou").id}


def test_the_same_table_imported_twice_at_once_is_there_once(cast: Cast) -> None:
    data = "共性任务分解表\n\t主要任务\n\t责任科室\n\t佐证材料\n\n\t河道清洁\n\t甲科\n\t照片3张\n".encode()
    document = read_bytes("河道.txt", data)
    actor = cast.actor("zhao")

    def deed() -> object:
        with work(cast.sessions, actor) as unit:
            return import_document(unit, campaign_named(unit, CAMPAIGN), "河道.txt", data, document)

    outcomes = at_once(deed, deed)
    assert all(isinstance(one, Conflict) for one in refused(outcomes))
    with cast.reading() as session:
        assert len(session.scalars(select(TaskBreakdown).where(TaskBreakdown.file_name == "河道.txt")).all()) == 1
        assert session.get_one(CaseCounter, 2026).last == 5
    assert cast.verdict().intact


def test_tables_imported_at_once_number_their_cases_without_gap(cast: Cast) -> None:
    actor = cast.actor("zhao")

    def importing(name: str) -> Callable[[], object]:
        data = f"共性任务分解表\n\t主要任务\n\t责任科室\n\t佐证材料\n\n\t{name}\n\t甲科\n\t照片3张\n".encode()
        document = read_bytes(f"{name}.txt", data)

        def deed() -> object:
            with work(cast.sessions, actor) as unit:
                return import_document(unit, campaign_named(unit, CAMPAIGN), f"{name}.txt", data, document)

        return deed

    assert refused(at_once(*[importing(f"河道清洁{number}") for number in range(4)])) == []
    with cast.reading() as session:
        numbers = session.scalars(text("SELECT no FROM assignment ORDER BY no")).all()
    assert numbers == [f"CJ-2026-{number:04d}" for number in range(1, 9)]
    assert cast.verdict().intact


def test_one_new_name_added_twice_at_once_is_there_once(cast: Cast) -> None:
    actor = cast.actor("chu")

    def deed() -> object:
        with work(cast.sessions, actor) as unit:
            return add_department(unit, "丁科")

    outcomes = at_once(deed, deed)
    assert len(refused(outcomes)) == 1
    assert cast.department("丁科")


def test_servers_starting_at_once_deploy_each_diagram_once(sessions: Sessions) -> None:
    assert refused(at_once(*[lambda: deploy_shipped(sessions)] * 3)) == []
    with reading(sessions) as session:
        assert definitions.latest(session, PROCESS_KEY).version == 1
        assert session.scalar(text("SELECT count(*) FROM process_version")) == 1


def test_events_of_many_writers_on_one_chain_stay_one_chain(cast: Cast) -> None:
    def recording() -> object:
        for number in range(10):
            with work(cast.sessions, SYSTEM) as unit:
                unit.record("departments", "department.described", {"n": number})
        return None

    at_once(*[recording] * 4)
    verdict = cast.verdict()
    assert verdict.intact
    with cast.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'department.described'")) == 40
