"""What proves the place of an event to somebody outside: signed states with their cosignatures, inclusion and consistency."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import tiles
from engine.catalogue import N_
from engine.errors import Conflict, NotFound
from engine.merkle import consistency_path, inclusion_path
from engine.sequencer import newest_checkpoint
from engine.verify import Proof, proof_text
from models.audit import AuditEvent
from models.transparency import AuditCheckpoint, AuditCosignature, AuditLeaf


@dataclass(frozen=True)
class Proven:
    """Events with one signed state of the log and, in their order, the tlog-proof of each."""

    checkpoint: str
    proofs: tuple[str, ...]


def signed_note(session: Session, checkpoint: AuditCheckpoint) -> str:
    """Give a signed state with every cosignature there is under it."""
    query = select(AuditCosignature.line).where(AuditCosignature.size == checkpoint.size).order_by(AuditCosignature.witness)
    return checkpoint.note + "".join(f"{line}\n" for line in session.scalars(query))


def proven(session: Session, events: Sequence[AuditEvent]) -> Proven:
    """Prove events under the newest state cosigned after them, or the newest at all.

    Raises Conflict while one of them has no place in the log yet.
    """
    wanted = select(AuditLeaf.event_id, AuditLeaf.leaf_index).where(AuditLeaf.event_id.in_([event.id for event in events]))
    places = dict(iter(session.execute(wanted)))
    if len(places) < len(events):
        raise Conflict(N_("The newest records do not stand in the log yet. Try again in a moment; if it stays so, see the state of the log on the audit page."))
    checkpoint = _best(session, max(places.values()) + 1)
    note, read = signed_note(session, checkpoint), tiles.reader(session, checkpoint.size)
    paths = [(places[event.id], inclusion_path(read, checkpoint.size, places[event.id])) for event in events]
    return Proven(note, tuple(proof_text(Proof(index, tuple(path), note)) for index, path in paths))


def consistency(session: Session, old: int, new: int) -> list[bytes]:
    """Give the path that shows the log of `new` entries to begin with that of `old`. Raises NotFound for a size it never had."""
    newest = newest_checkpoint(session)
    if not 0 <= old <= new <= (newest.size if newest else 0):
        raise NotFound(N_("The log has no state of {old} and {new} entries."), old=old, new=new)
    return consistency_path(tiles.reader(session, new), old, new)


def _best(session: Session, size: int) -> AuditCheckpoint:
    """Give the newest state that somebody outside cosigned and that holds the first `size` entries, or the newest."""
    cosigned = select(AuditCosignature.size).where(AuditCosignature.size >= size)
    query = select(AuditCheckpoint).where(AuditCheckpoint.size.in_(cosigned)).order_by(AuditCheckpoint.size.desc()).limit(1)
    found = session.scalars(query).first() or newest_checkpoint(session)
    if found is None:
        raise NotFound(N_("The log has no signed state yet."))
    return found
