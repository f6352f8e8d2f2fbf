"""A comparison of two editions as a workbook (.xlsx): one line for every rule, side by side, what differs in words."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session

from engine.catalogue import N_, translate
from models.breakdown import Rule
from models.editions import Edition, PairState
from workflows.breakdown.editions import Change, EditionRow, rows_of

CHANGES = {
    Change.TEXT: N_("wording"),
    Change.NUMBER: N_("number"),
    Change.INDICATOR: N_("indicator"),
    Change.POINTS: N_("points"),
    Change.DEPARTMENTS: N_("departments"),
    Change.DEADLINE: N_("deadline"),
    Change.ADVICE: N_("advice"),
    Change.REQUIREMENTS: N_("requirements"),
}
STATUS = {
    "same": N_("Same"),
    "changed": N_("Changed"),
    "added": N_("Newly added"),
    "removed": N_("Gone"),
}
STATES = {PairState.PROPOSED: N_("proposed"), PairState.CONFIRMED: N_("confirmed")}
_HEADS = (
    N_("What became of it"), N_("What differs"), N_("Settled"),
    *2 * (N_("Indicator"), N_("No."), N_("Rule"), N_("Points"), N_("Departments"), N_("Deadline"), N_("Advice")),
)  # fmt: skip
_WIDTHS = (10, 18, 10, *2 * (18, 8, 48, 8, 22, 12, 36))
_FILLS = {"added": "E7F4E8", "removed": "FBE9E7", "changed": "FFF6DD"}
_FACTS = 7
#: A sheet of a workbook has 31 characters of title at most.
_TITLE = 31


def status_of(row: EditionRow) -> str:
    """Say what became of a rule: same, changed, added or removed."""
    if row.older is None or row.newer is None:
        return "added" if row.older is None else "removed"
    return "changed" if row.pair is not None and row.pair.changes else "same"


def workbook(session: Session, edition: Edition, language: str) -> bytes:
    """Give a comparison as the bytes of an .xlsx file, in "zh" or "en"."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = translate(language, N_("Comparison of editions"))[:_TITLE]
    sheet.freeze_panes = "A3"
    for number, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    titles = (f"{one.campaign.name}·{one.title or one.file_name}" for one in (edition.older, edition.newer))
    head = ["", "", "", *(cell for title in titles for cell in (title, *[""] * (_FACTS - 1)))]
    _write(sheet, 1, head, bold=True)
    _write(sheet, 2, [translate(language, one) for one in _HEADS], bold=True)
    for number, row in enumerate(rows_of(session, edition), start=3):
        _write(sheet, number, _line(row, language), fill=_FILLS.get(status_of(row)))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _line(row: EditionRow, language: str) -> list[str]:
    changes = row.pair.changes if row.pair is not None else []
    settled = translate(language, STATES[PairState(row.pair.state)]) if row.pair is not None else ""
    words = translate(language, N_(", ")).join(translate(language, CHANGES[Change(one)]) for one in changes)
    return [translate(language, STATUS[status_of(row)]), words, settled, *_facts(row.older), *_facts(row.newer)]


def _facts(rule: Rule | None) -> list[str]:
    if rule is None:
        return [""] * _FACTS
    points = "" if rule.points is None else f"{rule.points.normalize():f}"
    return [rule.indicator, rule.item_no, rule.text, points, "、".join(_names(rule)), rule.deadline or "", rule.advice]


def _names(rule: Rule) -> Sequence[str]:
    return [one.name for one in rule.departments]


def _write(sheet: Worksheet, row: int, texts: Sequence[str], *, bold: bool = False, fill: str | None = None) -> None:
    for column, text in enumerate(texts, start=1):
        cell = sheet.cell(row, column, ILLEGAL_CHARACTERS_RE.sub("", text))
        # What a table says is text, also where it begins with a sign of equality.
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if bold:
            cell.font = Font(bold=True)
        if fill:
            cell.fill = PatternFill("solid", start_color=fill)
