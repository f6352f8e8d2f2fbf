"""What a dossier shows, as plain values for its template, read in one snapshot."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit
from models.audit import AuditEvent
from models.breakdown import Campaign
from models.evidence import Assignment, Decision, Submission
from workflows.dossier import manifest
from workflows.dossier.contents import Matter, Round, matter_of, name_of, round_of
from workflows.dossier.pictures import showable


@dataclass(frozen=True)
class Opinion:
    """One decision in the decider's words; `stage` and `outcome` are those of the diagram."""

    stage: str
    outcome: str
    remark: str
    missing: tuple[str, ...]
    name: str
    at: datetime


@dataclass(frozen=True)
class Heard:
    """One round of one department and everything that was decided on it; `file` is its signed sheet."""

    round: Round
    opinions: tuple[Opinion, ...]
    file: str
    sha256: str


@dataclass(frozen=True)
class Logged:
    """One event of the case's chain: number, moment, who, what, and the hash that seals it and all before it."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    leaf_hash: str


@dataclass(frozen=True)
class DossierContents:
    """Everything a dossier shows and carries.

    `shown` maps evidence to the file of the vault it is shown from; `facts` is the content of `dossier.json`;
    `events` are the canonical bodies of the case's chain, `sheets` the digests of the signed sheets in order.
    """

    organisation: str
    matter: Matter
    archival_code: str
    year: int
    approved: tuple[Round, ...]
    heard: tuple[Heard, ...]
    logged: tuple[Logged, ...]
    shown: dict[str, str]
    facts: dict[str, Any]
    events: tuple[bytes, ...]
    sheets: tuple[str, ...]

    @property
    def at(self) -> datetime:
        """Give the moment of the last event the dossier carries: the date it bears."""
        return self.logged[-1].at

    @property
    def head(self) -> str:
        """Give the hash that seals every event of the case up to the archive step."""
        return self.logged[-1].leaf_hash

    @property
    def code_square(self) -> str:
        """Give the square code of the cover as an SVG data URL: case, number of events, head."""
        square = segno.make(f"juanzong:{self.matter.no}:{len(self.logged)}:{self.head}", error="m", micro=False)
        return str(square.svg_data_uri(border=0, omitsize=True))


def contents_of(session: Session, organisation: str, assignment: Assignment) -> DossierContents:
    """Read what the dossier of a case shows. The archival number must have been taken already."""
    if assignment.archival_code is None:
        message = f"case {assignment.no} has no archival number yet"
        raise ValueError(message)
    events = audit.trail(session, manifest.chain_of(assignment))
    sheets = manifest.sheets_of(session, assignment)
    approved = tuple(manifest.final_rounds(session, assignment))
    digests = [piece.sha256 for one in approved for piece in one.pieces]
    return DossierContents(
        organisation=organisation,
        matter=matter_of(session, assignment),
        archival_code=assignment.archival_code,
        year=session.get_one(Campaign, assignment.campaign_id).year,
        approved=approved,
        heard=tuple(
            Heard(round_of(session, sheet.submission), _opinions(session, sheet.submission), manifest.sheet_file(number), sheet.current_sha256)
            for number, sheet in enumerate(sheets, start=1)
        ),
        logged=tuple(_logged(event) for event in events),
        shown=showable(session, digests),
        facts=manifest.with_events(manifest.facts_of(session, assignment), events),
        events=tuple(event.body for event in events),
        sheets=tuple(sheet.current_sha256 for sheet in sheets),
    )


def _opinions(session: Session, submission: Submission) -> tuple[Opinion, ...]:
    query = select(Decision).where(Decision.submission_id == submission.id).order_by(Decision.decided_at)
    return tuple(
        Opinion(one.stage, one.outcome, one.remark, tuple(one.missing), name_of(session, one.decided_by), one.decided_at)
        for one in session.scalars(query)
    )


def _logged(event: AuditEvent) -> Logged:
    details = json.loads(event.body)["details"]
    return Logged(event.seq, event.recorded_at, event.actor_name, event.action, _subject(details), event.leaf_hash)


def _subject(details: dict[str, Any]) -> str:
    """Say in a word what an event was about, from the facts it records."""
    for key in ("file", "statement", "remark", "reason", "archival_code", "title"):
        if isinstance(details.get(key), str) and details[key]:
            return str(details[key])
    return ""
