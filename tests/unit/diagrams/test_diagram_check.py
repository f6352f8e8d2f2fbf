"""Every refusal of a diagram, each on the smallest diagram that earns it."""

import pytest

from engine.diagram_check import MAX_BYTES, Severity, check, processes_in
from diagram_drawing import HEAD, around, diagram, event, flow, path, single, task

LONG = "a" * 600


def boundary(definition: str, attributes: str = "") -> str:
    """Draw a step with an event at its border that leads to an end."""
    host = f'{event("boundaryEvent", "b", definition, " attachedToRef=" + chr(34) + "t" + chr(34) + attributes)}{task("t")}'
    return around(host, "t", "t", '<bpmn:endEvent id="late"/>' + flow("b", "late"))


def choice(first: str | None, second: str | None, attributes: str = "") -> str:
    """Draw a gateway with two ways."""
    ends = '<bpmn:startEvent id="start"/><bpmn:endEvent id="a"/><bpmn:endEvent id="b"/>'
    return f'<bpmn:exclusiveGateway id="g"{attributes}/>{flow("g", "a", first)}{flow("g", "b", second)}{ends}{flow("start", "g")}'


def repeated(inner: str, attributes: str = "") -> str:
    """Draw a step done several times."""
    loop = f"<bpmn:multiInstanceLoopCharacteristics{attributes}>{inner}</bpmn:multiInstanceLoopCharacteristics>"
    return single(task("t", loop), "t")


def extended(inner: str, tag: str = "serviceTask") -> str:
    """Draw a step with an extension of a vendor."""
    return single(f'<bpmn:{tag} id="t"><bpmn:extensionElements>{inner}</bpmn:extensionElements></bpmn:{tag}>', "t")


def timer(form: str, text: str) -> str:
    """Draw a wait."""
    definition = f"<bpmn:timerEventDefinition><bpmn:{form}>{text}</bpmn:{form}></bpmn:timerEventDefinition>"
    return single(event("intermediateCatchEvent", "t", definition), "t")


def handler(start: str, inner: str = "") -> str:
    """Draw an event sub-process beside a step."""
    body = f'{start}<bpmn:endEvent id="he"/>{flow("hs", "he")}' if start else task("i")
    part = f'<bpmn:subProcess id="h" triggeredByEvent="true">{body}</bpmn:subProcess>'
    return around(f"{part}{task('t')}{inner}", "t", "t")


REFUSED = [
    ("script-task", "s", single('<bpmn:scriptTask id="s"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>', "s")),
    ("complex-gateway", "x", single('<bpmn:complexGateway id="x"/>', "x")),
    ("ad-hoc", "a", single(f'<bpmn:adHocSubProcess id="a">{task("t")}</bpmn:adHocSubProcess>', "a")),
    ("compensation", "c", single(event("intermediateThrowEvent", "c", "compensate"), "c")),
    ("cancel-event", "c", around(event("endEvent", "c", "cancel") + task("t"), "t", "t", flow("t", "c"))),
    ("conditional-event", "t", single(event("intermediateCatchEvent", "t", "<bpmn:conditionalEventDefinition><bpmn:condition>x</bpmn:condition></bpmn:conditionalEventDefinition>"), "t")),
    ("multiple-events", "t", single(event("intermediateCatchEvent", "t", "<bpmn:messageEventDefinition/><bpmn:signalEventDefinition/>"), "t")),
    ("multiple-events", "t", single(event("intermediateCatchEvent", "t", "message", ' parallelMultiple="true"'), "t")),
    ("event-not-allowed", "t", single(event("intermediateCatchEvent", "t", "error"), "t")),
    ("event-not-allowed", "t", single(event("intermediateThrowEvent", "t", "timer"), "t")),
    ("event-not-allowed", "b", boundary("terminate")),
    ("event-not-allowed", "is", single(f'<bpmn:subProcess id="s">{event("startEvent", "is", "message")}{task("t")}{flow("is", "t")}</bpmn:subProcess>', "s")),
    ("error-must-interrupt", "b", boundary("error", ' cancelActivity="false"')),
    ("error-without-code", "e", around(event("endEvent", "e", "error") + task("t"), "t", "t", flow("t", "e"))),
    ("instantiate", "r", single('<bpmn:receiveTask id="r" instantiate="true"/>', "r")),
    ("event-gateway", "g", around('<bpmn:eventBasedGateway id="g"/>' + task("t"), "g", "t", flow("g", "t"))),
    ("event-gateway", "g", '<bpmn:eventBasedGateway id="g"/><bpmn:startEvent id="start"/>' + flow("start", "g")),
    ("link-event", "l", single(event("intermediateThrowEvent", "l", '<bpmn:linkEventDefinition name="x"/>'), "l")),
    ("link-event", "l", '<bpmn:startEvent id="start"/>' + event("intermediateThrowEvent", "l", '<bpmn:linkEventDefinition name="x"/>') + flow("start", "l")),
    ("boundary-place", "b", around(event("boundaryEvent", "b", "message", ' attachedToRef="g"') + '<bpmn:exclusiveGateway id="g"/>', "g", "g")),
    ("dangling-reference", "b", around(event("boundaryEvent", "b", "message", ' attachedToRef="nothing"') + task("t"), "t", "t")),
    ("dangling-reference", "t-x", single(task("t"), "t").replace("end", "x").replace('<bpmn:xEvent id="x"/>', "")),
    ("dangling-reference", "g", choice("a", None, ' default="other"')),
    ("flow-crosses-scope", "t-i", around(flow("t", "i") + task("t") + f'<bpmn:subProcess id="s">{task("i")}</bpmn:subProcess>', "s", "t", flow("s", "t"))),
    ("flow-not-allowed", "end", single(task("t"), "t") + flow("end", "t")),
    ("flow-not-allowed", "start", single(task("t"), "t") + flow("t", "start")),
    ("unreachable", "u", task("u") + single(task("t"), "t")),
    ("no-start", "p", task("t") + flow("t", "t")),
    ("several-starts", "p", task("t") + '<bpmn:startEvent id="a"/><bpmn:startEvent id="b"/>' + flow("a", "t") + flow("b", "t")),
    ("missing-id", "p", "<bpmn:userTask/>"),
    ("duplicate-id", "t", task("t") + task("t")),
    ("unknown-element", "t", single(task("t", "<bpmn:somethingElse/>"), "t")),
    ("unknown-element", "p", '<other xmlns="urn:other"/>' + single(task("t"), "t")),
    ("misplaced-element", "i", single(task("t", task("i")), "t")),
    ("misplaced-element", "t", single(task("t", "<bpmn:standardLoopCharacteristics/>" * 2), "t")),
    ("unknown-attribute", "b", boundary("message", ' cancelActvity="false"')),
    ("bad-value", "b", boundary("message", ' cancelActivity="no"')),
    ("quantity", "t", single(task("t", "", ' startQuantity="2"'), "t")),
    ("service-implementation", "t", single('<bpmn:serviceTask id="t" camunda:class="org.Pay"/>', "t")),
    ("service-implementation", "t", single('<bpmn:serviceTask id="t" camunda:expression="${pay()}"/>', "t")),
    ("service-implementation", "t", single('<bpmn:serviceTask id="t" camunda:delegateExpression="${a.b()}"/>', "t")),
    ("service-implementation", "t", single('<bpmn:serviceTask id="t" activiti:type="mail"/>', "t")),
    ("service-implementation", "t", single('<bpmn:businessRuleTask id="t" camunda:decisionRef="risk"/>', "t")),
    ("dynamic-topic", "t", single('<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="${x}"/>', "t")),
    ("listener", "t", extended('<camunda:executionListener class="org.Spy" event="start"/>')),
    ("listener", "t", extended('<activiti:taskListener expression="${x}" event="create"/>', "userTask")),
    ("attached-script", "t", extended('<preScript xmlns="http://spiffworkflow.org/bpmn/schema/1.0/core">import os</preScript>', "userTask")),
    ("input-output", "t", extended('<camunda:inputOutput><camunda:inputParameter name="x">1</camunda:inputParameter></camunda:inputOutput>')),
    ("vendor-extension", "t", extended("<camunda:connector/>")),
    ("dynamic-call", "t", single('<bpmn:callActivity id="t" calledElement="${which}"/>', "t")),
    ("call-version", "t", single('<bpmn:callActivity id="t" calledElement="p" camunda:calledElementBinding="version"/>', "t")),
    ("ambiguous-choice", "g-b", choice("x", None)),
    ("condition-off-gateway", "g-end", around('<bpmn:parallelGateway id="g"/>', "g", "t", flow("g", "end", "x") + task("t") + flow("g", "t"))),
    ("expression", "g-a", choice("__import__('os')", "x")),
    ("expression", "g-a", choice(LONG + " == 1 and " + LONG, "x")),
    ("expression", "t", repeated("<bpmn:loopCardinality>open('x')</bpmn:loopCardinality>")),
    ("expression", "t", repeated("<bpmn:completionCondition>lambda: 1</bpmn:completionCondition><bpmn:loopCardinality>2</bpmn:loopCardinality>")),
    ("expression", "t", repeated("", ' camunda:collection="${people}" camunda:elementVariable="a b"')),
    ("expression", "t", single(task("t", "", ' camunda:assignee="${who.class.forName(x)}"'), "t")),
    ("expression-language", "g-a", choice("x", "x").replace("conditionExpression>", 'conditionExpression language="groovy">', 1)),
    ("expression-language", "g-a", choice("= count(list) > 2", "x")),
    ("multi-instance", "t", repeated("<bpmn:loopCardinality>2</bpmn:loopCardinality>", ' camunda:collection="people"')),
    ("multi-instance", "t", repeated("<bpmn:loopCardinality>2</bpmn:loopCardinality>", ' behavior="One"')),
    ("several-groups", "t", single('<bpmn:userTask id="t" camunda:candidateGroups="a, b"/>', "t")),
    ("due-date", "t", single(task("t", "", ' camunda:dueDate="next week"'), "t")),
    ("timer", "t", timer("timeDuration", "one hour")),
    ("timer", "t", timer("timeDuration", "PT")),
    ("timer", "t", timer("timeCycle", "0 0 12 * * ?")),
    ("timer", "t", timer("timeDate", "PT1H")),
    ("timer", "t", timer("timeDuration", "${working_days(5)}")),
    ("expression", "t", timer("timeDuration", "${import os}")),
    ("event-subprocess", "h", handler("")),
    ("event-subprocess", "h", handler(event("startEvent", "hs", "message", ' isInterrupting="false"'), event("endEvent", "kill", "terminate") + flow("t", "kill"))),
    ("event-not-allowed", "hs", handler(event("startEvent", "hs", ""))),
    ("compensation", "hs", handler(event("startEvent", "hs", "compensate"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "element", "inner"), REFUSED, ids=[f"{row[0]}-{number}" for number, row in enumerate(REFUSED)])
def test_what_would_not_run_as_drawn_is_refused_at_its_element_and_line(code: str, element: str, inner: str) -> None:
    report = check(diagram(inner))
    assert not report.deployable
    refusal = next(one for one in report.refusals if one.code == code)
    line = 2 if element == "p" and code in {"no-start", "several-starts"} else 3
    assert (refusal.element, refusal.line) == (element, line)
    assert refusal.told("en")
    assert refusal.told("zh") != refusal.told("en")


def test_it_works() -> None:
    ways = f'{flow("g", "t", "${ok}")}{flow("g", "end")}'
    gateway = '<bpmn:exclusiveGateway id="g" default="g-end"/>'
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>len(people)</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    worker = '<bpmn:serviceTask id="w" camunda:type="external" camunda:topic="archive"/>'
    report = check(diagram(around(f"{gateway}{task('t', loop)}{worker}", "g", "w", ways + flow("t", "w"))))
    assert report.findings == ()
    assert report.deployable
    assert report.processes == ("p",)


@pytest.mark.parametrize(
    ("code", "xml"),
    [
        ("not-xml", b""),
        ("not-xml", b"<bpmn:definitions"),
        ("not-xml", "这不是图".encode()),
        ("not-xml", b'<?xml version="1.0" encoding="nonsense"?><a/>'),
        ("not-xml", b"<a>" * 400 + b"</a>" * 400),
        ("not-bpmn", b"<html/>"),
        ("not-bpmn", b"<definitions/>"),
        ("doctype", b"<!DOCTYPE d><d/>"),
        ("doctype", b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>'),
        ("too-large", b" " * (MAX_BYTES + 1)),
        ("no-process", f"{HEAD}</bpmn:definitions>".encode()),
        ("too-many-nodes", diagram('<bpmn:task id="t"/>' * 5001)),
        ("too-deep", diagram('<bpmn:subProcess id="s">' * 51 + "</bpmn:subProcess>" * 51)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_diagram_is_refused(code: str, xml: bytes) -> None:
    report = check(xml)
    assert [finding.code for finding in report.findings] == [code]
    assert report.processes == ()
    assert not report.deployable


def test_entities_are_never_expanded() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;&b;&b;</d>'
    outside = b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>'
    assert [check(xml).findings[0].code for xml in (bomb, outside)] == ["doctype", "doctype"]


def test_refusals_come_first_each_in_the_order_of_lines() -> None:
    inner = f'<bpmn:userTask id="u"/>\n<bpmn:scriptTask id="s"/>\n<bpmn:complexGateway id="c"/>{path("start", "u", "s", "c", "end")}'
    report = check(diagram(inner + '<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>'))
    assert [(finding.code, finding.line, finding.severity) for finding in report.findings] == [
        ("script-task", 4, Severity.ERROR),
        ("complex-gateway", 5, Severity.ERROR),
        ("no-performer", 3, Severity.WARNING),
    ]


def test_a_call_may_lead_to_a_process_that_is_known() -> None:
    xml = diagram(single('<bpmn:callActivity id="c" calledElement="other"/>', "c"))
    assert check(xml, frozenset({"other"})).findings == ()
    assert [one.code for one in check(xml).findings] == ["call-unresolved", "no-performer"]


def test_processes_are_named_without_a_check() -> None:
    assert processes_in(diagram(single('<bpmn:scriptTask id="s"/>', "s"))) == ("p",)
    assert processes_in(b"no diagram") == ()
