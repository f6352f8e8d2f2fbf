"""Department review and creation-office approval (部门审核、创文办审批).

Both stages ask the same question of different people, so they share one verb. Which stage comes next is drawn
in `bpmn/evidence_lifecycle.bpmn`; what may be decided is written here. The signature is made before the
transaction (`prepare`); a lost race leaves no signature in use.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import process
from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid, Refused
from engine.unit_of_work import Actor, UnitOfWork
from engine.work_items import AnyItem
from models.evidence import Assignment, Contribution, ContributionState, Decision, Submission
from models.people import Role
from workflows.dossier.sheet_signing import SignedSheet, adopt
from workflows.lifecycle import states
from workflows.lifecycle.cases import case_of, contribution_of, latest_submission
from workflows.lifecycle.words import DECIDING_STEPS, Outcome, Step, case_chain


_PRINCIPAL_RECUSED = N_("The person you act for has a part in this evidence, so somebody else has to decide on it.")


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says. `departments` names whom the office returns to; `missing` lists what is missing."""

    outcome: Outcome
    remark: str
    departments: tuple[UUID, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """The version of the form a verdict was made on, its signatures, and the key that makes a repeat harmless."""

    version: str
    sheets: tuple[SignedSheet, ...]
    idempotency_key: str | None = None


@dataclass(frozen=True)
class DecisionResult:
    """The case decided on, and whether this was only the repeat of a decision already taken."""

    no: str
    repeated: bool


def form_version(session: Session, item: AnyItem) -> str:
    """Name what lies on the table: the step and the rounds under it. It changes when anything is handed in anew."""
    submissions = concerned(session, case_of(session, item), item)
    text = "|".join([str(item.id), *sorted(str(submission.id) for submission in submissions)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def may_decide(session: Session, actor: Actor, item: AnyItem) -> Refused | None:
    """Say why this person may not decide on this item, or None: the page asks what the verb enforces."""
    entitled = [one for one in (actor, *actor.principals) if one.holds(item.candidate_group, item.scope)]
    if item.element not in DECIDING_STEPS or not entitled:
        return Forbidden(N_("This step is for somebody else: you are not in the group that may do it."))
    own = recused(session, actor, item)
    if own is not None or actor in entitled:
        return own
    if all(recused(session, one, item) is not None for one in entitled):
        return Forbidden(_PRINCIPAL_RECUSED)
    return None


def recused(session: Session, person: Actor, item: AnyItem) -> Refused | None:
    """Say why somebody in the group must not decide on this item, or None: they have no part in what it is about."""
    if item.element not in DECIDING_STEPS:
        return None
    submissions = concerned(session, case_of(session, item), item)
    if any(submission.submitted_by == person.id for submission in submissions):
        return Forbidden(N_("You handed this evidence in yourself, so somebody else has to decide on it."))
    if any(str(person.id) == one["by"] for submission in submissions for one in submission.snapshot["evidence"]):
        return Forbidden(N_("Some of this evidence is yours, so somebody else has to decide on it."))
    if item.element == Step.OFFICE_APPROVAL and _reviewed_any(session, person, submissions):
        return Forbidden(N_("You reviewed this evidence for the department, so somebody else has to approve it."))
    return None


def concerned(session: Session, assignment: Assignment, item: AnyItem) -> list[Submission]:
    """Give the rounds a deciding step is about: the department's latest, or the latest of every department."""
    if item.element == Step.DEPARTMENT_REVIEW:
        return [latest_submission(session, contribution_of(session, assignment, item).id)]
    parts = session.scalars(
        select(Contribution).where(Contribution.assignment_id == assignment.id).order_by(Contribution.position)
    )
    return [latest_submission(session, part.id) for part in parts if part.round > 0]


def addressed(submissions: list[Submission], verdict: Verdict) -> list[Submission]:
    """Give the rounds a verdict applies to: a return by the office reaches only the departments it names."""
    if verdict.outcome is Outcome.APPROVE or not verdict.departments:
        return submissions
    return [one for one in submissions if one.contribution.department_id in verdict.departments]


def check_verdict(item: AnyItem, verdict: Verdict, submissions: list[Submission]) -> None:
    """Refuse a return without a reason, or one by the office that names no department of the case."""
    if verdict.outcome is Outcome.APPROVE:
        return
    if not verdict.remark.strip():
        raise Invalid(N_("A return needs a reason: the collector has to know what to add."))
    if item.element == Step.OFFICE_APPROVAL:
        known = {submission.contribution.department_id for submission in submissions}
        if not verdict.departments or not set(verdict.departments) <= known:
            raise Invalid(N_("Name the departments this goes back to."))


def decide(unit: UnitOfWork, item_id: int, verdict: Verdict, signed: Signed) -> DecisionResult:
    """Approve or return what a work item is about, with the signatures made for it.

    Raises Conflict when the item has moved on since the form was shown, Forbidden for one's own evidence,
    Invalid for a return without a reason. The same idempotency key decides once.
    """
    repeat = already_decided(unit.session, unit.actor, signed.idempotency_key)
    if repeat is not None:
        return DecisionResult(repeat, repeated=True)
    item = process.take(unit, item_id)
    assignment = case_of(unit.session, item)
    refusal = may_decide(unit.session, unit.actor, item)
    if refusal is not None:
        raise refusal
    if unit.on_behalf_of is not None and recused(unit.session, unit.on_behalf_of, item) is not None:
        raise Forbidden(_PRINCIPAL_RECUSED)
    if signed.version != form_version(unit.session, item):
        raise Conflict(N_("The evidence was handed in anew while you were reading. Look at the changes, then decide."))
    submissions = concerned(unit.session, assignment, item)
    check_verdict(item, verdict, submissions)
    reached = addressed(submissions, verdict)
    decisions = [_kept(unit, item, one, verdict, signed) for one in reached]
    adopt(unit, decisions, signed.sheets)
    _mark(item, reached, verdict)
    step = process.complete(unit, item, verdict.outcome, _routing(item, verdict))
    states.refresh(unit, assignment)
    unit.record(case_chain(assignment.no), f"{item.element}.{_PAST[verdict.outcome]}", _details(reached, verdict, signed), step.change)
    return DecisionResult(assignment.no, repeated=False)


_PAST = {Outcome.APPROVE: "approved", Outcome.RETURN: "returned"}


def already_decided(session: Session, actor: Actor, key: str | None) -> str | None:
    """Give the number of the case this actor has decided on with this idempotency key, or None."""
    if key is None:
        return None
    query = (
        select(Assignment.no)
        .join(Contribution)
        .join(Submission)
        .join(Decision)
        .where(Decision.idempotency_key == key, Decision.decided_by == actor.id)
    )
    return session.scalars(query).first()


def _reviewed_any(session: Session, actor: Actor, submissions: list[Submission]) -> bool:
    query = select(Decision.id).where(
        Decision.submission_id.in_([submission.id for submission in submissions]),
        Decision.stage == Step.DEPARTMENT_REVIEW,
        Decision.decided_by == actor.id,
    )
    return session.scalars(query).first() is not None


def _kept(unit: UnitOfWork, item: AnyItem, submission: Submission, verdict: Verdict, signed: Signed) -> Decision:
    if unit.actor.id is None:
        raise Forbidden(N_("Decisions are taken by people."))
    decision = Decision(
        submission_id=submission.id,
        stage=item.element,
        outcome=verdict.outcome.value,
        remark=verdict.remark.strip(),
        missing=list(verdict.missing),
        decided_at=unit.now,
        decided_by=unit.actor.id,
        idempotency_key=signed.idempotency_key,
    )
    unit.session.add(decision)
    unit.session.flush()
    return decision


def _mark(item: AnyItem, submissions: list[Submission], verdict: Verdict) -> None:
    for submission in submissions:
        if verdict.outcome is Outcome.RETURN:
            submission.contribution.state = ContributionState.RETURNED
        elif item.element == Step.DEPARTMENT_REVIEW:
            submission.contribution.state = ContributionState.REVIEWED
        else:
            submission.contribution.state = ContributionState.APPROVED


def _routing(item: AnyItem, verdict: Verdict) -> dict[str, object]:
    routing: dict[str, object] = {item.element: verdict.outcome.value}
    if item.element == Step.OFFICE_APPROVAL and verdict.outcome is Outcome.RETURN:
        routing["departments"] = [str(department_id) for department_id in verdict.departments]
    return routing


def _details(submissions: list[Submission], verdict: Verdict, signed: Signed) -> dict[str, object]:
    return {
        "submissions": [str(submission.id) for submission in submissions],
        "departments": [str(submission.contribution.department_id) for submission in submissions],
        "rounds": [submission.round for submission in submissions],
        "remark": verdict.remark.strip(),
        "missing": list(verdict.missing),
        "signed": [sheet.after_sha256 for sheet in signed.sheets],
    }


#: The role that decides at each step, for pages that explain who is awaited.
DECIDERS = {Step.DEPARTMENT_REVIEW: Role.DEPARTMENT_REVIEWER, Step.OFFICE_APPROVAL: Role.CREATION_OFFICE}
