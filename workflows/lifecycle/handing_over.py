"""Reassign, delegate, copy (转办、委派、抄送) by the names of people: whom a step of a case may be handed to.

To the rules of the engine come those of recusal: a step that decides is handed to nobody who has a part in the
evidence it decides on.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import copies, handing_over
from models.process import WorkItem
from workflows.lifecycle.cases import case_of, item_in
from workflows.lifecycle.decide import recused
from workflows.people import actor_of, get_person
from workflows.visibility import may_see_case


def reassign(unit: UnitOfWork, item_id: int, person_id: UUID, reason: str) -> WorkItem:
    """Give a step of a case to a person for good. Raises what `engine.verbs.handing_over.reassign` raises."""
    target = _acting(unit.session, person_id)
    _check_not_recused(unit.session, target, item_in(unit.session, item_id))
    return handing_over.reassign(unit, item_id, target, reason)


def delegate(unit: UnitOfWork, item_id: int, person_id: UUID, reason: str) -> WorkItem:
    """Ask a person who sees the case for an opinion on a step one holds; it comes back with their note."""
    target, item = _acting(unit.session, person_id), item_in(unit.session, item_id)
    _check_sees(unit.session, target, item)
    _check_not_recused(unit.session, target, item)
    return handing_over.delegate(unit, item_id, target, reason)


def copy(unit: UnitOfWork, item_id: int, person_ids: Iterable[UUID], note: str = "") -> None:
    """Send a copy of a step to people who see the case."""
    readers, item = [_acting(unit.session, one) for one in person_ids], item_in(unit.session, item_id)
    for reader in readers:
        _check_sees(unit.session, reader, item)
    copies.copy(unit, item_id, readers, note)


def _acting(session: Session, person_id: UUID) -> Actor:
    person = get_person(session, person_id)
    if not person.active:
        raise Invalid(N_("{name} is switched off. Choose somebody who works here."), name=person.name)
    return actor_of(person)


def _check_sees(session: Session, target: Actor, item: WorkItem) -> None:
    if not may_see_case(session, target, case_of(session, item)):
        raise Invalid(N_("{name} may not see this case. Choose somebody of its departments or the office."), name=target.name)


def _check_not_recused(session: Session, target: Actor, item: WorkItem) -> None:
    if recused(session, target, item) is not None:
        raise Invalid(N_("{name} has a part in this evidence, so somebody else has to decide on it."), name=target.name)
