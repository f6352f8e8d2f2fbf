"""What the import pages show: earlier imports, every row of a preview with its doubts, what an import made."""

from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from engine.catalogue import N_
from engine.errors import NotFound
from models.breakdown import BreakdownTable, Campaign, Rule, TaskBreakdown
from models.evidence import Assignment, AssignmentState
from web import words
from web.language import translated
from workflows.breakdown.document import BreakdownDocument, NamedDepartment, NamedRequirement, ReadWarning
from workflows.breakdown.importing import ImportPreview, PreviewRow, PreviewTable, preview

_MOST_SHOWN = 50


def start(session: Session) -> dict[str, Any]:
    """Give the known campaigns, newest first, and the last imports."""
    cases = (
        select(func.count(Rule.id))
        .join(BreakdownTable, BreakdownTable.id == Rule.table_id)
        .where(BreakdownTable.breakdown_id == TaskBreakdown.id)
        .scalar_subquery()
    )
    query = (
        select(TaskBreakdown, cases)
        .join(TaskBreakdown.campaign)
        .options(contains_eager(TaskBreakdown.campaign))
        .order_by(TaskBreakdown.imported_at.desc())
        .limit(_MOST_SHOWN)
    )
    campaigns = session.scalars(select(Campaign.name).order_by(Campaign.created_at.desc())).all()
    return {
        "campaigns": list(campaigns),
        "imports": [
            {
                "file_name": one.file_name,
                "campaign": one.campaign.name,
                "at": one.imported_at,
                "rows": count,
                "href": url_for("imports.done", breakdown_id=one.id),
            }
            for one, count in session.execute(query)
        ],
    }


def previewed(session: Session, campaign: str, data: bytes, document: BreakdownDocument) -> dict[str, Any]:
    """Give every row a file would become, with its doubts."""
    found = preview(session, campaign, data, document)
    tables = [_table(one) for one in found.tables]
    return {
        "already": found.already_imported,
        "count": found.cases,
        "doubtful": sum(1 for table in tables for row in table["rows"] if row["doubts"]),
        "warnings": [*_announced(found), *(_sentence(warning) for warning in document.warnings)],
        "tables": tables,
    }


def imported(session: Session, breakdown_id: UUID) -> dict[str, Any]:
    """Give what an import made. Raises NotFound."""
    found = session.get(TaskBreakdown, breakdown_id, options=[joinedload(TaskBreakdown.campaign)])
    if found is None:
        raise NotFound(N_("There is no such import."))
    waiting = func.count().filter(Assignment.state == AssignmentState.NOT_ASSIGNED)
    query = (
        select(BreakdownTable, func.count(Assignment.id), waiting)
        .outerjoin(Rule, Rule.table_id == BreakdownTable.id)
        .outerjoin(Assignment, Assignment.rule_id == Rule.id)
        .where(BreakdownTable.breakdown_id == breakdown_id)
        .group_by(BreakdownTable.id)
        .order_by(BreakdownTable.position)
    )
    tables = [
        {
            "title": table.title or translated(N_("Table {n}"), n=table.position + 1),
            "rows": rows,
            "unassigned": unassigned,
            "assign_href": url_for("assignments.table", table_id=table.id),
        }
        for table, rows, unassigned in session.execute(query)
    ]
    return {
        "file_name": found.file_name,
        "campaign": found.campaign.name,
        "created": sum(table["rows"] for table in tables),
        "tables": tables,
    }


def _announced(found: ImportPreview) -> list[str]:
    rows = [row for table in found.tables for row in table.rows]
    new = list(dict.fromkeys(name for row in rows for name in row.new_departments))
    groups = list(dict.fromkeys(name for row in rows for name in row.empty_groups))
    comma = translated(N_(", "))
    sentences = []
    if new:
        text = N_("Not known yet, added by the import: {names}. If one of them has another name here, add the alias first.")
        sentences.append(translated(text, names=comma.join(new)))
    if groups:
        text = N_("Groups without members: {names}. Say in the departments whom they stand for before you assign.")
        sentences.append(translated(text, names=comma.join(groups)))
    return sentences


def _table(one: PreviewTable) -> dict[str, Any]:
    table = one.table
    return {
        "title": table.title,
        "kind": translated(words.TABLE_KINDS.get(table.kind, words.TABLE_KINDS["unknown"])),
        "points_total": words.number(table.points_total),
        "points_sum": words.number(one.points_sum),
        "points_agree": table.points_total is None or table.points_total == one.points_sum,
        "warnings": [_sentence(warning) for warning in table.warnings],
        "rows": [_row(row) for row in one.rows],
    }


def _row(one: PreviewRow) -> dict[str, Any]:
    row = one.row
    return {
        "item_no": row.item_no,
        "indicator": row.indicator,
        "text": row.text,
        "points": None if row.points is None else words.number(row.points),
        "departments": [_department(named, one) for named in row.departments],
        "requirements": [_demand(requirement) for requirement in row.requirements],
        "deadline": row.deadline,
        "doubts": [translated(warning.message, **warning.params) for warning in row.warnings],
    }


def _demand(requirement: NamedRequirement) -> str:
    name = words.requirement_name(requirement)
    phrase = requirement.source_phrase
    return translated(N_("{name}: “{phrase}”"), name=name, phrase=phrase) if phrase else name


def _department(named: NamedDepartment, row: PreviewRow) -> dict[str, Any]:
    unknown = row.empty_groups if named.group else row.new_departments
    plain = named.role == "responsible"
    return {
        "name": named.name,
        "role": "" if plain else translated(words.PART_ROLES.get(named.role, words.PART_ROLES["responsible"])),
        "group": named.group,
        "known": named.canonical not in unknown,
    }


def _sentence(warning: ReadWarning) -> str:
    place = translated(warning.place.msgid, **warning.place.params)
    return translated(N_("{place}: {text}"), place=place, text=translated(warning.message, **warning.params))
