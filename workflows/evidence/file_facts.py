"""What is known of many files at once, as the checks need it: their words, and where they were handed in before."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.evidence import Assignment, Contribution, Evidence
from models.people import Department
from models.photos import FileText
from workflows.evidence.demands import Seen
from workflows.evidence.report_reading import ReportReading, read_report

_WORDED = frozenset({"pdf", "document", "text", "table"})
_TOTALS = re.compile(r"合\s*计|总\s*计|共\s*计|小\s*计|总\s*数|总\s*人数")


@dataclass(frozen=True)
class FileFacts:
    """Facts by SHA-256 (`has_totals`, `readings`) or by piece of evidence (`seen`)."""

    has_totals: Mapping[str, bool] = field(default_factory=dict)
    readings: Mapping[str, ReportReading] = field(default_factory=dict)
    seen: Mapping[UUID, tuple[Seen, ...]] = field(default_factory=dict)


def facts_of(session: Session, pieces: Sequence[Evidence]) -> FileFacts:
    """Give what is known of the files of these pieces, in a few statements however many there are."""
    texts = _texts(session, {one.file_sha256 for one in pieces if one.file.kind in _WORDED})
    return FileFacts(
        has_totals={key: _TOTALS.search(text) is not None for key, text in texts.items()},
        readings={key: read_report(text) for key, text in texts.items()},
        seen=_seen(session, [one.id for one in pieces]),
    )


def _texts(session: Session, digests: set[str]) -> dict[str, str]:
    query = select(FileText.sha256, FileText.text).where(FileText.sha256.in_(digests), FileText.text != "")
    return {row.sha256: row.text for row in session.execute(query)}


def _seen(session: Session, evidence_ids: Sequence[UUID]) -> Mapping[UUID, tuple[Seen, ...]]:
    """Find the same bytes handed in earlier for another part; the first one handed in is never told of the later ones."""
    mine, other = aliased(Evidence), aliased(Evidence)
    query = (
        select(mine.id, Assignment.no, Department.name)
        .join(other, (other.file_sha256 == mine.file_sha256) & (other.contribution_id != mine.contribution_id))
        .join(Contribution, Contribution.id == other.contribution_id)
        .join(Assignment, Assignment.id == Contribution.assignment_id)
        .join(Department, Department.id == Contribution.department_id)
        .where(mine.id.in_(evidence_ids), other.removed_at.is_(None), other.created_at < mine.created_at)
        .order_by(other.created_at)
    )
    found: dict[UUID, list[Seen]] = defaultdict(list)
    for evidence_id, no, department in session.execute(query):
        found[evidence_id].append(Seen(same_bytes=True, distance=0, where=f"{no} {department}"))
    return {key: tuple(places) for key, places in found.items()}
