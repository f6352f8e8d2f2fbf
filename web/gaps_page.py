"""What the gap board shows: the board by department and indicator, and the list of what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from models.breakdown import Campaign
from models.evidence import Assignment, Contribution
from models.people import Department
from web import moments, words
from web.language import translated
from workflows.gap_export import LIGHT_NAMES, MATERIAL_NAMES, counts
from workflows.gaps import Gap, Light, Line, Material, gaps, lines, open_gaps
from workflows.visibility import departments_of, sees_everything, visible_cases


@dataclass(frozen=True)
class Asked:
    """What the address asks for; empty for everything."""

    campaign: UUID | None
    department: UUID | None
    indicator: str
    light: str


def page(session: Session, actor: Actor, asked: Asked, now: datetime) -> dict[str, Any]:
    """Give what board/gaps.html reads. Raises NotFound for a campaign that is not there."""
    campaign, found = chosen_gaps(session, actor, asked, now)
    indicators = list(dict.fromkeys(gap.indicator for gap in found))
    shown = [gap for gap in found if asked.indicator in {"", gap.indicator}]
    listed = [gap for gap in open_gaps(shown) if asked.light in {"", gap.light.value}]
    return {
        "title": campaign.name if campaign else translated(N_("No campaign yet")),
        "as_of": now,
        "campaigns": _options(_campaigns(session, actor), campaign.id if campaign else None),
        "departments": _options(_departments(session, actor, campaign), asked.department),
        "indicators": [{"value": one, "label": one, "selected": one == asked.indicator} for one in indicators],
        "lights": [
            {"value": one.value, "label": translated(LIGHT_NAMES[one]), "selected": one.value == asked.light}
            for one in (Light.RED, Light.AMBER)
        ],
        "figures": {one.value: sum(gap.light is one for gap in shown) for one in Light},
        "materials": [translated(MATERIAL_NAMES[one]) for one in Material],
        "lines": [_line(line) for line in lines(shown)],
        "gaps": [_gap(gap) for gap in listed],
        "checks": url_for("campaign_checks.index", campaign_id=campaign.id) if campaign else "",
        "xlsx": url_for("gaps.workbook", campaign=asked.campaign, department=asked.department, indicator=asked.indicator or None),
    }


def chosen_gaps(session: Session, actor: Actor, asked: Asked, now: datetime) -> tuple[Campaign | None, list[Gap]]:
    """Give the campaign asked for, the newest with cases by default, and its gaps."""
    campaigns = _campaigns(session, actor)
    if not campaigns:
        return None, []
    chosen = next((one for one in campaigns if one.id == asked.campaign), None)
    if asked.campaign is not None and chosen is None:
        raise NotFound(N_("There is no such campaign. Choose one from the list."))
    campaign = chosen or campaigns[0]
    return campaign, gaps(session, actor, campaign.id, moments.today(now), asked.department)


def _campaigns(session: Session, actor: Actor) -> Sequence[Campaign]:
    own = select(Assignment.campaign_id).where(visible_cases(actor))
    query = select(Campaign).where(Campaign.id.in_(own)).order_by(Campaign.year.desc(), Campaign.created_at.desc())
    return session.scalars(query).all()


def _departments(session: Session, actor: Actor, campaign: Campaign | None) -> Sequence[Department]:
    if campaign is None:
        return ()
    part = select(Contribution.department_id).join(Contribution.assignment).where(Assignment.campaign_id == campaign.id)
    query = select(Department).where(Department.id.in_(part)).order_by(Department.position, Department.name)
    if not sees_everything(actor):
        query = query.where(Department.id.in_(departments_of(actor)))
    return session.scalars(query).all()


def _options(rows: Sequence[Any], selected: UUID | None) -> list[dict[str, Any]]:
    return [{"value": one.id, "label": one.name, "selected": one.id == selected} for one in rows]


def _line(line: Line) -> dict[str, Any]:
    return {"department": line.department, "indicator": line.indicator, "cells": [_cell(line, one) for one in Material]}


def _cell(line: Line, material: Material) -> dict[str, Any]:
    light = line.light(material)
    if light is None:
        return {"light": "", "text": "", "label": translated(MATERIAL_NAMES[material])}
    met, whole = counts(line.cells[material])
    return {
        "light": light.value,
        "word": translated(LIGHT_NAMES[light]),
        "text": f"{met}/{whole}",
        "label": translated(MATERIAL_NAMES[material]),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "department": gap.department,
        "indicator": gap.indicator,
        "no": gap.case_no,
        "href": url_for("items.case", no=gap.case_no),
        "title": gap.title,
        "name": words.requirement_name(gap.requirement),
        "source": gap.requirement.source_phrase,
        "light": gap.light.value,
        "word": translated(LIGHT_NAMES[gap.light]),
        "needed": gap.needed,
        "have": gap.have,
        "sentence": translated(gap.sentence, **gap.params),
        "due": gap.due_at,
    }
