"""Saving a draft (存草稿): everything typed on the collecting page, kept in one command.

Only what differs from what is stored is written and recorded, so saving twice leaves one trace.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from models.evidence import Answer, Evidence
from workflows.evidence import drafts
from workflows.evidence.demands import Figure
from workflows.evidence.drafts import Description, Desk
from workflows.evidence.gathering import current_evidence

#: Characters of the statement to the reviewers; it is printed on the approval sheet.
MAX_STATEMENT = 5_000
#: What the column holds: 7 digits before the point and 3 after it.
_FIGURE = re.compile(r"-?\d{1,7}(\.\d{1,3})?")


@dataclass(frozen=True)
class Draft:
    """What was typed, by evidence or requirement; what is left out stays as it is. A figure of None is taken back.

    `shared`: caption fields for all photos of a requirement at once; they fill only what is empty.
    """

    statement: str | None = None
    captions: Mapping[UUID, Mapping[str, str]] = field(default_factory=dict)
    descriptions: Mapping[UUID, str] = field(default_factory=dict)
    dates: Mapping[UUID, date | None] = field(default_factory=dict)
    figures: Mapping[UUID, Decimal | None] = field(default_factory=dict)
    shared: Mapping[UUID, Mapping[str, str]] = field(default_factory=dict)


def save(unit: UnitOfWork, item_id: int, draft: Draft) -> None:
    """Keep a draft. Words about a file that a colleague has removed meanwhile go with the file.

    Raises as `drafts.desk` does, and Invalid for a text that is too long.
    """
    place = drafts.desk(unit, item_id)
    for evidence in current_evidence(unit.session, place.contribution):
        drafts.describe_at(unit, place, evidence, _described(draft, evidence))
    _save_figures(unit, place, draft.figures)
    if draft.statement is not None:
        _save_statement(unit, place, draft.statement)


def parsed_figure(text: str, unit_name: str | None) -> Decimal | None:
    """Read a figure as people type it: `95`, `９５％`, `1,200 平方米`; None for nothing. Raises Invalid."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace(" ", "")
    for ending in (unicodedata.normalize("NFKC", unit_name or ""), "%"):
        plain = plain.removesuffix(ending) if ending else plain
    if not plain:
        return None
    if not _FIGURE.fullmatch(plain):
        raise Invalid(N_("“{text}” is not a number. Write it like 95 or 95.5."), text=text.strip()[:40])
    return Decimal(plain)


def _described(draft: Draft, evidence: Evidence) -> Description:
    typed = {name: text.strip() for name, text in draft.captions.get(evidence.id, {}).items()}
    caption = {name: text for name, text in {**evidence.caption, **typed}.items() if text}
    if evidence.requirement_id is not None and evidence.file.kind == "photo":
        caption = {**draft.shared.get(evidence.requirement_id, {}), **caption}
    return Description(
        caption,
        draft.descriptions.get(evidence.id, evidence.description).strip(),
        draft.dates.get(evidence.id, evidence.event_date),
    )


def _save_figures(unit: UnitOfWork, place: Desk, figures: Mapping[UUID, Decimal | None]) -> None:
    stored = select(Answer).where(Answer.contribution_id == place.contribution.id)
    before = {answer.requirement_id: answer.value for answer in unit.session.scalars(stored)}
    for requirement_id, value in figures.items():
        if value == before.get(requirement_id):
            continue
        if value is None:
            drafts.withdraw_figure_at(unit, place, requirement_id)
        else:
            drafts.state_figure_at(unit, place, requirement_id, Figure(value))


def _save_statement(unit: UnitOfWork, place: Desk, statement: str) -> None:
    text = statement.strip()
    drafts.check_length(text, MAX_STATEMENT)
    if text == place.contribution.statement_draft:
        return
    place.contribution.statement_draft = text
    # The words themselves enter the log when they are submitted; until then their digest is enough.
    details = {"characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    drafts.record(unit, place, "statement.drafted", details)
