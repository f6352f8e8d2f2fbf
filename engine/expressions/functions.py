"""What may be called: the functions of the language, each over plain data and each bounded."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine.catalogue import N_
from engine.expressions.limits import MAX_INTEGER, MAX_ITEMS, ExpressionError, bounded

#: JUEL's methods and the function each of them means, with the number of values in its brackets.
METHODS: Mapping[str, tuple[str, int]] = {"size": ("len", 0), "isEmpty": ("empty", 0), "contains": ("contains", 1)}
_MOST_DIGITS = 12


def is_number(value: object) -> bool:
    """Say whether a value can be calculated with: true and false are no numbers, and a huge integer is none."""
    if isinstance(value, bool):
        return False
    return isinstance(value, float) or (isinstance(value, int) and -MAX_INTEGER <= value <= MAX_INTEGER)


def is_empty(value: object) -> bool:
    """Say whether a value is null, an empty text, an empty list or an empty mapping; nothing else is empty."""
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def truth(value: Any, what: str) -> bool:  # noqa: ANN401 - whatever the data holds
    """Give true or false; null counts as false. Raises ExpressionError: Python and JUEL disagree on all the rest."""
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise ExpressionError(N_("{what} is neither true nor false: compare it with something"), what=what)


def _len(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise ExpressionError(N_("{function} takes a text, a list or a mapping"), function="len")


def _items(function: str, value: Any) -> Sequence[Any]:  # noqa: ANN401
    if not isinstance(value, list | tuple):
        raise ExpressionError(N_("{function} takes a list"), function=function)
    if len(value) > MAX_ITEMS:
        raise ExpressionError(N_("{function} takes a list of at most {n} items"), function=function, n=MAX_ITEMS)
    return value


def _any(items: Any) -> bool:  # noqa: ANN401
    return any(truth(item, "any(…)") for item in _items("any", items))


def _all(items: Any) -> bool:  # noqa: ANN401
    return all(truth(item, "all(…)") for item in _items("all", items))


def _count(items: Any, value: Any) -> int:  # noqa: ANN401
    return list(_items("count", items)).count(value)


def contains(holder: Any, value: Any) -> bool:  # noqa: ANN401
    """Say whether a list holds a value, a text another text, a mapping a key. Raises ExpressionError."""
    if isinstance(holder, str) and isinstance(value, str):
        return value in holder
    if isinstance(holder, Mapping) and isinstance(value, str):
        return value in holder
    if isinstance(holder, list | tuple):
        return value in holder
    raise ExpressionError(N_("only a list holds values, a text texts, a mapping keys"))


def _numbers(function: str, values: Sequence[Any]) -> Sequence[Any]:
    if not all(is_number(value) for value in values):
        raise ExpressionError(N_("{function} takes numbers"), function=function)
    return values


def _sum(items: Any) -> Any:  # noqa: ANN401
    return bounded(sum(_numbers("sum", _items("sum", items))))


def _extreme(function: str, choose: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def chosen(*values: Any) -> Any:  # noqa: ANN401
        items = _items(function, values[0]) if len(values) == 1 else values
        alike = all(isinstance(item, str) for item in items) or all(is_number(item) for item in items)
        if not items or not alike:
            raise ExpressionError(N_("{function} takes numbers or texts, not both, and at least one"), function=function)
        return choose(items)

    return chosen


def _abs(value: Any) -> Any:  # noqa: ANN401
    return abs(_numbers("abs", [value])[0])


def _round(value: Any, digits: Any = 0) -> Any:  # noqa: ANN401
    # Half away from zero, as schools and Java do (四舍五入); Python's own rounds 2.5 to 2.
    _numbers("round", [value, digits])
    if digits not in range(_MOST_DIGITS + 1):
        raise ExpressionError(N_("round takes 0 to {n} digits"), n=_MOST_DIGITS)
    exact = Decimal(repr(bounded(value))).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
    return int(exact) if not digits else float(exact)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": _len, "any": _any, "all": _all, "min": _extreme("min", min), "max": _extreme("max", max), "sum": _sum,
    "count": _count, "contains": contains, "round": _round, "abs": _abs,
}  # fmt: skip
#: The least and the most values each function takes; None for any number.
ARITY: Mapping[str, tuple[int, int | None]] = {
    "len": (1, 1), "any": (1, 1), "all": (1, 1), "min": (1, None), "max": (1, None), "sum": (1, 1),
    "count": (2, 2), "contains": (2, 2), "round": (1, 2), "abs": (1, 1),
}  # fmt: skip
