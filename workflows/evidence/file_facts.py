"""What is known of many files at once, as the checks need it: their words, and where they were handed in before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.evidence import Evidence
from models.photos import FileText
from workflows.evidence.demands import Seen
from workflows.evidence.duplicates import Sighting, seen_in
from workflows.evidence.fixity import damaged_among
from workflows.evidence.report_reading import ReportReading, read_report

_WORDED = frozenset({"pdf", "document", "text", "table"})
_TOTALS = re.compile(r"合\s*计|总\s*计|共\s*计|小\s*计|总\s*数|总\s*人数")


@dataclass(frozen=True)
class FileFacts:
    """Facts by SHA-256 (`has_totals`, `readings`, `damaged`) or by piece of evidence (`seen`)."""

    has_totals: Mapping[str, bool] = field(default_factory=dict)
    readings: Mapping[str, ReportReading] = field(default_factory=dict)
    seen: Mapping[UUID, tuple[Seen, ...]] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()


def facts_of(session: Session, pieces: Sequence[Evidence]) -> FileFacts:
    """Give what is known of the files of these pieces, in a few statements however many there are."""
    texts = _texts(session, {one.file_sha256 for one in pieces if one.file.kind in _WORDED})
    return FileFacts(
        has_totals={key: _TOTALS.search(text) is not None for key, text in texts.items()},
        readings={key: read_report(text) for key, text in texts.items()},
        seen=_seen(session, pieces),
        damaged=damaged_among(session, [one.file_sha256 for one in pieces]),
    )


def _texts(session: Session, digests: set[str]) -> dict[str, str]:
    query = select(FileText.sha256, FileText.text).where(FileText.sha256.in_(digests), FileText.text != "")
    return {row.sha256: row.text for row in session.execute(query)}


def _seen(session: Session, pieces: Sequence[Evidence]) -> Mapping[UUID, tuple[Seen, ...]]:
    """Find where these files, or photos like them, were handed in before; what was taken out there only looks alike."""
    found = seen_in(session, {one.contribution_id for one in pieces}, {one.file_sha256 for one in pieces}) if pieces else {}
    return {
        piece.id: tuple(
            Seen(one.kind is Sighting.SAME_BYTES and not one.removed, one.distance, f"{one.campaign} {one.department}")
            for one in found.get((piece.contribution_id, piece.file_sha256), ())
        )
        for piece in pieces
    }
