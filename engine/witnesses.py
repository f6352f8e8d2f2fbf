"""Witnesses: people outside who watch that the log only grows, and say so with a signature of their own.

The office writes a request (c2sp.org/tlog-witness) to a file; the witness answers with `verify.py witness cosign` on
a machine of its own, which keeps the last state it saw; the office records the line that comes back.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select

from engine import proofs
from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.sequencer import newest_checkpoint
from engine.unit_of_work import UnitOfWork
from engine.verify import (
    WITNESS_KEY,
    Key,
    Note,
    Unreadable,
    cosigned_at,
    read_checkpoint,
    read_key,
    read_note,
    request_text,
    signature_line,
)
from models.transparency import AuditCheckpoint, AuditCosignature, AuditWitness

CHAIN = "audit"


def add_witness(unit: UnitOfWork, vkey: str) -> AuditWitness:
    """Take in a witness by its public key. Raises Invalid when it is no key of a witness, Conflict when the name is taken."""
    try:
        key = read_key(vkey)
    except Unreadable as problem:
        raise Invalid(N_("This is no public key of a witness. Give the line that “verify.py witness new” printed.")) from problem
    if key.kind != WITNESS_KEY:
        raise Invalid(N_("This is no public key of a witness. Give the line that “verify.py witness new” printed."))
    if unit.session.get(AuditWitness, key.name) is not None:
        raise Conflict(N_("There is a witness {name} already. A new key needs a new name."), name=key.name)
    witness = AuditWitness(name=key.name, vkey=key.vkey, added_at=unit.now)
    unit.session.add(witness)
    unit.record(CHAIN, "witness.added", {"name": key.name, "vkey": key.vkey})
    return witness


def request_for(unit: UnitOfWork, name: str) -> str:
    """Write what a witness is asked to cosign: the newest state, with the proof that it goes on from the last one it signed."""
    _witness(unit, name)
    newest = newest_checkpoint(unit.session)
    if newest is None:
        raise NotFound(N_("The log has no signed state yet."))
    last = unit.session.scalar(select(func.max(AuditCosignature.size)).where(AuditCosignature.witness == name)) or 0
    unit.record(CHAIN, "witness.asked", {"name": name, "size": newest.size})
    return request_text(last, proofs.consistency(unit.session, last, newest.size), newest.note)


def record_cosignatures(unit: UnitOfWork, note: str) -> list[AuditCosignature]:
    """Take in a state that witnesses cosigned; the cosignatures that are new.

    Raises Invalid when it is no state this log signed, or a line under it is wrong or of nobody known.
    """
    try:
        cosigned = read_note(note)
        size = read_checkpoint(cosigned.text).size
    except Unreadable as problem:
        raise Invalid(N_("This is no cosigned state. Give the file the witness wrote, unchanged.")) from problem
    checkpoint = unit.session.get(AuditCheckpoint, size)
    if checkpoint is None or read_note(checkpoint.note).text != cosigned.text:
        raise Invalid(N_("This log never signed that state of {size} entries. Keep the file: it may prove that history was changed."), size=size)
    recorded = [_recorded(unit, cosigned, size, key) for key in _keys_under(unit, cosigned)]
    return [one for one in recorded if one is not None]


def _keys_under(unit: UnitOfWork, cosigned: Note) -> list[Key]:
    known = [read_key(one.vkey) for one in unit.session.scalars(select(AuditWitness).order_by(AuditWitness.name))]
    signed = {(name, key_id) for name, key_id, _ in cosigned.signatures}
    found = [key for key in known if (key.name, key.id) in signed]
    if not found:
        raise Invalid(N_("No witness of this log signed that state. Take the witness in first, by its public key."))
    return found


def _recorded(unit: UnitOfWork, cosigned: Note, size: int, key: Key) -> AuditCosignature | None:
    at = cosigned_at(cosigned, key)
    if at is None:
        raise Invalid(N_("The cosignature of {name} is wrong. Ask for it again."), name=key.name)
    if unit.session.get(AuditCosignature, (size, key.name)) is not None:
        return None
    line = next(signature_line(key, one) for name, key_id, one in cosigned.signatures if (name, key_id) == (key.name, key.id))
    made = AuditCosignature(size=size, witness=key.name, line=line, cosigned_at=datetime.fromtimestamp(at, UTC))
    unit.session.add(made)
    unit.record(CHAIN, "witness.cosigned", {"name": key.name, "size": size})
    return made


def _witness(unit: UnitOfWork, name: str) -> AuditWitness:
    found = unit.session.get(AuditWitness, name)
    if found is None:
        raise NotFound(N_("There is no witness {name}. Take it in first."), name=name)
    return found

