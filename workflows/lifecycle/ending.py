"""Suspend, resume and cancel a case (挂起、恢复、终止), by the creation office, with a reason."""

from sqlalchemy import select

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from engine.verbs import suspension
from models.evidence import Assignment, AssignmentState


def suspend(unit: UnitOfWork, no: str, reason: str) -> Assignment:
    """Let a case stand still: nobody can act on it, its deadlines are not chased. Raises as the engine's `suspend`."""
    assignment = _case(unit, no)
    suspension.suspend(unit, no, reason)
    return assignment


def resume(unit: UnitOfWork, no: str, reason: str) -> Assignment:
    """Let a suspended case go on. Raises as the engine's `resume`."""
    assignment = _case(unit, no)
    suspension.resume(unit, no, reason)
    return assignment


def cancel(unit: UnitOfWork, no: str, reason: str) -> Assignment:
    """End a case without a dossier; its history stays. Raises as the engine's `cancel`."""
    assignment = _case(unit, no)
    suspension.cancel(unit, no, reason)
    assignment.state, assignment.closed_at = AssignmentState.CLOSED, unit.now
    return assignment


def _case(unit: UnitOfWork, no: str) -> Assignment:
    assignment = unit.session.scalars(select(Assignment).where(Assignment.no == no)).one_or_none()
    if assignment is None:
        raise NotFound(N_("There is no case {no}, or it is not for you."), no=no)
    return assignment
