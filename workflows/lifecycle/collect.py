"""Submit (提交): hand a round of evidence to the department's reviewer, frozen as it is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import jobs, process
from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from engine.working_days import BEIJING
from models.evidence import Contribution, ContributionState, Evidence, Submission
from workflows.evidence.completeness import blocking
from workflows.evidence.demands import RequirementCheck
from workflows.evidence.gathering import checks_for, current_evidence, links_of
from workflows.evidence.marks import marks_of
from workflows.lifecycle import states
from workflows.lifecycle.cases import case_of, contribution_of
from workflows.lifecycle.leading import check_assistants
from workflows.lifecycle.words import Step, case_chain


class Incomplete(Invalid):
    """The evidence does not meet the requirements yet; `results` says which."""

    def __init__(self, results: list[RequirementCheck]) -> None:
        super().__init__(N_("{count} requirements are not met yet. Complete them, or say why you cannot."), count=len(results))
        self.results = results


def submit(unit: UnitOfWork, item_id: int, statement: str) -> Submission:
    """Hand in the evidence of an open collect step. Raises Incomplete while something blocking is missing.

    Raises Conflict while the department leads and others that assist have not handed in.
    """
    item = process.take(unit, item_id)
    if item.element != Step.COLLECT or unit.actor.id is None:
        raise Invalid(N_("Evidence can be changed only while it is being collected."))
    assignment = case_of(unit.session, item)
    contribution = contribution_of(unit.session, assignment, item)
    results = checks_for(unit.session, contribution, unit.now.astimezone(BEIJING).date())
    missing = blocking(results)
    if missing:
        raise Incomplete(missing)
    check_assistants(unit.session, contribution)
    contribution.round += 1
    contribution.state = ContributionState.IN_REVIEW
    submission = Submission(
        contribution_id=contribution.id,
        round=contribution.round,
        snapshot=_snapshot(unit.session, contribution, results),
        statement=statement.strip(),
        submitted_at=unit.now,
        submitted_by=unit.actor.id,
    )
    unit.session.add(submission)
    unit.session.flush()
    step = process.complete(unit, item, "submitted", {})
    states.refresh(unit, assignment)
    jobs.defer(unit.session, "sheet.render", {"submission_id": str(submission.id)}, lock=f"sheet:{submission.id}")
    details = {
        "department": str(contribution.department_id),
        "submission": str(submission.id),
        "round": submission.round,
        "files": [one["sha256"] for one in submission.snapshot["evidence"]],
        "statement": submission.statement,
    }
    unit.record(case_chain(assignment.no), "evidence.submitted", details, step.change)
    return submission


def _snapshot(session: Session, contribution: Contribution, results: list[RequirementCheck]) -> dict[str, Any]:
    return {
        "evidence": _marked(session, current_evidence(session, contribution)),
        "links": [
            {"requirement": str(one.requirement_id), "url": one.url, "title": one.title} for one in links_of(session, contribution)
        ],
        "checks": [
            {
                "requirement": str(result.requirement_id),
                "state": result.state.value,
                "needed": result.needed,
                "have": result.have,
                "sentence": result.sentence,
                "params": _written(result.params),
                "lacking": result.lacking,
                "waived_by": str(result.waived_by) if result.waived_by else None,
                "findings": [
                    {"code": one.code, "severity": one.severity.value, "sentence": one.sentence, "params": _written(one.params)}
                    for one in result.findings
                ],
                "periods": [[one.key, one.have, one.needed, one.state] for one in result.periods],
            }
            for result in results
        ],
    }


def _marked(session: Session, pieces: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Freeze pieces with the passages that people marked in them as the proof."""
    marks: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for one in marks_of(session, [piece.id for piece in pieces]):
        marks[one.evidence_id].append({"page": one.page, "quote": one.quote, "note": one.note})
    return [{**frozen(piece), "marks": marks[piece.id]} for piece in pieces]


def _written(params: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in params.items()}


def frozen(evidence: Evidence) -> dict[str, Any]:
    """Give a piece of evidence as a snapshot keeps it; also for a draft that is compared with a round."""
    return {
        "id": str(evidence.id),
        "requirement": str(evidence.requirement_id) if evidence.requirement_id else None,
        "sha256": evidence.file_sha256,
        "name": evidence.file_name,
        "kind": evidence.file.kind,
        "media_type": evidence.file.media_type,
        "size": evidence.file.size,
        "pages": evidence.file.pages,
        "taken_at": evidence.file.taken_at.isoformat() if evidence.file.taken_at else None,
        "caption": [[field, text] for field, text in evidence.caption.items()],
        "description": evidence.description,
        "event_date": _day(evidence.event_date),
        "subject": evidence.subject,
        "page_role": evidence.page_role,
        "paper": _paper(evidence),
        "reuse": evidence.reuse_reason if evidence.reused_from is not None else "",
        "by": str(evidence.created_by),
    }


def _paper(evidence: Evidence) -> dict[str, Any] | None:
    paper = evidence.paper
    if paper is None:
        return None
    return {"number": paper.number, "title": paper.title, "issuer": paper.issuer, "issued_on": _day(paper.issued_on)}


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
