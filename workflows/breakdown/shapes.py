"""The values a read task table consists of; `document.as_json` gives them as the public contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.catalogue import DEFAULT_LANGUAGE, translate


@dataclass(frozen=True)
class Place:
    """Where something stands in the document: a msgid and what fills it."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """Give the place in "zh" or "en"."""
        return translate(language, self.msgid, **self.params)


@dataclass(frozen=True)
class ReadWarning:
    """A doubt a person has to settle: a stable code, a msgid with its parameters, and the place."""

    code: str
    message: str
    params: Mapping[str, object]
    place: Place

    def as_json(self, language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
        """Give `{"code", "message", "where"}`, the texts in `language`."""
        return {
            "code": self.code,
            "message": translate(language, self.message, **self.params),
            "where": self.place.text(language),
        }


@dataclass(frozen=True)
class NamedDepartment:
    """A department or group as the table writes it, with its canonical name in this document.

    `role` is "lead" (牵头), "assist" (配合) or "responsible" (责任).
    """

    name: str
    canonical: str
    role: str
    group: bool


@dataclass(frozen=True)
class NamedRequirement:
    """One checkable demand. `source_phrase` stands in the text exactly so; `scope` is "rule" or "cell".

    `upper`: the other end of a range (3至5张). `period`: how often it falls due (每季度), None for once.
    """

    kind: str
    value: Decimal | None
    unit: str | None
    bound: str | None
    per: str | None
    fields: tuple[str, ...]
    deadline: str | None
    source_phrase: str
    scope: str
    upper: Decimal | None = None
    period: str | None = None


@dataclass(frozen=True)
class BreakdownRow:
    """One scored rule. `points` None where the table gives none."""

    indicator: str
    item_no: str
    text: str
    points: Decimal | None
    departments: tuple[NamedDepartment, ...]
    advice: str
    advice_inherited: bool
    deadline: str | None
    requirements: tuple[NamedRequirement, ...]
    warnings: tuple[ReadWarning, ...]


@dataclass(frozen=True)
class ReadTable:
    """One table. `kind`: common, individual, online_filing, site_check, publicity or unknown."""

    title: str
    kind: str
    points_total: Decimal | None
    columns: tuple[str, ...]
    rows: tuple[BreakdownRow, ...]
    warnings: tuple[ReadWarning, ...]


@dataclass(frozen=True)
class BreakdownDocument:
    """A whole document: its title, its tables, and the doubts that belong to no single rule."""

    title: str
    tables: tuple[ReadTable, ...]
    warnings: tuple[ReadWarning, ...]
