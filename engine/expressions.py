"""Conditions in diagrams: a small language of comparisons, never Python.

A diagram comes from outside; nothing in it may run code. The text is parsed into Python's syntax tree and
only the node types listed here are evaluated, by this module, over plain data. Chinese names are allowed;
`${…}` and `#{…}` are accepted as other tools write them.
"""

import ast
from collections.abc import Callable, Mapping
from operator import add, eq, ge, gt, le, lt, ne, sub
from typing import Any

MAX_LENGTH = 500
MAX_DEPTH = 40

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: eq,
    ast.NotEq: ne,
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {ast.Add: add, ast.Sub: sub}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"len": len, "any": any, "all": all, "min": min, "max": max, "sum": sum}
_CONSTANTS = {"true": True, "false": False, "null": None}
_PLAIN = (str, int, float, bool, type(None))


class ExpressionError(ValueError):
    """The expression is outside the language, or a name it uses has no value."""


def evaluate(text: str, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the data holds
    """Evaluate `text` over `names`. Raises ExpressionError, naming what is not allowed or not known."""
    return _value(parse(text), names)


def parse(text: str) -> ast.expr:
    """Parse and check an expression without evaluating it. Raises ExpressionError."""
    body = _unwrapped(text)
    if len(body) > MAX_LENGTH:
        message = f"longer than {MAX_LENGTH} characters"
        raise ExpressionError(message)
    try:
        tree = ast.parse(body, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        message = f"not an expression: {body!r}"
        raise ExpressionError(message) from error
    _check(tree, 0)
    return tree


def _unwrapped(text: str) -> str:
    body = text.strip()
    if body[:2] in {"${", "#{"} and body.endswith("}"):
        body = body[2:-1].strip()
    return body


def _check(node: ast.expr, depth: int) -> None:
    if depth > MAX_DEPTH:
        message = "nested too deeply"
        raise ExpressionError(message)
    for child in _children(node):
        _check(child, depth + 1)


def _children(node: ast.expr) -> list[ast.expr]:  # noqa: C901, PLR0911 - one line for each kind of node
    match node:
        case ast.Constant(value=value) if isinstance(value, _PLAIN):
            return []
        case ast.Name(id=name) if not name.startswith("_"):
            return []
        case ast.BoolOp(values=values):
            return values
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            return [operand]
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(type(op) in _COMPARISONS for op in ops):
            return [left, *comparators]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return [left, right]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [test, body, orelse]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return items
        case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
            return [value, index]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return arguments
    message = f"{type(node).__name__} is not allowed in an expression"
    raise ExpressionError(message)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:  # noqa: ANN401, C901, PLR0911 - one case a node
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _named(name, names)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, names) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, names) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, names)
        case ast.UnaryOp(operand=operand):
            return _applied(sub, 0, _value(operand, names))
        case ast.BinOp(left=left, op=op, right=right):
            return _applied(_ARITHMETIC[type(op)], _value(left, names), _value(right, names))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, names) else orelse, names)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, names) for item in items]
        case ast.Subscript(value=value, slice=index):
            return _applied(lambda holder, key: holder[key], _value(value, names), _value(index, names))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _applied(_FUNCTIONS[name], *[_value(argument, names) for argument in arguments])
        case ast.Compare():
            return _compared(node, names)
    message = f"{type(node).__name__} is not allowed in an expression"
    raise ExpressionError(message)


def _named(name: str, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if name in names:
        return names[name]
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    message = f"{name!r} has no value"
    raise ExpressionError(message)


def _compared(node: ast.Compare, names: Mapping[str, Any]) -> bool:
    left = _value(node.left, names)
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, names)
        if not _applied(_COMPARISONS[type(operator)], left, right):
            return False
        left = right
    return True


def _applied(function: Callable[..., Any], *values: Any) -> Any:  # noqa: ANN401
    try:
        return function(*values)
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        message = f"cannot be worked out: {error}"
        raise ExpressionError(message) from error
