"""Every refusal of a diagram, each on the smallest diagram that earns it."""

import pytest

from engine.diagram_check import MAX_BYTES, check

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">\n'
)


def diagram(inner: str) -> bytes:
    """Wrap elements into a process; the first of them stands on line 3."""
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">\n{inner}\n</bpmn:process></bpmn:definitions>'.encode()


def flow_with(condition: str) -> str:
    """Draw a gateway with one conditional flow."""
    return (
        '<bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="e"/>'
        f'<bpmn:sequenceFlow id="f" sourceRef="g" targetRef="e"><bpmn:conditionExpression>{condition}'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )


def repeated(inner: str) -> str:
    """Draw a step done several times."""
    return (
        '<bpmn:userTask id="t" camunda:candidateGroups="office"><bpmn:multiInstanceLoopCharacteristics>'
        f"{inner}</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    )


REFUSED = [
    ("script-task", "s", '<bpmn:scriptTask id="s"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>'),
    ("link-event", "l", '<bpmn:intermediateThrowEvent id="l"><bpmn:linkEventDefinition/></bpmn:intermediateThrowEvent>'),
    ("compensation", "c", '<bpmn:endEvent id="c"><bpmn:compensateEventDefinition/></bpmn:endEvent>'),
    ("complex-gateway", "x", '<bpmn:complexGateway id="x"/>'),
    ("ad-hoc", "a", '<bpmn:adHocSubProcess id="a"/>'),
    ("transaction", "t", '<bpmn:transaction id="t"/>'),
    ("event-subprocess", "s", '<bpmn:subProcess id="s" triggeredByEvent="true"/>'),
    ("signal-end", "e", '<bpmn:endEvent id="e"><bpmn:signalEventDefinition/></bpmn:endEvent>'),
    (
        "condition-off-gateway",
        "f",
        ('<bpmn:manualTask id="m"/><bpmn:sequenceFlow id="f" sourceRef="m" targetRef="m">'
        "<bpmn:conditionExpression>ok</bpmn:conditionExpression></bpmn:sequenceFlow>"),
    ),
    ("expression", "f", flow_with("__import__('os')")),
    ("expression", "f", flow_with("")),
    ("expression", "t", repeated("<bpmn:loopCardinality>open('x')</bpmn:loopCardinality>")),
    ("expression", "t", repeated("<bpmn:completionCondition>a.b()</bpmn:completionCondition>")),
    (
        "implicit-fork",
        "m",
        '<bpmn:manualTask id="m"><bpmn:outgoing>a</bpmn:outgoing><bpmn:outgoing>b</bpmn:outgoing></bpmn:manualTask>',
    ),
    ("no-performer", "u", '<bpmn:userTask id="u"/>'),
    ("no-topic", "s", '<bpmn:serviceTask id="s"/>'),
    ("no-topic", "s", '<bpmn:serviceTask id="s" camunda:type="external"/>'),
    ("no-topic", "s", '<bpmn:serviceTask id="s" camunda:topic="archive"/>'),
]


@pytest.mark.parametrize(("code", "element", "inner"), REFUSED)
def test_what_would_not_run_as_drawn_is_refused_at_its_element_and_line(code: str, element: str, inner: str) -> None:
    report = check(diagram(inner))
    assert not report.deployable
    (finding,) = report.findings
    assert (finding.code, finding.element, finding.line) == (code, element, 3)
    assert finding.message.format(**finding.params)


def test_it_works() -> None:
    report = check(
        diagram(
            flow_with("${ok}")
            + repeated("<bpmn:loopCardinality>len(departments)</bpmn:loopCardinality>")
            + '<bpmn:serviceTask id="w" camunda:type="external" camunda:topic="archive"/>'
            + '<bpmn:subProcess id="s"/>'
        )
    )
    assert report.deployable
    assert report.processes == ("p",)


@pytest.mark.parametrize(
    ("code", "xml"),
    [
        ("not-xml", b""),
        ("not-xml", b"<bpmn:definitions"),
        ("not-xml", "这不是图".encode()),
        ("not-bpmn", b"<html/>"),
        ("not-bpmn", b"<definitions/>"),
        ("doctype", b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>'),
        ("too-large", b" " * (MAX_BYTES + 1)),
        ("no-process", f"{HEAD}</bpmn:definitions>".encode()),
    ],
)
def test_what_is_no_diagram_is_refused(code: str, xml: bytes) -> None:
    report = check(xml)
    assert [finding.code for finding in report.findings] == [code]
    assert report.processes == ()


def test_entities_are_never_expanded() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;&b;&b;</d>'
    outside = b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>'
    assert [check(xml).findings[0].code for xml in (bomb, outside)] == ["doctype", "doctype"]


def test_findings_come_in_the_order_of_their_lines() -> None:
    report = check(diagram('<bpmn:userTask id="u"/>\n<bpmn:scriptTask id="s"/>\n<bpmn:transaction id="t"/>'))
    assert [(finding.code, finding.line) for finding in report.findings] == [
        ("no-performer", 3),
        ("script-task", 4),
        ("transaction", 5),
    ]
