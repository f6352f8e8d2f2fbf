"""Turns what was read into nested closures, once; evaluating then costs a few calls and looks nothing up twice."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any

from engine.catalogue import N_
from engine.expressions.functions import FUNCTIONS, contains, is_empty, is_number, truth
from engine.expressions.limits import MAX_TEXT, ExpressionError, bounded, plain
from engine.expressions.nodes import (
    Calculation, Call, Choice, Comparison, Constant, Item, ListOf, Logic, Name, Node, Prefixed, label,
)  # fmt: skip

Names = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Closure = Callable[[Names, Functions], Any]

_EQUALITIES: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne}
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_CALCULATIONS: Mapping[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul, "/": truediv}


def closure(node: Node) -> Closure:
    """Give the function that works a node out over names and functions; it raises ExpressionError."""
    return _CLOSURES[type(node)](node)


def _constant(node: Constant) -> Closure:
    value = node.value
    return lambda _names, _functions: value


def _name(node: Name) -> Closure:
    name = node.name

    def value(names: Names, _functions: Functions) -> Any:  # noqa: ANN401 - whatever the data holds, here and below
        if name in names:
            return plain(names[name], name)
        raise ExpressionError(N_("{what} has no value"), what=name)

    return value


def _item(node: Item) -> Closure:
    holder, key, what = closure(node.holder), closure(node.key), label(node)

    def value(names: Names, functions: Functions) -> Any:  # noqa: ANN401
        return plain(_held(node, holder(names, functions), key(names, functions)), what)

    return value


def _held(node: Item, holder: Any, key: Any) -> Any:  # noqa: ANN401
    match holder:
        case dict() | Mapping() if isinstance(key, str):  # dict first: that check is the fast one
            if key in holder:
                return holder[key]
        case list() | tuple() if type(key) is int:
            # A negative index would silently mean the other end of the list.
            if 0 <= key < len(holder):
                return holder[key]
        case None:
            raise ExpressionError(N_("{what} is null, a value is needed"), what=label(node.holder))
        case _:
            raise ExpressionError(N_("{what} has no such element: lists have numbers, mappings have texts"), what=label(node.holder))
    raise ExpressionError(N_("{what} has no value"), what=label(node))


def _list_of(node: ListOf) -> Closure:
    items = [closure(item) for item in node.operands]
    return lambda names, functions: [item(names, functions) for item in items]


def _prefixed(node: Prefixed) -> Closure:
    operand, what = closure(node.operand), label(node.operand)
    if node.mark == "not":
        return lambda names, functions: not truth(operand(names, functions), what)
    if node.mark == "-":
        return lambda names, functions: -_number(operand(names, functions), what)
    if isinstance(node.operand, Item):
        return _empty_item(node.operand)
    return lambda names, functions: is_empty(operand(names, functions))


def _empty_item(node: Item) -> Closure:
    holder, key = closure(node.holder), closure(node.key)

    def value(names: Names, functions: Functions) -> bool:
        # As in JUEL, a key that is missing is empty: forms leave out what nobody filled in.
        held, wanted = holder(names, functions), key(names, functions)
        if isinstance(held, Mapping) and isinstance(wanted, str) and wanted not in held:
            return True
        return is_empty(_held(node, held, wanted))

    return value


def _logic(node: Logic) -> Closure:
    operands = [(closure(operand), label(operand)) for operand in node.operands]
    # `and` is settled by the first that is false, `or` by the first that is true.
    settles = node.mark == "or"

    def value(names: Names, functions: Functions) -> bool:
        for operand, what in operands:
            if truth(operand(names, functions), what) is settles:
                return settles
        return not settles

    return value


def _comparison(node: Comparison) -> Closure:
    first = closure(node.first)
    mark, second = node.steps[0]
    if len(node.steps) == 1 and mark in _EQUALITIES:
        return _equality(first, _EQUALITIES[mark], closure(second))
    if len(node.steps) == 1 and mark in {"in", "not in"}:
        holder, wanted = closure(second), mark == "in"
        return lambda names, functions: contains(holder(names, functions), first(names, functions)) is wanted
    return _ordered(node)


def _equality(left: Closure, compare: Callable[[Any, Any], bool], right: Closure) -> Closure:
    return lambda names, functions: compare(left(names, functions), right(names, functions))


def _ordered(node: Comparison) -> Closure:
    first = closure(node.first)
    operands = (node.first, *(operand for _, operand in node.steps))
    steps = [
        (_ORDERS[mark], closure(operand), label(before), label(operand))
        for before, (mark, operand) in zip(operands, node.steps, strict=False)
    ]

    def value(names: Names, functions: Functions) -> bool:
        left = first(names, functions)
        for compare, operand, left_label, right_label in steps:
            right = operand(names, functions)
            _check_order(left, left_label, right, right_label)
            if not compare(left, right):
                return False
            left = right
        return True

    return value


def _check_order(left: Any, left_label: str, right: Any, right_label: str) -> None:  # noqa: ANN401
    for value, what in ((left, left_label), (right, right_label)):
        if value is None:
            raise ExpressionError(N_("{what} is null, a value is needed"), what=what)
    if is_number(left) and is_number(right):
        return
    if isinstance(left, str) and isinstance(right, str):
        return
    if type(left) is type(right) and isinstance(left, date | timedelta) and _zoned(left) is _zoned(right):
        return
    raise ExpressionError(N_("{left} and {right} have no order: they are not of one kind"), left=left_label, right=right_label)


def _zoned(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, datetime) and value.utcoffset() is not None


def _calculation(node: Calculation) -> Closure:
    first, first_label = closure(node.first), label(node.first)
    steps = [(mark, closure(operand), label(operand)) for mark, operand in node.steps]

    def value(names: Names, functions: Functions) -> Any:  # noqa: ANN401
        left, what = first(names, functions), first_label
        for mark, operand, operand_label in steps:
            right = operand(names, functions)
            if mark == "+" and isinstance(left, str) and isinstance(right, str):
                left = _joined(left, right)
            else:
                left = _calculated(mark, _number(left, what), _number(right, operand_label))
            what = "(…)"
        return left

    return value


def _joined(left: str, right: str) -> str:
    if len(left) + len(right) > MAX_TEXT:
        raise ExpressionError(N_("the result is too large"))
    return left + right


def _calculated(mark: str, left: Any, right: Any) -> Any:  # noqa: ANN401
    if mark in {"/", "%"} and right == 0:
        raise ExpressionError(N_("division by zero"))
    if mark == "%":
        # Python gives 2 for -7 % 3, Java -1.
        if left < 0 or right < 0:
            raise ExpressionError(N_("the remainder of a negative number can be read in two ways"))
        return left % right
    return bounded(_CALCULATIONS[mark](left, right))


def _number(value: Any, what: str) -> Any:  # noqa: ANN401
    if is_number(value):
        return value
    if value is None:
        raise ExpressionError(N_("{what} is null, a value is needed"), what=what)
    raise ExpressionError(N_("{what} is no number that can be calculated with"), what=what)


def _choice(node: Choice) -> Closure:
    test, what = closure(node.test), label(node.test)
    then, other = closure(node.then), closure(node.other)

    def value(names: Names, functions: Functions) -> Any:  # noqa: ANN401
        return (then if truth(test(names, functions), what) else other)(names, functions)

    return value


def _call(node: Call) -> Closure:
    arguments = [closure(argument) for argument in node.operands]
    own = FUNCTIONS.get(node.function)
    if own is not None:
        return lambda names, functions: own(*[argument(names, functions) for argument in arguments])

    def value(names: Names, functions: Functions) -> Any:  # noqa: ANN401
        values = [argument(names, functions) for argument in arguments]
        try:
            result = functions[node.function](*values)
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise ExpressionError(N_("{what} cannot be worked out: {problem}"), what=label(node), problem=error) from error
        return plain(result, label(node))

    return value


_CLOSURES: Mapping[type, Callable[[Any], Closure]] = {
    Constant: _constant, Name: _name, Item: _item, ListOf: _list_of, Prefixed: _prefixed, Logic: _logic,
    Comparison: _comparison, Calculation: _calculation, Choice: _choice, Call: _call,
}  # fmt: skip
