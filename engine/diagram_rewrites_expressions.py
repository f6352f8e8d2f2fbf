"""Conditions and other expressions: carried over from other languages where that is plain, checked against ours."""

from engine.catalogue import N_
from engine.diagram_foreign import translated
from engine.diagram_model import (
    CAMUNDA,
    VENDORS,
    Diagram,
    Element,
    around,
    child,
    drop,
    extensions,
    tag_of,
    text_of,
    vendor,
)
from engine.diagram_rewrites_timers import MOMENTS, is_duration, is_moment
from engine.expressions import ExpressionError, names_used, parse
from engine.expressions.templates import parts

_EXPRESSIONS = ("conditionExpression", "loopCondition", "loopCardinality", "completionCondition")
#: Words in the name of a language that is translated where it can be, and of those that say our own.
_TRANSLATED = ("feel", "xpath")
_OWN = ("juel", "jsp", "uel", "juanzong")


def rewrite_expressions(diagram: Diagram) -> None:
    """Carry expressions over from other languages; refuse what is in none."""
    for element in diagram.inside(*_EXPRESSIONS, "loopDataInputRef"):
        text = text_of(element)
        if text and not _foreign_language(diagram, element) and _carried_over(diagram, element, text):
            check_expression(diagram, element, text_of(element))
    for loop in diagram.inside("multiInstanceLoopCharacteristics"):
        _loop(diagram, loop)
    for activity in diagram.inside("userTask", "callActivity"):
        _attributes(diagram, activity)
    for element in diagram.inside("extensionElements"):
        _properties(diagram, around(element))


def _foreign_language(diagram: Diagram, element: Element) -> bool:
    language = _language(element)
    if vendor(element, "resource") is None and (
        not language or any(word in language for word in (*_TRANSLATED, *_OWN))
    ):
        return False
    message = N_("The language {name} is not run: write the condition in the language of conditions.")
    diagram.refuse("expression-language", element, message, name=language or "script")
    return True


def _language(element: Element) -> str:
    return str(element.get("language") or "").strip().casefold()


def _carried_over(diagram: Diagram, element: Element, text: str) -> bool:
    """Put an expression of another tool into our language; say whether it is now to be read as ours."""
    language = _language(element)
    foreign = text.startswith("=") or any(word in language for word in _TRANSLATED)
    if not foreign and ("{" in text or _is_ours(text)):
        return True
    found = translated(text)
    if found is None:
        if foreign:
            message = N_(
                "{text} cannot be carried over from {name}: write the condition in the language of conditions."
            )
            diagram.refuse("expression-language", element, message, text=repr(text), name=language or "FEEL")
        return not foreign
    if found != text:
        names = ", ".join(sorted(names_used(found))) or "-"
        message = N_("{text} runs as {found}; it reads {names}.")
        diagram.rewritten("expression-translated", element, message, text=text, found=found, names=names)
        element.text = found
        drop(element, "language")
    return True


def _is_ours(text: str) -> bool:
    try:
        parse(text)
    except ExpressionError:
        return False
    return True


def check_expression(diagram: Diagram, element: Element, text: str, functions: frozenset[str] = frozenset()) -> None:
    """Refuse an expression outside the language."""
    try:
        parse(text, functions)
    except ExpressionError as error:
        message = N_("The expression {text} is not in the language of conditions: {problem}.")
        diagram.refuse("expression", element, message, text=repr(text), problem=error)


def _check_template(diagram: Diagram, element: Element, text: str) -> None:
    try:
        pieces = [part.text for part in parts(text) if part.worked_out]
    except ExpressionError as error:
        message = N_("The expression {text} is not in the language of conditions: {problem}.")
        diagram.refuse("expression", element, message, text=repr(text), problem=error)
        return
    for piece in pieces:
        check_expression(diagram, element, piece, MOMENTS)


def _loop(diagram: Diagram, loop: Element) -> None:
    collection = loop.get(f"{CAMUNDA}collection")
    if collection:
        check_expression(diagram, loop, str(collection))
    item = loop.get(f"{CAMUNDA}elementVariable")
    drawn = child(loop, "inputDataItem")
    names = [item, (drawn.get("name") or drawn.get("id")) if drawn is not None else None]
    for name in names:
        if name is not None and not _is_name(str(name)):
            diagram.refuse("expression", loop, N_("“{name}” cannot be the name of a variable."), name=name)


def _is_name(text: str) -> bool:
    return text.isidentifier() and _is_ours(text)


def _attributes(diagram: Diagram, activity: Element) -> None:
    for name in ("assignee", "candidateGroups", "dueDate", "followUpDate"):
        text = str(activity.get(f"{CAMUNDA}{name}") or "").strip()
        _check_template(diagram, activity, text)
        if name == "dueDate" and text and "{" not in text and not (is_moment(text) or is_duration(text)):
            message = N_("{text} is no due date. Write a date, a duration such as P3D, or an expression ${{…}}.")
            diagram.refuse("due-date", activity, message, text=repr(text))
        if name == "candidateGroups" and "," in text and "{" not in text:
            diagram.refuse(
                "several-groups",
                activity,
                N_("A step is for one candidate group; this one names several: {text}."),
                text=text,
            )


def _properties(diagram: Diagram, element: Element) -> None:
    for one in extensions(element, f"{CAMUNDA}property"):
        if one.get("name") == "scope":
            _check_template(diagram, element, str(one.get("value") or ""))
        elif one.get("name") == "correlationKey":
            check_expression(diagram, element, str(one.get("value") or ""))
    if tag_of(element) == "callActivity":
        for one in extensions(element, *(f"{space}{way}" for space in VENDORS for way in ("in", "out"))):
            source = one.get("sourceExpression") or one.get("source")
            if source:
                check_expression(diagram, element, str(source))
