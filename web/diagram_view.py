"""Where a case stands on its diagram: marks on the drawing, and the same in words for those who cannot see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import url_for
from lxml import etree

from engine.catalogue import N_
from engine.diagram_check import BPMN
from models.process import ProcessInstance, ProcessVersion, WorkItem
from web import moments
from web.language import translated

_TASKS = frozenset({"userTask", "serviceTask", "manualTask", "sendTask", "receiveTask", "businessRuleTask", "callActivity"})
_GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
_RETURN, _CANCELLED = "return", "cancelled"


@dataclass(frozen=True)
class Node:
    """One node of a diagram, as the pages need it."""

    id: str
    kind: str
    name: str
    documentation: str


@dataclass(frozen=True)
class Drawing:
    """The nodes of a diagram in drawing order, its flows as (id, source, target), the default flows of gateways."""

    nodes: tuple[Node, ...]
    flows: tuple[tuple[str, str, str], ...]
    defaults: Mapping[str, str]


def diagram(version: ProcessVersion, instance: ProcessInstance, items: Sequence[WorkItem]) -> dict[str, Any]:
    """Give what items/item.html reads of the diagram. `items` are the steps the reader may know of."""
    drawing = _drawing(version.xml)
    now = list(dict.fromkeys(item.element for item in items if item.closed_at is None))
    done = _passed(drawing, items, now, ended=instance.ended_at is not None)
    names = {node.id: node.name for node in drawing.nodes}
    at = "、".join(names.get(element, element) for element in now)
    spoken = translated(N_("Process diagram; now at: {steps}"), steps=at) if at else translated(N_("Process diagram; the process has ended"))
    return {
        "xml_href": url_for("diagrams.xml", version_id=version.id),
        "version": version.version,
        "since": translated(N_("in use since {day}"), day=moments.day(version.deployed_at)),
        "done": " ".join(done),
        "now": " ".join(now),
        "returned": " ".join(_return_flows(drawing, items)),
        "here": translated(N_("Here now")),
        "spoken": spoken,
        "words": _in_words(drawing, now),
    }


def _in_words(drawing: Drawing, now: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"text": "：".join(text for text in (node.name, node.documentation) if text), "now": node.id in now}
        for node in drawing.nodes
        if node.kind in _TASKS
    ]


def _passed(drawing: Drawing, items: Sequence[WorkItem], now: Sequence[str], *, ended: bool) -> list[str]:
    """Give the tasks that are done, the gateways and starts behind which something happened, the flows between."""
    tasks = {item.element for item in items if item.closed_at is not None and item.outcome != _CANCELLED} - set(now)
    passed = tasks | {node.id for node in drawing.nodes if node.kind == "startEvent"}
    gateways = {node.id for node in drawing.nodes if node.kind in _GATEWAYS}
    passed |= {target for _, source, target in drawing.flows if target in gateways and source in tasks}
    if ended:
        passed |= {node.id for node in drawing.nodes if node.kind == "endEvent"}
    reached = passed | set(now)
    backwards = set(drawing.defaults.values())
    flows = [flow for flow, source, target in drawing.flows if source in passed and target in reached and flow not in backwards]
    return [*(node.id for node in drawing.nodes if node.id in passed), *flows]


def _return_flows(drawing: Drawing, items: Sequence[WorkItem]) -> list[str]:
    sent_back = {item.element for item in items if item.outcome == _RETURN}
    behind = [target for _, source, target in drawing.flows if source in sent_back]
    return [drawing.defaults[gateway] for gateway in dict.fromkeys(behind) if gateway in drawing.defaults]


@lru_cache(maxsize=32)
def _drawing(xml: bytes) -> Drawing:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    nodes, flows, defaults = [], [], {}
    for process in root.iterfind(f"{BPMN}process"):
        for element in process.iter(f"{BPMN}*"):
            kind = etree.QName(element).localname
            identifier = str(element.get("id") or "")
            if kind == "sequenceFlow":
                flows.append((identifier, str(element.get("sourceRef")), str(element.get("targetRef"))))
            elif kind in _TASKS | _GATEWAYS or kind.endswith("Event"):
                text = (element.findtext(f"{BPMN}documentation") or "").strip()
                nodes.append(Node(identifier, kind, str(element.get("name") or identifier), text))
            if element.get("default"):
                defaults[identifier] = str(element.get("default"))
    return Drawing(tuple(nodes), tuple(flows), defaults)
