"""Conditions in the languages of other tools, FEEL and XPath: what plainly means the same is carried over.

Only comparisons, `and`, `or`, `not`, and `some`/`every` over a list with one comparison. Names of several words
are joined by underscores. Everything else is left untranslated, and refused.
"""

import re

from engine.expressions import ExpressionError, parse

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)"""
    r"""|(?P<operator><=|>=|!=|==|[=<>()+\-.]))"""
)
_DATA_OBJECT = re.compile(r"""(?:\w+:)?getDataObject\(\s*(?:"(?P<a>[^"]+)"|'(?P<b>[^']+)')\s*\)""")
_QUANTIFIED = re.compile(
    r"""(?P<kind>some|every)\s+(?P<item>\w+)\s+in\s+(?P<list>\w+)\s+satisfies\s+(?P=item)\s*=\s*"""
    r"""(?P<value>"[^"\\]*"|'[^'\\]*'|\d+(?:\.\d+)?)"""
)
_WORDS = frozenset({"and", "or", "not", "true", "false", "null"})
#: Words with a meaning of their own that nothing here carries over.
_FOREIGN = frozenset(
    {"if", "then", "else", "for", "return", "some", "every", "satisfies", "in", "between", "instance", "function"}
)


def translated(text: str) -> str | None:
    """Give a condition of FEEL or XPath in our language, or None where it is not plain what it would be."""
    body = _DATA_OBJECT.sub(
        lambda found: re.sub(r"\W+", "_", found["a"] or found["b"]), text.strip().removeprefix("=").strip()
    )
    quantified = _QUANTIFIED.fullmatch(body)
    found = _over_list(quantified) if quantified is not None else _compared(body)
    if found is None:
        return None
    try:
        parse(found)
    except ExpressionError:
        return None
    return found


def _over_list(quantified: re.Match[str]) -> str:
    items, value = quantified["list"], quantified["value"]
    if quantified["kind"] == "some":
        return f"{value} in {items}"
    # All are equal to it when the least and the greatest are; of an empty list this holds too.
    return f"len({items}) == 0 or (min({items}) == {value} and max({items}) == {value})"


def _compared(body: str) -> str | None:
    pieces: list[str] = []
    position, last = 0, ""
    while position < len(body):
        found = _TOKEN.match(body, position)
        if found is None:
            return None
        position = found.end()
        kind, text = str(found.lastgroup), str(found[str(found.lastgroup)])
        if text in _FOREIGN or (text == "(" and last == "name"):
            return None
        kind = "word" if text in _WORDS else kind
        if kind == last == "name":
            pieces[-1] += f"_{text}"
        else:
            pieces.append("==" if text == "=" else text)
        last = kind
        body = body.rstrip()
    return " ".join(pieces).replace(" . ", ".") if pieces else None
