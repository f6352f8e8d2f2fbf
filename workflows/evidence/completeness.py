"""What is still missing: each requirement of a rule against what a department has gathered.

One pure function, `check`, from requirements and evidence to verdicts; the collecting page, the submission, the
reviewer's page, the dossier and the boards all use it. Each verdict carries what was found, each finding names the
check (`policy.py`) that a campaign may set to block, warn or waive.

What a department hands in for one requirement never changes the verdict on another, but for the two kinds that are
about all of it: `caption_fields` (every photo) and `other` (anything at all).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from engine.catalogue import N_
from workflows.evidence import figure_checks, paper_checks, photo_checks
from workflows.evidence.demands import (
    FIGURE_KINDS,
    CheckState,
    Demand,
    Excuse,
    Finding,
    Gathered,
    RequirementCheck,
    filed,
)
from workflows.evidence.event_checks import file_findings
from workflows.evidence.policy import BY_CODE, Frame, Severity

Rule = Callable[[Demand, Gathered, Frame], Iterator[Finding]]
_RULES: dict[str, Rule] = {
    "photo_min": photo_checks.photos,
    "caption_fields": photo_checks.caption_fields,
    "report_chars": paper_checks.report,
    "scan": paper_checks.scan,
    "table": paper_checks.table,
    "url": paper_checks.link,
    "video": paper_checks.optional,
    "screenshot": paper_checks.optional,
    "other": paper_checks.anything,
    "percent_min": figure_checks.rate,
    "frequency": figure_checks.frequency,
    "count_min": figure_checks.figure,
    "area_min": figure_checks.figure,
    "size_min": figure_checks.figure,
}


def check(demands: Sequence[Demand], gathered: Gathered, frame: Frame) -> list[RequirementCheck]:
    """Give the verdict on every requirement of a rule, in its order."""
    return [_verdict(demand, _concerning(demand, demands, gathered), frame) for demand in demands]


def blocking(results: Sequence[RequirementCheck]) -> list[RequirementCheck]:
    """Give the verdicts that keep a submission back."""
    return [result for result in results if result.state is CheckState.MISSING]


def _concerning(demand: Demand, demands: Sequence[Demand], gathered: Gathered) -> Gathered:
    """Leave out, for captions asked of every photo, the photos whose own requirement asks for the same: one gap is told once."""
    if demand.kind != "caption_fields":
        return gathered
    asking = {one.id for one in demands if one.kind == "photo_min" and set(demand.fields) <= set(one.fields)}
    return replace(gathered, items=[item for item in gathered.items if item.requirement_id not in asking])


def _verdict(demand: Demand, gathered: Gathered, frame: Frame) -> RequirementCheck:
    rule = _RULES.get(demand.kind, paper_checks.paper)
    found = [*rule(demand, gathered, frame), *file_findings(demand, gathered, frame)]
    judged = [replace(one, severity=frame.severity(one.code)) for one in found]
    standing = [one for one in judged if one.severity is not Severity.WAIVE]
    blockers = [one for one in standing if one.severity is Severity.BLOCK]
    excuse = gathered.waivers.get(demand.id)
    verdict = RequirementCheck(
        demand.id,
        CheckState.OK,
        _needed(demand),
        _have(demand, gathered),
        N_("Complete."),
        {},
        lacking=sum(one.lacking for one in blockers),
        findings=tuple(sorted(standing, key=lambda one: one.severity is not Severity.BLOCK)),
        periods=figure_checks.standing_by_period(demand, gathered, frame),
    )
    if excuse is not None and blockers and all(_covers(excuse, one) for one in blockers):
        return _excused(verdict, excuse)
    if standing:
        state = CheckState.MISSING if blockers else CheckState.WARN
        first = verdict.findings[0]
        return replace(verdict, state=state, sentence=first.sentence, params=first.params)
    waived = next((one for one in judged if one.severity is Severity.WAIVE), None)
    if waived is not None:
        reason = frame.reason(waived.code)
        return replace(verdict, state=CheckState.WAIVED, sentence=N_("Not asked for in this campaign: {reason}"), params={"reason": reason})
    return verdict


def _covers(excuse: Excuse, finding: Finding) -> bool:
    return excuse.by_office or not BY_CODE[finding.code].office_only


def _excused(verdict: RequirementCheck, excuse: Excuse) -> RequirementCheck:
    sentence = N_("Excused by the creation office: {reason}") if excuse.by_office else N_("Excused: {reason}")
    return replace(verdict, state=CheckState.WAIVED, sentence=sentence, params={"reason": excuse.reason}, waived_by=excuse.by, lacking=0)


def _needed(demand: Demand) -> str:
    if demand.value is None:
        return "、".join(demand.fields) if demand.kind == "caption_fields" else "≥1"
    sign = {"min": "≥", "max": "≤", "about": "≈"}.get(demand.bound or "", "")
    each = f"×{len(demand.subjects)}" if demand.subjects else ""
    return f"{sign}{demand.value.normalize():f}{demand.unit or ''}{each}"


def _have(demand: Demand, gathered: Gathered) -> str:
    if demand.kind in FIGURE_KINDS:
        stated = gathered.answers.get(demand.id)
        if stated is not None:
            return f"{stated.value.normalize():f}"
        return str(len(filed(demand, gathered))) if demand.kind == "frequency" and filed(demand, gathered) else "—"
    if demand.kind == "report_chars":
        chars = max((item.text_chars or 0 for item in filed(demand, gathered)), default=0)
        return str(chars) if chars else str(len(filed(demand, gathered)))
    items = gathered.items if demand.kind in {"other", "caption_fields"} else filed(demand, gathered)
    return str(len({item.sha256 for item in items}))
