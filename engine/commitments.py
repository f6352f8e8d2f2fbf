"""Personal data in the log: an event holds only a salted digest; what opens it can be erased, and every proof still holds."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from engine.unit_of_work import UnitOfWork
from models.transparency import AuditSalt

_PREFIX = "sha256:"
_SALT_BYTES = 16


def committed(unit: UnitOfWork, value: str) -> str:
    """Write what an event holds instead of `value`: SHA-256 over a salt of its own and the value, as `sha256:…`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    commitment = _PREFIX + hashlib.sha256(salt + value.encode()).hexdigest()
    unit.session.add(AuditSalt(commitment=commitment, salt=salt, value=value, made_at=unit.now))
    return commitment


def opened(session: Session, written: Iterable[str]) -> dict[str, str]:
    """Give the values behind commitments. One that was erased, or does not open with its salt, is not in the answer."""
    query = select(AuditSalt).where(AuditSalt.commitment.in_({one for one in written if one.startswith(_PREFIX)}))
    return {one.commitment: one.value for one in session.scalars(query) if _opens(one)}


def erase(unit: UnitOfWork, before: datetime) -> int:
    """Erase what opens commitments made before a moment; how many they were."""
    done = unit.session.execute(delete(AuditSalt).where(AuditSalt.made_at < before))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _opens(salt: AuditSalt) -> bool:
    return salt.commitment == _PREFIX + hashlib.sha256(salt.salt + salt.value.encode()).hexdigest()
