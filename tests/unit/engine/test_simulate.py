"""Simulating: every branch is taken, every loop ends, and what cannot end or be reached is told."""

from pathlib import Path
from typing import Any

import pytest

from engine.answers import decisions
from engine.errors import Invalid
from engine.rehearsal import deploy, drawn_elements
from engine.simulate import MAX_RUNS, Simulated, read_choices, simulate
from engine.spiff import definition

MODELS = Path(__file__).parents[2] / "models"
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">'
)


def diagram(inner: str, *flows: str) -> bytes:
    """Draw a process p; a flow is `a>b` or `a>b ? condition`."""
    drawn = ""
    for number, flow in enumerate(flows):
        ends, _, condition = flow.partition(" ? ")
        source, target = ends.split(">")
        text = f"<bpmn:conditionExpression><![CDATA[{condition}]]></bpmn:conditionExpression>" if condition else ""
        drawn += f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{text}</bpmn:sequenceFlow>'
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">{inner}{drawn}</bpmn:process></bpmn:definitions>'.encode()


def users(*names: str) -> str:
    """Draw steps for people."""
    return "".join(f'<bpmn:userTask id="{name}" camunda:candidateGroups="office"/>' for name in names)


def ends(*names: str) -> str:
    """Draw end events."""
    return "".join(f'<bpmn:endEvent id="{name}"/>' for name in names)


START = '<bpmn:startEvent id="s"/>'


def only(xml: bytes, *choices: tuple[str, dict[str, Any]]) -> Simulated:
    """Simulate the one process of a diagram."""
    (found,) = simulate(deploy([xml]), choices)
    return found


def never(found: Simulated) -> list[str]:
    """Give the elements never reached."""
    return [one.element for one in found.never_reached]


def model(name: str) -> bytes:
    """Read a diagram of tests/models."""
    return (MODELS / f"{name}.bpmn").read_bytes()


def test_it_works() -> None:
    found = only(diagram(START + users("a") + ends("e"), "s>a", "a>e"))
    assert (found.process, found.ended, found.reason, never(found)) == ("p", True, None, [])
    assert [one.element for one in found.steps] == ["s", "a", "e"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ok", "not ok"),
        ("${ok}", "#{!ok}"),
        ('decision == "approve"', 'decision == "return"'),
        ("amount > 1000", "amount <= 1000"),
        ("order.price >= 10 && order.kind == 'book'", "order.kind == 'pen'"),
        ("a == 1 and b == 2 and c == 3", "a == 3 or b == 1"),
        ('"police" in departments', 'not ("police" in departments)'),
        ("len(departments) > 3", "len(departments) == 0"),
        ('审核结果 == "通过"', '审核结果 == "退回"'),
        ("x / y >= 0.5", "x / y < 0.5"),
    ],
)
def test_every_branch_is_taken(first: str, second: str) -> None:
    xml = diagram(
        START + users("ask", "one", "two") + '<bpmn:exclusiveGateway id="g"/>' + ends("e"),
        "s>ask", "ask>g", f"g>one ? {first}", f"g>two ? {second}", "one>e", "two>e",
    )
    found = only(xml)
    assert (found.ended, str(found.reason), never(found)) == (True, "None", [])


def test_each_way_a_gateway_can_go_has_its_values() -> None:
    xml = diagram(
        START + users("a", "b") + '<bpmn:inclusiveGateway id="g"/>' + ends("e"),
        "s>g", "g>a ? x > 1", 'g>b ? y == "z"', "a>e", "b>e",
    )
    ((decision,),) = decisions(definition(xml, "p")).values()
    # One flow, the other, both; neither is no way to go without a default.
    assert len(decision.ways) == 3
    assert all(way[("x",)] > 1 or way[("y",)] == "z" for way in decision.ways)


@pytest.mark.parametrize("name", ["sign_in_turn_again", "sign_instances_loop", "parallel_in_a_loop", "escalation_in_a_loop", "event_gateway_in_a_loop", "inclusive_with_loop", "standard_loop"])
def test_loops_end_and_all_of_them_is_reached(name: str) -> None:
    found = only(model(name))
    assert (found.ended, str(found.reason), never(found)) == (True, "None", [])
    assert found.runs <= MAX_RUNS


@pytest.mark.parametrize("name", ["remind_then_take_away", "signal_to_all", "message_cancels_call", "error_codes", "message_by_correlation", "event_parts", "call_with_mappings"])
def test_timers_messages_signals_and_errors_are_tried(name: str) -> None:
    for found in simulate(deploy([model(name)])):
        assert (found.process, found.ended, str(found.reason), never(found)) == (found.process, True, "None", [])


def test_what_can_never_be_reached_is_told() -> None:
    # The escalation always ends the part, so nothing behind the part itself is ever done.
    found = only(model("escalation_ends_part"))
    assert found.ended
    assert never(found) == ["go_on", "end"]


def test_a_join_that_waits_for_ever_is_told() -> None:
    xml = diagram(
        START + users("a", "b") + '<bpmn:exclusiveGateway id="x"/><bpmn:parallelGateway id="j"/>' + ends("e"),
        "s>x", 'x>a ? way == "a"', 'x>b ? way == "b"', "a>j", "b>j", "j>e",
    )
    found = only(xml)
    assert not found.ended
    assert str(found.reason) == "Nothing can move it any more, and it has not ended; last it came to x, a, j."
    assert never(found) == ["e"]


def test_a_branch_that_waits_for_ever_is_told_beside_those_that_end() -> None:
    xml = diagram(
        START + users("a", "b") + '<bpmn:exclusiveGateway id="x"/><bpmn:parallelGateway id="j"/>' + ends("e", "joined"),
        "s>x", 'x>a ? way == "a"', 'x>b ? way == "b"', 'x>e ? way == "c"', "a>j", "b>j", "j>joined",
    )
    found = only(xml)
    assert (found.ended, found.always, never(found)) == (True, False, ["joined"])
    assert "Nothing can move it any more" in str(found.reason)


def test_an_error_that_leaves_a_process_is_its_callers_to_catch() -> None:
    child = diagram(
        '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="x"/>' + ends("e")
        + '<bpmn:endEvent id="broken"><bpmn:errorEventDefinition errorRef="E"/></bpmn:endEvent>',
        "s>x", "x>e ? ok", "x>broken ? not ok",
    ).replace(b"<bpmn:process", b'<bpmn:error id="E" name="E" errorCode="E1"/><bpmn:process')
    found = only(child)
    assert (found.ended, found.always) == (True, True)
    assert str(found.reason) == "It may end with an error at broken, which only a process that calls it can catch."
    # Beside the process that calls it there is nothing to say.
    outer, called = simulate(deploy([model("error_codes")]))
    assert [(one.process, one.always, one.reason) for one in (outer, called)] == [("outer", True, None), ("child", True, None)]


def test_a_process_that_only_a_message_or_signal_starts_is_started_by_each() -> None:
    starts = (
        '<bpmn:startEvent id="by_mail"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
        '<bpmn:startEvent id="by_gong"><bpmn:signalEventDefinition signalRef="g"/></bpmn:startEvent>'
    )
    xml = diagram(starts + users("a", "b") + ends("e"), "by_mail>a", "by_gong>b", "a>e", "b>e")
    declared = b'<bpmn:message id="m" name="mail"/><bpmn:signal id="g" name="gong"/><bpmn:process'
    found = only(xml.replace(b"<bpmn:process", declared))
    assert (found.always, never(found)) == (True, [])


def test_a_circle_nobody_can_leave_is_told() -> None:
    found = only(diagram(START + users("a", "b"), "s>a", "a>b", "b>a"))
    assert not found.ended
    assert "was not at its end after 400 steps" in str(found.reason)


def test_an_error_nobody_catches_is_told() -> None:
    found = only(model("error_caught_nowhere"))
    assert not found.ended
    assert "broken" in str(found.reason)


def test_the_same_diagram_is_always_simulated_alike() -> None:
    assert only(model("signal_to_all")) == only(model("signal_to_all"))


def test_what_instances_leave_is_answered_so_that_it_counts() -> None:
    loop = (
        '<bpmn:userTask id="sign" camunda:candidateGroups="office"><bpmn:multiInstanceLoopCharacteristics camunda:collection="signers">'
        '<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef><bpmn:outputDataItem id="o" name="sign"/></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
    )
    xml = diagram(
        START + users("draft", "issue") + loop + '<bpmn:exclusiveGateway id="g"/>' + ends("e"),
        "s>draft", "draft>sign", "sign>g", 'g>issue ? count(opinions, "approve") == len(opinions)', 'g>draft ? count(opinions, "return") > 0', "issue>e",
    )
    found = only(xml)
    assert (found.always, str(found.reason), never(found)) == (True, "None", [])


def test_workers_fail_where_the_diagram_catches_it() -> None:
    part = (
        '<bpmn:subProcess id="part"><bpmn:startEvent id="ps"/><bpmn:serviceTask id="w" camunda:type="external" camunda:topic="scan"/><bpmn:endEvent id="pe"/>'
        '<bpmn:sequenceFlow id="p1" sourceRef="ps" targetRef="w"/><bpmn:sequenceFlow id="p2" sourceRef="w" targetRef="pe"/></bpmn:subProcess>'
        '<bpmn:boundaryEvent id="caught" attachedToRef="part"><bpmn:errorEventDefinition errorRef="E"/></bpmn:boundaryEvent>'
    )
    xml = diagram(START + part + users("repair") + ends("e"), "s>part", "part>e", "caught>repair", "repair>e")
    found = only(xml.replace(b"<bpmn:process", b'<bpmn:error id="E" name="E" errorCode="E1"/><bpmn:process'))
    assert (found.always, never(found)) == (True, [])


def test_only_what_was_drawn_is_told() -> None:
    xml = model("conditions_on_flows")
    (whole,), (told,) = simulate(deploy([xml])), simulate(deploy([xml]), drawn=drawn_elements([xml]))
    assert {one.element for one in whole.steps} - {one.element for one in told.steps} == {"ask_fork"}


def test_choices_are_followed_in_their_order() -> None:
    xml = diagram(
        START + users("judge", "redo", "archive") + '<bpmn:exclusiveGateway id="g"/>' + ends("e"),
        "s>judge", "judge>g", 'g>redo ? decision == "return"', 'g>archive ? decision == "approve"', "redo>judge", "archive>e",
    )
    back, forth = ("judge", {"decision": "return"}), ("judge", {"decision": "approve"})
    found = only(xml, back, back, forth, forth)
    assert [one.element for one in found.steps] == ["s", "judge", "g", "redo", "judge", "g", "redo", "judge", "g", "archive", "e"]
    assert (found.ended, found.runs, found.unused) == (True, 1, ("judge",))


def test_a_choice_for_a_step_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid, match="The choices name the step jugde"):
        only(model("two_ends"), ("jugde", {}))


def test_choices_are_read_from_yaml_and_json() -> None:
    assert read_choices(b"choices:\n- {complete: a, variables: {ok: true}}\n- {complete: b}", "c.yaml") == (("a", {"ok": True}), ("b", {}))
    assert read_choices(b'{"choices": [{"complete": "a"}]}', "c.json") == (("a", {}),)


@pytest.mark.parametrize("text", [b"", b"choices: 7", b"[]", b"choices: [a]", b"choices: [{element: a}]", b"choices: [{complete: a, variables: 7}]", b"choices: [{complete: a, then: b}]"])
def test_what_is_no_script_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid, match=r"c\.yaml"):
        read_choices(text, "c.yaml")
