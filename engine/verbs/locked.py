"""A step or a process locked for one verb, fresh from the database, and the event the verb records of it."""

from typing import Any

from sqlalchemy import select

from engine import process, spiff
from engine.audit import CASE, StateChange
from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import Actor, UnitOfWork
from models.process import ProcessInstance, WorkItem


def step(unit: UnitOfWork, item_id: int) -> WorkItem:
    """Lock the process of a work item, open or done, and give the item as it is now. Raises NotFound."""
    instance_id = unit.session.scalar(select(WorkItem.instance_id).where(WorkItem.id == item_id))
    if instance_id is None:
        raise NotFound(N_("There is no such step."))
    process.lock_instance(unit, instance_id)
    return unit.session.get_one(WorkItem, item_id, populate_existing=True)


def open_step(unit: UnitOfWork, item_id: int) -> WorkItem:
    """Lock and give a step a person may still do. Raises NotFound, Conflict when it is done or its process stands still."""
    item = step(unit, item_id)
    if item.closed_at is not None:
        raise Conflict(N_("This step has already been done. Reload the page to see where the case stands."))
    check_running(item.instance)
    if item.kind != spiff.USER:
        raise Invalid(N_("The system does this step by itself: nobody can take it over."))
    return item


def instance(unit: UnitOfWork, business_key: str) -> ProcessInstance:
    """Lock and give the process of a case that has not ended. Raises NotFound, Conflict."""
    query = select(ProcessInstance.id).where(ProcessInstance.business_key == business_key)
    instance_id = unit.session.scalar(query)
    if instance_id is None:
        raise NotFound(N_("There is no process {key}."), key=business_key)
    found = process.lock_instance(unit, instance_id)
    check_not_ended(found)
    return found


def check_running(found: ProcessInstance) -> None:
    """Refuse to move a process that has ended or is suspended."""
    check_not_ended(found)
    if found.suspended_at is not None:
        raise Conflict(N_("This process is suspended. It goes on when the office resumes it."))


def check_not_ended(found: ProcessInstance) -> None:
    """Refuse to move a process that has ended."""
    if found.ended_at is not None:
        raise Conflict(N_("This process has ended: nothing in it can be changed any more."))


def record(unit: UnitOfWork, item: WorkItem, action: str, details: dict[str, Any], change: StateChange | None = None) -> None:
    """Record what was done to a step, on the chain of its case: the step, its branch, then `details`."""
    about = {"item": item.id, "step": item.element, **({"scope": item.scope} if item.scope else {})}
    unit.record(chain_of(item.instance), action, {**about, **details}, change)


def chain_of(found: ProcessInstance) -> str:
    """Name the audit chain of a process."""
    return CASE + found.business_key


def named(person: Actor) -> dict[str, str | None]:
    """Name a person as records do: who it was stays readable when names change."""
    return {"id": str(person.id) if person.id is not None else None, "name": person.name}
