"""The words and marks of an expression.

What is read is what a person sees: invisible characters, look-alike letters and full-width marks are refused
by name instead of being taken for something else.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from unicodedata import category, normalize

from engine.catalogue import N_
from engine.expressions.limits import MAX_INTEGER, MAX_LENGTH, ExpressionError, bounded

MARK, NAME, CONSTANT, END = "mark", "name", "constant", "end"

#: Words of the language, as Python and as JUEL (Camunda) spell them, with the mark they mean. They name nothing else.
WORDS = {
    "and": "and", "or": "or", "not": "not", "in": "in", "if": "if", "else": "else", "empty": "empty",
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "div": "/", "mod": "%",
}  # fmt: skip
CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_MEANT = {"&&": "and", "||": "or"}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_STRAIGHT = {"“": '"', "”": '"', "‘": "'", "’": "'"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.])
    |(?P<name>[^\W\d]\w*|_\w*)
    |(?P<text>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    |(?P<mark>&&|\|\||==|!=|<=|>=|[=<>!+\-*/%?:.,()\[\]])""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"[0-9.]*(?:[eE][+-]?)?\w*")


class Token(NamedTuple):
    """One word or mark: `value` is the mark meant, the name, or the constant itself."""

    kind: str
    value: Any
    source: str

    def is_mark(self, *marks: str) -> bool:
        """Say whether this is one of `marks`."""
        return self.kind == MARK and self.value in marks


def tokens(text: str) -> list[Token]:
    """Split an expression, ending with a token of kind END. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(N_("longer than {most} characters"), most=MAX_LENGTH)
    for character in text:
        if category(character) in _INVISIBLE and character not in "\t\r\n":
            raise ExpressionError(N_("the invisible character {code} is not allowed"), code=_code(character))
    return [*_split(text), Token(END, None, "")]


def _split(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _stranger(text, position)
        position = found.end()
        if found.lastgroup != "space":
            yield _token(str(found.lastgroup), found.group())


def _token(kind: str, source: str) -> Token:
    match kind:
        case "number":
            return Token(CONSTANT, _number(source), source)
        case "text":
            return Token(CONSTANT, _unquoted(source), source)
        case "name":
            return _word(source)
        case _:
            return Token(MARK, _MEANT.get(source, source), source)


def _word(source: str) -> Token:
    if source in WORDS:
        return Token(MARK, WORDS[source], source)
    if source in CONSTANTS:
        return Token(CONSTANT, CONSTANTS[source], source)
    if source.startswith("_"):
        raise ExpressionError(N_("names do not start with an underscore: {name}"), name=source)
    meant = normalize("NFKC", source)
    if meant != source or not source.isidentifier():
        raise ExpressionError(N_("{name} only looks like {meant}: type it anew"), name=source, meant=meant)
    return Token(NAME, source, source)


def _number(source: str) -> int | float:
    if source.isdigit():
        if source.startswith("0") and source != "0":
            raise ExpressionError(N_("the number {number} is written in a way that can be misread"), number=source)
        # Compared by length first: turning very long digits into a number is slow.
        if len(source) > len(str(MAX_INTEGER)) or int(source) > MAX_INTEGER:
            raise ExpressionError(N_("the number {number} is too large"), number=source)
        return int(source)
    number: float = bounded(float(source))
    return number


def _unquoted(source: str) -> str:
    inner = source[1:-1]
    if re.search(r"\\[^\\'\"]", inner.replace("\\\\", "")):
        raise ExpressionError(N_("a backslash stands only before a quotation mark or another backslash"))
    return re.sub(r"\\(.)", r"\1", inner)


def _stranger(text: str, position: int) -> ExpressionError:
    character = text[position]
    if character in "0123456789":
        found = _DIGITS.match(text, position)
        number = found.group() if found else character
        return ExpressionError(N_("the number {number} is written in a way that can be misread"), number=number)
    if character in "'\"":
        return ExpressionError(N_("a text is not closed: {text}"), text=text[position:])
    half_width = _STRAIGHT.get(character, normalize("NFKC", character))
    if half_width != character and half_width.isascii() and half_width.strip():
        return ExpressionError(
            N_("write {meant} instead of the look-alike {character} ({code})"),
            meant=half_width, character=character, code=_code(character),
        )
    return ExpressionError(
        N_("{character} ({code}) has no meaning in an expression"), character=character, code=_code(character)
    )


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
