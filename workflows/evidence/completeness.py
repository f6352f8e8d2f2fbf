"""What is still missing: each requirement of a rule against what a department has gathered.

Pure rules over plain values (default checks of the field: photos by number, captions complete, reports within
their length, scans and papers present, figures stated). A `missing` result blocks the submission, a `warn`
is shown to everybody, a `waived` one carries the department's reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from engine.catalogue import N_

#: 左右 is a target: within a fifth of it, nobody is bothered.
REPORT_TOLERANCE = Decimal("0.2")


class CheckState(StrEnum):
    """How a requirement stands."""

    OK = "ok"
    MISSING = "missing"
    WARN = "warn"
    WAIVED = "waived"


@dataclass(frozen=True)
class Demand:
    """A requirement as the checks need it."""

    id: UUID
    kind: str
    value: Decimal | None
    unit: str | None
    bound: str | None
    per: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A piece of evidence as the checks need it. `requirement_id` None: not filed under any."""

    requirement_id: UUID | None
    sha256: str
    kind: str
    caption: Mapping[str, str]
    text_chars: int | None


@dataclass(frozen=True)
class RequirementCheck:
    """The result for one requirement: `sentence` is a msgid filled with `params`."""

    requirement_id: UUID
    state: CheckState
    needed: str
    have: str
    sentence: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class Gathered:
    """What a department has: items, stated figures and waivers with their reasons, by requirement."""

    items: Sequence[Item]
    answers: Mapping[UUID, Decimal]
    waivers: Mapping[UUID, str]


FILE_KINDS = frozenset({"photo_min", "report_chars", "document", "scan", "summary", "plan", "table", "screenshot", "video", "url", "other"})
FIGURE_KINDS = frozenset({"count_min", "frequency", "percent_min", "area_min", "size_min"})

_Outcome = tuple[CheckState, str, dict[str, object]]


def check(demands: Sequence[Demand], gathered: Gathered) -> list[RequirementCheck]:
    """Check every requirement of a rule, in its order."""
    results = []
    for demand in demands:
        state, sentence, params = _outcome(demand, gathered)
        if state is CheckState.MISSING and demand.id in gathered.waivers:
            state, sentence, params = CheckState.WAIVED, N_("Excused: {reason}"), {"reason": gathered.waivers[demand.id]}
        results.append(
            RequirementCheck(demand.id, state, _needed(demand), _have(demand, gathered), sentence, params)
        )
    return results


def blocking(results: Sequence[RequirementCheck]) -> list[RequirementCheck]:
    """Give the results that keep a submission back."""
    return [result for result in results if result.state is CheckState.MISSING]


def _outcome(demand: Demand, gathered: Gathered) -> _Outcome:
    if demand.kind in FIGURE_KINDS:
        return _figure(demand, gathered)
    return _FILE_RULES.get(demand.kind, _paper)(demand, gathered)


def _filed(demand: Demand, gathered: Gathered) -> list[Item]:
    return [item for item in gathered.items if item.requirement_id == demand.id]


def _photos(demand: Demand, gathered: Gathered) -> _Outcome:
    photos = {item.sha256: item for item in _filed(demand, gathered) if item.kind == "photo"}
    missing = int(demand.value or 1) - len(photos)
    if missing > 0:
        state = CheckState.MISSING if demand.value is not None else CheckState.WARN
        return state, N_("{count} more photos are needed."), {"count": missing}
    return _captions(demand.fields, list(photos.values()))


def _caption_fields(demand: Demand, gathered: Gathered) -> _Outcome:
    return _captions(demand.fields, [item for item in gathered.items if item.kind == "photo"])


def _captions(fields: Sequence[str], photos: Sequence[Item]) -> _Outcome:
    for number, photo in enumerate(photos, start=1):
        for field in fields:
            if not photo.caption.get(field, "").strip():
                return CheckState.MISSING, N_("Photo {number} has no “{field}” yet."), {"number": number, "field": field}
    return CheckState.OK, N_("Complete."), {}


def _report(demand: Demand, gathered: Gathered) -> _Outcome:
    reports = [item for item in _filed(demand, gathered) if item.kind in {"pdf", "document", "text"}]
    if not reports:
        return CheckState.MISSING, N_("The report is missing."), {}
    chars = max((item.text_chars or 0 for item in reports), default=0)
    if demand.value is None or chars == 0:
        return CheckState.OK, N_("Complete."), {}
    return _length(demand, chars)


def _length(demand: Demand, chars: int) -> _Outcome:
    target = demand.value or Decimal(0)
    params: dict[str, object] = {"chars": chars, "target": int(target)}
    if demand.bound == "max" and chars > target:
        return CheckState.MISSING, N_("The report has {chars} characters; {target} are the limit."), params
    if demand.bound == "min" and chars < target:
        return CheckState.MISSING, N_("The report has {chars} characters; at least {target} are asked for."), params
    if demand.bound not in {"min", "max"} and abs(chars - target) > target * REPORT_TOLERANCE:
        return CheckState.WARN, N_("The report has {chars} characters; about {target} are asked for."), params
    return CheckState.OK, N_("Complete."), {}


def _paper(demand: Demand, gathered: Gathered) -> _Outcome:
    missing = int(demand.value or 1) - len({item.sha256 for item in _filed(demand, gathered)})
    if missing > 0:
        return CheckState.MISSING, N_("{count} more files are needed."), {"count": missing}
    return CheckState.OK, N_("Complete."), {}


def _loose(demand: Demand, gathered: Gathered) -> _Outcome:
    # Whatever was handed in counts: the table asks for nothing in particular here.
    del demand
    if gathered.items:
        return CheckState.OK, N_("Complete."), {}
    return CheckState.MISSING, N_("Nothing has been handed in yet."), {}


def _reminder(demand: Demand, gathered: Gathered) -> _Outcome:
    if _filed(demand, gathered):
        return CheckState.OK, N_("Complete."), {}
    return CheckState.WARN, N_("Nothing is filed here yet; add it if there is any."), {}


def _figure(demand: Demand, gathered: Gathered) -> _Outcome:
    stated = gathered.answers.get(demand.id)
    strict = demand.kind == "percent_min"
    if stated is None:
        return (CheckState.MISSING if strict else CheckState.WARN), N_("State the figure reached."), {}
    below = demand.value is not None and (stated > demand.value if demand.bound == "max" else stated < demand.value)
    if below:
        params: dict[str, object] = {"stated": f"{stated.normalize():f}", "asked": f"{demand.value:f}"}
        state = CheckState.MISSING if strict else CheckState.WARN
        return state, N_("{stated} is stated; {asked} is asked for."), params
    return CheckState.OK, N_("Complete."), {}


_FILE_RULES: dict[str, Callable[[Demand, Gathered], _Outcome]] = {
    "photo_min": _photos,
    "caption_fields": _caption_fields,
    "report_chars": _report,
    "other": _loose,
    "url": _reminder,
    "video": _reminder,
    "screenshot": _reminder,
}


def _needed(demand: Demand) -> str:
    if demand.value is None:
        return "、".join(demand.fields) if demand.kind == "caption_fields" else "≥1"
    sign = {"min": "≥", "max": "≤", "about": "≈"}.get(demand.bound or "", "")
    return f"{sign}{demand.value.normalize():f}{demand.unit or ''}"


def _have(demand: Demand, gathered: Gathered) -> str:
    if demand.kind in FIGURE_KINDS:
        stated = gathered.answers.get(demand.id)
        return "—" if stated is None else f"{stated.normalize():f}"
    if demand.kind == "report_chars":
        chars = max((item.text_chars or 0 for item in _filed(demand, gathered)), default=0)
        return str(chars) if chars else str(len(_filed(demand, gathered)))
    items = gathered.items if demand.kind in {"other", "caption_fields"} else _filed(demand, gathered)
    return str(len({item.sha256 for item in items}))
