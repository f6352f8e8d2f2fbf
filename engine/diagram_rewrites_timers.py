"""Timers: their texts are checked and trimmed; what runs is ISO 8601, or an expression that gives it."""

import re
from datetime import datetime

from engine.catalogue import N_
from engine.diagram_foreign import translated
from engine.diagram_model import Diagram, Element, around, tag_of, text_of
from engine.durations import after
from engine.errors import Invalid
from engine.expressions import ExpressionError, parse
from engine.expressions.templates import parts

#: What timers and due dates may call besides the functions of the language.
MOMENTS = frozenset({"working_days", "days"})

_QUOTED = re.compile(r"""(["'])([^"'{}]*)\1""")
_SOME_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - only the form of a duration is tried on it
_MOMENT_CALL = re.compile(r"[$#]\{\s*(?:working_days|days)\s*\(")


def rewrite_timers(diagram: Diagram) -> None:
    """Check the text of every timer."""
    for element in diagram.inside("timeDate", "timeDuration", "timeCycle"):
        if sum(tag_of(one) in _FORMS for one in around(element)) > 1:
            diagram.refuse("timer", element, N_("The timer says more than one time; only one can count."))
            continue
        _trim(diagram, element)
        _check(diagram, element, tag_of(element), text_of(element))


def _trim(diagram: Diagram, element: Element) -> None:
    given = text_of(element)
    quoted = _QUOTED.fullmatch(given)
    if quoted is not None:
        text = quoted.group(2).strip()
    elif given.startswith("="):
        text = "${" + (translated(given) or given[1:].strip()) + "}"
    else:
        return
    diagram.rewritten("timer-text", element, N_("The time {given} runs as {text}."), given=given, text=text)
    element.text = text


def _check(diagram: Diagram, element: Element, form: str, text: str) -> None:
    if "{" in text:
        _check_expression(diagram, element, form, text)
    elif not _FORMS[form](text):
        message = N_(
            "{text} is no time a timer can read. Write a date such as 2026-03-01T09:00:00+08:00, a duration such as PT1H, a repetition such as R3/PT1H, or an expression ${{…}}."
        )
        diagram.refuse("timer", element, message, text=repr(text))


def _check_expression(diagram: Diagram, element: Element, form: str, text: str) -> None:
    try:
        for part in parts(text):
            if part.worked_out:
                parse(part.text, MOMENTS)
    except ExpressionError as error:
        diagram.refuse(
            "expression",
            element,
            N_("The expression {text} is not in the language of conditions: {problem}."),
            text=repr(text),
            problem=error,
        )
        return
    if form != "timeDate" and _MOMENT_CALL.match(text):
        diagram.refuse("timer", element, N_("{text} gives a moment: write it as a date (timeDate)."), text=text)


def is_duration(text: str) -> bool:
    """Say whether a text is an ISO 8601 duration."""
    try:
        after(_SOME_DAY, text)
    except Invalid:
        return False
    return True


def is_moment(text: str) -> bool:
    """Say whether a text is an ISO 8601 date or date and time."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_repetition(text: str) -> bool:
    first, *rest = text.split("/")
    if re.fullmatch(r"R\d{0,6}", first, re.ASCII) is None or first in {"R0", "R00"}:
        return False
    match [is_duration(one) for one in rest]:
        case [True]:
            return True
        case [False, True]:
            return is_moment(rest[0])
        case [True, False]:
            return is_moment(rest[1])
    return False


_FORMS = {"timeDate": is_moment, "timeDuration": is_duration, "timeCycle": _is_repetition}
