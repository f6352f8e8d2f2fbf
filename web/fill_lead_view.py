"""The parts of departments that assist, and evidence of last year, as the collecting page shows them."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.evidence import Contribution
from web import words
from web.language import translated
from workflows.evidence.last_year import Offer, Window, offers
from workflows.lifecycle.leading import assisting, gone_without, is_in

_WINDOWS: Mapping[Window, tuple[str, str]] = {
    Window.INSIDE: (N_("Inside the period of this campaign"), "ok"),
    Window.OUTSIDE: (N_("Outside the period of this campaign: it will not count unless the office excuses it"), "warn"),
    Window.UNDATED: (N_("Without a date: write the date of the event after you take it over"), "warn"),
}


def lead_parts(session: Session, contribution: Contribution, typed: Mapping[str, str]) -> dict[str, Any]:
    """Give what items/_lead.html reads: `assistants`, `last_year` and their `lead_actions`."""
    no = contribution.assignment.no
    return {
        "assistants": [_assistant(session, one, typed) for one in assisting(session, contribution)],
        "last_year": [_offer(one, typed) for one in offers(session, contribution)],
        "lead_actions": {name: url_for(f"fill_lead.{name}", no=no) for name in ("without", "wait", "again")},
        "case_href": url_for("items.case", no=no),
    }


def _assistant(session: Session, part: Contribution, typed: Mapping[str, str]) -> dict[str, Any]:
    waiver = gone_without(session, part.id)
    field = f"without:{part.id}"
    text, _ = words.PART_STATES.get(part.state, (part.state, "plain"))
    return {
        "id": part.id,
        "name": part.department.name,
        "state": translated(text),
        "there": is_in(part),
        "reason": waiver.reason if waiver is not None else "",
        "field": field,
        "typed": typed.get(field, ""),
    }


def _offer(one: Offer, typed: Mapping[str, str]) -> dict[str, Any]:
    window, kind = _WINDOWS[one.window]
    field, piece = f"again:{one.evidence.id}", one.evidence
    return {
        "id": piece.id,
        "name": piece.file_name,
        "href": f"/files/{piece.id}/look",
        "campaign": one.campaign,
        "no": one.no,
        "day": piece.event_date,
        "window": translated(window),
        "kind": kind,
        "requirement": piece.requirement.source_phrase if piece.requirement is not None else "",
        "value": f"{piece.id} {one.requirement_id or ''}".strip(),
        "field": field,
        "typed": typed.get(field, ""),
    }
