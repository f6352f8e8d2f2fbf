"""Whatever a file holds, the check answers with findings: never an exception, never a rewrite it would not accept itself.

Diagrams are mutated: elements are dropped, doubled, moved and renamed, attributes dropped, changed and swapped.
"""

from importlib import resources
from pathlib import Path
from random import Random

from hypothesis import given, settings, strategies as st
from lxml import etree

from diagram_drawing import around, diagram, event, flow, task
from engine.diagram_import import normalise
from engine.diagram_model import ACTIVITIES, BPMN, EVENT_DEFINITIONS, EVENTS, GATEWAYS
from engine.spiff import definition

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"
TAGS = sorted(ACTIVITIES | EVENT_DEFINITIONS | EVENTS | GATEWAYS | {"sequenceFlow", "process", "lane", "standardLoopCharacteristics"})
NAMES = ["id", "default", "sourceRef", "targetRef", "attachedToRef", "cancelActivity", "triggeredByEvent", "calledElement", "isInterrupting"]
WORDS = ["", "true", "1", "${x}", "= a = 1", "PT1H", "R/PT1H", "a b", "甲", "{", "${", "'", '"', "0", "-1", "__class__"]


def handlers() -> bytes:
    """Draw a step with two event sub-processes and a loop."""
    body = '<bpmn:endEvent id="{0}e"/>' + flow("{0}s", "{0}e")
    parts = "".join(
        f'<bpmn:subProcess id="{name}" triggeredByEvent="true">{event("startEvent", f"{name}s", "message", more)}{body.format(name)}</bpmn:subProcess>'
        for name, more in (("h", ""), ("k", ' isInterrupting="false"'))
    )
    return diagram(around(f"{task('t', '<bpmn:standardLoopCharacteristics/>')}{parts}", "t", "t"))


def models() -> list[bytes]:
    """Give the diagrams that are mutated: the shipped one, one of ours, and those of others where they are."""
    given_ones = [file.read_bytes() for folder in ("miwg", "camunda") for file in sorted((CONFORMANCE / folder).glob("*.bpmn*"))]
    shipped = (resources.files("bpmn") / "evidence_lifecycle.bpmn").read_bytes()
    return [shipped, handlers(), *(one for one in given_ones if len(one) < 60_000)]


MODELS = models()


def _drop(one: etree._Element, _other: etree._Element, _random: Random) -> None:
    one.getparent().remove(one)


def _double(one: etree._Element, _other: etree._Element, _random: Random) -> None:
    one.addnext(etree.fromstring(etree.tostring(one)))


def _rename(one: etree._Element, _other: etree._Element, random: Random) -> None:
    one.tag = f"{BPMN}{random.choice(TAGS)}"


def _lose(one: etree._Element, _other: etree._Element, random: Random) -> None:
    if one.attrib:
        del one.attrib[random.choice(sorted(one.attrib))]


def _set(one: etree._Element, other: etree._Element, random: Random) -> None:
    one.set(random.choice([*NAMES, *map(str, one.attrib)]), random.choice([*WORDS, other.get("id") or "x"]))


def _say(one: etree._Element, _other: etree._Element, random: Random) -> None:
    one.text = random.choice(WORDS)


def _move(one: etree._Element, other: etree._Element, _random: Random) -> None:
    if one is not other and one not in list(other.iterancestors()):
        other.append(one)


def _add(one: etree._Element, other: etree._Element, random: Random) -> None:
    etree.SubElement(one, f"{BPMN}{random.choice(TAGS)}", {"id": random.choice(["new", other.get("id") or "x"])})


MUTATIONS = (_drop, _double, _rename, _lose, _set, _say, _move, _add)


def mutate(root: etree._Element, random: Random) -> None:
    """Change one thing in a process."""
    elements = [one for process in root.iter(f"{BPMN}process") for one in process.iter(etree.Element) if one is not process]
    if elements:
        random.choice(MUTATIONS)(random.choice(elements), random.choice(elements), random)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(MODELS) - 1), st.integers(0, 2**32), st.integers(1, 6))
def test_a_mutated_diagram_is_refused_or_runs(number: int, seed: int, changes: int) -> None:
    random = Random(seed)
    root = etree.fromstring(MODELS[number])
    for _ in range(changes):
        mutate(root, random)
    found = normalise(etree.tostring(root))
    for one in found.report.findings:
        assert one.told("en")
        assert one.told("zh")
    if not found.report.deployable:
        return
    again = normalise(found.xml)
    assert again.xml == found.xml
    assert again.report.deployable
    assert {one.severity for one in again.report.findings} <= {"warning"}
    called = tuple((process, found.xml) for process in found.report.processes)
    for process in found.report.processes:
        definition(found.xml, process, called)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(MODELS) - 1), st.integers(0, 2**32), st.integers(1, 40))
def test_broken_bytes_never_break_the_check(number: int, seed: int, changes: int) -> None:
    random = Random(seed)
    data = bytearray(MODELS[number])
    for _ in range(changes):
        data[random.randrange(len(data))] = random.randrange(256)
    assert normalise(bytes(data)).report.findings is not None


@given(st.binary(max_size=200))
def test_any_bytes_get_a_report(data: bytes) -> None:
    report = normalise(data).report
    assert not report.deployable
    assert len(report.findings) == 1


def test_it_works() -> None:
    assert normalise(MODELS[0]).xml == MODELS[0]
    assert normalise(MODELS[1]).report.deployable
    root = etree.fromstring(MODELS[0])
    before = etree.tostring(root)
    for seed in range(20):
        mutate(root, Random(seed))
    assert etree.tostring(root) != before
