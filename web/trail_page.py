"""What the pages of a trail show: the records in words and with their hashes, the verdict, who signed."""

from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.audit import trail
from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from engine.verify import GENESIS
from models.audit import AuditChain, AuditEvent
from models.evidence import Assignment
from web import audit_words, event_words, moments, signatures, words
from web.names_then import NamesThen
from workflows.audit_checks import CaseCheck, check_case
from workflows.lifecycle.words import case_chain
from workflows.visibility import sees_event, sees_everything

_PAGE = 100


def shown(session: Session, actor: Actor, case: Assignment, before: int, *, verify: bool) -> dict[str, Any]:
    """Give one page of the trail, newest first, below the record `before`."""
    tail = session.get(AuditChain, case_chain(case.no))
    length = tail.length if tail is not None else 0
    check = check_case(session, case.no) if verify else None
    rows = _rows(session, case, before)
    read, oldest = rows[:_PAGE], len(rows) <= _PAGE
    told = [(row, event_words.details_of(row)) for row in read]
    readable = [(row, details) for row, details in told if sees_event(actor, details)]
    names = event_words.department_names(session, [details for _, details in readable])
    return {
        "case": {"no": case.no, "title": case.title, "href": url_for("items.case", no=case.no)},
        "total": length,
        "head": tail.head if tail is not None else GENESIS,
        "hidden": len(read) - len(readable),
        "events": [_event(row, details, names, check) for row, details in readable],
        "verdict": audit_words.case_verdict(check) if check is not None else None,
        "verify_href": url_for("trail.trail", no=case.no, verify=1),
        "bundle_href": url_for("trail.bundle_of", no=case.no) if sees_everything(actor) else "",
        "signers": _signers(session, actor, case),
        "pages": _pages(case, read, length, verify=verify, oldest=oldest),
    }


def raw(session: Session, actor: Actor, case: Assignment, seq: int) -> dict[str, Any]:
    """Give one stored record. Raises NotFound, also for a record about other departments only."""
    query = select(AuditEvent).where(AuditEvent.chain_id == case_chain(case.no), AuditEvent.seq == seq)
    found = session.scalars(query).one_or_none()
    if found is None or not sees_event(actor, event_words.details_of(found)):
        raise NotFound(N_("There is no record {seq} in this trail, or it is not for you."), seq=seq)
    return {
        "case": {"no": case.no, "trail_href": url_for("trail.trail", no=case.no)},
        "event": {
            "seq": seq,
            "hash": found.leaf_hash,
            "previous_hash": str(event_words.record_of(found).get("prev", "")),
            "body": found.body.decode(errors="backslashreplace"),
        },
    }


def exported(session: Session, case: Assignment) -> bytes:
    """Give the stored records of a case, one a line, oldest first."""
    return b"".join(row.body + b"\n" for row in trail(session, case_chain(case.no)))


def _rows(session: Session, case: Assignment, before: int) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.chain_id == case_chain(case.no), AuditEvent.seq < before)
    # One more than is shown: it tells whether there is more.
    return list(session.scalars(query.order_by(AuditEvent.seq.desc()).limit(_PAGE + 1)))


def _event(row: AuditEvent, details: dict[str, Any], names: NamesThen, check: CaseCheck | None) -> dict[str, Any]:
    checked = _mark(row.seq, check)
    return {
        "seq": row.seq,
        "at": row.recorded_at,
        "label": words.event_label(row.action),
        "who": event_words.who(row),
        "text": event_words.text_of(row.action, details, names.at(row.recorded_at)),
        "kind": "broken" if checked is False else words.event_kind(row.action),
        "hash": row.leaf_hash,
        "previous_hash": str(event_words.record_of(row).get("prev", "")),
        "checked": checked,
        "raw_href": url_for("trail.raw", no=row.chain_id.removeprefix("case:"), seq=row.seq),
    }


def _mark(seq: int, check: CaseCheck | None) -> bool | None:
    """Say whether a record was found true; nothing is known of those after the first false one."""
    if check is None:
        return None
    if check.first_false is None or seq < check.first_false.seq:
        return True
    return False if seq == check.first_false.seq else None


def _signers(session: Session, actor: Actor, case: Assignment) -> list[dict[str, str]]:
    return [
        {"name": one["name"], "text": "·".join(filter(None, (one["department"], one["role"], moments.stamp(one["at"]))))}
        for one in signatures.of_case(session, actor, case)
    ]


def _pages(case: Assignment, read: list[AuditEvent], length: int, *, verify: bool, oldest: bool) -> dict[str, Any]:
    address: dict[str, Any] = {"no": case.no, **({"verify": 1} if verify else {})}
    return {
        "previous_href": url_for("trail.trail", **address) if read and read[0].seq < length else None,
        "next_href": None if oldest else url_for("trail.trail", **address, before=read[-1].seq),
    }
