"""The bundle of a case for an auditor: its chain, the proofs, every file an event names, certificates, the verifier."""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit, bundle, proofs, sequencer
from engine.audit import timestamp
from engine.bundle import Part, bytes_part, text_part
from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Clock, Sessions, reading, utc_now
from engine.verify import digests_in
from models.audit import AuditEvent
from models.evidence import Assignment, Contribution, Evidence
from models.transparency import AuditWitness
from workflows.evidence.vault import Damaged, Vault
from workflows.facilities import Facilities
from workflows.lifecycle.words import case_chain

_EXPLAINED = Path(__file__).parent / "templates" / "bundle.txt"
_PLAIN_ENDING = re.compile(r"\.[a-z0-9]{1,5}")
PDF = ".pdf"


@dataclass(frozen=True)
class CaseBundle:
    """The files of a bundle in their order, and the digests events name that the vault no longer has."""

    parts: tuple[Part, ...]
    lost: tuple[str, ...]


def case_bundle(sessions: Sessions, facilities: Facilities, no: str, clock: Clock = utc_now) -> CaseBundle:
    """Gather the bundle of a case. Raises NotFound, LogDiverged, and Conflict while its newest event has no place in the log."""
    log = facilities.log
    sequencer.sequence_all(sessions, log, clock)
    with reading(sessions) as session:
        events = audit.trail(session, case_chain(no))
        if not events:
            raise NotFound(N_("There is no case {no}."), no=no)
        proven = proofs.proven(session, events)
        found, lost = _files(session, facilities.vault, no, events)
        witnesses = "".join(f"{one.vkey}\n" for one in session.scalars(select(AuditWitness).order_by(AuditWitness.name)))
    parts = [
        bytes_part("events.jsonl", b"".join(event.body + b"\n" for event in events)),
        text_part("checkpoint.txt", proven.checkpoint),
        text_part("keys/log.txt", f"{log.key.vkey}\n"),
        text_part("keys/witnesses.txt", witnesses),
        *(text_part(f"proofs/{seq:06d}.tlog-proof", proof) for seq, proof in enumerate(proven.proofs, start=1)),
        *found,
        *_certificates(facilities.authority_dir),
    ]
    tags = [bundle.verifier(), bytes_part("说明.txt", _EXPLAINED.read_bytes())]
    facts = [
        ("Source-Organization", facilities.organisation),
        ("External-Identifier", no),
        ("Bagging-Date", clock().date().isoformat()),
        ("Chain-Head", f"{len(events)} {events[-1].leaf_hash}"),
        ("Last-Event", timestamp(events[-1].recorded_at)),
    ]
    return CaseBundle(tuple(bundle.bag_of(parts, tags, facts)), lost)


def _files(session: Session, vault: Vault, no: str, events: list[AuditEvent]) -> tuple[list[Part], tuple[str, ...]]:
    endings = _endings(session, no)
    parts, lost = [], []
    for digest in dict.fromkeys(digest for event in events for digest in digests_in(event.body)):
        try:
            stored = vault.check(digest)
        except Damaged:
            lost.append(digest)
        else:
            parts.append(Part(f"files/{digest}{endings.get(digest, PDF)}", stored.size, partial(vault.open, digest)))
    return parts, tuple(lost)


def _endings(session: Session, no: str) -> dict[str, str]:
    """Give the ending of the name every evidence file came with; a file that is none of them is a paper of ours."""
    query = (
        select(Evidence.file_sha256, Evidence.file_name)
        .join(Contribution, Contribution.id == Evidence.contribution_id)
        .join(Assignment, Assignment.id == Contribution.assignment_id)
        .where(Assignment.no == no)
    )
    found = {digest: Path(name).suffix.lower() for digest, name in session.execute(query)}
    return {digest: ending if _PLAIN_ENDING.fullmatch(ending) else "" for digest, ending in found.items()}


def _certificates(folder: Path) -> list[Part]:
    return [bytes_part(f"certificates/{one.name}", one.read_bytes()) for one in sorted(folder.glob("*.pem"))]
