"""Claiming and releasing a step; handing in a round of evidence."""

import hashlib
from uuid import UUID

import pytest
from cast import COLLECTORS, POSTERS, STREETS, VOLUNTEERS, Cast, examined
from sqlalchemy import select, text

from engine import audit
from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import SYSTEM, Actor, UnitOfWork
from engine.work_items import claim as claim_quietly
from engine.work_items import queues_for, waiting
from models.evidence import Submission
from models.people import Role
from workflows.evidence import drafts
from workflows.lifecycle.claims import claim, release
from workflows.lifecycle.collect import Incomplete, submit
from workflows.lifecycle.words import Outcome, Step
from workflows.people import set_roles


def inbox(cast: Cast, login: str) -> list[tuple[str, str]]:
    """Give what lies in a person's inbox: element and queue of each item."""
    with cast.reading() as session:
        return [(one.element, one.queue) for one in session.scalars(waiting(queues_for(cast.actor(login))))]


def two_collectors(cast: Cast) -> None:
    """Let 李青 collect for 甲科 too, so that two share one pool."""
    with cast.work("chu") as unit:
        grants = ((Role.COLLECTOR, cast.department("甲科")), (Role.COLLECTOR, cast.department("乙科")))
        set_roles(unit, cast.actor("li").id or UUID(int=0), grants)


def test_a_step_waits_in_the_pool_of_its_group_and_department(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    pool = f"collector@{cast.department('丙科')}"
    assert inbox(cast, "zheng") == [("collect", pool)]
    assert inbox(cast, "qian") == inbox(cast, "wang") == inbox(cast, "chu") == []


def test_a_claimed_step_is_gone_from_the_inbox_of_the_others_until_released(cast: Cast) -> None:
    two_collectors(cast)
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with cast.work("qian") as unit:
        claim(unit, item.id)
    assert inbox(cast, "qian") == [("collect", f"person:{cast.actor('qian').id}")]
    assert inbox(cast, "li") == []
    with pytest.raises(Conflict, match="claimed this step"), cast.work("li") as unit:
        claim(unit, item.id)
    with pytest.raises(Conflict, match="claimed this step"), cast.work("li") as unit:
        release(unit, item.id)
    with cast.work("qian") as unit:
        release(unit, item.id)
    assert inbox(cast, "li") == inbox(cast, "qian") == [("collect", item.queue)]
    assert cast.verdict().intact


def test_claiming_twice_is_harmless(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    for _ in range(2):
        with cast.work("qian") as unit:
            claim(unit, item.id)
    assert cast.item(STREETS, Step.COLLECT, "甲科").assignee_id == cast.actor("qian").id


def test_what_one_does_not_hold_cannot_be_released(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with pytest.raises(Conflict, match="do not hold"), cast.work("qian") as unit:
        release(unit, item.id)


def test_a_stranger_cannot_claim(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with pytest.raises(Forbidden), cast.work("li") as unit:
        claim(unit, item.id)


def test_the_machine_holds_nothing_for_itself(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    cast.approve(POSTERS)
    item = cast.item(POSTERS, Step.ARCHIVE)
    with cast.sessions() as session:
        stored = session.get_one(type(item), item.id)
        claim_quietly(UnitOfWork(session, SYSTEM, item.created_at), stored)
        assert stored.assignee_id is None


def test_a_person_works_from_their_own_queue_and_every_pool_of_theirs() -> None:
    person = UUID(int=7)
    actor = Actor(person, "卫", frozenset({("collector", "d1"), ("creation_office", None)}))
    assert queues_for(actor) == [f"person:{person}", "collector@d1", "creation_office"]
    assert queues_for(Actor(None, "system", frozenset({("system", None)}))) == ["system"]


def test_what_is_missing_keeps_the_round_back_and_is_named(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with pytest.raises(Incomplete) as refused, cast.work("qian") as unit:
        submit(unit, item.id, "")
    assert [(one.needed, one.have) for one in refused.value.results] == [("≥2张", "0")]
    assert "1 requirements" in str(refused.value)
    photos, _ = cast.requirements(STREETS)
    cast.add_file(item.id, "qian", photos, "a")
    with pytest.raises(Incomplete) as refused, cast.work("qian") as unit:
        submit(unit, item.id, "")
    assert refused.value.results[0].params == {"count": 1}
    cast.add_file(item.id, "qian", photos, "b")
    with cast.work("qian") as unit:
        submit(unit, item.id, "  齐了  ")
    assert cast.parts(STREETS) == {"甲科": ("in_review", 1)}
    assert cast.case(STREETS).state == "in_review"


def test_a_reason_takes_the_place_of_what_cannot_be_delivered(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.COLLECT, "丙科")
    (report,) = cast.requirements(POSTERS)
    with cast.work("zheng") as unit:
        drafts.waive(unit, item.id, report.id, "无此项工作")
    with cast.work("zheng") as unit:
        submission = submit(unit, item.id, "")
    (check,) = submission.snapshot["checks"]
    assert (check["state"], check["params"]) == ("waived", {"reason": "无此项工作"})


def test_a_round_is_frozen_as_it_was_handed_in(cast: Cast) -> None:
    cast.assign(VOLUNTEERS, ["甲科"])
    item = cast.item(VOLUNTEERS, Step.COLLECT, "甲科")
    (summary,) = cast.requirements(VOLUNTEERS)
    kept = cast.add_file(item.id, "qian", summary, "总结")
    removed = cast.add_file(item.id, "qian", None, "草稿")
    with cast.work("qian") as unit:
        drafts.remove(unit, item.id, removed)
    with cast.work("qian") as unit:
        submit(unit, item.id, "附总结")
    cast.review(VOLUNTEERS, "甲科", Outcome.RETURN)
    item = cast.item(VOLUNTEERS, Step.COLLECT, "甲科")
    with cast.work("qian") as unit:
        drafts.remove(unit, item.id, kept)
    with cast.reading() as session:
        (submission,) = session.scalars(select(Submission))
        trail = audit.trail(session, f"case:{VOLUNTEERS}")
    assert [one["id"] for one in submission.snapshot["evidence"]] == [str(kept)]
    assert submission.snapshot["evidence"][0]["requirement"] == str(summary.id)
    assert (submission.statement, submission.round, submission.submitted_by) == ("附总结", 1, cast.actor("qian").id)
    assert [one.action for one in trail] == [
        "case.opened",
        "case.assigned",
        "evidence.added",
        "evidence.added",
        "evidence.removed",
        "evidence.submitted",
        "department_review.returned",
        "evidence.removed",
    ]


def test_only_collectors_of_the_department_hand_in_and_only_once(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.COLLECT, "丙科")
    cast.gather(POSTERS, "丙科")
    for stranger in ("wang", "qian", "zhao", "chu"):
        with pytest.raises(Forbidden), cast.work(stranger) as unit:
            submit(unit, item.id, "")
    with cast.work("zheng") as unit:
        submit(unit, item.id, "")
    with pytest.raises(Conflict), cast.work("zheng") as unit:
        submit(unit, item.id, "")
    assert cast.parts(POSTERS) == {"丙科": ("in_review", 1)}


def test_nothing_is_handed_in_at_another_step(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    with pytest.raises(Invalid, match="being collected"), cast.work("sun") as unit:
        submit(unit, item.id, "")
    with pytest.raises(Invalid, match="being collected"), cast.work("sun") as unit:
        drafts.desk(unit, item.id)


def test_handing_in_asks_for_the_sheet_in_the_same_transaction(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.COLLECT, "丙科")
    cast.gather(POSTERS, "丙科", COLLECTORS["丙科"])

    class Mishap(Exception):  # noqa: N818
        pass

    jobs = text("SELECT args->>'submission_id', lock FROM procrastinate_jobs WHERE task_name = 'sheet.render'")
    def handing_in_goes_wrong() -> None:
        with cast.work("zheng") as unit:
            submit(unit, item.id, "")
            raise Mishap

    with pytest.raises(Mishap):
        handing_in_goes_wrong()
    with cast.reading() as session:
        assert session.execute(jobs).all() == []
    with cast.work("zheng") as unit:
        submission = submit(unit, item.id, "")
    with cast.reading() as session:
        assert session.execute(jobs).all() == [(str(submission.id), f"sheet:{submission.id}")]


def test_the_same_bytes_are_refused_twice_for_one_requirement(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.COLLECT, "丙科")
    new = drafts.NewEvidence(examined("document"), hashlib.sha256(b"x").hexdigest(), 1, "报告.docx", None, {})
    with cast.work("zheng") as unit:
        drafts.add(unit, item.id, new)
    with pytest.raises(Invalid, match=r"报告.docx is the same file"), cast.work("zheng") as unit:
        drafts.add(unit, item.id, new)
