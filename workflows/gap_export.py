"""The gap board as a workbook: what is missing, line by line, and the board itself."""

from collections.abc import Callable, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from engine.catalogue import N_, translate
from workflows.gaps import Gap, Light, Line, Material, lines, open_gaps

MATERIAL_NAMES = {
    Material.PHOTOS: N_("Photos"), Material.REPORTS: N_("Reports"), Material.PAPERS: N_("Papers"),
    Material.TABLES: N_("Tables"), Material.FIGURES: N_("Figures"), Material.OTHERS: N_("Others"),
}  # fmt: skip
LIGHT_NAMES = {Light.RED: N_("Missing"), Light.AMBER: N_("Doubtful"), Light.GREEN: N_("Complete")}
_FILLS = {Light.RED: "F8D7D4", Light.AMBER: "FBE7C6", Light.GREEN: "DCEFDC"}
_LIST = (N_("Department"), N_("Indicator"), N_("Case"), N_("Title"), N_("Material"), N_("As the table says"), N_("Needed"), N_("Have"), N_("State"), N_("What is missing"))
_WIDTHS = (18, 24, 14, 36, 10, 30, 12, 10, 10, 44)
#: A cell that begins so is a formula to a spreadsheet; names and phrases come from files of strangers.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_xlsx(found: Sequence[Gap], language: str) -> bytes:
    """Give a workbook with the list of what is missing and the board."""

    def say(msgid: str, **params: object) -> str:
        return translate(language, msgid, **params)

    book = Workbook()
    listed = book.active or book.create_sheet()
    listed.title = say(N_("What is missing"))
    _head(listed, [say(one) for one in _LIST], _WIDTHS)
    for gap in open_gaps(found):
        listed.append([_plain(one) for one in _row(gap, say)])
        listed.cell(listed.max_row, 9).fill = PatternFill("solid", fgColor=_FILLS[gap.light])
    board = book.create_sheet(say(N_("Gap board")))
    _head(board, [say(N_("Department")), say(N_("Indicator")), *(say(MATERIAL_NAMES[one]) for one in Material)], (18, 36, *[12] * len(Material)))
    for line in lines(found):
        _board_row(board, line, say)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def counts(gaps: Sequence[Gap]) -> tuple[int, int]:
    """Give how many of some requirements are met or waived, and how many there are."""
    return sum(gap.light is Light.GREEN for gap in gaps), len(gaps)


def _row(gap: Gap, say: Callable[..., str]) -> list[str]:
    return [
        gap.department, gap.indicator, gap.case_no, gap.title, say(MATERIAL_NAMES[gap.material]), gap.requirement.source_phrase,
        gap.needed, gap.have, say(LIGHT_NAMES[gap.light]), say(gap.sentence, **gap.params),
    ]  # fmt: skip


def _board_row(board: Worksheet, line: Line, say: Callable[..., str]) -> None:
    cells = [line.cells.get(one, ()) for one in Material]
    told = ["—" if not gaps else "{}/{}".format(*counts(gaps)) for gaps in cells]
    board.append([_plain(line.department), _plain(line.indicator), *told])
    for number, material in enumerate(Material, start=3):
        light = line.light(material)
        if light is not None:
            cell = board.cell(board.max_row, number)
            cell.fill = PatternFill("solid", fgColor=_FILLS[light])
            cell.value = f"{cell.value} {say(LIGHT_NAMES[light])}"


def _head(sheet: Worksheet, titles: Sequence[str], widths: Sequence[int]) -> None:
    sheet.append(list(titles))
    for number, width in enumerate(widths, start=1):
        cell = sheet.cell(1, number)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
