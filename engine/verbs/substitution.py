"""Substitution (委托代理): in a period one person may act for another, and both names are recorded on each act.

A substitute has the groups of their principal, no more and not the principal's own substitutions: nobody acts for
somebody at second hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs.locked import named
from engine.verbs.permissions import check_process_owner, given_reason, known_id, owns_processes
from models.process import Substitution

CHAIN = "substitutions"
#: A longer absence is a change of roles, not a substitution.
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Period:
    """From `starts_at` on, until just before `ends_at`; both aware."""

    starts_at: datetime
    ends_at: datetime


def substitute(unit: UnitOfWork, principal: Actor, deputy: Actor, period: Period, reason: str) -> Substitution:
    """Let `deputy` act for `principal` in a period; arranged by the principal or by the process owner.

    Raises Forbidden; Invalid for oneself, a period that is over, upside down or too long, or no reason; Conflict
    when the same two are arranged already or the deputy would be represented by the principal at the same time.
    """
    why, absent, acting = given_reason(reason), known_id(principal), known_id(deputy)
    if absent != unit.actor.id:
        check_process_owner(unit)
    _check_period(unit, period)
    if absent == acting:
        raise Invalid(N_("Nobody substitutes themselves. Choose somebody else."))
    # One arrangement at a time: two that are made at the same moment could close a circle between them.
    unit.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(CHAIN, 0))))
    _check_circle(unit.session, absent, deputy, period)
    made = Substitution(
        principal_id=absent, substitute_id=acting, starts_at=period.starts_at, ends_at=period.ends_at,
        reason=why, created_by=unit.actor.id, created_at=unit.now,
    )
    unit.session.add(made)
    unit.session.flush()
    times = {"from": period.starts_at.isoformat(), "until": period.ends_at.isoformat()}
    details = {"id": str(made.id), "principal": named(principal), "substitute": named(deputy), **times, "reason": why}
    unit.record(CHAIN, "substitution.created", details)
    return made


def revoke(unit: UnitOfWork, substitution_id: UUID, reason: str) -> Substitution:
    """End a substitution now; by either of the two or the process owner. Raises NotFound, Forbidden, Conflict, Invalid."""
    why = given_reason(reason)
    made = unit.session.get(Substitution, substitution_id, with_for_update=True)
    if made is None:
        raise NotFound(N_("There is no such substitution."))
    if unit.actor.id not in {made.principal_id, made.substitute_id} and not owns_processes(unit.actor):
        raise Forbidden(N_("Only the two people of a substitution, or the creation office, may end it."))
    if made.revoked_at is not None or made.ends_at <= unit.now:
        raise Conflict(N_("This substitution is over already."))
    made.revoked_at = unit.now
    two = {"principal": str(made.principal_id), "substitute": str(made.substitute_id)}
    unit.record(CHAIN, "substitution.revoked", {"id": str(made.id), **two, "reason": why})
    return made


def principals_of(session: Session, person_id: UUID, now: datetime) -> Sequence[UUID]:
    """Give whom a person may act for at a moment."""
    mine = select(Substitution.principal_id).where(Substitution.substitute_id == person_id, *_in_force(now))
    return session.scalars(mine.distinct().order_by(Substitution.principal_id)).all()


def substitutes_of(session: Session, person_id: UUID, now: datetime) -> Sequence[UUID]:
    """Give who may act for a person at a moment."""
    theirs = select(Substitution.substitute_id).where(Substitution.principal_id == person_id, *_in_force(now))
    return session.scalars(theirs.distinct().order_by(Substitution.substitute_id)).all()


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Substitution.starts_at <= now, Substitution.ends_at > now, Substitution.revoked_at.is_(None)


def _check_period(unit: UnitOfWork, period: Period) -> None:
    if period.ends_at <= period.starts_at:
        raise Invalid(N_("The period ends before it begins. Turn the two days around."))
    if period.ends_at <= unit.now:
        raise Invalid(N_("The period is over already. Choose a later end."))
    if period.ends_at - period.starts_at > LONGEST:
        raise Invalid(N_("A substitution lasts a year at most. Change the roles instead."))


def _check_circle(session: Session, absent: UUID, deputy: Actor, period: Period) -> None:
    """Refuse an arrangement that exists already, or after which, followed on, the principal would act for themselves."""
    overlapping = select(Substitution.principal_id, Substitution.substitute_id).where(
        Substitution.starts_at < period.ends_at, Substitution.ends_at > period.starts_at, Substitution.revoked_at.is_(None)
    )
    pairs = [(row.principal_id, row.substitute_id) for row in session.execute(overlapping)]
    acting = known_id(deputy)
    if (absent, acting) in pairs:
        raise Conflict(N_("{name} is already the substitute in this period. End that substitution first."), name=deputy.name)
    if absent in _reached(acting, pairs):
        raise Conflict(
            N_("In this period {name} is represented by the very person they would act for. Choose somebody who is present."),
            name=deputy.name,
        )


def _reached(start: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> set[UUID]:
    """Give everybody who is reached from somebody by going from principal to substitute."""
    following: dict[UUID, set[UUID]] = {}
    for principal, acting in pairs:
        following.setdefault(principal, set()).add(acting)
    seen: set[UUID] = set()
    waiting = [start]
    while waiting:
        for one in following.get(waiting.pop(), set()) - seen:
            seen.add(one)
            waiting.append(one)
    return seen
