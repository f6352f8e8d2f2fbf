"""The gap board (缺项): what each department still owes, by indicator and kind of material; red, amber or green.

While a department gathers, its part is checked as it stands now; once it has handed in, the verdicts of the round
count as they were frozen. The same function judges both (`evidence.completeness`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from engine.unit_of_work import Actor
from models.breakdown import Requirement
from models.evidence import Assignment, Contribution, ContributionState, Submission
from models.people import Department
from workflows.evidence.demands import FIGURE_KINDS, CheckState
from workflows.evidence.gathering import parts
from workflows.visibility import departments_of, sees_everything

_GATHERING = frozenset({ContributionState.COLLECTING, ContributionState.RETURNED})


class Material(StrEnum):
    """The kinds of material an office sorts by (实景图片、说明报告、规范文件、统计表格、数据、其他)."""

    PHOTOS = "photos"
    REPORTS = "reports"
    PAPERS = "papers"
    TABLES = "tables"
    FIGURES = "figures"
    OTHERS = "others"


class Light(StrEnum):
    """Red: something that blocks is missing. Amber: doubtful. Green: met or waived."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


_MATERIALS = {
    "photo_min": Material.PHOTOS, "caption_fields": Material.PHOTOS, "report_chars": Material.REPORTS,
    "document": Material.PAPERS, "scan": Material.PAPERS, "summary": Material.PAPERS, "plan": Material.PAPERS,
    "table": Material.TABLES, **dict.fromkeys(FIGURE_KINDS, Material.FIGURES),
}  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """One requirement of one department and how it stands; `sentence` is a msgid filled with `params`."""

    case_no: str
    title: str
    indicator: str
    department: str
    due_at: datetime | None
    requirement: Requirement
    state: CheckState
    needed: str
    have: str
    sentence: str
    params: Mapping[str, Any]

    @property
    def material(self) -> Material:
        """Give the kind of material asked for."""
        return _MATERIALS.get(self.requirement.kind, Material.OTHERS)

    @property
    def light(self) -> Light:
        """Give its colour."""
        return {CheckState.MISSING: Light.RED, CheckState.WARN: Light.AMBER}.get(self.state, Light.GREEN)


@dataclass(frozen=True)
class Line:
    """One line of the board: a department and an indicator, and what stands under each kind of material."""

    department: str
    indicator: str
    cells: Mapping[Material, Sequence[Gap]]

    def light(self, material: Material) -> Light | None:
        """Give the worst colour of a cell; None where nothing is asked for."""
        lights = {gap.light for gap in self.cells.get(material, ())}
        return next((one for one in Light if one in lights), None)


def gaps(session: Session, actor: Actor, campaign_id: UUID, today: date, department_id: UUID | None = None) -> list[Gap]:
    """Give every requirement of a campaign that this person may see, department by department in the order of the list."""
    contributions = _contributions(session, actor, campaign_id, department_id)
    live = [one.id for one in contributions if one.state in _GATHERING]
    standing = {key: part.checks() for key, part in parts(session, live, today).items()} if live else {}
    frozen = _frozen(session, [one.id for one in contributions if one.state not in _GATHERING])
    asked = _requirements(session, {one.assignment.rule_id for one in contributions})
    found: list[Gap] = []
    for part in contributions:
        verdicts = frozen.get(part.id)
        if verdicts is None:
            verdicts = [(one.requirement_id, one.state, one.needed, one.have, one.sentence, one.params) for one in standing.get(part.id, ())]
        found.extend(_gap(part, asked[key], rest) for key, *rest in verdicts if key in asked)
    return found


def lines(found: Iterable[Gap]) -> list[Line]:
    """Lay gaps out as the board shows them."""
    cells: dict[tuple[str, str], dict[Material, list[Gap]]] = defaultdict(lambda: defaultdict(list))
    for gap in found:
        cells[gap.department, gap.indicator][gap.material].append(gap)
    return [Line(department, indicator, own) for (department, indicator), own in cells.items()]


def open_gaps(found: Iterable[Gap]) -> list[Gap]:
    """Give what is missing or doubtful, what is missing first within its department."""
    order = {CheckState.MISSING: 0, CheckState.WARN: 1}
    known = list(found)
    places = {name: place for place, name in enumerate(dict.fromkeys(gap.department for gap in known))}
    return sorted((gap for gap in known if gap.state in order), key=lambda gap: (places[gap.department], order[gap.state]))


def _gap(part: Contribution, requirement: Requirement, verdict: Sequence[Any]) -> Gap:
    state, needed, have, sentence, params = verdict
    case = part.assignment
    indicator = case.rule.indicator or case.rule.table.title
    return Gap(
        case.no, case.title, indicator, part.department.name, case.due_at, requirement,
        CheckState(state), needed, have, sentence, params,
    )  # fmt: skip


def _contributions(session: Session, actor: Actor, campaign_id: UUID, department_id: UUID | None) -> list[Contribution]:
    query = (
        select(Contribution)
        .join(Contribution.assignment)
        .join(Contribution.department)
        .options(joinedload(Contribution.department), joinedload(Contribution.assignment).joinedload(Assignment.rule))
        .where(Assignment.campaign_id == campaign_id)
        .order_by(Department.position, Department.name, Assignment.no)
    )
    if not sees_everything(actor):
        query = query.where(Contribution.department_id.in_(departments_of(actor)))
    if department_id is not None:
        query = query.where(Contribution.department_id == department_id)
    return list(session.scalars(query))


def _requirements(session: Session, rules: set[UUID]) -> dict[UUID, Requirement]:
    found = session.scalars(select(Requirement).where(Requirement.rule_id.in_(rules)))
    return {one.id: one for one in found}


def _frozen(session: Session, contribution_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    """Give the verdicts of the last round of each part."""
    newest = (
        select(Submission.contribution_id, func.max(Submission.round).label("round"))
        .where(Submission.contribution_id.in_(contribution_ids))
        .group_by(Submission.contribution_id)
        .subquery()
    )
    query = select(Submission.contribution_id, Submission.snapshot["checks"]).join(
        newest, (newest.c.contribution_id == Submission.contribution_id) & (newest.c.round == Submission.round)
    )
    return {
        row[0]: [(UUID(one["requirement"]), one["state"], one["needed"], one["have"], one["sentence"], one["params"]) for one in row[1]]
        for row in session.execute(query)
    }
