"""Texts with `${…}` or `#{…}` in them, such as `PT${n}H`: cut into what is written and what is worked out."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from engine.catalogue import N_
from engine.expressions.limits import MAX_TEXT, ExpressionError, bounded

_OPENING = re.compile(r"[$#]\{")
_BODY = re.compile(r"""(?:[^"'{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\}""", re.DOTALL)


class Part(NamedTuple):
    """A piece of a template: the text itself, or (`worked_out`) the expression between the braces."""

    text: str
    worked_out: bool


def parts(template: str) -> Iterator[Part]:
    """Cut a template, in order. Raises ExpressionError for a brace that is not closed."""
    if len(template) > MAX_TEXT:
        raise ExpressionError(N_("longer than {most} characters"), most=MAX_TEXT)
    position = 0
    while found := _OPENING.search(template, position):
        start = found.start()
        if start and template[start - 1] == "\\":
            # JUEL would write the braces out; nobody else expects that.
            raise ExpressionError(N_("a backslash before {found} can be read in two ways"), found=found.group())
        body = _BODY.match(template, found.end())
        if body is None:
            raise ExpressionError(N_("{found} is not closed"), found=found.group())
        if start > position:
            yield Part(template[position:start], worked_out=False)
        yield Part(body.group()[:-1], worked_out=True)
        position = body.end()
    if position < len(template):
        yield Part(template[position:], worked_out=False)


def written(value: Any, what: str) -> str:  # noqa: ANN401 - whatever the data holds
    """Write a value into a text: whole numbers without a point, true and false in small letters, dates as ISO 8601.

    Raises ExpressionError for null, lists and mappings, which no reader would expect there.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(bounded(value))
        case float():
            exact = f"{Decimal(repr(bounded(value))):f}"
            return exact.removesuffix(".0")
        case date():
            return value.isoformat()
        case _:
            raise ExpressionError(N_("{what} cannot be written into a text"), what=what)
