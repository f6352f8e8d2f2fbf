"""What to answer so that every branch of a diagram is taken: values for the names its conditions read.

The values come from the conditions themselves: what a name is compared with, and something else. They are tried on
the real evaluator; for each way a gateway can decide, the first values that bring it about are kept.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from typing import Any

from engine.expressions import ExpressionError, evaluate
from engine.spiff.graph import Definition, Flow, Graph, Kind, Node

#: A name, and below it the keys of maps: `order.price` is ("order", "price").
Path = tuple[str, ...]

#: How many combinations of values are tried for one gateway.
MAX_TRIALS = 3000
#: How many items a collection nobody filled has, and how many one may get to make a condition hold.
ITEMS, MAX_ITEMS = 2, 10

_TOKEN = re.compile(
    r"""(?P<text>'[^']*'|"[^"]*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<operator>[^\s\w])""", re.VERBOSE
)
_OPERATORS = frozenset(["and", "or", "not", "in", "eq", "ne", "lt", "le", "gt", "ge", "div", "mod", "if", "else", "empty"])
_RESERVED = _OPERATORS | {"true", "false", "null", "True", "False", "None"}
#: The counters of loops are set by the engine, never by us.
_COUNTERS = {"nrOfInstances": ITEMS, "nrOfCompletedInstances": 1, "nrOfActiveInstances": 1, "loopCounter": 0}
_OF_LISTS = frozenset({"len", "any", "all", "sum", "count", "contains"})
_LIST_METHODS = frozenset({"size", "isEmpty", "contains"})


@dataclass(frozen=True)
class Decision:
    """A place that decides by conditions, and for each way it can decide the values that bring it about."""

    element: str
    ways: tuple[Mapping[Path, Any], ...]


def decisions(process: Definition) -> Mapping[str, tuple[Decision, ...]]:
    """Give the decisions of a process and all it holds or calls, by the element that decides."""
    found: dict[str, tuple[Decision, ...]] = {}
    reading = _Reading(process)
    for node in _nodes(process):
        for ways in reading.ways_of(node):
            decision = Decision(node.id, tuple(reading.handed_on(way) for way in ways))
            had = found.get(node.id, ())
            found[node.id] = had if decision in had else (*had, decision)
    return found


def defaults(process: Definition) -> dict[str, Any]:
    """Give a value for every name a diagram reads outside its gateways: collections, numbers, durations, words."""
    values: dict[str, Any] = {}
    for node in _nodes(process):
        for text, value in _needs(node):
            for path, is_list in _names(text):
                fitting = [f"item {number + 1}" for number in range(ITEMS)] if is_list and not isinstance(value, list) else value
                put(values, path, fitting, keep=True)
    for graph in process.graphs.values():
        for flow in _flows(graph):
            for path, is_list in _names(flow.condition or ""):
                put(values, path, ["item 1", "item 2"] if is_list else "value", keep=True)
    return {name: value for name, value in values.items() if name not in _set_by_the_engine(process)}


def put(values: dict[str, Any], path: Path, value: object, *, keep: bool = False) -> None:
    """Set the value at a path, making the maps on the way; `keep` leaves what is there."""
    *above, last = path
    holder = values
    for key in above:
        inner = holder.get(key)
        if not isinstance(inner, dict):
            inner = holder[key] = {}
        holder = inner
    if not keep or last not in holder:
        holder[last] = value


def _needs(node: Node) -> Iterator[tuple[str, object]]:
    """Give the expressions of an element that are no conditions of a gateway, with what would do as a value."""
    items = [f"item {number + 1}" for number in range(ITEMS)]
    if node.loop is not None:
        yield node.loop.collection or "", items
        yield node.loop.cardinality or "", ITEMS
        yield node.loop.condition or "", False
    if node.event.kind == "timer":
        moments = {"date": "2026-02-01T00:00:00+00:00", "cycle": "R2/PT1H"}
        yield _templates(node.event.text), moments.get(node.event.form, "PT1H")
    for key, text in node.properties.items():
        if key in {"scope", "dueDate", "followUpDate"} or "{" in text:
            yield (text if key == "scope" else _templates(text)), "2026-02-01T00:00:00+00:00" if key == "dueDate" else "value"
    for mapping in node.mappings:
        if not mapping.outwards and mapping.source:
            yield mapping.source, "value"


def _templates(text: str) -> str:
    """Give the expressions that stand in a text, and nothing of the text around them."""
    return " , ".join(re.findall(r"[$#]\{([^}]*)\}", text))


def _nodes(process: Definition) -> Iterator[Node]:
    return (node for graph in process.graphs.values() for node in graph.nodes)


def _flows(graph: Graph) -> Iterator[Flow]:
    return (flow for node in graph.nodes for flow in node.outgoing)


def _set_by_the_engine(process: Definition) -> set[str]:
    looped = [node for node in _nodes(process) if node.loop is not None]
    items = {node.loop.item_name for node in looped if node.loop is not None and node.loop.item_name}
    outputs = {node.loop.output_collection for node in looped if node.loop is not None and node.loop.output_collection}
    return {*_COUNTERS, *items, *outputs, *(f"{node.id}_results" for node in looped)}


def _loop_condition(node: Node) -> tuple[str, ...]:
    return (node.loop.condition,) if node.loop is not None and node.loop.condition else ()


def _conditions(node: Node) -> tuple[str, ...]:
    if node.kind in (Kind.EXCLUSIVE, Kind.INCLUSIVE):
        return tuple(flow.condition for flow in node.outgoing if flow.condition)
    return ()


class _Reading:
    """The conditions of a process: what they read, and which values an answer can give it."""

    def __init__(self, process: Definition) -> None:
        self._fixed = _set_by_the_engine(process)
        self._texts = [text for node in _nodes(process) for text in (*_conditions(node), *_loop_condition(node))]
        self._handed = [
            (mapping.source.removeprefix("${").removesuffix("}").strip(), mapping.target)
            for node in _nodes(process) for mapping in node.mappings if mapping.source and mapping.target
        ]
        self._pools: dict[Path, list[Any]] = {}
        for text in self._texts:
            for path in self._free(text):
                pool = self._pools.setdefault(path, [])
                pool.extend(one for one in _candidates(text) if not any(type(one) is type(had) and one == had for had in pool))

    def ways_of(self, node: Node) -> Iterator[tuple[Mapping[Path, Any], ...]]:
        """Give, for each decision an element makes, the ways it can go."""
        if _conditions(node):
            yield self._solved(_conditions(node), lambda values: _taken(node, values))
        for condition in _loop_condition(node):
            if self._free(condition):
                yield self._solved((condition,), partial(_holds, condition))
        loop = node.loop
        if loop is not None and loop.output_item and loop.output_collection:
            # What each instance leaves is counted later: let it leave each of the words it may be counted by.
            counted = [text for text in self._texts if loop.output_collection in {path[0] for path, _ in _names(text)}]
            words = dict.fromkeys(word for text in counted for word in _words(text))
            yield tuple({(loop.output_item,): word} for word in words)

    def handed_on(self, way: Mapping[Path, Any]) -> Mapping[Path, Any]:
        """Give also the names a value has before it is handed to the process that reads it."""
        found = dict(way)
        for _ in self._handed:
            for source, target in self._handed:
                found |= {(source, *path[1:]): value for path, value in found.items() if path[0] == target}
        return found

    def _free(self, text: str) -> list[Path]:
        return [path for path, _ in _names(text) if path[0] not in self._fixed]

    def _solved(self, conditions: Iterable[str], decide: Callable[[Mapping[str, Any]], object]) -> tuple[Mapping[Path, Any], ...]:
        paths = sorted({path for text in conditions for path in self._free(text)})
        found: dict[object, Mapping[Path, Any]] = {}
        for chosen in islice(product(*(self._pools[path] for path in paths)), MAX_TRIALS):
            values: dict[str, Any] = dict(_COUNTERS)
            for path, value in zip(paths, chosen, strict=True):
                put(values, path, value)
            try:
                way = decide(values)
            except ExpressionError:
                continue
            if way is not None:
                found.setdefault(way, dict(zip(paths, chosen, strict=True)))
        return tuple(found.values())


def _holds(condition: str, values: Mapping[str, Any]) -> bool:
    return bool(evaluate(condition, values))


def _taken(node: Node, values: Mapping[str, Any]) -> frozenset[str] | None:
    """Give the flows a gateway takes with these values; None when it would take none."""
    holding: list[str] = []
    for flow in node.outgoing:
        if not flow.is_default and (flow.condition is None or evaluate(flow.condition, values)):
            holding.append(flow.id)
            if node.kind is Kind.EXCLUSIVE:
                break
    holding = holding or [flow.id for flow in node.outgoing if flow.is_default]
    return frozenset(holding) or None


def _candidates(text: str) -> list[Any]:
    """Give values around the constants of an expression, the likeliest first."""
    tokens = list(_TOKEN.finditer(text))
    texts = _words(text)
    numbers = [float(one["number"]) if "." in one["number"] else int(one["number"]) for one in tokens if one["number"]]
    around = [value for number in numbers for value in (number, number + 1, number - 1)]
    lists: list[list[Any]] = [[], *([one] for one in [*texts, "otherwise"]), [True], [False]]
    lists += [[texts[0] if texts else "item"] * size for value in around if 0 < (size := int(value)) <= MAX_ITEMS]
    return [*texts, *(["otherwise"] if texts else []), *around, True, False, *lists]


def _words(text: str) -> list[str]:
    """Give the texts an expression holds."""
    return [one["text"][1:-1] for one in _TOKEN.finditer(text) if one["text"]]


def _names(text: str) -> list[tuple[Path, bool]]:
    """Give the paths an expression reads, and whether each must hold a list."""
    tokens = list(_TOKEN.finditer(text))
    words = [one.group() for one in tokens]
    found: dict[Path, bool] = {}
    number = 0
    while number < len(tokens):
        start = number
        number += 1
        if not tokens[start]["name"] or words[start] in _RESERVED or (start and words[start - 1] == "."):
            continue
        path = [words[start]]
        while words[number : number + 1] == ["."] and number + 1 < len(tokens) and tokens[number + 1]["name"]:
            path.append(words[number + 1])
            number += 2
        called = words[number : number + 1] == ["("]
        if called and len(path) == 1:
            continue
        is_list = called or words[number : number + 1] == ["["] or _before(words, start)
        key = tuple(path[:-1] if called and path[-1] in _LIST_METHODS else path)
        found[key] = found.get(key, False) or is_list
    return list(found.items())


def _before(words: Sequence[str], start: int) -> bool:
    """Say whether what stands before a name makes it a list: `len(`, `in`."""
    if start and words[start - 1] == "in":
        return True
    return start > 1 and words[start - 1] == "(" and words[start - 2] in _OF_LISTS
