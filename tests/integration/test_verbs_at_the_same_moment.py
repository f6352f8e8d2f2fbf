"""Two people press at once: one is first, the other is told so, and the process is never left without a next person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from office import CHIEF, DRAFTER, JIA, OWNER, REVIEWER, SECOND_DRAFTER, YI, Office

from engine.errors import Refused
from engine.unit_of_work import Actor, Sessions, UnitOfWork, work
from engine.verbs.approvers import remove_approver
from engine.verbs.claims import claim
from engine.verbs.handing_over import reassign
from engine.verbs.suspension import cancel
from engine.verbs.withdrawing import opened, withdraw

ROUNDS = 6


def at_once(office: Office, *presses: tuple[Actor, Callable[[UnitOfWork], object]]) -> list[bool]:
    """Let each press at the same moment; say whose went through."""
    ready = Barrier(len(presses))

    def press(one: tuple[Actor, Callable[[UnitOfWork], object]]) -> bool:
        actor, act = one
        ready.wait()
        try:
            with work(office.sessions, actor, lambda: office.now) as unit:
                return act(unit) is not False
        except Refused:
            return False

    with ThreadPoolExecutor(len(presses)) as threads:
        return list(threads.map(press, presses))


def test_a_step_is_claimed_by_one(sessions: Sessions) -> None:
    for number in range(ROUNDS):
        office = Office(sessions, key=f"T-{number}")
        office.begin("approval_steps")
        item = office.item("draft").id
        went = at_once(office, (DRAFTER, lambda unit, item=item: claim(unit, item)), (SECOND_DRAFTER, lambda unit, item=item: claim(unit, item)))
        assert sorted(went) == [False, True]
        assert office.stored(item).assignee_id == (DRAFTER.id if went[0] else SECOND_DRAFTER.id)
        office.check()


def test_of_the_last_two_asked_one_stays(sessions: Sessions) -> None:
    for number in range(ROUNDS):
        office = Office(sessions, key=f"T-{number}")
        office.begin("approval_all", JIA, YI)
        office.do(DRAFTER, "draft")
        first, second = office.item("sign", JIA).id, office.item("sign", YI).id
        went = at_once(
            office,
            (CHIEF, lambda unit, item=first: remove_approver(unit, item, "x")),
            (OWNER, lambda unit, item=second: remove_approver(unit, item, "x")),
        )
        assert sorted(went) == [False, True]
        assert office.open() == ["sign"]
        office.check()


def test_what_is_opened_and_taken_back_at_once_is_either(sessions: Sessions) -> None:
    for number in range(ROUNDS):
        office = Office(sessions, key=f"T-{number}")
        office.begin("approval_steps")
        office.do(DRAFTER, "draft")
        draft, review = office.items()[0].id, office.item("review").id
        went = at_once(
            office,
            (DRAFTER, lambda unit, item=draft: withdraw(unit, item)),
            (REVIEWER, lambda unit, item=review: opened(unit, item)),
        )
        assert sorted(went) == [False, True]
        assert office.open() == (["draft"] if went[0] else ["review", "proofread"])
        office.check()


def test_what_is_cancelled_and_handed_over_at_once_is_cancelled(sessions: Sessions) -> None:
    for number in range(ROUNDS):
        office = Office(sessions, key=f"T-{number}")
        office.begin("approval_steps")
        item = office.item("draft").id
        went = at_once(
            office,
            (OWNER, lambda unit, key=office.key: cancel(unit, key, "x")),
            (CHIEF, lambda unit, item=item: reassign(unit, item, DRAFTER, "x")),
        )
        assert went[0]
        assert office.instance().outcome == "cancelled"
        office.check()
