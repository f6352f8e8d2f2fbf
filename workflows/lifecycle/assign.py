"""Assign (下达): the creation office confirms who delivers and by when.

A group such as 各科（室） is expanded here, to the members it has on this day. A department nobody works for
would leave a step that nobody can do, so it is refused.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import process
from engine.catalogue import N_
from engine.errors import Invalid, Refused
from engine.unit_of_work import Actor, Clock, Sessions, UnitOfWork, reading, utc_now, work
from models.breakdown import Rule, RuleDepartment
from models.evidence import Assignment, Contribution, ContributionState
from models.people import Department, Person, Role, RoleHeld
from models.process import ProcessInstance, WorkItem
from workflows.departments import current, day_of, find_department, find_group, get_department, members_on
from workflows.lifecycle import states
from workflows.lifecycle.cases import case_of
from workflows.lifecycle.words import ASSIST, LEAD, RESPONSIBLE, Step, case_chain

_RANK = {LEAD: 0, RESPONSIBLE: 1, ASSIST: 2}


@dataclass(frozen=True)
class Suggestion:
    """One department the table asks for. `department` is None where the name is not known yet."""

    name: str
    role: str
    department: Department | None
    group: str | None = None


@dataclass(frozen=True)
class AssignmentPlan:
    """Who delivers, in which role (lead, responsible, assist), and until when."""

    departments: tuple[tuple[UUID, str], ...]
    due_at: datetime


@dataclass(frozen=True)
class AssignResult:
    """What became of one case when a whole table was assigned."""

    no: str
    refused: Refused | None


def suggested(session: Session, assignment: Assignment, day: date | None = None) -> list[Suggestion]:
    """Give the departments a rule names, groups expanded to who belongs on a day (today); each once, in its strongest role."""
    found: dict[object, Suggestion] = {}
    on = day or day_of(utc_now())
    for named in assignment.rule.departments:
        for one in _resolved(session, named, on):
            key = one.department.id if one.department else one.name
            kept = found.get(key)
            if kept is None or _RANK[one.role] < _RANK[kept.role]:
                found[key] = one
    return sorted(found.values(), key=lambda one: _RANK[one.role])


def obstacles(session: Session, assignments: Sequence[Assignment]) -> dict[str, Refused]:
    """Say why cases cannot be assigned as the table says, by number; the others are ready. The page asks what the verb enforces."""
    plans: dict[str, tuple[tuple[UUID, str], ...]] = {}
    found: dict[str, Refused] = {}
    for assignment in assignments:
        try:
            plans[assignment.no] = _named_in_table(session, assignment)
        except Invalid as refused:
            found[assignment.no] = refused
    staffed = _staffed(session, {department_id for plan in plans.values() for department_id, _ in plan})
    for no, plan in plans.items():
        try:
            _check_departments(session, plan, staffed)
        except Refused as refused:
            found[no] = refused
    return found


def assign(unit: UnitOfWork, item_id: int, plan: AssignmentPlan) -> Assignment:
    """Hand a case to its departments; each gets a step of its own, in parallel."""
    item = process.take(unit, item_id)
    if item.element != Step.ASSIGN:
        raise Invalid(N_("This case has already been assigned."))
    assignment = case_of(unit.session, item)
    _check_plan(unit, plan)
    for position, (department_id, role) in enumerate(plan.departments):
        unit.session.add(
            Contribution(
                assignment_id=assignment.id,
                department_id=department_id,
                role=role,
                position=position,
                state=ContributionState.COLLECTING,
                round=0,
            )
        )
    assignment.due_at, assignment.assigned_at = plan.due_at, unit.now
    scopes = [str(department_id) for department_id, _ in plan.departments]
    step = process.complete(
        unit, item, "assigned", {"departments": scopes, "due_at": plan.due_at.isoformat()}
    )
    states.refresh(unit, assignment)
    details: dict[str, object] = {
        "departments": [{"id": str(one), "role": role} for one, role in plan.departments],
        "due_at": plan.due_at.isoformat(),
    }
    expanded = _groups(unit.session, assignment, plan, day_of(unit.now))
    if expanded:
        details["groups"] = expanded
    unit.record(case_chain(assignment.no), "case.assigned", details, step.change)
    return assignment


def assign_table(
    sessions: Sessions, actor: Actor, table_id: UUID, due_at: datetime, clock: Clock = utc_now
) -> list[AssignResult]:
    """Assign every waiting case of a table as the table says; each in a transaction of its own, with its result."""
    with reading(sessions) as session:
        waiting = _waiting_in(session, table_id)
    results = []
    for no, item_id in waiting:
        try:
            with work(sessions, actor, clock) as unit:
                assignment = unit.session.scalars(select(Assignment).where(Assignment.no == no)).one()
                assign(unit, item_id, AssignmentPlan(_named_in_table(unit.session, assignment, day_of(unit.now)), due_at))
            results.append(AssignResult(no, None))
        except Refused as refused:
            results.append(AssignResult(no, refused))
    return results


def _resolved(session: Session, named: RuleDepartment, day: date) -> list[Suggestion]:
    if named.is_group:
        group = find_group(session, named.canonical)
        members = members_on(session, group, day) if group else []
        if members:
            return [Suggestion(one.name, named.role, one, named.name) for one in members]
        return [Suggestion(named.name, named.role, None, named.name)]
    department = named.department or find_department(session, named.canonical) or find_department(session, named.name)
    return [Suggestion(named.name, named.role, current(session, department) if department else None)]


def _groups(session: Session, assignment: Assignment, plan: AssignmentPlan, day: date) -> list[dict[str, object]]:
    """Say for the record which of the chosen departments the groups of the rule stood for on the day."""
    chosen = {department_id for department_id, _ in plan.departments}
    found: list[dict[str, object]] = []
    for named in assignment.rule.departments:
        group = find_group(session, named.canonical) if named.is_group else None
        members = [one for one in members_on(session, group, day) if one.id in chosen] if group else []
        if members:
            found.append({"group": named.name, "on": day.isoformat(), "members": [str(one.id) for one in members]})
    return found


def _named_in_table(session: Session, assignment: Assignment, day: date | None = None) -> tuple[tuple[UUID, str], ...]:
    departments = []
    for one in suggested(session, assignment, day):
        if one.department is None:
            raise Invalid(
                N_("{name} is not matched to a department yet. Open the case and choose who delivers."), name=one.name
            )
        departments.append((one.department.id, one.role))
    return tuple(departments)


def _waiting_in(session: Session, table_id: UUID) -> Sequence[tuple[str, int]]:
    query = (
        select(Assignment.no, WorkItem.id)
        .join(Rule, Rule.id == Assignment.rule_id)
        .join(ProcessInstance, ProcessInstance.business_key == Assignment.no)
        .join(WorkItem, WorkItem.instance_id == ProcessInstance.id)
        .where(Rule.table_id == table_id, WorkItem.element == Step.ASSIGN, WorkItem.closed_at.is_(None))
        .order_by(Assignment.no)
    )
    return [(no, item_id) for no, item_id in session.execute(query)]


def _check_plan(unit: UnitOfWork, plan: AssignmentPlan) -> None:
    _check_departments(unit.session, plan.departments, _staffed(unit.session, {one for one, _ in plan.departments}))
    if plan.due_at <= unit.now:
        raise Invalid(N_("The due date is in the past. Choose a later one."))


def _check_departments(session: Session, chosen: Sequence[tuple[UUID, str]], staffed: Collection[UUID]) -> None:
    if not chosen:
        raise Invalid(N_("Choose at least one department that delivers."))
    ids = [department_id for department_id, _ in chosen]
    if len(set(ids)) != len(ids):
        raise Invalid(N_("A department is chosen twice. Keep it once, in one role."))
    if not {role for _, role in chosen} <= set(_RANK):
        raise Invalid(N_("A department leads, is responsible or assists. Choose one of the three."))
    if [role for _, role in chosen].count(LEAD) > 1:
        raise Invalid(N_("Only one department can lead."))
    for department_id in ids:
        department = get_department(session, department_id)
        if not department.active:
            raise Invalid(N_("{name} is switched off. Choose the department that took over."), name=department.name)
        if department_id not in staffed:
            raise Invalid(
                N_("{name} has no collector and separate reviewer yet. Ask the administrator to add them."),
                name=department.name,
            )


def _staffed(session: Session, department_ids: Collection[UUID]) -> frozenset[UUID]:
    """Give those of the departments that have a collector and another person who reviews."""
    query = (
        select(RoleHeld.department_id, RoleHeld.role, Person.id)
        .join(Person)
        .where(RoleHeld.department_id.in_(department_ids), Person.active)
    )
    held: dict[UUID, dict[str, set[UUID]]] = {}
    for department_id, role, person_id in session.execute(query):
        if department_id is not None:
            held.setdefault(department_id, {}).setdefault(role, set()).add(person_id)
    return frozenset(one for one, roles in held.items() if _are_two(roles))


def _are_two(roles: dict[str, set[UUID]]) -> bool:
    collectors, reviewers = roles.get(Role.COLLECTOR, set()), roles.get(Role.DEPARTMENT_REVIEWER, set())
    return bool(collectors) and bool(reviewers) and len(collectors | reviewers) > 1
