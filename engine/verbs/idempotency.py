"""Idempotency keys: a command sent twice is done once, and the repeat gets the answer of the first.

The key is written before the command runs, so that of two requests sent at the same moment the second waits for
the first. Keys belong to their actor; they are kept, because a repeat may come after days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from models.process import Command

MAX_KEY = 200


@dataclass(frozen=True)
class Answer:
    """What a command answered, and whether this was only the repeat of a command already done."""

    result: Mapping[str, Any]
    repeated: bool


def once(unit: UnitOfWork, key: str | None, action: str, act: Callable[[], Mapping[str, Any]]) -> Answer:
    """Do `act` once for this actor and key. `action` names the verb, its target and what it decides.

    Without a key it is simply done. What `act` gives must be plain JSON: it is stored for the repeat.
    Raises Invalid for a key that is no key or was used for another action, and what `act` raises.
    """
    if key is None:
        return Answer(act(), repeated=False)
    first = _first(unit, _checked(key), action)
    if first is not None:
        return Answer(first, repeated=True)
    result = dict(act())
    _command(unit, key).result = result
    return Answer(result, repeated=False)


def _first(unit: UnitOfWork, key: str, action: str) -> Mapping[str, Any] | None:
    """Take the key, or give the answer of the command that took it before."""
    taking = insert(Command).values(actor=_owner(unit), key=key, action=action, result={}, recorded_at=unit.now)
    taken = unit.session.execute(taking.on_conflict_do_nothing().returning(Command.key)).scalar_one_or_none()
    if taken is not None:
        return None
    known = _command(unit, key)
    if known.action != action:
        raise Invalid(N_("This key was already used for something else. Reload the page and do it again."))
    return known.result


def _command(unit: UnitOfWork, key: str) -> Command:
    query = select(Command).where(Command.actor == _owner(unit), Command.key == key)
    return unit.session.scalars(query).one()


def _owner(unit: UnitOfWork) -> str:
    return str(unit.actor.id) if unit.actor.id is not None else unit.actor.name


def _checked(key: str) -> str:
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise Invalid(N_("A key has 1 to {count} printable characters."), count=MAX_KEY)
    return key
