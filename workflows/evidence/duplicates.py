"""Duplicates (重复): where a file, or a photo like it, was handed in before; in any case, campaign or year, removed or not.

A reuse that is declared with its reason (引用) is a cross-reference and no duplicate. Who may not see the other case
learns that and where the file is used, not what it shows (`may_look`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, false, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.unit_of_work import Actor
from models.breakdown import Campaign
from models.evidence import Assignment, Contribution, Evidence
from models.people import Department
from models.photos import PhotoPair
from workflows.visibility import departments_of, sees_everything

_Found = Row[*tuple[Any, ...]]


class Sighting(StrEnum):
    """How a file is the same as another: the same bytes, or a photo that looks alike."""

    SAME_BYTES = "same_bytes"
    ALIKE = "alike"


@dataclass(frozen=True)
class SeenBefore:
    """One place where the same or a like file was handed in.

    `distance`: in how many of 64 bits the photos differ, 0 for the same bytes; `turned`: one is the other turned or
    mirrored; `evidence`, `department_id`: of the other place; `uploaded_at`: when it was handed in there.
    """

    kind: Sighting
    distance: int
    evidence: UUID
    case_no: str
    department: str
    campaign: str
    uploaded_at: datetime
    removed: bool
    turned: bool
    sha256: str
    file_name: str
    department_id: UUID
    contribution_id: UUID
    later: bool


def seen_before(session: Session, sha256: str, contribution_id: UUID) -> list[SeenBefore]:
    """Give where this file or one like it was handed in before this part of a case had it; see `seen_in`."""
    return seen_in(session, [contribution_id], {sha256}).get((contribution_id, sha256), [])


def seen_in(
    session: Session, contribution_ids: Collection[UUID], digests: Collection[str] | None = None, *, later: bool = False
) -> Mapping[tuple[UUID, str], list[SeenBefore]]:
    """Give what was handed in before, by part of a case and digest, with two statements however many there are.

    `digests` None: of everything the parts have now. `later`: also what was handed in after it; whoever was first is
    not blamed for others, but may know. Not told: the same bytes elsewhere in the same part, what the part
    itself has removed, and reuse that one of the two declared. The same bytes come first, then the most alike.
    """
    wanted = _wanted(session, contribution_ids, digests)
    others = _others(session, {sha256 for _, sha256 in wanted})
    found: dict[tuple[UUID, str], list[SeenBefore]] = {}
    for key, declared in wanted.items():
        seen = [_seen(one, declared) for one in others[key[1]] if not _passed_over(key, one, declared)]
        told = [one for one in seen if later or not one.later]
        if told:
            found[key] = told
    return found


def may_look(actor: Actor, seen: SeenBefore) -> bool:
    """Say whether this person may see the other file itself, its name and its case."""
    return sees_everything(actor) or seen.department_id in departments_of(actor)


@dataclass(frozen=True)
class _Declared:
    """What the pieces of one part with one file are declared to be taken over from: pieces, and their files.

    `first`: when the first of them was handed in, with its id, which decides at the same moment; None: not yet.
    """

    pieces: frozenset[UUID]
    own: frozenset[UUID]
    files: frozenset[str]
    first: tuple[datetime, UUID] | None


def _wanted(
    session: Session, contribution_ids: Collection[UUID], digests: Collection[str] | None
) -> dict[tuple[UUID, str], _Declared]:
    source = aliased(Evidence)
    query = (
        select(Evidence.id, Evidence.contribution_id, Evidence.file_sha256, Evidence.reused_from, Evidence.created_at, source.file_sha256.label("source"))
        .join(source, source.id == Evidence.reused_from, isouter=True)
        .where(Evidence.contribution_id.in_(contribution_ids), Evidence.removed_at.is_(None))
    )
    if digests is not None:
        query = query.where(Evidence.file_sha256.in_(digests))
    rows: dict[tuple[UUID, str], list[_Found]] = defaultdict(list)
    for row in session.execute(query):
        rows[row.contribution_id, row.file_sha256].append(row)
    asked = set(rows) | {(part, sha256) for part in contribution_ids for sha256 in digests or ()}
    return {key: _declared(rows.get(key, [])) for key in asked}


def _declared(rows: Collection[_Found]) -> _Declared:
    # Several pieces with one file (for several requirements): each has to be declared, or none is.
    whole = all(row.reused_from is not None for row in rows)
    return _Declared(
        frozenset(row.reused_from for row in rows if whole and row.reused_from is not None),
        frozenset(row.id for row in rows),
        frozenset(row.source for row in rows if whole and row.source is not None),
        min(((row.created_at, row.id) for row in rows), default=None),
    )


def _others(session: Session, digests: Collection[str]) -> Mapping[str, list[_Found]]:
    found: dict[str, list[_Found]] = defaultdict(list)
    for row in session.execute(_query(digests)):
        found[row.asked].append(row)
    return found


def _query(digests: Collection[str]) -> Select[*tuple[Any, ...]]:
    same = (
        select(
            Evidence.file_sha256.label("asked"), Evidence.file_sha256.label("other"), literal(-1).label("distance"),
            false().label("turned"),
        )
        .where(Evidence.file_sha256.in_(digests))
        .distinct()
    )  # fmt: skip
    alike = select(PhotoPair.sha256, PhotoPair.other_sha256, PhotoPair.distance, PhotoPair.turned).where(
        PhotoPair.sha256.in_(digests)
    )
    pairs = union_all(same, alike).subquery()
    return (
        select(
            pairs.c.asked, pairs.c.distance, pairs.c.turned, Evidence.id, Evidence.reused_from, Evidence.contribution_id,
            Evidence.file_sha256, Evidence.file_name, Evidence.created_at, Evidence.removed_at,
            Assignment.no, Department.id.label("department_id"), Department.name.label("department"),
            Campaign.name.label("campaign"),
        )
        .select_from(pairs)
        .join(Evidence, Evidence.file_sha256 == pairs.c.other)
        .join(Contribution, Contribution.id == Evidence.contribution_id)
        .join(Assignment, Assignment.id == Contribution.assignment_id)
        .join(Department, Department.id == Contribution.department_id)
        .join(Campaign, Campaign.id == Assignment.campaign_id)
        .order_by(pairs.c.distance, Evidence.created_at, Evidence.id)
    )  # fmt: skip


def _passed_over(key: tuple[UUID, str], other: _Found, declared: _Declared) -> bool:
    part, sha256 = key
    if other.contribution_id == part and (other.removed_at is not None or other.file_sha256 == sha256):
        return True
    if other.id in declared.pieces or other.file_sha256 in declared.files:
        return True
    return other.reused_from in declared.own


def _seen(row: _Found, declared: _Declared) -> SeenBefore:
    return SeenBefore(
        kind=Sighting.SAME_BYTES if row.distance < 0 else Sighting.ALIKE,
        distance=max(0, row.distance),
        evidence=row.id,
        case_no=row.no,
        department=row.department,
        campaign=row.campaign,
        uploaded_at=row.created_at,
        removed=row.removed_at is not None,
        turned=row.turned,
        sha256=row.file_sha256,
        file_name=row.file_name,
        department_id=row.department_id,
        contribution_id=row.contribution_id,
        later=declared.first is not None and (row.created_at, row.id) > declared.first,
    )
