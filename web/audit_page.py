"""What the audit page shows: the last verdict with its false records, and one page of records after the filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.commitments import opened
from engine import sequencer
from engine.unit_of_work import Actor
from models.audit import AuditEvent
from models.people import Person
from models.transparency import AuditCosignature
from web import audit_words, damaged, event_words, words
from web.forms import key_in
from web.language import translated
from web.names_then import NamesThen
from web.moments import start_of_day
from workflows.audit_checks import Check, last_check
from workflows.evidence import fixity
from workflows.visibility import sees_everything

_PAGE = 50
#: The value of the filter for what nobody but the machine did.
SYSTEM = "system"
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Filter:
    """What is looked for: the id of a person or `system`, the code of an event, days of Beijing time."""

    person: str
    kind: str
    day_from: date | None
    day_to: date | None

    def address(self) -> dict[str, str]:
        """Give the filter as it stands in the address of the page; empty when nothing is asked."""
        days = {"from": self.day_from, "to": self.day_to}
        asked = {"person": self.person, "kind": self.kind, **{name: day.isoformat() for name, day in days.items() if day}}
        return {name: value for name, value in asked.items() if value}


def shown(session: Session, actor: Actor, wanted: Filter, before: int | None) -> dict[str, Any]:
    """Give one page of records, newest first; with `before` those after that record in the list."""
    check = last_check(session)
    anchor = session.get(AuditEvent, before) if before is not None else None
    rows = session.scalars(_records(wanted, anchor).limit(_PAGE + 1)).all()
    read = list(rows[:_PAGE])
    address: dict[str, Any] = wanted.address()
    return {
        "verdict": audit_words.full_verdict(check) if check is not None else None,
        "false_records": _false(check, actor),
        "checked_at": check.at if check is not None else None,
        **_log_state(session),
        "damaged_files": _damaged(session, actor),
        "events": _told(session, actor, read),
        "people": _people(session, wanted.person),
        "kinds": _kinds(wanted.kind),
        "day_from": wanted.day_from.isoformat() if wanted.day_from else "",
        "day_to": wanted.day_to.isoformat() if wanted.day_to else "",
        "filtered": bool(address),
        "pages": {
            "previous_href": url_for("audit.index", **address) if anchor is not None else None,
            "next_href": url_for("audit.index", **address, before=read[-1].id) if len(rows) > _PAGE else None,
        },
    }


def _log_state(session: Session) -> dict[str, Any]:
    """Say how far the log over all chains is: its newest signed state, what waits, who cosigned last."""
    state = sequencer.status(session)
    if state.newest is None:
        return {"checkpoint": None}
    cosigned = session.execute(
        select(AuditCosignature.witness, AuditCosignature.size, AuditCosignature.cosigned_at).order_by(AuditCosignature.cosigned_at.desc()).limit(1)
    ).first()
    return {
        "checkpoint": {
            "size": state.size,
            "root": state.newest.root.hex(),
            "signed_at": state.newest.signed_at,
            "waiting": state.waiting,
            "cosigned": None if cosigned is None else {"name": cosigned.witness, "size": cosigned.size, "at": cosigned.cosigned_at},
        }
    }


def _records(wanted: Filter, anchor: AuditEvent | None) -> Select[AuditEvent]:
    query = select(AuditEvent).order_by(AuditEvent.recorded_at.desc(), AuditEvent.id.desc())
    if wanted.person == SYSTEM:
        query = query.where(AuditEvent.actor_id.is_(None))
    elif wanted.person:
        query = query.where(AuditEvent.actor_id == (key_in(wanted.person) or _NOBODY))
    if wanted.kind:
        query = query.where(AuditEvent.action == wanted.kind)
    if wanted.day_from:
        query = query.where(AuditEvent.recorded_at >= start_of_day(wanted.day_from))
    if wanted.day_to:
        query = query.where(AuditEvent.recorded_at < start_of_day(wanted.day_to + timedelta(days=1)))
    if anchor is None:
        return query
    return query.where(tuple_(AuditEvent.recorded_at, AuditEvent.id) < (anchor.recorded_at, anchor.id))


def _told(session: Session, actor: Actor, rows: Sequence[AuditEvent]) -> list[dict[str, Any]]:
    told = _opened(session, [(row, event_words.details_of(row)) for row in rows])
    names = event_words.department_names(session, [details for _, details in told])
    return [_event(row, details, names, actor) for row, details in told]


def _opened(session: Session, told: list[tuple[AuditEvent, dict[str, Any]]]) -> list[tuple[AuditEvent, dict[str, Any]]]:
    """Put the addresses of sign-ins back where they have not been erased yet."""
    values = opened(session, [str(details.get("address", "")) for _, details in told])
    erased = translated(N_("address erased"))
    return [
        (row, {**details, "address": values.get(details["address"], erased)} if str(details.get("address", "")).startswith("sha256:") else details)
        for row, details in told
    ]


def _event(row: AuditEvent, details: dict[str, Any], names: NamesThen, actor: Actor) -> dict[str, Any]:
    href = audit_words.chain_href(row.chain_id)
    # Who keeps the house sees that something was done to a case, not what was said about it.
    veiled = bool(href) and not sees_everything(actor)
    return {
        "at": row.recorded_at,
        "who": event_words.who(row),
        "label": words.event_label(row.action),
        "text": "" if veiled else event_words.text_of(row.action, details, names.at(row.recorded_at)),
        "kind": words.event_kind(row.action),
        "chain": audit_words.chain_name(row.chain_id),
        "href": "" if veiled else href,
    }


def _false(check: Check | None, actor: Actor) -> list[dict[str, str]]:
    if check is None:
        return []
    linked = sees_everything(actor)
    return [
        {
            "text": audit_words.fault_sentence(one),
            "href": f"{href}?verify=1" if linked and (href := audit_words.chain_href(one.chain)) else "",
        }
        for one in check.findings
    ]


def _damaged(session: Session, actor: Actor) -> list[dict[str, Any]]:
    linked = sees_everything(actor)
    return [
        {
            "words": damaged.label(one.damage),
            "sha256": one.sha256,
            "found_at": one.damaged_at,
            "uses": [
                {"text": f"{use.case_no} {use.file_name}" if linked else use.case_no, "href": url_for("items.case", no=use.case_no) if linked else ""}
                for use in one.uses
            ],
        }
        for one in fixity.damaged_files(session, _PAGE)
    ]


def _people(session: Session, chosen: str) -> list[dict[str, Any]]:
    people = [(str(key), name) for key, name in session.execute(select(Person.id, Person.name).order_by(Person.name))]
    return _choices([("", translated(N_("All"))), (SYSTEM, translated(N_("System"))), *people], chosen)


def _kinds(chosen: str) -> list[dict[str, Any]]:
    kinds = [(action, translated(label)) for action, (label, _) in words.EVENTS.items()]
    return _choices([("", translated(N_("All"))), *kinds], chosen)


def _choices(values: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "selected": value == chosen} for value, label in values]

