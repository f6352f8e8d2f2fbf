"""A decision as the pages and the interface send it (签批): signed first, then taken in one transaction.

The signature is made outside the transaction, because it takes as long as everything else together. A form
that is sent twice decides once.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import Actor, Clock, Sessions, reading, utc_now, work
from models.process import WorkItem
from workflows import signing_keys
from workflows.dossier.signers import PersonSigner
from workflows.dossier.signing_devices import WrongPin
from workflows.facilities import Facilities
from workflows.lifecycle.cases import case_of, item_in
from workflows.lifecycle.decide import (
    DecisionResult,
    Signed,
    Verdict,
    already_decided,
    check_verdict,
    concerned,
    decide,
    form_version,
    may_decide,
)
from workflows.lifecycle.signatures import Intent, prepare


class KeyLocked(Invalid):
    """The signing key cannot be used: the password is asked for where the decision is made."""


@dataclass(frozen=True)
class Decider:
    """Who decides, and what opens their signing key: the secret of the sign-in, or the password typed just now."""

    actor: Actor
    secret: str | None
    password: str


@dataclass(frozen=True)
class DecisionForm:
    """A verdict on a work item, the version of the form it was made on, the key that makes a repeat harmless."""

    item_id: int
    verdict: Verdict
    version: str
    key: str | None


def sign_and_decide(
    sessions: Sessions, facilities: Facilities, decider: Decider, form: DecisionForm, clock: Clock = utc_now
) -> DecisionResult:
    """Sign the sheets a verdict reaches and take the decision.

    Raises KeyLocked when no key is unlocked or the password or PIN is wrong, Conflict when no time stamp can be had,
    and what `decide` raises.
    """
    repeat = _repeat(sessions, decider, form)
    if repeat is not None:
        return repeat
    with reading(sessions) as session:
        _check(session, decider.actor, form)
        signer = _signer(session, decider, facilities.outside.token_module)
    try:
        sheets = prepare(sessions, facilities, Intent(form.item_id, form.verdict, signer, clock()))
        with work(sessions, decider.actor, clock) as unit:
            return decide(unit, form.item_id, form.verdict, Signed(form.version, sheets, form.key))
    except WrongPin as wrong:
        raise KeyLocked(wrong.message, **wrong.params) from wrong
    except Conflict:
        # The same form, sent twice at once: the other one was first, and that is what was wanted.
        repeat = _repeat(sessions, decider, form)
        if repeat is None:
            raise
        return repeat


def _repeat(sessions: Sessions, decider: Decider, form: DecisionForm) -> DecisionResult | None:
    with reading(sessions) as session:
        no = already_decided(session, decider.actor, form.key)
    return None if no is None else DecisionResult(no, repeated=True)


def _check(session: Session, actor: Actor, form: DecisionForm) -> None:
    item = item_in(session, form.item_id)
    _check_open(actor, item)
    refusal = may_decide(session, actor, item)
    if refusal is not None:
        raise refusal
    if form.version != form_version(session, item):
        raise Conflict(N_("The evidence was handed in anew while you were reading. Look at the changes, then decide."))
    check_verdict(item, form.verdict, concerned(session, case_of(session, item), item))


def _check_open(actor: Actor, item: WorkItem) -> None:
    if item.closed_at is not None:
        raise Conflict(N_("This step has already been done. Reload the page to see where the case stands."))
    if item.assignee_id not in {None, actor.id, *(one.id for one in actor.principals)}:
        raise Conflict(N_("Somebody else has claimed this step. Ask them to release it, or take the next one."))


def _signer(session: Session, decider: Decider, module: str) -> PersonSigner:
    if decider.actor.id is None:
        raise Forbidden(N_("Decisions are taken by people."))
    current = signing_keys.current_certificate(session, decider.actor.id)
    if current is None:
        raise Forbidden(N_("You have no valid signing certificate. Get a new one on the page “My signature”."))
    if decider.password:
        found = _with_password(session, decider.actor.id, decider.password, module)
    else:
        found = signing_keys.signer_for(session, decider.actor.id, decider.secret, module)
    if found is None and current.token_label:
        raise KeyLocked(N_("Type the PIN of the device {token}."), token=current.token_label)
    if found is None:
        raise KeyLocked(N_("Your signing key is locked in this session. Type your password to sign this decision."))
    return found


def _with_password(session: Session, person_id: UUID, password: str, module: str) -> PersonSigner | None:
    try:
        return signing_keys.signer_with_password(session, person_id, password, module)
    except Forbidden as wrong:
        raise KeyLocked(wrong.message, **wrong.params) from wrong
