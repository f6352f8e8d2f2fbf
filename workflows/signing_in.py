"""Signing in (登录): a name and a password, refused the same way whichever is wrong, and not tried for ever.

Failures are counted from the audit log itself, so that every web process counts the same ones.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.commitments import committed, opened
from engine.errors import Forbidden, Invalid
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, reading, utc_now, work
from models.audit import AuditEvent
from models.people import Person
from workflows import signing_keys
from workflows.people import CHAIN, actor_of, authenticate

MAX_FAILURES = 5
WINDOW = timedelta(minutes=10)
_FAILED = "sign_in.failed"


@dataclass(frozen=True)
class Attempt:
    """What somebody typed, and the address they typed it from."""

    login: str
    password: str
    address: str


@dataclass(frozen=True)
class Entered:
    """Who came in, and the secret of their unlocked signing key (None without a valid certificate)."""

    person: Person
    secret: str | None


def sign_in(sessions: Sessions, attempt: Attempt, clock: Clock = utc_now) -> Entered:
    """Let somebody in and unlock their signing key.

    Raises Invalid for a wrong name or password alike, Forbidden after five failures for the same name or from
    the same address within ten minutes. Failures and entries are recorded.
    """
    login = attempt.login.strip().lower()
    with reading(sessions) as session:
        if _failures(session, login, attempt.address, clock() - WINDOW) >= MAX_FAILURES:
            raise Forbidden(N_("Too many failed sign-ins. Wait ten minutes, or ask the administrator for a new password."))
        person = authenticate(session, login, attempt.password)
        actor = actor_of(person) if person is not None else SYSTEM
    if person is None:
        with work(sessions, SYSTEM, clock) as unit:
            unit.record(CHAIN, _FAILED, _details(unit, login, attempt.address))
        raise Invalid(N_("The name or the password is wrong. Try again, or ask the administrator for a new password."))
    with work(sessions, actor, clock) as unit:
        secret = signing_keys.unlock(unit, person.id, attempt.password)
        unit.record(CHAIN, "sign_in.succeeded", _details(unit, login, attempt.address))
    return Entered(person, secret)


def record_sign_out(unit: UnitOfWork, login: str) -> None:
    """Record that somebody signed out."""
    unit.record(CHAIN, "sign_in.ended", {"login": login})


def _failures(session: Session, login: str, address: str, since: datetime) -> int:
    query = select(AuditEvent.body).where(AuditEvent.recorded_at >= since, AuditEvent.action == _FAILED)
    tried: list[dict[str, str]] = [json.loads(body)["details"] for body in session.scalars(query)]
    addresses = opened(session, [one["address"] for one in tried])
    return max(
        sum(one["login"] == login for one in tried),
        sum(addresses.get(one["address"], one["address"]) == address for one in tried),
    )


def _details(unit: UnitOfWork, login: str, address: str) -> dict[str, str]:
    return {"login": login, "address": committed(unit, address)}
