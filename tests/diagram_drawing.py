"""Small diagrams for tests: a process around the elements given, the first of them on line 3."""
import itertools

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:activiti="http://activiti.org/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'targetNamespace="urn:test">'
)


def diagram(inner: str, outer: str = "", attributes: str = ' isExecutable="true"') -> bytes:
    """Wrap elements into a process; `outer` stands beside it."""
    return f'{HEAD}\n<bpmn:process id="p"{attributes}>\n{inner}\n</bpmn:process>{outer}</bpmn:definitions>'.encode()


def task(name: str, more: str = "", attributes: str = "") -> str:
    """Draw a step for the office."""
    return f'<bpmn:userTask id="{name}" camunda:candidateGroups="office"{attributes}>{more}</bpmn:userTask>'


def flow(source: str, target: str, condition: str | None = None) -> str:
    """Draw a flow called after its ends."""
    asked = "" if condition is None else f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>"
    return f'<bpmn:sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{asked}</bpmn:sequenceFlow>'


def path(*names: str) -> str:
    """Draw flows from each element to the next."""
    return "".join(flow(source, target) for source, target in itertools.pairwise(names))


def around(inner: str, first: str, last: str, tail: str = "") -> str:
    """Draw a start before `first` and an end behind `last`, with `inner` on the first line."""
    ends = '<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>'
    return f"{inner}{ends}{flow('start', first)}{flow(last, 'end')}{tail}"


def single(element: str, name: str) -> str:
    """Draw one element between a start and an end."""
    return around(element, name, name)


def event(tag: str, name: str, definition: str, attributes: str = "") -> str:
    """Draw an event of a kind: `definition` is the name of its definition, or the definition itself."""
    inner = definition if definition.startswith("<") else f"<bpmn:{definition}EventDefinition/>" if definition else ""
    return f'<bpmn:{tag} id="{name}"{attributes}>{inner}</bpmn:{tag}>'
