"""Several approvals at once: each signed, each its own transaction; one that cannot be taken does not stop the others."""

import pytest
from sqlalchemy import func, select

import cast as people
from cast import PASSWORD, Cast
from engine.errors import Conflict
from models.dossier import SheetSignature
from papers import APPROVED, hand_in, sheet_bytes, submissions
from workflows.lifecycle.batch import decide_in_series
from workflows.lifecycle.cases import item_in
from workflows.lifecycle.decide import form_version
from workflows.lifecycle.signed_decision import Decider, DecisionForm, KeyLocked
from workflows.lifecycle.words import Step
from workflows.signing_in import Attempt, sign_in


@pytest.fixture
def waiting(cast: Cast) -> list[DecisionForm]:
    """Give the forms of three reviews, of which the second was read before the case changed."""
    forms = []
    for no in (people.STREETS, people.POSTERS, people.DUTY):
        if no == people.DUTY:
            cast.fill_group(["甲科"])
        cast.assign(no, ["丙科"])
        hand_in(cast, no, "丙科", f"已完成 {no}")
        item = cast.item(no, Step.DEPARTMENT_REVIEW, "丙科")
        with cast.reading() as session:
            version = form_version(session, item_in(session, item.id))
        forms.append(DecisionForm(item.id, APPROVED, "stale" if no == people.POSTERS else version, f"batch-{no}"))
    return forms


def test_each_is_signed_and_the_one_that_went_stale_says_so(cast: Cast, waiting: list[DecisionForm]) -> None:
    secret = sign_in(cast.sessions, Attempt("wang", PASSWORD, "10.0.0.1")).secret
    wang = Decider(cast.actor("wang"), secret, "")
    answers = list(decide_in_series(cast.sessions, cast.facilities, wang, waiting))
    assert [answer.result.no if answer.result else None for answer in answers] == [people.STREETS, None, people.DUTY]
    assert isinstance(answers[1].refusal, Conflict)
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(SheetSignature)) == 2
    (round_,) = submissions(cast, people.STREETS)
    assert b"/ETSI.CAdES.detached" in sheet_bytes(cast, round_.id)
    # Sent a second time, as a reload does: nothing is decided twice.
    again = list(decide_in_series(cast.sessions, cast.facilities, wang, waiting))
    assert [answer.result.repeated if answer.result else None for answer in again] == [True, None, True]
    assert cast.verdict().intact


def test_a_locked_key_signs_none_of_them(cast: Cast, waiting: list[DecisionForm]) -> None:
    with pytest.raises(KeyLocked):
        list(decide_in_series(cast.sessions, cast.facilities, Decider(cast.actor("wang"), None, ""), waiting))
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(SheetSignature)) == 0
