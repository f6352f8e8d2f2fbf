"""What papers say: the matter of a case and a round handed in, as plain values for the templates.

Everything about a round comes from its frozen snapshot, so a paper drawn later says what one drawn at once
would have said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import translate
from models.breakdown import Campaign, Requirement
from models.evidence import Assignment, Submission
from models.people import Person
from workflows.breakdown.wording import title
from workflows.departments import day_of, name_on


@dataclass(frozen=True)
class Matter:
    """What a case is about, as the task table says it."""

    no: str
    title: str
    campaign: str
    table: str
    indicator: str
    item_no: str
    rule: str
    points: Decimal | None


@dataclass(frozen=True)
class Check:
    """One requirement as it stood when the round was handed in; `state` is ok, warn or waived."""

    phrase: str
    needed: str
    have: str
    state: str
    sentence: str


@dataclass(frozen=True)
class Piece:
    """One file of a round: `requirement` is the phrase it was filed under, or empty; `size` is in bytes.

    `taken_at` is what the camera wrote into a photo.
    """

    sha256: str
    name: str
    kind: str
    media_type: str
    size: int
    requirement: str
    caption: tuple[tuple[str, str], ...]
    description: str
    event_date: str | None
    taken_at: datetime | None


@dataclass(frozen=True)
class Round:
    """One submission of one department."""

    submission_id: UUID
    department: str
    role: str
    number: int
    submitter: str
    submitted_at: datetime
    statement: str
    checks: tuple[Check, ...]
    pieces: tuple[Piece, ...]
    links: tuple[tuple[str, str], ...] = ()  # title and address


def matter_of(session: Session, assignment: Assignment) -> Matter:
    """Give what a case is about."""
    rule = assignment.rule
    return Matter(
        no=assignment.no,
        title=assignment.title,
        campaign=session.get_one(Campaign, assignment.campaign_id).name,
        table=rule.table.title,
        indicator=rule.indicator,
        item_no=rule.item_no,
        rule=rule.text,
        points=rule.points,
    )


def round_of(session: Session, submission: Submission) -> Round:
    """Give a round as it was handed in."""
    contribution = submission.contribution
    wanted = _requirements(session, contribution.assignment)
    return Round(
        submission_id=submission.id,
        department=name_on(contribution.department, day_of(submission.submitted_at)),
        role=contribution.role,
        number=submission.round,
        submitter=name_of(session, submission.submitted_by),
        submitted_at=submission.submitted_at,
        statement=submission.statement,
        checks=tuple(_check(one, wanted) for one in submission.snapshot["checks"]),
        pieces=tuple(_piece(one, wanted) for one in submission.snapshot["evidence"]),
        links=tuple((one["title"], one["url"]) for one in submission.snapshot.get("links", ())),
    )


def name_of(session: Session, person_id: UUID) -> str:
    """Give the name of a person; nobody is ever deleted."""
    return session.get_one(Person, person_id).name


def _requirements(session: Session, assignment: Assignment) -> dict[str, Requirement]:
    query = select(Requirement).where(Requirement.rule_id == assignment.rule_id).order_by(Requirement.position)
    return {str(one.id): one for one in session.scalars(query)}


def _named(one: Requirement) -> str:
    """Name a requirement by the words of the table; what people added of their own has none there."""
    return one.source_phrase or title(one, "zh")


def _check(frozen: Mapping[str, Any], wanted: Mapping[str, Requirement]) -> Check:
    sentence = translate("zh", frozen["sentence"], **frozen["params"])
    phrase = _named(wanted[frozen["requirement"]])
    return Check(phrase, frozen["needed"], frozen["have"], frozen["state"], sentence)


def _piece(frozen: Mapping[str, Any], wanted: Mapping[str, Requirement]) -> Piece:
    return Piece(
        sha256=frozen["sha256"],
        name=frozen["name"],
        kind=frozen["kind"],
        media_type=frozen["media_type"],
        size=frozen["size"],
        requirement=_named(wanted[frozen["requirement"]]) if frozen["requirement"] else "",
        caption=(*_ordered(frozen["caption"], wanted), *_placed(frozen)),
        description=frozen["description"],
        event_date=frozen["event_date"],
        taken_at=datetime.fromisoformat(frozen["taken_at"]) if frozen["taken_at"] else None,
    )


def _placed(frozen: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give what a piece shows of what is counted, and which page of which official paper it is; rounds of old say neither."""
    paper = frozen.get("paper") or {}
    told = (
        ("所属", frozen.get("subject")), ("页面", frozen.get("page_role")), ("文号", paper.get("number")),
        ("发文机关", paper.get("issuer")), ("发文日期", paper.get("issued_on")), ("文件标题", paper.get("title")), ("引用说明", frozen.get("reuse")),
    )  # fmt: skip
    marks = tuple(("标注", _mark(one)) for one in frozen.get("marks", ()))
    return (*((name, str(text)) for name, text in told if text), *marks)


def _mark(mark: Mapping[str, Any]) -> str:
    """Say where a passage is marked and what it says: 第2页 “全年开展活动12场次”（对应第3项）."""
    page = f"第{mark['page']}页" if mark["page"] else ""
    quote = f"“{mark['quote']}”" if mark["quote"] else ""
    note = f"（{mark['note']}）" if mark["note"] else ""
    return " ".join(part for part in (page, quote + note) if part) or "已标注"


def _ordered(caption: Sequence[Sequence[str]], wanted: Mapping[str, Requirement]) -> tuple[tuple[str, str], ...]:
    """Put the fields of a caption into the order the table names them in; the database keeps none."""
    named = [field for one in wanted.values() for field in one.fields]
    pairs = [(str(field), str(text)) for field, text in caption if str(text).strip()]
    return tuple(sorted(pairs, key=lambda pair: named.index(pair[0]) if pair[0] in named else len(named)))
