"""What an expression is made of once it is read. Nodes are values: two readings of one text are equal."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """`holder.key`, `holder["key"]` (of a mapping) or `holder[1]` (of a list)."""

    holder: "Node"
    key: "Node"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list written out."""

    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Prefixed:
    """`not`, `-` or `empty` before a value."""

    mark: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more conditions joined by `and` or `or`."""

    mark: str
    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Chain:
    """Values joined by comparisons, or by calculations of one rank, from left to right."""

    first: "Node"
    steps: "tuple[tuple[str, Node], ...]"


@dataclass(frozen=True, slots=True)
class Comparison(Chain):
    """`a == b`, or a row such as `1 < a <= 5`."""


@dataclass(frozen=True, slots=True)
class Calculation(Chain):
    """`a + b - c` or `a * b / c`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`test ? then : other`."""

    test: "Node"
    then: "Node"
    other: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language, or one handed in by the caller."""

    function: str
    operands: "tuple[Node, ...]"


Node = Constant | Name | Item | ListOf | Prefixed | Logic | Comparison | Calculation | Choice | Call


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes a node is made of, in the order they are written."""
    match node:
        case Item():
            return (node.holder, node.key)
        case Prefixed():
            return (node.operand,)
        case ListOf() | Logic() | Call():
            return node.operands
        case Comparison() | Calculation():
            return (node.first, *(operand for _, operand in node.steps))
        case Choice():
            return (node.test, node.then, node.other)
        case _:
            return ()


def label(node: Node) -> str:
    """Name a value as its author wrote it, for a refusal: `order.price`, `'text'`, `len(…)`; `(…)` for the rest."""
    match node:
        case Name(name=name):
            return name
        case Constant(value=value):
            return "null" if value is None else repr(value)
        case Item(holder=holder, key=Constant(value=str(key))) if key.isidentifier():
            return f"{label(holder)}.{key}"
        case Item(holder=holder, key=key):
            return f"{label(holder)}[{label(key)}]"
        case Call(function=function):
            return f"{function}(…)"
        case _:
            return "(…)"
