"""YAML as plain data: maps, lists, texts, numbers, true, false, null; nothing that runs, repeats or explodes.

JSON is read as well. A date stays the text it was written as: the variables of a process are plain data.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from engine.catalogue import N_
from engine.errors import Invalid

MAX_BYTES = 1_000_000
#: How many values a file may hold once every alias stands for a copy.
MAX_VALUES = 200_000
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_TAG}{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "merge")}


@dataclass(frozen=True)
class PlainDocument:
    """What a file holds, and the line each entry starts on when it holds a list."""

    value: Any
    lines: tuple[int, ...]


def read(data: bytes, name: str) -> PlainDocument:
    """Read one document. Raises Invalid, naming the file and the line of what cannot be read."""
    if len(data) > MAX_BYTES:
        raise Invalid(N_("{name} is larger than 1 MB. Split the file."), name=name)
    try:
        text = data.decode("utf-8-sig")
        if name.endswith(".json"):
            return PlainDocument(json.loads(text, parse_constant=_refused_constant), ())
        return _composed(text, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem, line = " ".join(str(error.problem or error.context).split()), (mark.line if mark else 0) + 1
        raise Invalid(N_("{name}, line {line}: not readable as YAML: {problem}."), name=name, line=line, problem=problem) from error
    except RecursionError as error:
        raise Invalid(N_("{name} is nested too deeply. Nobody writes such a file by hand."), name=name) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Invalid(N_("{name} cannot be read: {problem}."), name=name, problem=" ".join(str(error).split())) from error


def _refused_constant(text: str) -> None:
    message = f"{text} is not a number"
    raise ValueError(message)


def _composed(text: str, name: str) -> PlainDocument:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return PlainDocument(None, ())
        _judge(root, name)
        value = loader.construct_document(root)
    finally:
        loader.dispose()
    lines = tuple(node.start_mark.line + 1 for node in root.value) if isinstance(root, yaml.SequenceNode) else ()
    return PlainDocument(value, lines)


def _judge(root: yaml.Node, name: str) -> None:
    """Refuse what is no plain data, said twice, or grows beyond bounds; make dates the texts they were."""
    values = 0
    open_nodes: list[Iterator[yaml.Node]] = [iter([root])]
    above: list[yaml.Node] = []
    while open_nodes:
        node = next(open_nodes[-1], None)
        if node is None:
            open_nodes.pop()
            if above:
                above.pop()
            continue
        values += 1
        if values > MAX_VALUES or any(node is one for one in above):
            raise _at(N_("{name}, line {line}: an alias makes the file endless or far too large."), name, node)
        _judge_one(node, name)
        above.append(node)
        open_nodes.append(_children(node))


def _judge_one(node: yaml.Node, name: str) -> None:
    if node.tag == f"{_TAG}timestamp":
        node.tag = f"{_TAG}str"
    if node.tag not in _PLAIN_TAGS or (node.tag == f"{_TAG}float" and node.value.lower().lstrip("+-") in {".inf", ".nan"}):
        raise _at(N_("{name}, line {line}: only texts, numbers, true, false, null, lists and maps can be read."), name, node)
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        if any(not isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise _at(N_("{name}, line {line}: the names of a map must be texts."), name, node)
        if len(keys) != len(set(keys)):
            raise _at(N_("{name}, line {line}: a name stands twice in one map."), name, node)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return (one for pair in node.value for one in pair)
    return iter(node.value if isinstance(node, yaml.SequenceNode) else ())


def _at(message: str, name: str, node: yaml.Node) -> Invalid:
    return Invalid(message, name=name, line=node.start_mark.line + 1)
