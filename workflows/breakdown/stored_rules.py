"""An imported table read back from the database as the document it was saved from: to be written to a file again."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from engine.catalogue import N_
from engine.errors import NotFound
from models.breakdown import BreakdownTable, Requirement, Rule, RuleDepartment, TaskBreakdown
from workflows.breakdown.deadlines import due_of
from workflows.breakdown.shapes import (
    BreakdownDocument,
    BreakdownRow,
    NamedDepartment,
    NamedRequirement,
    ReadTable,
)


def stored_document(session: Session, breakdown_id: UUID) -> BreakdownDocument:
    """Give an import as a document; its doubts were settled when it was imported. Raises NotFound."""
    breakdown = session.get(TaskBreakdown, breakdown_id)
    if breakdown is None:
        raise NotFound(N_("There is no such import."))
    query = (
        select(BreakdownTable)
        .where(BreakdownTable.breakdown_id == breakdown_id)
        .options(
            selectinload(BreakdownTable.rules).options(selectinload(Rule.departments), selectinload(Rule.requirements))
        )
        .order_by(BreakdownTable.position)
    )
    return BreakdownDocument(breakdown.title, tuple(_table(one) for one in session.scalars(query)), ())


def _table(table: BreakdownTable) -> ReadTable:
    return ReadTable(table.title, table.kind, table.points_total, (), tuple(_row(rule) for rule in table.rules), ())


def _row(rule: Rule) -> BreakdownRow:
    return BreakdownRow(
        indicator=rule.indicator,
        item_no=rule.item_no,
        text=rule.text,
        points=rule.points,
        departments=tuple(_department(one) for one in rule.departments),
        advice=rule.advice,
        advice_inherited=rule.advice_inherited,
        deadline=rule.deadline,
        requirements=tuple(_demand(one) for one in rule.requirements if one.removed_at is None),
        warnings=(),
        due=due_of(rule.deadline) if rule.deadline else None,
    )


def _department(named: RuleDepartment) -> NamedDepartment:
    return NamedDepartment(named.name, named.canonical, named.role, named.is_group)


def _demand(requirement: Requirement) -> NamedRequirement:
    return NamedRequirement(
        kind=requirement.kind,
        value=requirement.value,
        unit=requirement.unit,
        bound=requirement.bound,
        per=requirement.per,
        fields=tuple(requirement.fields),
        deadline=requirement.deadline,
        source_phrase=requirement.source_phrase,
        scope=requirement.scope,
        upper=requirement.upper,
        period=requirement.period,
        departments=() if requirement.department is None else (requirement.department.name,),
    )
