"""Every rewrite of a diagram: reported at its element, the result runs in the way the drawing says, and stays as it is."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from diagram_drawing import HEAD, around, diagram, event, flow, single, task
from engine.diagram_check import BPMN, CAMUNDA, Severity
from engine.diagram_import import Normalised, normalise
from engine.errors import StepFailed
from engine.spiff import Execution, definition

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
LOOP = "bpmn:multiInstanceLoopCharacteristics"


def ends(*names: str) -> str:
    """Draw a start and ends."""
    return '<bpmn:startEvent id="start"/>' + "".join(f'<bpmn:endEvent id="{name}"/>' for name in names)


def gateway(first: str | None, second: str | None, attributes: str = "", tag: str = "exclusiveGateway") -> str:
    """Draw a step and a choice between two further steps."""
    ways = flow("g", "a", first) + flow("g", "b", second)
    return f'<bpmn:{tag} id="g"{attributes}/>{task("t")}{task("a")}{task("b")}{ends()}{flow("start", "t")}{flow("t", "g")}{ways}'


def forked(first: str | None, second: str | None, attributes: str = "") -> str:
    """Draw a step that two flows leave."""
    ways = flow("t", "a", first) + flow("t", "b", second)
    return f'{task("t", "", attributes)}{task("a")}{task("b")}{ends()}{flow("start", "t")}{ways}'


def timer(form: str, text: str) -> str:
    """Draw a wait."""
    definition_ = f"<bpmn:timerEventDefinition><bpmn:{form}>{text}</bpmn:{form}></bpmn:timerEventDefinition>"
    return single(event("intermediateCatchEvent", "w", definition_), "w")


def links() -> str:
    """Draw two link events that belong together."""
    link = '<bpmn:linkEventDefinition name="over"/>'
    throw, catch = event("intermediateThrowEvent", "l", link), event("intermediateCatchEvent", "k", link)
    return f'{throw}{catch}{task("t")}{ends("end")}{flow("start", "l")}{flow("k", "t")}{flow("t", "end")}'


REWRITTEN = [
    ("value-form", "b", around(event("boundaryEvent", "b", "message", ' attachedToRef="t" cancelActivity="0"') + task("t"), "t", "t", flow("b", "end"))),
    ("flow-without-id", "start_to_t", single(task("t"), "t").replace(' id="start-t"', "")),
    ("vendor-attributes", "t", single('<bpmn:userTask id="t" activiti:assignee="li"/>', "t")),
    ("vendor-attributes", "t", single('<bpmn:userTask id="t"><bpmn:extensionElements><zeebe:assignmentDefinition candidateGroups="clerks"/></bpmn:extensionElements></bpmn:userTask>', "t")),
    ("performer-read", "t", single('<bpmn:userTask id="t"><bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>group(office)</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner></bpmn:userTask>', "t")),
    ("undeclared", "t", single('<bpmn:receiveTask id="t" messageRef="gone"/>', "t")),
    ("unnamed", "t", single('<bpmn:receiveTask id="t"/>', "t")),
    ("unnamed", "t", single(event("intermediateThrowEvent", "t", "escalation"), "t")),
    ("event-without-trigger", "w", timer("timeDate", "")),
    ("event-without-trigger", "w", single(event("intermediateCatchEvent", "w", ""), "w")),
    ("event-without-trigger", "w", single(event("intermediateCatchEvent", "w", "<bpmn:conditionalEventDefinition><bpmn:condition/></bpmn:conditionalEventDefinition>"), "w")),
    ("timer-text", "w", timer("timeDuration", "'PT1H'")),
    ("timer-text", "w", timer("timeDuration", "= wait")),
    ("expression-translated", "g-a", gateway('= Vacation Approval = "Approved"', "x")),
    ("link-event", "l", links()),
    ("signal-end", "e", f'{event("endEvent", "e", "signal")}{task("t")}{ends()}{flow("start", "t")}{flow("t", "e")}'),
    ("compensation", "b", around(event("boundaryEvent", "b", "compensate", ' attachedToRef="t"') + task("t"), "t", "t")),
    ("transaction", "s", single(f'<bpmn:transaction id="s">{event("startEvent", "is", "")}{event("endEvent", "ie", "")}{flow("is", "ie")}</bpmn:transaction>', "s")),
    ("empty-subprocess", "s", single('<bpmn:subProcess id="s" camunda:candidateGroups="office"/>', "s")),
    ("call-unresolved", "c", single('<bpmn:callActivity id="c" calledElement="nothing" camunda:candidateGroups="office"/>', "c")),
    ("call-name", "c", single('<bpmn:callActivity id="c" calledElement="x:other"/>', "c")),
    ("send-task", "s", single('<bpmn:sendTask id="s" camunda:type="external" camunda:topic="mail"/>', "s")),
    ("topic-assumed", "s", single('<bpmn:serviceTask id="s"/>', "s")),
    ("topic-assumed", "s", single('<bpmn:serviceTask id="s" camunda:delegateExpression="#{archive}"/>', "s")),
    ("loop-by-name", "t", single(task("t", f"<{LOOP}/>"), "t")),
    ("loop-by-name", "t", single(task("t", "<bpmn:standardLoopCharacteristics/>"), "t")),
    ("loop-data", "t", '<bpmn:dataObject id="d1" name="the people"/>' + single(task("t", f"<{LOOP}><bpmn:loopDataInputRef>d1</bpmn:loopDataInputRef></{LOOP}>"), "t")),
    ("data-ignored", "t", single(task("t", "<bpmn:ioSpecification><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"), "t")),
    ("empty-condition", "g-end", around('<bpmn:exclusiveGateway id="g"/>', "g", "g").replace('targetRef="end">', 'targetRef="end"><bpmn:conditionExpression/>')),
    ("default-condition", "g-a", gateway("x", "y", ' default="g-a"')),
    ("default-alone", "t", single(task("t", "", ' default="t-end"'), "t")),
    ("choice-by-name", "g", gateway(None, None)),
    ("flow-by-name", "g-a", gateway("", None, tag="inclusiveGateway")),
    ("implicit-fork", "t", forked(None, None)),
    ("implicit-fork", "t", forked("urgent", None)),
    ("implicit-start", "p", f'{task("t")}<bpmn:endEvent id="end"/>{flow("t", "end")}'),
    ("implicit-end", "t", f'{task("t")}{ends()}{flow("start", "t")}'),
    ("event-subprocess", "h", around(f'<bpmn:subProcess id="h" triggeredByEvent="true">{event("startEvent", "hs", "message")}<bpmn:endEvent id="he"/>{flow("hs", "he")}</bpmn:subProcess>{task("t")}', "t", "t")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "element", "inner"), REWRITTEN, ids=[f"{row[0]}-{number}" for number, row in enumerate(REWRITTEN)])
def test_what_runs_in_another_form_is_reported_and_then_stays(code: str, element: str, inner: str) -> None:
    xml = diagram(inner)
    found = normalise(xml, frozenset({"other"}))
    assert found.report.refusals == ()
    report = next(one for one in found.report.findings if one.code == code and one.severity is Severity.REWRITTEN)
    assert (report.element, report.line) == (element, 2 if element == "p" else 3)
    assert found.xml != xml
    again = normalise(found.xml, frozenset({"other"}))
    assert again.xml == found.xml
    assert {one.severity for one in again.report.findings} <= {Severity.WARNING}
    drawn, kept = ids(xml), ids(found.xml)
    assert drawn - kept <= ({"b"} if code == "compensation" else set())


def ids(xml: bytes) -> set[str]:
    """Give the ids of what is drawn in a process."""
    return {str(one.get("id")) for one in etree.fromstring(xml).iter(etree.Element) if one.get("id")}


def root_of(found: Normalised) -> etree._Element:
    """Give the parsed form that runs."""
    assert found.report.refusals == ()
    return etree.fromstring(found.xml)


def started(inner: str, data: dict[str, object] | None = None, attributes: str = ' isExecutable="true"') -> Execution:
    """Import a diagram and start it."""
    found = normalise(diagram(inner, attributes=attributes))
    assert found.report.refusals == ()
    return Execution.start(definition(found.xml, "p", (("p", found.xml),)), data or {}, NOON)


def open_steps(live: Execution) -> list[str]:
    """Give the elements that wait for somebody."""
    return sorted(task.element for task in live.open_tasks())


def done(live: Execution, element: str, **result: object) -> Execution:
    """Complete one open step."""
    live.complete(next(one.task_id for one in live.open_tasks() if one.element == element), result, NOON)
    return live


def test_a_diagram_that_needs_nothing_keeps_its_bytes() -> None:
    xml = diagram(single(task("t"), "t")).replace(b"\n", b"\r\n\t<!-- note -->")
    assert normalise(xml) == Normalised(xml, normalise(xml).report)
    assert normalise(xml).report.findings == ()


def test_a_refused_diagram_keeps_its_bytes() -> None:
    xml = diagram(single('<bpmn:serviceTask id="s"/><bpmn:scriptTask id="t"/>', "s"))
    assert normalise(xml).xml == xml


def test_the_lines_are_those_of_the_file_as_given() -> None:
    xml = diagram(f'{ends("end")}\n\n{task("t")}\n<bpmn:serviceTask id="s"/>\n{flow("start", "t")}{flow("t", "s")}{flow("s", "end")}', attributes=' isExecutable="false"')
    assert [(one.line, one.code) for one in normalise(xml).report.findings] == [(2, "not-executable"), (6, "topic-assumed")]


def test_several_flows_out_of_a_step_are_all_taken() -> None:
    live = started(forked(None, None))
    assert open_steps(done(live, "t")) == ["a", "b"]


@pytest.mark.parametrize(("urgent", "expected"), [(True, ["a", "b"]), (False, ["b"])])
def test_a_conditional_flow_out_of_a_step_is_taken_when_it_holds(urgent: bool, expected: list[str]) -> None:
    live = started(forked("urgent", None))
    assert open_steps(done(live, "t", urgent=urgent)) == expected


@pytest.mark.parametrize(("urgent", "expected"), [(True, ["a"]), (False, ["b"])])
def test_the_default_flow_of_a_step_is_taken_when_no_other_is(urgent: bool, expected: list[str]) -> None:
    live = started(forked("urgent", None, ' default="t-b"'))
    assert open_steps(done(live, "t", urgent=urgent)) == expected


def test_when_no_condition_of_a_step_holds_the_step_is_named() -> None:
    live = started(forked("urgent", "late"))
    with pytest.raises(StepFailed, match="at t"):
        done(live, "t", urgent=False, late=False)


def test_a_choice_nobody_formalised_is_answered_by_the_step_before() -> None:
    live = started(gateway(None, None))
    assert open_steps(done(live, "t", g="g-b")) == ["b"]
    with pytest.raises(StepFailed, match="at g"):
        done(started(gateway(None, None)), "t")


def test_a_choice_with_a_default_flow_falls_back_on_it() -> None:
    live = started(gateway(None, None, ' default="g-a"'))
    assert open_steps(done(live, "t", g="anything")) == ["a"]


@pytest.mark.parametrize(("answer", "expected"), [(True, ["a", "b"]), (False, ["b"])])
def test_an_inclusive_flow_nobody_formalised_is_taken_when_it_is_wanted(answer: bool, expected: list[str]) -> None:
    live = started(gateway("", None, tag="inclusiveGateway"))
    assert open_steps(done(live, "t", g_a=answer)) == expected


def test_a_link_is_followed() -> None:
    assert open_steps(started(links())) == ["t"]


def test_a_scope_without_start_begins_everywhere_nothing_leads_to() -> None:
    live = started(task("a") + task("b") + task("c") + flow("a", "c"))
    assert open_steps(live) == ["a", "b"]
    done(done(done(live, "a"), "b"), "c")
    assert live.ended


def test_an_event_without_trigger_waits_to_be_told() -> None:
    live = started(timer("timeDuration", ""))
    assert not live.ended
    assert live.receive_message("w", {}, NOON)
    assert live.ended


def test_the_end_that_throws_a_signal_throws_it_before_it_ends() -> None:
    alarm = '<bpmn:signalEventDefinition signalRef="s"/>'
    catch = event("boundaryEvent", "b", alarm, ' attachedToRef="t" cancelActivity="false"')
    body = f'{task("t")}{task("u")}{task("v")}{catch}{ends("e")}{event("endEvent", "x", alarm)}<bpmn:parallelGateway id="g"/>'
    fork = flow("start", "g") + flow("g", "t") + flow("g", "v")
    ways = flow("v", "x") + flow("b", "u") + flow("t", "e") + flow("u", "e")
    found = normalise(diagram(body + fork + ways, '<bpmn:signal id="s" name="alarm"/>'))
    live = Execution.start(definition(found.xml, "p"), {}, NOON)
    assert open_steps(done(live, "v")) == ["t", "u"]


def test_a_loop_that_does_not_say_how_long_asks() -> None:
    live = started(single(task("t", "<bpmn:standardLoopCharacteristics/>"), "t"))
    done(live, "t", t_again=True)
    assert open_steps(live) == ["t"]
    assert done(live, "t", t_again=False).ended


def test_an_error_without_code_is_caught_in_a_process_that_was_not_executable() -> None:
    inner = f'<bpmn:subProcess id="s">{task("t")}{event("startEvent", "is", "")}{event("endEvent", "x", "error")}{flow("is", "t")}{flow("t", "x")}</bpmn:subProcess>'
    catch = event("boundaryEvent", "b", "error", ' attachedToRef="s"') + task("u") + flow("b", "u")
    live = started(around(inner + catch, "s", "s"), attributes=' isExecutable="false"')
    assert open_steps(done(live, "t")) == ["u"]


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ("= approved", "approved"),
        ("= not(approved)", "not ( approved )"),
        ('= Vacation Approval = "Approved"', 'Vacation_Approval == "Approved"'),
        ("Service Level == 'Premium'", "Service_Level == 'Premium'"),
        ("bpmn:getDataObject('clarified') = 'yes'", "clarified == 'yes'"),
        ('= some risk in levels satisfies risk = "red"', '"red" in levels'),
        ("= amount >= 10.5 and order.open", "amount >= 10.5 and order.open"),
    ],
)
def test_conditions_of_other_tools_are_carried_over(foreign: str, ours: str) -> None:
    root = root_of(normalise(diagram(gateway(foreign.replace("<", "&lt;"), "x"))))
    assert [str(one.text) for one in root.iter(f"{BPMN}conditionExpression")] == [ours, "x"]


@pytest.mark.parametrize(("levels", "expected"), [([], True), (["y"], True), (["y", "y"], True), (["y", "z"], False), (["a", "y"], False)])
def test_every_is_carried_over_as_it_is_meant(levels: list[str], expected: bool) -> None:
    live = started(gateway('= every one in levels satisfies one = "y"', None, ' default="g-b"'))
    assert open_steps(done(live, "t", levels=levels)) == (["a"] if expected else ["b"])


@pytest.mark.parametrize(
    ("topic", "more"),
    [
        ("s", ""),
        ("archive", ' camunda:delegateExpression="#{archive}"'),
        ("archive", ' camunda:topic="archive"'),
        ("archive", ' activiti:type="external" activiti:topic="archive"'),
    ],
)
def test_services_are_done_by_workers(topic: str, more: str) -> None:
    root = root_of(normalise(diagram(single(f'<bpmn:serviceTask id="s"{more}/>', "s"))))
    (service,) = root.iter(f"{BPMN}serviceTask")
    assert (service.get(f"{CAMUNDA}type"), service.get(f"{CAMUNDA}topic")) == ("external", topic)


def test_the_lane_performs_where_nobody_else_is_named() -> None:
    lanes = '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="office"><bpmn:flowNodeRef>t</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    report = normalise(diagram(lanes + single('<bpmn:userTask id="t"/>', "t"))).report
    assert report.findings == ()


def test_incoming_and_outgoing_follow_the_flows() -> None:
    inner = forked(None, None).replace('office"></bpmn:userTask>', 'office"><bpmn:incoming>start-t</bpmn:incoming><bpmn:outgoing>t-a</bpmn:outgoing><bpmn:outgoing>t-b</bpmn:outgoing></bpmn:userTask>', 1)
    root = root_of(normalise(diagram(inner)))
    for node in root.iter(f"{BPMN}userTask", f"{BPMN}parallelGateway", f"{BPMN}startEvent", f"{BPMN}endEvent"):
        for end, tag in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
            meant = [one.get("id") for one in root.iter(f"{BPMN}sequenceFlow") if one.get(end) == node.get("id")]
            assert [one.text for one in node.findall(f"{BPMN}{tag}")] == meant


def test_what_is_left_out_leaves_the_drawing_too() -> None:
    inner = around(event("boundaryEvent", "b", "compensate", ' attachedToRef="t"') + task("t"), "t", "t")
    shapes = '<bpmndi:BPMNDiagram><bpmndi:BPMNPlane><bpmndi:BPMNShape bpmnElement="b"/><bpmndi:BPMNShape bpmnElement="t"/></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    root = root_of(normalise(diagram(inner, shapes)))
    assert [one.get("bpmnElement") for one in root.iter("{*}BPMNShape")] == ["t"]


def test_a_file_may_hold_the_process_it_calls() -> None:
    called = f'<bpmn:process id="q" isExecutable="true">{single(task("u"), "u")}</bpmn:process>'.replace('"start', '"qs').replace('"end', '"qe').replace("u-end", "u-qe")
    found = normalise(diagram(single('<bpmn:callActivity id="c" calledElement="q"/>', "c"), called))
    assert found.report.findings == ()
    assert found.report.processes == ("p", "q")
    assert HEAD.encode() in found.xml
