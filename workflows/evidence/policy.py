"""How strict a campaign is: each check blocks a submission, warns, or is waived for the whole campaign.

The defaults are those of the field (domain rules for filing on line); an office changes each of them for a campaign,
and gives a reason for what it waives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from engine.catalogue import N_


class Severity(StrEnum):
    """What a finding does to a submission."""

    BLOCK = "block"
    WARN = "warn"
    WAIVE = "waive"


@dataclass(frozen=True)
class Check:
    """One check: its code, what it looks at in a few words, how strict it is by default.

    `office_only`: a department cannot excuse itself from what it finds; the creation office can.
    """

    code: str
    title: str
    severity: Severity
    office_only: bool = False


CHECKS = (
    Check("photo_count", N_("Fewer photos than the number asked for"), Severity.BLOCK),
    Check("photo_any", N_("No photo although photos are asked for, without a number"), Severity.WARN),
    Check("photo_limit", N_("More photos than allowed"), Severity.WARN),
    Check("subject_count", N_("Too little for one of the places or events that are counted"), Severity.BLOCK),
    Check("subject_unnamed", N_("It is not said which place or event a file belongs to"), Severity.WARN),
    Check("caption", N_("A photo whose caption lacks a field asked for"), Severity.BLOCK),
    Check("event_future", N_("An event that is said to happen in the future"), Severity.BLOCK),
    Check("window", N_("An event outside the period of the campaign"), Severity.BLOCK, office_only=True),
    Check("taken_outside", N_("A photo taken outside the period of the campaign, by its camera"), Severity.WARN),
    Check("report", N_("No report"), Severity.BLOCK),
    Check("report_limit", N_("A report beyond its limit, or below its least length"), Severity.BLOCK),
    Check("report_length", N_("A report far from the length asked for"), Severity.WARN),
    Check("report_uncounted", N_("A report whose characters cannot be counted"), Severity.WARN),
    Check("report_parts", N_("A report without measures, results or figures"), Severity.WARN),
    Check("report_sources", N_("A figure in a report without its source"), Severity.WARN),
    Check("report_summary", N_("A report written like a year's summary"), Severity.WARN),
    Check("scan_page", N_("A page of an official paper that is asked for is missing"), Severity.BLOCK),
    Check("scan_particulars", N_("An official paper without number, issuer or date"), Severity.WARN),
    Check("scan_small", N_("A scan that is too small to read"), Severity.WARN),
    Check("paper", N_("Fewer papers than asked for"), Severity.BLOCK),
    Check("table_total", N_("A table without a row of totals"), Severity.WARN),
    Check("optional", N_("Nothing filed where something may be"), Severity.WARN),
    Check("link", N_("A link without a title or without a screenshot"), Severity.WARN),
    Check("nothing", N_("Nothing handed in at all"), Severity.BLOCK),
    Check("rate", N_("A rate that is not stated or below what is asked for"), Severity.BLOCK),
    Check("rate_basis", N_("A rate without its two numbers or without a source file"), Severity.WARN),
    Check("figure", N_("A figure that is not stated or below what is asked for"), Severity.WARN),
    Check("period", N_("A month, quarter or year without enough dated evidence"), Severity.WARN),
    Check("same_file", N_("The very same file was handed in before, elsewhere"), Severity.BLOCK, office_only=True),
    Check("alike", N_("A photo like one that was handed in before"), Severity.WARN),
    Check("damaged", N_("A stored file that is damaged"), Severity.BLOCK, office_only=True),
)
BY_CODE: Mapping[str, Check] = {one.code: one for one in CHECKS}


@dataclass(frozen=True)
class Setting:
    """What a campaign says about one check, and why."""

    severity: Severity
    reason: str = ""


@dataclass(frozen=True)
class Frame:
    """What evidence is judged by besides its requirement: today, the period of the campaign, how strict it is."""

    today: date
    starts_on: date
    ends_on: date
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def severity(self, code: str) -> Severity:
        """Say how strict this campaign is about a check."""
        setting = self.settings.get(code)
        return setting.severity if setting is not None else BY_CODE[code].severity

    def reason(self, code: str) -> str:
        """Give why the office set a check as it is; empty for the default."""
        setting = self.settings.get(code)
        return setting.reason if setting is not None else ""
