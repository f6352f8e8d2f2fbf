"""How large an expression and what it works with may become, and how a refusal is said."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import isfinite
from typing import Any

from engine.catalogue import N_, Sentence

MAX_LENGTH = 500
MAX_DEPTH = 40
MAX_INTEGER = 10**18
MAX_TEXT = 10_000
MAX_ITEMS = 10_000

_COMMON = frozenset({str, int, float, bool, type(None), list, dict})
_PLAIN = (str, int, float, list, tuple, Mapping, date, timedelta)


class ExpressionError(Sentence, ValueError):
    """The expression is outside the language, or cannot be worked out over the data at hand.

    `message` is a msgid, `params` fill its placeholders, as with `engine.errors.Refused`.
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        """Give the English sentence, for logs and tests."""
        return self.message.format(**self.params)


def plain(value: Any, label: str) -> Any:  # noqa: ANN401 - whatever the data holds
    """Let plain data through. Raises ExpressionError for anything with a behaviour of its own, named by `label`."""
    if type(value) in _COMMON or isinstance(value, _PLAIN):
        return value
    raise ExpressionError(N_("{what} holds something that is not plain data"), what=label)


def bounded(value: Any) -> Any:  # noqa: ANN401 - as above
    """Let a result through that is not too large. Raises ExpressionError."""
    match value:
        case int():
            fits = -MAX_INTEGER <= value <= MAX_INTEGER
        case float():
            fits = isfinite(value)
        case str():
            fits = len(value) <= MAX_TEXT
        case list() | tuple():
            fits = len(value) <= MAX_ITEMS
        case _:
            fits = True
    if fits:
        return value
    raise ExpressionError(N_("the result is too large"))
