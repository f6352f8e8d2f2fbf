"""What SpiffWorkflow 3.2 gets wrong or loses, each shown not to happen here."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from diagrams import chain, element, ends, flow, process, user

from engine.errors import Conflict, Invalid, StepFailed
from engine.spiff import EXTERNAL, Execution, definition

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MESSAGE = '<message id="m" name="ping"/>'


def started(xml: bytes, **data: object) -> Execution:
    return Execution.start(definition(xml, "p"), data, NOW)


def elements(live: Execution) -> list[str]:
    return sorted(task.element for task in live.open_tasks())


def finish(live: Execution, name: str, **result: object) -> None:
    live.complete(next(task.task_id for task in live.open_tasks() if task.element == name), result, NOW)


def stored(live: Execution, xml: bytes) -> Execution:
    return Execution.load(definition(xml, "p"), live.state())


def test_a_service_task_is_stored_and_finished_later_by_a_worker() -> None:
    xml = process(ends(), element("serviceTask", "print", camunda__topic="paper"), chain("start", "print", "end"))
    live = stored(started(xml), xml)
    (task,) = live.open_tasks()
    assert (task.kind, task.candidate_group) == (EXTERNAL, "paper")
    live.complete(task.task_id, {}, NOW)
    assert live.ended


def _returning() -> bytes:
    return process(
        ends(), user("write", "check"), element("exclusiveGateway", "good", default="good-write"),
        chain("start", "write", "check", "good", "write"), flow("good", "end", "check == 'yes'"),
    )


def test_ten_thousand_returns_neither_hide_the_open_step_nor_let_the_state_grow() -> None:
    xml = _returning()
    live = started(xml)
    sizes = []
    for _ in range(10_000):
        finish(live, "write")
        finish(live, "check", check="no")
        sizes.append(len(live.state()))
    assert elements(live) == ["write"]
    assert sizes[-1] <= 1.2 * sizes[9]
    finish(live, "write")
    finish(live, "check", check="yes")
    assert live.ended


def test_form_data_edited_afterwards_changes_nothing_that_is_stored() -> None:
    xml = process(ends(), user("first", "second"), chain("start", "first", "second", "end"))
    live = started(xml)
    form = {"rows": [{"text": "as handed in"}]}
    finish(live, "first", form=form)
    before = live.state()
    form["rows"][0]["text"] = "changed"
    assert live.state() == before


def _three_departments() -> bytes:
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    return process(ends(), element("userTask", "collect", loop), chain("start", "collect", "end"))


def test_parallel_departments_keep_what_each_handed_in_duplicates_and_all() -> None:
    xml = _three_departments()
    live = started(xml)
    for photos in (["a", "a"], ["a"], []):
        live.complete(live.open_tasks()[0].task_id, {"photos": photos}, NOW)
    assert live.variables["collect_results"] == [
        {"index": 0, "photos": ["a", "a"]}, {"index": 1, "photos": ["a"]}, {"index": 2, "photos": []},
    ]


def test_a_step_that_fails_leaves_the_stored_state_good() -> None:
    xml = process(
        ends(), user("ask"), element("exclusiveGateway", "which"), chain("start", "ask", "which"),
        flow("which", "end", "ask == 1"),
    )
    live = started(xml)
    kept = live.state()
    with pytest.raises(StepFailed, match="which"):
        finish(live, "ask", ask=2)
    again = Execution.load(definition(xml, "p"), kept)
    finish(again, "ask", ask=1)
    assert again.ended


def test_a_finished_step_cannot_be_finished_again() -> None:
    xml = process(ends(), user("first", "second"), chain("start", "first", "second", "end"))
    live = started(xml)
    (task,) = live.open_tasks()
    live.complete(task.task_id, {}, NOW)
    with pytest.raises(Conflict):
        live.complete(task.task_id, {}, NOW)
    with pytest.raises(Conflict):
        live.complete("not a number", {}, NOW)
    assert elements(live) == ["second"]


@pytest.mark.parametrize("name", ["typename", "__class__", "len", "loopCounter", "tokens"])
def test_no_name_in_the_data_makes_a_state_unreadable_or_changes_the_language(name: str) -> None:
    xml = process(
        ends(), user("ask"), element("exclusiveGateway", "size", default="size-end"), user("big"),
        chain("start", "ask", "size", "end"), flow("size", "big", "len(rows) > 1"), flow("big", "end"),
    )
    live = started(xml, rows=[1, 2])
    finish(live, "ask", **{name: {name: {name: 0}}})
    again = stored(live, xml)
    assert elements(again) == ["big"]


def test_live_and_stored_data_are_the_same() -> None:
    xml = process(ends(), user("ask", "next"), chain("start", "ask", "next", "end"))
    live = started(xml)
    finish(live, "ask", pair=("a", "b"), numbered={1: "one"})
    assert live.variables == stored(live, xml).variables == {"pair": ["a", "b"], "numbered": {"1": "one"}}


def test_a_multi_instance_activity_with_an_item_can_be_entered_again() -> None:
    loop = (
        '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person"/>'
    )
    xml = process(
        ends(), element("userTask", "sign", loop, camunda__assignee="${person}"), user("judge"),
        element("exclusiveGateway", "good", default="good-sign"),
        chain("start", "sign", "judge", "good", "sign"), flow("good", "end", "judge == 'yes'"),
    )
    live = started(xml, people=["Li", "Wang"])
    for _ in range(2):
        assert [task.assignee for task in live.open_tasks()] == ["Li", "Wang"]
        finish(live, "sign")
        finish(live, "sign")
        finish(live, "judge", judge="no")
    assert len(live.variables["sign_results"]) == 0


def test_a_parallel_join_can_be_reached_again_and_again_by_a_loop() -> None:
    xml = process(
        ends(), element("exclusiveGateway", "again"), element("parallelGateway", "fork"), user("a", "b", "judge"),
        element("parallelGateway", "join"), element("exclusiveGateway", "good", default="good-again"),
        chain("start", "again", "fork", "a", "join", "judge", "good", "again"), chain("fork", "b", "join"),
        flow("good", "end", "judge == 'yes'"),
    )
    live = started(xml)
    for order in (("a", "b"), ("b", "a"), ("a", "b")):
        assert elements(live) == ["a", "b"]
        finish(live, order[0])
        assert elements(live) == [order[1]]
        finish(live, order[1])
        assert elements(live) == ["judge"]
        finish(live, "judge", judge="no")
    assert elements(live) == ["a", "b"]


def test_an_event_at_the_border_happens_as_often_as_it_comes_and_leaves_nothing_behind() -> None:
    xml = process(
        ends(), user("work", "answer"), element("endEvent", "answered"),
        element("boundaryEvent", "asked", '<messageEventDefinition messageRef="m"/>', attachedToRef="work", cancelActivity="false"),
        chain("start", "work", "end"), chain("asked", "answer", "answered"), declared=MESSAGE,
    )
    live = started(xml)
    size = len(live.state())
    for _ in range(50):
        assert live.receive_message("ping", {}, NOW)
        finish(live, "answer")
    assert len(live.state()) <= size + 5
    assert elements(live) == ["work"]


def test_a_condition_runs_no_python() -> None:
    for attack in ("__import__('os').getcwd()", "().__class__", "[].append(1)"):
        xml = process(
            ends(), user("ask"), element("exclusiveGateway", "which", default="which-end"), element("endEvent", "other"),
            chain("start", "ask", "which", "end"), flow("which", "other", attack),
        )
        live = started(xml)
        with pytest.raises(StepFailed):
            finish(live, "ask")


def test_a_failure_names_the_element_and_the_cause() -> None:
    xml = process(ends(), element("userTask", "ask", camunda__dueDate="${deadline}"), chain("start", "ask", "end"))
    with pytest.raises(StepFailed) as failed:
        started(xml).open_tasks()
    assert failed.value.params["element"] == "ask"
    assert "deadline" in str(failed.value)


def test_a_stored_sub_process_still_tells_its_parent_that_it_is_done() -> None:
    inside = ends("in", "out") + user("inner") + chain("in", "inner", "out")
    xml = process(ends(), element("subProcess", "part", inside), user("after"), chain("start", "part", "after", "end"))
    live = stored(started(xml), xml)
    finish(live, "inner")
    live = stored(live, xml)
    assert elements(live) == ["after"]


def test_a_step_looks_only_at_what_is_open() -> None:
    xml = _returning()
    live = started(xml)
    for _ in range(200):
        finish(live, "write")
        finish(live, "check", check="no")
    tokens = json.loads(live.state())["tokens"]
    assert len(tokens) == 1


def test_the_number_of_an_open_step_never_changes() -> None:
    xml = process(
        ends(), element("inclusiveGateway", "fork"), user("a", "b", "a2"), element("inclusiveGateway", "join"),
        flow("start", "fork"), flow("fork", "a", "true"), flow("fork", "b", "true"), chain("a", "a2", "join", "end"),
        flow("b", "join"),
    )
    live = started(xml)
    number = next(task.task_id for task in live.open_tasks() if task.element == "b")
    finish(live, "a")
    live = stored(live, xml)
    assert next(task.task_id for task in live.open_tasks() if task.element == "b") == number


def test_elements_may_be_called_start_and_end() -> None:
    xml = process(ends("Start", "End"), user("Root"), chain("Start", "Root", "End"))
    live = started(xml)
    assert elements(live) == ["Root"]
    finish(live, "Root")
    assert live.ended


def test_flows_without_an_id_are_followed() -> None:
    xml = process(ends(), user("a"), chain("start", "a", "end")).replace(b'id="start-a" ', b"").replace(b'id="a-end" ', b"")
    assert elements(started(xml)) == ["a"]


def test_a_chain_of_two_thousand_steps_is_read() -> None:
    names = [f"s{number}" for number in range(2_000)]
    xml = process(ends(), user(*names), chain("start", *names, "end"))
    assert elements(started(xml)) == ["s0"]


def test_a_circle_in_which_nothing_waits_is_stopped() -> None:
    xml = process(
        ends(), element("exclusiveGateway", "round"), element("exclusiveGateway", "where", default="where-round"),
        chain("start", "round", "where", "round"), flow("where", "end", "false"),
    )
    with pytest.raises(StepFailed, match="circle"):
        started(xml)


def test_a_timer_that_is_late_fires_once_and_goes_on_in_step() -> None:
    timer = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"
    xml = process(
        ends(), user("work", "remind"), element("endEvent", "reminded"),
        element("boundaryEvent", "late", timer, attachedToRef="work", cancelActivity="false"),
        chain("start", "work", "end"), chain("late", "remind", "reminded"),
    )
    live = started(xml)
    assert live.fire_timers(NOW + timedelta(hours=5, minutes=10)) == 1
    assert elements(live) == ["remind", "work"]
    assert live.next_due() == NOW + timedelta(hours=6)
    assert live.fire_timers(NOW) == 0


def test_a_process_that_calls_an_unknown_one_is_refused() -> None:
    xml = process(ends(), element("callActivity", "call", calledElement="nowhere"), chain("start", "call", "end"))
    with pytest.raises(Invalid, match="nowhere"):
        started(xml)
