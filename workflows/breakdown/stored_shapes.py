"""Frozen dataclasses as JSON and back: how a document that is being looked over is kept in the database.

Fields that hold their default are left out, so that a value stored before a field was added still reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Shape = TypeVar("Shape")
Reader = Callable[[Any], Any]


def as_stored(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Give a dataclass, with everything in it, as JSON values: numbers with decimals and dates as text."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple | list | frozenset):
        return [as_stored(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): as_stored(held) for name, held in value.items()}
    if is_dataclass(value):
        held = ((one.name, getattr(value, one.name), _default(one)) for one in fields(value))
        return {name: as_stored(now) for name, now, usual in held if usual is MISSING or now != usual}
    return str(value)


def from_stored(shape: type[Shape], stored: Mapping[str, Any]) -> Shape:
    """Make a dataclass again of what `as_stored` gave. Raises KeyError where a field without a default is missing."""
    kind: Any = shape  # a class is hashable, which a type variable does not say
    made: Shape = _reader(kind)(stored)
    return made


def _default(field: Field[Any]) -> Any:  # noqa: ANN401 - whatever the field holds
    return field.default_factory() if field.default_factory is not MISSING else field.default


@cache
def _reader(kind: Any) -> Reader:  # noqa: ANN401 - a type, in any of its forms
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _maybe(_reader(next(part for part in parts if part is not type(None))))
    if origin is tuple:
        return _several(_reader(parts[0]))
    if isinstance(kind, type) and is_dataclass(kind):
        return _shaped(kind)
    made: Reader = _as_it_is
    if kind in {Decimal, UUID} or (isinstance(kind, type) and issubclass(kind, Enum)):
        made = kind
    elif kind in {date, datetime}:
        made = kind.fromisoformat
    return made


def _as_it_is(stored: Any) -> Any:  # noqa: ANN401 - text, numbers and the parameters of sentences
    return stored


def _maybe(reader: Reader) -> Reader:
    return lambda stored: None if stored is None else reader(stored)


def _several(reader: Reader) -> Reader:
    if reader is _as_it_is:
        return tuple
    return lambda stored: tuple(reader(one) for one in stored)


def _shaped(kind: type) -> Reader:
    hints = get_type_hints(kind)
    readers = [(one.name, _reader(hints[one.name]), _default(one) is not MISSING) for one in fields(kind)]

    def read(stored: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
        return kind(**{name: reader(stored[name]) for name, reader, optional in readers if name in stored or not optional})

    return read
