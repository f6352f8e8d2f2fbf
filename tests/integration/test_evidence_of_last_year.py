"""Evidence of an earlier edition: offered to the department that handed it in, used again by reference and with a reason, never unseen."""

import json
from datetime import date
from uuid import UUID

import pytest
from cast import STREETS, Cast
from sqlalchemy import select, update
from two_editions import NEXT_STREETS, TwoEditions, compared

from engine import audit
from engine.errors import Invalid, NotFound
from models.evidence import Contribution, Evidence
from workflows.evidence import drafts, reuse
from workflows.evidence.last_year import Offer, Window, offers
from workflows.lifecycle.words import Step


@pytest.fixture
def two(cast: Cast) -> TwoEditions:
    """Give both editions, the older case handed in by both departments, the newer one assigned to them; pairs still proposed."""
    cast.assign(STREETS, ["甲科", "乙科"])
    for name in ("甲科", "乙科"):
        cast.submit(STREETS, name)
    found = compared(cast)
    cast.assign(NEXT_STREETS, ["甲科", "乙科"])
    return found


def offered(cast: Cast, department: str) -> list[Offer]:
    """Give what a department is offered for the case of the newer table."""
    query = select(Contribution).where(
        Contribution.assignment_id == cast.case(NEXT_STREETS).id, Contribution.department_id == cast.department(department)
    )
    with cast.reading() as session:
        return offers(session, session.scalars(query).one())


def use_again(cast: Cast, offer: Offer, reason: str, login: str = "qian", department: str = "甲科") -> UUID:
    item = cast.item(NEXT_STREETS, Step.COLLECT, department)
    with cast.work(login) as unit:
        return reuse.add_by_reference(unit, item.id, offer.requirement_id, offer.evidence.id, reason).id


def test_nothing_is_offered_before_somebody_says_that_the_rules_are_one(cast: Cast, two: TwoEditions) -> None:
    assert offered(cast, "甲科") == []
    two.confirm_sure()
    assert [one.evidence.file_name for one in offered(cast, "甲科")] == ["1.jpg", "2.jpg"]


def test_each_department_is_offered_its_own_pieces_for_the_requirement_they_would_serve(cast: Cast, two: TwoEditions) -> None:
    two.confirm_sure()
    photos = cast.requirements(NEXT_STREETS)[0]
    mine, theirs = offered(cast, "甲科"), offered(cast, "乙科")
    assert {one.evidence.id for one in mine}.isdisjoint({one.evidence.id for one in theirs})
    assert {(one.requirement_id, one.campaign, one.no) for one in (*mine, *theirs)} == {(photos.id, "2026年创建文明城市", STREETS)}
    with pytest.raises(NotFound, match="not for you"):
        use_again(cast, theirs[0], "与乙科共用")


def test_the_day_of_the_event_is_held_against_the_new_campaign(cast: Cast, two: TwoEditions) -> None:
    two.confirm_sure()
    first, second = (one.evidence.id for one in offered(cast, "甲科"))
    with cast.work("chu") as unit:
        for key, day in ((first, date(2027, 1, 1)), (second, date(2026, 12, 31))):
            unit.session.execute(update(Evidence).where(Evidence.id == key).values(event_date=day))
        unit.record("test", "test.dated", {})
    assert [one.window for one in offered(cast, "甲科")] == [Window.INSIDE, Window.OUTSIDE]
    assert {one.window for one in offered(cast, "乙科")} == {Window.UNDATED}


def test_a_piece_is_used_again_by_reference_with_its_reason_and_offered_no_more(cast: Cast, two: TwoEditions) -> None:
    two.confirm_sure()
    first, second = offered(cast, "甲科")
    with pytest.raises(Invalid, match="Say why"):
        use_again(cast, first, "  ")
    made = use_again(cast, first, "同一路段，今年未再整治")
    with cast.reading() as session:
        piece = session.get_one(Evidence, made)
        assert (piece.reused_from, piece.reuse_reason) == (first.evidence.id, "同一路段，今年未再整治")
        assert (piece.file_sha256, piece.caption) == (first.evidence.file_sha256, first.evidence.caption)
        last = list(audit.trail(session, f"case:{NEXT_STREETS}"))[-1]
    assert (last.action, json.loads(last.body)["details"]["reason"]) == ("evidence.referred", "同一路段，今年未再整治")
    assert [one.evidence.id for one in offered(cast, "甲科")] == [second.evidence.id]
    item = cast.item(NEXT_STREETS, Step.COLLECT, "甲科")
    with cast.work("qian") as unit:
        drafts.remove(unit, item.id, made)
    assert len(offered(cast, "甲科")) == 2, "what is taken out again is offered again"
    assert cast.verdict().intact
