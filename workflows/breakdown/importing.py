"""Import a task table (导入任务分解表): everything in one transaction.

Every scored rule becomes a case with a process of its own, waiting for the creation office to assign it.
Departments the table names and nobody knows yet are added; groups stay groups. The same file imported twice
into a campaign changes nothing.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions, process
from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from models.breakdown import BreakdownTable, Campaign, Requirement, Rule, RuleDepartment, TaskBreakdown
from models.evidence import Assignment, AssignmentState
from models.people import Department
from workflows.breakdown.new_names import known, meet_departments
from workflows.breakdown.shapes import (
    BreakdownDocument,
    BreakdownRow,
    NamedDepartment,
    NamedRequirement,
    ReadTable,
)
from workflows.lifecycle.cases import next_number
from workflows.lifecycle.words import PROCESS_KEY, case_chain

MAX_TITLE = 60
_NUMBER = re.compile(r"^\s*(?:[（(]?\d+[)）、.．]|[①-⑳])\s*")
_SENTENCE_END = re.compile(r"[。；;\n]")


@dataclass(frozen=True)
class SourceFile:
    """The file a document came from."""

    name: str
    sha256: str


@dataclass(frozen=True)
class ImportResult:
    """What an import created; `already` when this file was there before."""

    breakdown_id: UUID
    created: int
    already: bool


def campaign_named(unit: UnitOfWork, name: str) -> Campaign:
    """Find a campaign by name or open it; its year is the one in its name, else this year."""
    clean = campaign_checked(name)
    found = unit.session.scalars(select(Campaign).where(Campaign.name == clean)).one_or_none()
    if found is not None:
        return found
    named = re.search(r"(20\d\d)", clean)
    year = int(named.group(1)) if named else unit.now.year
    campaign = Campaign(
        name=clean,
        year=year,
        starts_on=date(year, 1, 1),
        ends_on=date(year, 12, 31),
        fonds_code="0001",
        created_at=unit.now,
    )
    unit.session.add(campaign)
    unit.session.flush()
    unit.record(_chain(campaign), "campaign.opened", {"name": clean, "year": year})
    return campaign


def campaign_checked(name: str) -> str:
    """Give the name of a campaign trimmed. Raises Invalid for an empty one."""
    clean = name.strip()
    if not clean:
        raise Invalid(N_("A campaign needs a name, such as “2026 civilised city”."))
    return clean


def import_document(
    unit: UnitOfWork, campaign: Campaign, file_name: str, data: bytes, document: BreakdownDocument
) -> ImportResult:
    """Save a document and open a case for every rule. The same bytes twice change nothing."""
    return save_document(unit, campaign, SourceFile(file_name, hashlib.sha256(data).hexdigest()), document)


def save_document(
    unit: UnitOfWork, campaign: Campaign, file: SourceFile, document: BreakdownDocument
) -> ImportResult:
    """Save what was read from a file, or corrected by people since, and open a case for every rule.

    The same bytes twice in a campaign change nothing.
    """
    existing = imported_as(unit.session, campaign.name, file.sha256)
    if existing is not None:
        return ImportResult(existing, 0, already=True)
    breakdown = TaskBreakdown(
        campaign_id=campaign.id,
        title=document.title,
        file_name=file.name,
        file_sha256=file.sha256,
        warnings=[warning.as_json() for warning in document.warnings],
        imported_at=unit.now,
        imported_by=unit.actor.id,
    )
    unit.session.add(breakdown)
    unit.session.flush()
    meet_departments(unit, document)
    rules = [rule for position, table in enumerate(document.tables) for rule in _save_table(unit, breakdown, position, table)]
    unit.session.flush()
    for rule in rules:
        _open_case(unit, campaign, rule)
    details = {"file": file.name, "sha256": file.sha256, "tables": len(document.tables), "cases": len(rules)}
    unit.record(_chain(campaign), "task_breakdown.imported", details)
    return ImportResult(breakdown.id, len(rules), already=False)


def imported_as(session: Session, campaign_name: str, sha256: str) -> UUID | None:
    """Give the import that a file became in a campaign, or None."""
    query = (
        select(TaskBreakdown.id)
        .join(Campaign)
        .where(Campaign.name == campaign_name.strip(), TaskBreakdown.file_sha256 == sha256)
    )
    return session.scalars(query).first()


def case_title(text: str, indicator: str) -> str:
    """Give a case a short title: the first sentence of its rule, without the number before it."""
    bare = _NUMBER.sub("", text.strip())
    first = _SENTENCE_END.split(bare, maxsplit=1)[0].strip() or indicator or bare
    return first if len(first) <= MAX_TITLE else first[: MAX_TITLE - 1] + "…"


def _chain(campaign: Campaign) -> str:
    return f"campaign:{campaign.id}"


def _save_table(unit: UnitOfWork, breakdown: TaskBreakdown, position: int, table: ReadTable) -> list[Rule]:
    stored = BreakdownTable(
        breakdown_id=breakdown.id,
        position=position,
        title=table.title,
        kind=table.kind,
        points_total=table.points_total,
        warnings=[warning.as_json() for warning in table.warnings],
    )
    unit.session.add(stored)
    unit.session.flush()
    return [_save_rule(unit, stored, number, row) for number, row in enumerate(table.rows)]


def _save_rule(unit: UnitOfWork, table: BreakdownTable, position: int, row: BreakdownRow) -> Rule:
    rule = Rule(
        table_id=table.id,
        position=position,
        indicator=row.indicator,
        item_no=row.item_no,
        text=row.text,
        points=row.points,
        advice=row.advice,
        advice_inherited=row.advice_inherited,
        deadline=row.deadline,
        warnings=[warning.as_json() for warning in row.warnings],
    )
    rule.departments = [_as_named(unit, number, one) for number, one in enumerate(row.departments)]
    asked = [one for demand in row.requirements for one in _of_each(rule, demand)]
    rule.requirements = [_as_demanded(unit, number, *one) for number, one in enumerate(asked)]
    unit.session.add(rule)
    return rule


def _as_named(unit: UnitOfWork, position: int, named: NamedDepartment) -> RuleDepartment:
    return RuleDepartment(
        position=position,
        name=named.name,
        canonical=named.canonical,
        role=named.role,
        is_group=named.group,
        department=None if named.group else known(unit.session, named),
    )


def _of_each(rule: Rule, demand: NamedRequirement) -> list[tuple[NamedRequirement, Department | None]]:
    """Give a demand once for each department it is asked of; once for all where it names none that is known."""
    known = {one.canonical: one.department for one in rule.departments}
    found = [department for name in demand.departments if (department := known.get(name)) is not None]
    return [(demand, one) for one in found] if len(found) == len(demand.departments) and found else [(demand, None)]


def _as_demanded(
    unit: UnitOfWork, position: int, demand: NamedRequirement, department: Department | None
) -> Requirement:
    added, changed = demand.added, demand.changed
    return Requirement(
        position=position,
        origin="table" if added is None else "person",
        kind=demand.kind,
        value=demand.value,
        unit=demand.unit,
        bound=demand.bound,
        per=demand.per,
        fields=list(demand.fields),
        deadline=demand.deadline,
        source_phrase=demand.source_phrase,
        scope=demand.scope,
        upper=demand.upper,
        period=demand.period,
        department=department,
        created_at=unit.now if added is None else added.at,
        created_by=unit.actor.id if added is None else added.person,
        changed_at=None if changed is None else changed.at,
        changed_by=None if changed is None else changed.person,
    )


def _open_case(unit: UnitOfWork, campaign: Campaign, rule: Rule) -> None:
    version = definitions.latest(unit.session, PROCESS_KEY)
    no = next_number(unit, campaign.year)
    title = case_title(rule.text, rule.indicator)
    step = process.start(unit, version, no, {})
    unit.session.add(
        Assignment(
            no=no,
            campaign_id=campaign.id,
            rule_id=rule.id,
            title=title,
            state=AssignmentState.NOT_ASSIGNED,
            created_at=unit.now,
        )
    )
    details = {"rule": str(rule.id), "title": title, "process": f"{version.key} v{version.version}"}
    unit.record(case_chain(no), "case.opened", details, step.change)
