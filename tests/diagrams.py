"""Write small diagrams in tests: a process out of its elements and flows."""
import itertools

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">'
)


def process(*parts: str, declared: str = "", key: str = "p") -> bytes:
    """Give the file of one process made of `parts`; `declared` are messages, signals, errors beside it."""
    return f'{HEAD}{declared}<process id="{key}" isExecutable="true">{"".join(parts)}</process></definitions>'.encode()


def chain(*names: str) -> str:
    """Give the flows from each element to the next."""
    return "".join(flow(source, target) for source, target in itertools.pairwise(names))


def flow(source: str, target: str, condition: str = "") -> str:
    """Give one flow, with a condition if given."""
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def element(tag: str, name: str, inside: str = "", **attributes: str) -> str:
    """Give one element."""
    written = "".join(f' {key.replace("__", ":")}="{value}"' for key, value in attributes.items())
    return f'<{tag} id="{name}"{written}>{inside}</{tag}>'


def user(*names: str) -> str:
    """Give user tasks."""
    return "".join(element("userTask", name) for name in names)


def ends(start: str = "start", end: str = "end") -> str:
    """Give a start and an end event."""
    return element("startEvent", start) + element("endEvent", end)
