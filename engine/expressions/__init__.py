"""Conditions and values in diagrams: a small language over plain data, never Python (docs/expressions.md).

A diagram comes from outside; nothing in it may run code. An expression is read by a grammar of our own
(`tokens`, `grammar`) into `nodes`, turned into closures once (`closures`), and works over mappings, lists,
texts, numbers, true, false and null. Every size is bounded (`limits`), so time and memory are too.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from engine.catalogue import N_
from engine.expressions import grammar
from engine.expressions.closures import closure
from engine.expressions.functions import FUNCTIONS, truth
from engine.expressions.limits import ExpressionError, bounded
from engine.expressions.nodes import Name, Node, children
from engine.expressions.templates import parts, written

__all__ = ["ExpressionError", "compiled", "evaluate", "holds", "names_in_template", "names_used", "parse", "render"]

_CACHED = 1024
_NO_FUNCTIONS: Mapping[str, Callable[..., Any]] = {}


def evaluate(text: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:  # noqa: ANN401 - whatever the data holds
    """Work `text` out over `names`, with `functions` callable besides the built-in ones.

    Raises ExpressionError, naming what is not allowed, not known or cannot be worked out. What `functions`
    raise as `Refused` passes through. Raises ValueError if `functions` would replace a built-in one.
    """
    if functions is None:
        return compiled(text)(names)
    return compiled(text, frozenset(functions))(names, functions)


def holds(text: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> bool:
    """Say whether a condition holds. Raises ExpressionError, also for a result that is neither true, false nor null."""
    return truth(evaluate(text, names, functions), text.strip())


@lru_cache(maxsize=_CACHED)
def compiled(text: str, functions: frozenset[str] = frozenset()) -> Callable[..., Any]:
    """Give `text` as a function of the names, and of the functions whose names are `functions`. Raises ExpressionError."""
    value = closure(parse(text, functions))

    def worked_out(names: Mapping[str, Any], handed: Mapping[str, Callable[..., Any]] = _NO_FUNCTIONS) -> Any:  # noqa: ANN401
        try:
            return bounded(value(names, handed))
        except RecursionError as error:  # only comparing data that is nested thousands of levels deep
            raise ExpressionError(N_("nested too deeply")) from error

    return worked_out


def parse(text: str, functions: Collection[str] = ()) -> Node:
    """Read and check an expression, bare or in `${…}`, without working it out. Raises ExpressionError."""
    taken = sorted(FUNCTIONS.keys() & set(functions))
    if taken:
        message = f"built-in functions cannot be replaced: {', '.join(taken)}"
        raise ValueError(message)
    return grammar.read(_unwrapped(text), functions)


def names_used(text: str, functions: Collection[str] = ()) -> frozenset[str]:
    """Give the variables an expression reads; it may call `functions` too. Raises ExpressionError."""
    return frozenset(_names(parse(text, functions)))


def render(template: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> str:
    """Fill each `${…}` and `#{…}` of a text such as `PT${n}H`; a text without any stays as it is.

    Raises ExpressionError as `evaluate` does, and for null, lists and mappings: they have no place in a text.
    """
    done = [
        written(evaluate(part.text, names, functions), part.text.strip()) if part.worked_out else part.text
        for part in parts(template)
    ]
    text: str = bounded("".join(done))
    return text


def names_in_template(template: str, functions: Collection[str] = ()) -> frozenset[str]:
    """Check a text with `${…}` in it and give the variables it reads. Raises ExpressionError."""
    found = [_names(parse(part.text, functions)) for part in parts(template) if part.worked_out]
    return frozenset(name for names in found for name in names)


def _unwrapped(text: str) -> str:
    body = text.strip()
    if body[:2] in {"${", "#{"} and body.endswith("}"):
        return body[2:-1]
    return body


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for child in children(node):
        yield from _names(child)
