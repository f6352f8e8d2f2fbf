"""The values the checks of completeness work on: what is asked for, what is there, what is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from workflows.evidence.policy import Severity
from workflows.evidence.report_reading import ReportReading

FILE_KINDS = frozenset({"photo_min", "report_chars", "document", "scan", "summary", "plan", "table", "screenshot", "video", "url", "other"})
FIGURE_KINDS = frozenset({"count_min", "frequency", "percent_min", "area_min", "size_min"})


class CheckState(StrEnum):
    """How a requirement stands: met, missing something that blocks, doubtful, or waived."""

    OK = "ok"
    MISSING = "missing"
    WARN = "warn"
    WAIVED = "waived"


@dataclass(frozen=True)
class Demand:
    """A requirement as the checks need it.

    `subjects`: what `per` counts, by name, where the office listed it. `strict`: the value itself is not enough (高于90%).
    """

    id: UUID
    kind: str
    value: Decimal | None
    unit: str | None
    bound: str | None
    per: str | None
    fields: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    strict: bool = False


@dataclass(frozen=True)
class Seen:
    """Where a file, or a photo like it, was handed in before: the same bytes, or `distance` bits of 64 apart."""

    same_bytes: bool
    distance: int
    where: str


@dataclass(frozen=True)
class Item:
    """A piece of evidence as the checks need it. `requirement_id` None: not filed under any.

    `taken_on`: the day by the clock of the camera. `page_role`: 红头页, 盖章页. `seen`: where it was handed in before,
    unless that is declared as reuse. `reading` of a report's text, None where it could not be read.
    """

    requirement_id: UUID | None
    sha256: str
    kind: str
    caption: Mapping[str, str]
    text_chars: int | None
    id: UUID | None = None
    name: str = ""
    event_date: date | None = None
    taken_on: date | None = None
    subject: str = ""
    page_role: str = ""
    has_particulars: bool = False
    long_side: int | None = None
    has_totals: bool | None = None
    reading: ReportReading | None = None
    seen: tuple[Seen, ...] = ()
    damaged: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure as stated; a rate with the two numbers it was reckoned from."""

    value: Decimal
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Excuse:
    """Why a requirement need not be met, and who says so: the department, or the creation office."""

    reason: str
    by: UUID | None = None
    by_office: bool = False


@dataclass(frozen=True)
class Link:
    """A public address handed in as evidence."""

    requirement_id: UUID
    url: str
    title: str


@dataclass(frozen=True)
class Gathered:
    """What a department has: items, stated figures and excuses by requirement, links."""

    items: Sequence[Item]
    answers: Mapping[UUID, Figure] = field(default_factory=dict)
    waivers: Mapping[UUID, Excuse] = field(default_factory=dict)
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class Finding:
    """Something a check found: its code (`policy.CHECKS`), a sentence (a msgid with its params), the file it is about.

    `lacking`: how many photos, papers or characters are short, where that can be counted.
    """

    code: str
    sentence: str
    params: Mapping[str, object] = field(default_factory=dict)
    item: UUID | None = None
    lacking: int = 0
    severity: Severity = Severity.BLOCK


@dataclass(frozen=True)
class PeriodStanding:
    """How a recurring duty stands in one period: met, open (there is still time), or short."""

    key: str
    have: int
    needed: int
    state: str


@dataclass(frozen=True)
class RequirementCheck:
    """The verdict on one requirement: `sentence` is a msgid filled with `params`, the weightiest finding's.

    `lacking` counts what is short over all blocking findings; `waived_by` is the person who excused it.
    """

    requirement_id: UUID
    state: CheckState
    needed: str
    have: str
    sentence: str
    params: Mapping[str, object]
    lacking: int = 0
    findings: tuple[Finding, ...] = ()
    waived_by: UUID | None = None
    periods: tuple[PeriodStanding, ...] = ()


def filed(demand: Demand, gathered: Gathered) -> list[Item]:
    """Give what is filed under a requirement."""
    return [item for item in gathered.items if item.requirement_id == demand.id]
