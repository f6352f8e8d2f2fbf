"""Four ways several people decide: all (会签), any one (或签), by ratio (票签), in turn (依次); and who is asked more or less.

The models in tests/models draw them by a completion condition over the opinions; each opinion is its own.
"""

import json
from dataclasses import replace

import pytest
from office import (
    BING,
    CHIEF,
    DING,
    DRAFTER,
    ISSUER,
    JIA,
    OWNER,
    REVIEWER,
    YI,
    Office,
    person,
    refused,
)

from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import Actor, Sessions
from engine.verbs.approvers import add_approver, remove_approver
from engine.verbs.claims import Completion, complete
from engine.verbs.handing_over import reassign
from engine.verbs.panels import same_visit

YES, NO = "approve", "return"
FOUR = (JIA, YI, BING, DING)


def asked(sessions: Sessions, model: str, *panel: Actor) -> Office:
    """Give a process that asks a panel for its opinions."""
    office = Office(sessions)
    office.begin(model, *panel)
    office.do(DRAFTER, "draft")
    return office


def say(office: Office, *opinions: tuple[Actor, str]) -> None:
    """Let people give their opinions in this order."""
    for actor, opinion in opinions:
        office.do(actor, "sign", opinion)


def holders(office: Office) -> list[object]:
    """Give who is asked and has not decided, in order."""
    return [one.assignee_id for one in office.items() if one.closed_at is None and one.element == "sign"]


def outcomes(office: Office) -> list[str | None]:
    """Give what became of each step of the panel, in the order they were opened."""
    return [one.outcome for one in office.items() if one.element == "sign"]


@pytest.mark.parametrize(
    ("model", "opinions", "then", "left"),
    [
        pytest.param("approval_all", (YES, YES, YES, YES), "issue", [], id="all-agree"),
        pytest.param("approval_all", (YES, YES, YES), "sign", ["waits"], id="all-one-missing"),
        pytest.param("approval_all", (YES, NO), "draft", ["cancelled", "cancelled"], id="all-one-against"),
        pytest.param("approval_any", (YES,), "issue", ["cancelled"] * 3, id="any-one-agrees"),
        pytest.param("approval_any", (NO,), "draft", ["cancelled"] * 3, id="any-one-against"),
        # 2/3 of 4 is reached by 3; 2 against make it impossible.
        pytest.param("approval_ratio", (YES, YES), "sign", ["waits", "waits"], id="ratio-half"),
        pytest.param("approval_ratio", (YES, NO, YES), "sign", ["waits"], id="ratio-open"),
        pytest.param("approval_ratio", (YES, YES, YES), "issue", ["cancelled"], id="ratio-reached"),
        pytest.param("approval_ratio", (NO, YES, YES, YES), "issue", [], id="ratio-reached-by-the-last"),
        pytest.param("approval_ratio", (YES, NO, NO), "draft", ["cancelled"], id="ratio-impossible"),
    ],
)
def test_opinions_given_at_once(
    sessions: Sessions, model: str, opinions: tuple[str, ...], then: str, left: list[str]
) -> None:
    office = asked(sessions, model, *FOUR)
    assert holders(office) == [one.id for one in FOUR]
    say(office, *zip(FOUR, opinions, strict=False))
    assert set(office.open()) == {then}
    assert outcomes(office) == [*opinions, *[None if one == "waits" else one for one in left]]
    office.check()


def test_opinions_in_turn_ask_one_after_the_other(sessions: Sessions) -> None:
    office = asked(sessions, "approval_in_turn", JIA, YI, BING)
    for actor in (JIA, YI, BING):
        assert holders(office) == [actor.id]
        say(office, (actor, YES))
    assert office.open() == ["issue"]
    office.check()


def test_opinions_in_turn_end_with_the_first_against(sessions: Sessions) -> None:
    office = asked(sessions, "approval_in_turn", JIA, YI, BING)
    say(office, (JIA, YES), (YI, NO))
    assert office.open() == ["draft"]
    office.check()


def test_opinions_of_parallel_branches_never_overwrite_each_other(sessions: Sessions) -> None:
    # One against and the last for: with one shared variable the last would have won.
    office = asked(sessions, "approval_all", JIA, YI)
    say(office, (YI, NO))
    assert office.open() == ["draft"]
    office = Office(sessions, key="T-2")
    office.begin("approval_ratio", JIA, YI, BING)
    office.do(DRAFTER, "draft")
    say(office, (JIA, NO), (BING, YES), (YI, YES))
    assert office.open() == ["issue"]


def test_a_second_round_counts_only_its_own_opinions(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    say(office, (JIA, YES), (YI, NO))
    office.do(DRAFTER, "draft")
    assert holders(office) == [JIA.id, YI.id]
    say(office, (YI, YES), (JIA, YES))
    assert office.open() == ["issue"]
    office.do(ISSUER, "issue")
    assert office.instance().outcome == "completed"
    office.check()


def test_an_opinion_is_given_only_by_who_is_asked(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with refused(Conflict, "Somebody else has claimed this step", "签收"), office.work(BING) as unit:
        complete(unit, office.item("sign", JIA).id, Completion(YES))


@pytest.mark.parametrize("by", [JIA, CHIEF, OWNER], ids=["asked", "supervisor", "owner"])
def test_one_more_is_asked_at_once(sessions: Sessions, by: Actor) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with office.work(by) as unit:
        add_approver(unit, office.item("sign", JIA).id, DING, "涉及丁的业务")
    assert holders(office) == [JIA.id, YI.id, DING.id]
    say(office, (JIA, YES), (YI, YES))
    assert office.open() == ["sign"]
    say(office, (DING, YES))
    assert office.open() == ["issue"]
    details = json.loads(office.trail()[2].body)["details"]
    assert (details["new"], details["reason"]) == ({"id": str(DING.id), "name": "丁"}, "涉及丁的业务")
    office.check()


def test_one_added_counts_in_the_ratio(sessions: Sessions) -> None:
    office = asked(sessions, "approval_ratio", JIA, YI)
    with office.work(JIA) as unit:
        add_approver(unit, office.item("sign", JIA).id, BING, "x")
    say(office, (JIA, NO), (YI, YES))
    assert office.open() == ["sign"]
    say(office, (BING, YES))
    assert office.open() == ["issue"]


def test_nobody_is_handed_a_second_vote(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with refused(Conflict, "乙 is asked in this step already", "已在该环节"), office.work(JIA) as unit:
        reassign(unit, office.item("sign", JIA).id, YI, "x")
    with office.work(JIA) as unit:
        reassign(unit, office.item("sign", JIA).id, DING, "x")
    assert holders(office) == [DING.id, YI.id]
    office.check()


def test_one_more_is_asked_last_in_turn(sessions: Sessions) -> None:
    office = asked(sessions, "approval_in_turn", JIA, YI)
    with office.work(JIA) as unit:
        add_approver(unit, office.item("sign").id, DING, "x")
    for actor in (JIA, YI, DING):
        assert holders(office) == [actor.id]
        say(office, (actor, YES))
    assert office.open() == ["issue"]
    office.check()


def test_one_more_is_asked_before_who_is_asked_now(sessions: Sessions) -> None:
    office = asked(sessions, "approval_in_turn", JIA, YI)
    with office.work(JIA) as unit:
        add_approver(unit, office.item("sign").id, DING, "先听丁的意见", before=True)
    for actor in (DING, JIA, YI):
        assert holders(office) == [actor.id]
        say(office, (actor, YES))
    assert office.open() == ["issue"]
    assert outcomes(office) == ["postponed", YES, YES, YES]
    office.check()


@pytest.mark.parametrize(
    ("by", "whom", "reason", "kind", "english", "chinese"),
    [
        pytest.param(JIA, YI, "x", Conflict, "乙 is asked in this step already", "已在该环节", id="asked-already"),
        pytest.param(JIA, JIA, "x", Conflict, "甲 is asked in this step already", "已在该环节", id="themselves"),
        pytest.param(JIA, REVIEWER, "x", Invalid, "审核人 is not in the group", "不在该环节的候选组内", id="outside-the-group"),
        pytest.param(JIA, DING, "", Invalid, "Give a reason", "事由", id="no-reason"),
        pytest.param(REVIEWER, DING, "x", Forbidden, "Only a person asked in this step", "可以加签", id="stranger"),
        pytest.param(BING, DING, "x", Forbidden, "Only a person asked in this step", "可以加签", id="group-not-asked"),
    ],
)
def test_who_is_not_added(
    sessions: Sessions, by: Actor, whom: Actor, reason: str, kind: type[Invalid], english: str, chinese: str
) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with refused(kind, english, chinese), office.work(by) as unit:
        add_approver(unit, office.item("sign", JIA).id, whom, reason)
    assert holders(office) == [JIA.id, YI.id]


def test_who_has_decided_is_not_asked_again_in_the_same_round_but_in_the_next(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with office.work(JIA) as unit:
        add_approver(unit, office.item("sign", JIA).id, DING, "x")
    say(office, (DING, YES))
    with refused(Conflict, "丁 is asked in this step already", "已在该环节"), office.work(JIA) as unit:
        add_approver(unit, office.item("sign", JIA).id, DING, "x")
    say(office, (YI, NO))
    office.do(DRAFTER, "draft")
    with office.work(JIA) as unit:
        add_approver(unit, office.item("sign", JIA).id, DING, "x")
        assert len(same_visit(unit.session, unit.session.merge(office.item("sign", JIA)))) == 3
    assert holders(office) == [JIA.id, YI.id, DING.id]
    office.check()


def test_for_whom_a_substitute_has_decided_is_not_asked_again(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with office.work(replace(person("代办人"), principals=(YI,))) as unit:
        complete(unit, office.item("sign", YI).id, Completion(YES))
    assert holders(office) == [JIA.id]
    with refused(Conflict, "乙 is asked in this step already", "已在该环节"), office.work(JIA) as unit:
        add_approver(unit, office.item("sign", JIA).id, YI, "x")


def test_nobody_comes_before_another_where_all_decide_at_once(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with refused(Invalid, "all decide at the same time", "没有先后"), office.work(JIA) as unit:
        add_approver(unit, office.item("sign", JIA).id, DING, "x", before=True)


def test_where_the_diagram_asks_one_nobody_is_added_or_removed(sessions: Sessions) -> None:
    office = asked(sessions, "approval_steps")
    with refused(Invalid, "asks one person in this step", "不能加签"), office.work(REVIEWER) as unit:
        add_approver(unit, office.item("review").id, person("另一人", "reviewer"), "x")
    with refused(Invalid, "asks one person in this step", "不能减签"), office.work(CHIEF) as unit:
        remove_approver(unit, office.item("review").id, "x")


@pytest.mark.parametrize("by", [CHIEF, OWNER], ids=["supervisor", "owner"])
def test_one_less_is_asked(sessions: Sessions, by: Actor) -> None:
    office = asked(sessions, "approval_all", JIA, YI, BING)
    with office.work(by) as unit:
        remove_approver(unit, office.item("sign", BING).id, "丙已调离")
    assert holders(office) == [JIA.id, YI.id]
    say(office, (JIA, YES), (YI, YES))
    assert office.open() == ["issue"]
    assert outcomes(office) == [YES, YES, "removed"]
    details = json.loads(office.trail()[2].body)["details"]
    assert (details["old"], details["reason"]) == (str(BING.id), "丙已调离")
    office.check()


def test_who_was_removed_may_be_asked_again(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with office.work(CHIEF) as unit:
        remove_approver(unit, office.item("sign", YI).id, "x")
    with office.work(CHIEF) as unit:
        add_approver(unit, office.item("sign", JIA).id, YI, "x")
    assert holders(office) == [JIA.id, YI.id]


def test_a_decision_stays_and_so_does_the_last_one_asked(sessions: Sessions) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    first = office.item("sign", JIA).id
    say(office, (JIA, YES))
    with refused(Conflict, "has already decided", "意见不能减去"), office.work(CHIEF) as unit:
        remove_approver(unit, first, "x")
    with refused(Invalid, "The last one who decides cannot be removed", "最后一"), office.work(CHIEF) as unit:
        remove_approver(unit, office.item("sign", YI).id, "x")
    assert holders(office) == [YI.id]
    office.check()


def test_in_turn_the_one_asked_now_can_be_left_out_but_not_the_last(sessions: Sessions) -> None:
    office = asked(sessions, "approval_in_turn", JIA, YI)
    with office.work(CHIEF) as unit:
        remove_approver(unit, office.item("sign").id, "甲休假")
    assert holders(office) == [YI.id]
    with refused(Invalid, "The last one who decides cannot be removed", "最后一"), office.work(CHIEF) as unit:
        remove_approver(unit, office.item("sign").id, "x")
    say(office, (YI, YES))
    assert office.open() == ["issue"]
    office.check()


@pytest.mark.parametrize("by", [JIA, YI, REVIEWER], ids=["oneself", "colleague", "stranger"])
def test_only_the_supervisor_removes(sessions: Sessions, by: Actor) -> None:
    office = asked(sessions, "approval_all", JIA, YI)
    with refused(Forbidden, "Only the supervisor of this step", "主管"), office.work(by) as unit:
        remove_approver(unit, office.item("sign", JIA).id, "x")
