"""The values a read task table consists of; `document.as_json` gives them as the public contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from engine.catalogue import DEFAULT_LANGUAGE, translate
from workflows.breakdown.deadlines import Due
from workflows.breakdown.grid import Grid, Stray


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
    """A doubt a person has to settle: a stable code, a msgid with its parameters, and the place.

    `row` and `column`: the cell it is about, as indexes into the grid of its table; None where it is about no one
    cell. The codes are explained in docs/reading-codes.md.
    """

    code: str
    message: str
    params: Mapping[str, object]
    place: Place
    row: int | None = None
    column: int | None = None

    def as_json(self, language: str = DEFAULT_LANGUAGE) -> dict[str, str | int | None]:
        """Give `{"code", "message", "where", "row", "column"}`, the texts in `language`."""
        return {
            "code": self.code,
            "message": translate(language, self.message, **self.params),
            "where": self.place.text(language),
            "row": self.row,
            "column": self.column,
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
class Hand:
    """Who wrote something while a table was looked over, and when. `person` None for a command line."""

    person: UUID | None
    at: datetime


@dataclass(frozen=True)
class NamedRequirement:
    """One checkable demand. `source_phrase` stands in the text exactly so; `scope` is "rule" or "cell".

    `upper`: the other end of a range (3至5张). `period`: how often it falls due (每季度), None for once. `departments`:
    of whom it is asked, by canonical name, where the advice parts it among them; empty for all of the row. `added` and
    `changed`: who put it in, or last asked for something else, while the table was looked over; None where it is as read.
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
    departments: tuple[str, ...] = ()
    added: Hand | None = None
    changed: Hand | None = None


@dataclass(frozen=True)
class OtherText:
    """The text of a column that is none of the fields of a row (备注, 责任人, 评分标准), under its head."""

    head: str
    text: str


@dataclass(frozen=True)
class BreakdownRow:
    """One scored rule. `points` None where the table gives none.

    `deadline` stands as written; `due` is what it means, None where that is not sure. `bonus`: the points come on top
    of the declared total (加分). `source`: index of its table and of its row in the grid of that table; rules of one
    cell share it. None for a row a person added.
    """

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
    source: tuple[int, int] | None = None
    due: Due | None = None
    bonus: bool = False
    others: tuple[OtherText, ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """One table. `kind`: common, individual, online_filing, site_check, publicity or unknown.

    `grid`: the table as the file holds it, None for one a person added. `notes`: its unit, date and remark lines.
    """

    title: str
    kind: str
    points_total: Decimal | None
    columns: tuple[str, ...]
    rows: tuple[BreakdownRow, ...]
    warnings: tuple[ReadWarning, ...]
    grid: Grid | None = None
    notes: tuple[Stray, ...] = ()
    strays: tuple[Stray, ...] = ()


@dataclass(frozen=True)
class BreakdownDocument:
    """A whole document: its title, its tables, and the doubts that belong to no single rule.

    `strays`: all text outside of its tables, and the text of tables that were not read.
    """

    title: str
    tables: tuple[ReadTable, ...]
    warnings: tuple[ReadWarning, ...]
    strays: tuple[Stray, ...] = ()
