"""The diagrams that come with the product: they check clean, and they can be read by people in any BPMN tool."""

import re
from dataclasses import dataclass
from importlib import resources

import pytest
from lxml import etree

from engine.diagram_check import BPMN, CAMUNDA, check
from models.people import Role
from workflows.lifecycle.deployment import SHIPPED
from workflows.lifecycle.words import DECIDING_STEPS, PROCESS_KEY, Outcome, Step

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
NODES = ["startEvent", "endEvent", "userTask", "serviceTask", "subProcess", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent", "callActivity"]
ENGLISH_ID = re.compile(r"[a-z][a-z0-9_]*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, other: "Box") -> bool:
        """Say whether `other` lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )

    def touches(self, x: float, y: float) -> bool:
        """Say whether a point lies on the rectangle or in it."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


@pytest.fixture(scope="module", params=SHIPPED)
def root(request: pytest.FixtureRequest) -> etree._Element:
    """Give the parsed diagram."""
    return etree.fromstring((resources.files("bpmn") / request.param).read_bytes())


def nodes(root: etree._Element) -> list[etree._Element]:
    """Give every node that is drawn."""
    return [element for tag in NODES for element in root.iter(f"{BPMN}{tag}")]


def boxes(root: etree._Element) -> dict[str, Box]:
    """Give where every shape is drawn."""
    found = {}
    for shape in root.iter(f"{DI}BPMNShape"):
        bounds = shape.find(BOUNDS)
        assert bounds is not None
        found[str(shape.get("bpmnElement"))] = Box(*(float(bounds.get(side)) for side in ("x", "y", "width", "height")))
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_diagrams_check_clean(name: str) -> None:
    report = check((resources.files("bpmn") / name).read_bytes())
    assert report.findings == ()
    assert report.processes == (name.removesuffix(".bpmn"),)


def test_every_node_and_flow_is_drawn_once(root: etree._Element) -> None:
    shapes = [shape.get("bpmnElement") for shape in root.iter(f"{DI}BPMNShape")]
    edges = [edge.get("bpmnElement") for edge in root.iter(f"{DI}BPMNEdge")]
    others = [str(one.get("id")) for tag in ("participant", "lane") for one in root.iter(f"{BPMN}{tag}")]
    assert sorted(map(str, shapes)) == sorted([str(node.get("id")) for node in nodes(root)] + others)
    assert sorted(map(str, edges)) == sorted(str(flow.get("id")) for flow in root.iter(f"{BPMN}sequenceFlow"))


def test_every_node_lies_inside_its_lane_and_every_lane_inside_the_pool(root: etree._Element) -> None:
    drawn = boxes(root)
    pool = drawn[str(next(root.iter(f"{BPMN}participant")).get("id"))]
    for lane in root.iter(f"{BPMN}lane"):
        assert pool.holds(drawn[str(lane.get("id"))])
        for reference in lane.findall(f"{BPMN}flowNodeRef"):
            assert drawn[str(lane.get("id"))].holds(drawn[str(reference.text)]), reference.text


def test_every_node_of_the_process_is_in_exactly_one_lane(root: etree._Element) -> None:
    process = next(root.iter(f"{BPMN}process"))
    top = sorted(str(node.get("id")) for node in process if node.tag in {f"{BPMN}{tag}" for tag in NODES})
    assert sorted(str(one.text) for one in root.iter(f"{BPMN}flowNodeRef")) == top


def test_inner_nodes_lie_inside_their_subprocess(root: etree._Element) -> None:
    drawn = boxes(root)
    for subprocess in root.iter(f"{BPMN}subProcess"):
        for node in nodes(subprocess):
            if node is not subprocess:
                assert drawn[str(subprocess.get("id"))].holds(drawn[str(node.get("id"))])


def test_flows_are_drawn_from_their_source_to_their_target(root: etree._Element) -> None:
    drawn = boxes(root)
    flows = {flow.get("id"): flow for flow in root.iter(f"{BPMN}sequenceFlow")}
    for edge in root.iter(f"{DI}BPMNEdge"):
        flow = flows[edge.get("bpmnElement")]
        points = [(float(point.get("x")), float(point.get("y"))) for point in edge.iter(WAYPOINT)]
        assert drawn[str(flow.get("sourceRef"))].touches(*points[0]), flow.get("id")
        assert drawn[str(flow.get("targetRef"))].touches(*points[-1]), flow.get("id")


def test_incoming_and_outgoing_agree_with_the_flows(root: etree._Element) -> None:
    flows = {str(flow.get("id")): flow for flow in root.iter(f"{BPMN}sequenceFlow")}
    for node in nodes(root):
        for end, tag in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
            said = sorted(str(one.text) for one in node.findall(f"{BPMN}{tag}"))
            assert said == sorted(name for name, flow in flows.items() if flow.get(end) == node.get("id"))


def test_ids_are_english_and_names_chinese(root: etree._Element) -> None:
    for element in root.iter():
        identifier = element.get("id")
        assert identifier is None or ENGLISH_ID.fullmatch(identifier.removesuffix("_di")), identifier
    named = [*nodes(root), *root.iter(f"{BPMN}lane"), *root.iter(f"{BPMN}participant"), *root.iter(f"{BPMN}process")]
    for element in named:
        assert CHINESE.search(element.get("name") or ""), element.get("id")


def test_every_way_out_of_a_gateway_has_a_name(root: etree._Element) -> None:
    for gateway in root.iter(f"{BPMN}exclusiveGateway"):
        ways = [flow for flow in root.iter(f"{BPMN}sequenceFlow") if flow.get("sourceRef") == gateway.get("id")]
        assert all(CHINESE.search(flow.get("name") or "") for flow in ways)


def test_steps_are_for_roles_people_can_hold(root: etree._Element) -> None:
    for task in root.iter(f"{BPMN}userTask"):
        assert task.get(f"{CAMUNDA}candidateGroups") in set(Role)


def test_the_steps_of_the_lifecycle_are_the_ones_the_verbs_know() -> None:
    lifecycle = etree.fromstring((resources.files("bpmn") / f"{PROCESS_KEY}.bpmn").read_bytes())
    tasks = {str(task.get("id")) for tag in ("userTask", "serviceTask") for task in lifecycle.iter(f"{BPMN}{tag}")}
    assert tasks == set(Step)
    # What a deciding step writes is what the gateway behind it compares with.
    conditions = " ".join(str(one.text) for one in lifecycle.iter(f"{BPMN}conditionExpression"))
    for step in DECIDING_STEPS:
        assert f'{step} == "{Outcome.APPROVE}"' in conditions
