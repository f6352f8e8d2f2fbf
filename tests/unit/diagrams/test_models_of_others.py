"""Models of other tools: every file is read completely, every process is deployable or refused with its element and line."""

from pathlib import Path

import pytest
from lxml import etree

from engine.diagram_check import BPMN, DiagramReport, Severity, processes_in
from engine.diagram_import import normalise
from engine.spiff import definition

CONFORMANCE = Path(__file__).parents[4] / "shared" / "conformance"
MIWG = sorted((CONFORMANCE / "miwg").glob("*.bpmn"))
CAMUNDA = sorted((CONFORMANCE / "camunda").glob("*.bpmn*"))
#: What cannot run as drawn, and why: a step that waits for two tokens where one comes, and thrown compensation.
REFUSED = {"C.3.0.bpmn": {"quantity"}, "C.6.0.bpmn": {"compensation"}}
REFUSED_OF_CAMUNDA = {
    "BoundaryErrorEventTest.testThrowErrorWithoutErrorCode.bpmn20.xml": {"error-without-code"},
    "EventBasedGatewayTest.testConnectedToActivity.bpmn20.xml": {"event-gateway", "service-implementation"},
}

needs_models = pytest.mark.skipif(not MIWG or not CAMUNDA, reason="the conformance models are not beside this project")


def refused_processes(xml: bytes, report: DiagramReport) -> set[str]:
    """Give the processes something in the report speaks against."""
    root = etree.fromstring(xml)
    elements = {one.get("id"): one for one in root.iter(f"{BPMN}*")}
    found = set()
    for refusal in report.refusals:
        element = elements[refusal.element]
        found |= {str(one.get("id")) for one in (element, *element.iterancestors()) if one.tag == f"{BPMN}process"}
    return found


@needs_models
@pytest.mark.parametrize("file", [*MIWG, *CAMUNDA], ids=lambda file: file.name)
def test_a_model_is_deployable_or_refused_with_element_and_line(file: Path) -> None:
    known = frozenset(key for other in CAMUNDA for key in processes_in(other.read_bytes()))
    xml = file.read_bytes()
    found = normalise(xml, known)
    ids = {one.get("id") for one in etree.fromstring(xml).iter(f"{BPMN}*")}
    for one in found.report.findings:
        assert one.element in ids | {one.params.get("name")}
        assert one.line > 0
        assert one.code
    codes = {one.code for one in found.report.refusals}
    assert codes == {**REFUSED, **REFUSED_OF_CAMUNDA}.get(file.name, set())


@needs_models
@pytest.mark.parametrize("file", [*MIWG, *CAMUNDA], ids=lambda file: file.name)
def test_what_is_deployable_stays_as_it_is_and_can_be_read(file: Path) -> None:
    known = frozenset(key for other in CAMUNDA for key in processes_in(other.read_bytes()))
    found = normalise(file.read_bytes(), known)
    if not found.report.deployable:
        assert found.xml == file.read_bytes()
        return
    again = normalise(found.xml, known)
    assert again.xml == found.xml
    assert {one.severity for one in again.report.findings} <= {Severity.WARNING}
    others = [normalise(other.read_bytes(), known) for other in CAMUNDA]
    called = tuple((key, one.xml) for one in (*others, found) for key in one.report.processes)
    for key in found.report.processes:
        definition(found.xml, key, called)


@needs_models
def test_34_of_the_37_reference_processes_are_deployable() -> None:
    processes, refused = 0, set()
    for file in MIWG:
        xml = file.read_bytes()
        report = normalise(xml).report
        processes += len(report.processes)
        refused |= {(file.name, process) for process in refused_processes(xml, report)}
    assert (len(MIWG), processes) == (21, 37)
    assert processes - len(refused) >= 34


@needs_models
@pytest.mark.parametrize("file", MIWG, ids=lambda file: file.name)
def test_ids_names_and_lanes_stay(file: Path) -> None:
    xml = file.read_bytes()
    drawn, kept = (
        {
            str(one.get("id")): (one.get("name"), sorted(str(ref.text) for ref in one.iter(f"{BPMN}flowNodeRef")))
            for one in etree.fromstring(text).iter(*(f"{BPMN}{tag}" for tag in ("task", "userTask", "startEvent", "endEvent", "lane", "process", "subProcess", "exclusiveGateway")))
        }
        for text in (xml, normalise(xml).xml)
    )
    root = etree.fromstring(normalise(xml).xml)
    everything = {str(one.get("id")): one.get("name") for one in root.iter(f"{BPMN}*") if one.get("id")}
    assert {key: name for key, (name, _) in drawn.items()}.items() <= everything.items()
    assert {key: refs for key, (_, refs) in drawn.items() if refs}.items() <= {key: refs for key, (_, refs) in kept.items()}.items()
