"""A command sent twice is done once, also when both arrive at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from office import DRAFTER, SECOND_DRAFTER, Office, refused
from sqlalchemy import select

from engine.errors import Conflict, Invalid
from engine.unit_of_work import Actor, Sessions, reading, work
from engine.verbs.claims import Completion, claim, complete
from engine.verbs.idempotency import Answer, once
from models.process import Command


@pytest.fixture
def office(sessions: Sessions) -> Office:
    """Give a process with the draft waiting."""
    there = Office(sessions)
    there.begin("approval_steps")
    return there


def test_the_repeat_gets_the_first_answer_and_does_nothing(office: Office) -> None:
    item = office.item("draft")
    done = Completion("done", {"pages": 3}, "好", key="k-1")
    with office.work(DRAFTER) as unit:
        first = complete(unit, item.id, done)
    with office.work(DRAFTER) as unit:
        again = complete(unit, item.id, done)
        assert unit.events == []
    assert (first.repeated, again.repeated) == (False, True)
    assert again.result == first.result
    assert office.actions() == ["work_item.completed"]
    office.check()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Completion("return", {"pages": 3}, "好", key="k-1"), id="outcome"),
        pytest.param(Completion("done", {"pages": 4}, "好", key="k-1"), id="result"),
        pytest.param(Completion("done", {"pages": 3}, "坏", key="k-1"), id="remark"),
    ],
)
def test_a_key_used_for_something_else_is_refused(office: Office, other: Completion) -> None:
    item = office.item("draft")
    with office.work(DRAFTER) as unit:
        complete(unit, item.id, Completion("done", {"pages": 3}, "好", key="k-1"))
    with refused(Invalid, "already used for something else", "已用于其他操作"), office.work(DRAFTER) as unit:
        complete(unit, item.id, other)


def test_keys_belong_to_their_actor(office: Office) -> None:
    item = office.item("draft")
    with office.work(DRAFTER) as unit:
        complete(unit, item.id, Completion("done", key="k-1"))
    with pytest.raises(Conflict), office.work(SECOND_DRAFTER) as unit:
        complete(unit, item.id, Completion("done", key="k-1"))


def test_a_command_that_was_refused_leaves_its_key_free(office: Office) -> None:
    item = office.item("draft")
    with office.work(SECOND_DRAFTER) as unit:
        claim(unit, item.id)
    done = Completion("done", key="k-1")
    with pytest.raises(Conflict), office.work(DRAFTER) as unit:
        complete(unit, item.id, done)
    with reading(office.sessions) as session:
        assert session.scalars(select(Command)).all() == []


@pytest.mark.parametrize("key", ["", "a\nb", "k" * 201], ids=["empty", "control", "long"])
def test_what_is_no_key_is_refused(office: Office, key: str) -> None:
    with refused(Invalid, "printable characters", "可见字符"), office.work(DRAFTER) as unit:
        complete(unit, office.item("draft").id, Completion("done", key=key))


def test_any_verb_can_be_made_harmless_to_repeat(office: Office) -> None:
    item = office.item("draft")

    def claimed(actor: Actor) -> Answer:
        with office.work(actor) as unit:
            return once(unit, "k-9", f"claim {item.id}", lambda: {"item": claim(unit, item.id).id})

    assert claimed(DRAFTER) == Answer({"item": item.id}, repeated=False)
    assert claimed(DRAFTER) == Answer({"item": item.id}, repeated=True)
    assert office.actions() == ["work_item.claimed"]


def test_of_many_repeats_at_the_same_moment_one_is_done_and_all_are_answered(office: Office) -> None:
    item = office.item("draft")
    ready = Barrier(8)

    def send(_number: int) -> Answer:
        ready.wait()
        with work(office.sessions, DRAFTER, lambda: office.now) as unit:
            return complete(unit, item.id, Completion("done", key="k-1"))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert sorted(one.repeated for one in answers) == [False] + [True] * 7
    assert len({str(one.result) for one in answers}) == 1
    assert office.actions() == ["work_item.completed"]
    office.check()
