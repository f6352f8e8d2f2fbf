"""The full check of the audit log (全量核验): run by an auditor or by the worker, its outcome recorded like any command."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit
from engine.log_check import Progress, check_log
from engine.log_keys import LogFolder
from engine.unit_of_work import SYSTEM, Actor, Clock, Sessions, reading, utc_now, work
from models.audit import AuditEvent
from workflows.lifecycle.words import case_chain

CHAIN = "audit"
_VERIFIED = "audit.verified"


@dataclass(frozen=True)
class FalseEntry:
    """One false entry: its chain, its number in it, the code of `engine.verify.FINDINGS`."""

    chain: str
    seq: int
    code: str


@dataclass(frozen=True)
class Check:
    """A full check that was made: when, by whom, how much was read, what was false."""

    at: datetime
    by: str
    chains: int
    events: int
    findings: tuple[FalseEntry, ...]

    @property
    def intact(self) -> bool:
        """Say whether nothing false was found."""
        return not self.findings


@dataclass(frozen=True)
class CaseCheck:
    """The check of one case: how many events were read and the first false one."""

    events: int
    first_false: FalseEntry | None


#: More false entries than anybody reads; the count stays true.
_MAX_RECORDED = 50


def check_everything(
    sessions: Sessions, actor: Actor = SYSTEM, clock: Clock = utc_now, *, log: LogFolder | None = None, progress: Progress | None = None
) -> Check:
    """Check the whole log in one snapshot and record the outcome; with `log` also what was signed, as the folder remembers it."""
    with reading(sessions) as session:
        verdict = check_log(session, log, progress)
    findings = [{"chain": one.chain, "seq": one.seq, "code": one.code} for one in verdict.findings[:_MAX_RECORDED]]
    details = {
        "chains": verdict.chains,
        "events": verdict.events,
        "false": len(verdict.findings),
        "findings": findings,
    }
    with work(sessions, actor, clock) as unit:
        unit.record(CHAIN, _VERIFIED, details)
        return _check(unit.now, actor.name, details)


def check_case(session: Session, no: str) -> CaseCheck:
    """Check the chain of one case against its live state; a case without a chain is false."""
    chain = case_chain(no)
    verdict = audit.verify(session, chain)
    if verdict.findings:
        first = verdict.findings[0]
        return CaseCheck(verdict.events, FalseEntry(first.chain, first.seq, first.code))
    return CaseCheck(verdict.events, None if verdict.chains else FalseEntry(chain, 0, "tail"))


def last_check(session: Session) -> Check | None:
    """Give the newest full check, or None before the first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.chain_id == CHAIN, AuditEvent.action == _VERIFIED)
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    return None if row is None else _check(row.recorded_at, row.actor_name, json.loads(row.body)["details"])


def _check(at: datetime, by: str, details: dict[str, object]) -> Check:
    found = details["findings"]
    entries = found if isinstance(found, list) else []
    return Check(
        at,
        by,
        int(str(details["chains"])),
        int(str(details["events"])),
        tuple(FalseEntry(one["chain"], one["seq"], one["code"]) for one in entries),
    )
