"""The form a decision is made with, in the preview and on the page of the case: what it offers, what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.people import Person
from models.process import WorkItem
from web import signature_state, words
from web.case_parts import CaseParts, Part, phrase_of
from web.language import sentence, translated
from web.names_then import named
from web.session import SignedIn, key_secret
from workflows import signing_keys
from workflows.lifecycle.decide import form_version, may_decide
from workflows.lifecycle.words import DECIDING_STEPS, Step

#: Which field an error is about.
REMARK, PASSWORD, DEPARTMENTS = "remark", "password", "departments"

CHIPS = (
    N_("Agreed"),
    N_("The photo for comparison is missing"),
    N_("The statement is too general"),
    N_("The scan is not legible"),
)


@dataclass(frozen=True)
class Typed:
    """What somebody had typed into the form of one step when it was refused, and the sentence why."""

    item_id: int
    key: str
    remark: str
    departments: frozenset[str]
    missing: frozenset[str]
    error: str
    fault: str


def decision(
    session: Session, viewer: SignedIn, item: WorkItem, case: CaseParts, list_state: str
) -> dict[str, Any] | None:
    """Give what items/_decision.html reads for a step; None when it is not this person's to decide on."""
    if item.element not in DECIDING_STEPS or not viewer.actor.holds(item.candidate_group, item.scope):
        return None
    refused = may_decide(session, viewer.actor, item)
    parts = parts_of(case, item)
    return {
        "action": "/decisions",
        "item_id": item.id,
        "version": form_version(session, item),
        "key": uuid4().hex,
        "list_state": list_state,
        "remark": "",
        "error": "",
        "fault": "",
        "refusal": sentence(refused) if refused is not None else _held_by_other(session, viewer, item),
        "needs_password": not signing_keys.is_unlocked(session, viewer.person_id, key_secret()),
        "device": signature_state.device_of(session, viewer.person_id),
        "approve_label": "",
        "departments": _departments(item, parts),
        "missing": _missing(case),
        "chips": [{"label": translated(chip), "text": translated(chip)} for chip in CHIPS],
        "seen": 0,
        "seen_total": 0,
    }


def with_typed(form: dict[str, Any] | None, typed: Typed | None) -> dict[str, Any] | None:
    """Give the form again with what was typed into it; a form of another step stays as it is."""
    if form is None or typed is None or form["item_id"] != typed.item_id:
        return form
    return {
        **form,
        "key": typed.key or form["key"],
        "remark": typed.remark,
        "error": typed.error,
        "fault": typed.fault,
        "departments": [{**one, "chosen": one["id"] in typed.departments} for one in form["departments"]],
        "missing": [{**one, "chosen": one["value"] in typed.missing} for one in form["missing"]],
        "needs_password": form["needs_password"] or typed.fault == PASSWORD,
    }


def parts_of(case: CaseParts, item: WorkItem) -> tuple[Part, ...]:
    """Give the visible parts a step is about."""
    return tuple(part for part in case.parts if item.scope in {None, str(part.contribution.department_id)})


def _departments(item: WorkItem, parts: Sequence[Part]) -> list[Mapping[str, Any]]:
    if item.element != Step.OFFICE_APPROVAL:
        return []
    handed_in = [part.contribution for part in parts if part.contribution.round]
    return [
        {"id": str(one.department_id), "name": named(one.department), "chosen": len(handed_in) == 1} for one in handed_in
    ]


def _missing(case: CaseParts) -> list[Mapping[str, Any]]:
    # Two requirements read from one phrase are one choice: the return quotes the phrase.
    named: dict[str, list[str]] = {}
    for requirement in case.requirements.values():
        named.setdefault(phrase_of(requirement), []).append(words.requirement_name(requirement))
    return [{"value": phrase, "label": "；".join(names), "chosen": False} for phrase, names in named.items()]


def _held_by_other(session: Session, viewer: SignedIn, item: WorkItem) -> str:
    if item.assignee_id in {None, viewer.person_id}:
        return ""
    holder = session.get_one(Person, item.assignee_id)
    return translated(N_("{name} has claimed this step. It can be decided when it is released."), name=holder.name)
