"""Suspend, resume, cancel a whole process (挂起、恢复、终止), by the office that owns it, with a reason.

While a process is suspended nobody can take a step and its timers stand still; those that came due meanwhile fire
when it is resumed.
"""

from sqlalchemy import select

from engine import jobs, process, spiff
from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import UnitOfWork
from engine.verbs import locked
from engine.verbs.permissions import check_process_owner, given_reason
from models.process import ProcessInstance, WorkItem

CANCELLED = "cancelled"


def suspend(unit: UnitOfWork, business_key: str, reason: str) -> ProcessInstance:
    """Let a process stand still. Raises Forbidden, Invalid without a reason, Conflict when it stands still or has ended."""
    check_process_owner(unit)
    why = given_reason(reason)
    found = locked.instance(unit, business_key)
    locked.check_running(found)
    found.suspended_at = unit.now
    unit.record(locked.chain_of(found), "process.suspended", {"reason": why})
    return found


def resume(unit: UnitOfWork, business_key: str, reason: str) -> ProcessInstance:
    """Let a suspended process go on. Raises Forbidden, Invalid without a reason, Conflict when it is not suspended."""
    check_process_owner(unit)
    why = given_reason(reason)
    found = locked.instance(unit, business_key)
    if found.suspended_at is None:
        raise Conflict(N_("This process is not suspended, so there is nothing to resume."))
    since, found.suspended_at = found.suspended_at, None
    _ask_workers_again(unit, found)
    unit.record(locked.chain_of(found), "process.resumed", {"reason": why, "suspended": since.isoformat()})
    return found


def cancel(unit: UnitOfWork, business_key: str, reason: str) -> ProcessInstance:
    """End a process where it stands; its open steps are closed. Raises Forbidden, Invalid without a reason, Conflict."""
    check_process_owner(unit)
    why = given_reason(reason)
    found = locked.instance(unit, business_key)
    query = select(WorkItem.element).where(WorkItem.instance_id == found.id, WorkItem.closed_at.is_(None))
    waiting = sorted(unit.session.scalars(query))
    found.suspended_at = None  # what stands still can be ended too
    moved = process.advance(unit, found.id, spiff.Execution.cancel, note=CANCELLED)
    unit.session.refresh(found)
    found.outcome = CANCELLED
    unit.record(locked.chain_of(found), "process.cancelled", {"reason": why, "open": waiting}, moved.change)
    return found


def _ask_workers_again(unit: UnitOfWork, found: ProcessInstance) -> None:
    # Jobs that met the suspended process may have used up their attempts. Each is safe to run twice.
    query = select(WorkItem).where(
        WorkItem.instance_id == found.id, WorkItem.kind == spiff.EXTERNAL, WorkItem.closed_at.is_(None)
    )
    for item in unit.session.scalars(query.order_by(WorkItem.id)):
        jobs.defer(unit.session, f"external.{item.properties['topic']}", {"item_id": item.id})
