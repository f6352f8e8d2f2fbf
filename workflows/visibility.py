"""Who may see which case. Every query of the pages goes through here.

The creation office, leaders and auditors see every case; collectors and reviewers those of their
departments, and where their department leads also the parts of those that assist it; an administrator none: keeping the house needs no evidence.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from engine.catalogue import N_
from engine.errors import Forbidden, NotFound
from engine.unit_of_work import Actor
from models.evidence import Assignment, Contribution
from models.people import DEPARTMENT_ROLES, Role
from workflows.lifecycle.words import ASSIST, LEAD

_LEADING = aliased(Contribution)

OVERSEEING = (Role.CREATION_OFFICE, Role.LEADER, Role.AUDITOR)


def departments_of(actor: Actor) -> frozenset[UUID]:
    """Give the departments this person works for, or acts in for somebody now."""
    groups = [group for one in (actor, *actor.principals) for group in one.groups]
    return frozenset(UUID(scope) for group, scope in groups if group in DEPARTMENT_ROLES and scope is not None)


def sees_everything(actor: Actor) -> bool:
    """Say whether this person, or somebody they act for now, sees the cases of every department."""
    return any(one.holds(role) for one in (actor, *actor.principals) for role in OVERSEEING)


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Give the condition on `Assignment` for what this person may see."""
    if sees_everything(actor):
        return true()
    departments = departments_of(actor)
    if not departments:
        return false()
    own = select(Contribution.assignment_id).where(Contribution.department_id.in_(departments))
    return Assignment.id.in_(own)


def may_see_case(session: Session, actor: Actor, assignment: Assignment) -> bool:
    """Say whether this person may see this case."""
    query = select(Assignment.id).where(Assignment.id == assignment.id, visible_cases(actor))
    return session.scalar(query) is not None


def visible_case(session: Session, actor: Actor, no: str) -> Assignment:
    """Give a case by its number. Raises NotFound also when it is not for this reader."""
    query = select(Assignment).where(Assignment.no == no, visible_cases(actor))
    # The database takes no NUL character, and no number holds one.
    assignment = session.scalars(query).one_or_none() if no.isprintable() else None
    if assignment is None:
        raise NotFound(N_("There is no case {no}, or it is not for you."), no=no)
    return assignment


def check_sees_whole(actor: Actor, assignment: Assignment) -> None:
    """Refuse what holds the parts of every department to a reader who may see only some of them."""
    if len(visible_contributions(actor, assignment)) < len(assignment.contributions):
        raise Forbidden(N_("This dossier also holds the evidence of other departments. Ask the creation office to show it to you."))


def sees_event(actor: Actor, details: Mapping[str, Any]) -> bool:
    """Say whether this person may read an event of a case they see: not when it is about other departments only."""
    if sees_everything(actor):
        return True
    named = [details[key] for key in ("department", "scope") if key in details] or details.get("departments") or []
    ids = {str(one["id"]) if isinstance(one, dict) else str(one) for one in named}
    return not ids or not ids.isdisjoint(str(one) for one in departments_of(actor))


def visible_contributions(actor: Actor, assignment: Assignment) -> list[Contribution]:
    """Give the parts of a visible case this person may see: all, those of their departments, those that assist them."""
    if sees_everything(actor):
        return list(assignment.contributions)
    departments = departments_of(actor)
    own = [part for part in assignment.contributions if part.department_id in departments]
    leads = any(part.role == LEAD for part in own)
    return [part for part in assignment.contributions if part in own or (leads and part.role == ASSIST)]


def visible_parts(actor: Actor) -> ColumnElement[bool]:
    """Give the condition on `Contribution` for the parts this person may see; see `visible_contributions`."""
    if sees_everything(actor):
        return true()
    departments = departments_of(actor)
    led = select(_LEADING.assignment_id).where(_LEADING.role == LEAD, _LEADING.department_id.in_(departments))
    assists = and_(Contribution.role == ASSIST, Contribution.assignment_id.in_(led))
    return or_(Contribution.department_id.in_(departments), assists)
