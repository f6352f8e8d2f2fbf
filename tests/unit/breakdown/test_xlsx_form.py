"""Workbooks as offices write them: merged areas, numbers as people see them, what is hidden."""

import io
from datetime import datetime

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from office_files import workbook
from workflows.breakdown.office.number_formats import shown
from workflows.breakdown.raw_tables import LeftOut, RawDocument, RawTable
from workflows.breakdown.xlsx_form import read_xlsx


def saved(book: openpyxl.Workbook) -> RawDocument:
    file = io.BytesIO()
    book.save(file)
    return read_xlsx("table.xlsx", file.getvalue())


def sheet_of(*rows: tuple[object, ...]) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for one in rows:
        sheet.append(one)
    return book, sheet


def texts(given: RawTable) -> list[list[str]]:
    """Give the cells, ^ for one that goes on from above, < for one that goes on from before it."""
    return [["^" if one.above else "<" if one.left else one.text for one in line.cells] for line in given.rows]


def only(document: RawDocument) -> list[list[str]]:
    (given,) = document.tables
    return texts(given)


def test_every_visible_sheet_is_a_table_and_hidden_ones_are_counted() -> None:
    book, sheet = sheet_of(("任务", "单位"))
    sheet.title = "共性"
    book.create_sheet("空")
    book.create_sheet("个性").append(["a", "b"])
    for name, state in (("旧", "hidden"), ("密", "veryHidden")):
        other = book.create_sheet(name)
        other.append(["x"])
        other.sheet_state = state
    given = saved(book)
    assert [(one.name, texts(one)) for one in given.tables] == [("共性", [["任务", "单位"]]), ("个性", [["a", "b"]])]
    assert given.left_out == (LeftOut("hidden_sheets", 2),)
    assert given.merging_known


def test_merged_areas_give_their_text_once() -> None:
    book, sheet = sheet_of(("标题", None, None), ("环境", "a", "c"), (None, "b", "d"), (None, None, "e"))
    for area in ("A1:C1", "A2:A4", "B3:B4"):
        sheet.merge_cells(area)
    assert only(saved(book)) == [["标题", "<", "<"], ["环境", "a", "c"], ["^", "b", "d"], ["^", "^", "e"]]


def test_an_area_of_rows_and_columns() -> None:
    book, sheet = sheet_of(("块", None, "a"), (None, None, "b"), ("1", "2", "3"))
    sheet.merge_cells("A1:B2")
    assert only(saved(book)) == [["块", "<", "a"], ["^", "<", "b"], ["1", "2", "3"]]


def test_an_area_whose_first_row_is_hidden_keeps_its_text() -> None:
    book, sheet = sheet_of(("环境", "a"), (None, "b"), (None, "c"))
    sheet.merge_cells("A1:A3")
    sheet.row_dimensions[1].hidden = True
    given = saved(book)
    assert only(given) == [["环境", "b"], ["^", "c"]]
    assert given.left_out == (LeftOut("hidden_rows", 1, "Sheet"),)


def test_hidden_rows_and_columns_are_left_out_and_counted() -> None:
    book, sheet = sheet_of(("a", "旧", "b"), ("1", "x", "2"), ("3", "y", "4"))
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[2].hidden = True
    given = saved(book)
    assert only(given) == [["a", "b"], ["3", "4"]]
    assert given.left_out == (LeftOut("hidden_rows", 1, "Sheet"), LeftOut("hidden_columns", 1, "Sheet"))


def test_empty_rows_between_become_one_and_places_are_those_of_the_sheet() -> None:
    book, sheet = sheet_of(("a", "b"))
    sheet["A5"], sheet["D9"].value = "c", "d"
    given = saved(book)
    assert only(given) == [["a", "b", ""], ["", "", ""], ["c", "", ""], ["", "", ""], ["", "", "d"]]
    assert [line.place for line in given.tables[0].rows] == [1, 2, 5, 6, 9]


def test_a_formula_counts_with_its_result_and_without_one_is_counted() -> None:
    content = (
        '<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
        '<c r="C1"><f>SUM(A1)</f></c><c r="D1"><f>SUM(A1)</f><v></v></c><c r="E1" t="str"><f>""</f><v></v></c>'
        '<c r="F1" t="b"><v>1</v></c><c r="G1" t="e"><v>#REF!</v></c></row></sheetData>'
    )
    given = read_xlsx("a.xlsx", workbook(content))
    assert only(given) == [["2", "ab", "TRUE", "#REF!"]]
    assert given.left_out == (LeftOut("formulas", 2, "任务"),)


def test_texts_with_several_formats_readings_and_escaped_signs() -> None:
    strings = (
        '<si><r><t>重</t></r><r><rPr><b/></rPr><t xml:space="preserve">点 </t></r></si>'
        "<si><t>漢字</t><rPh sb='0' eb='2'><t>かんじ</t></rPh></si>"
        "<si><t>一_x000D_\n二</t></si>"
    )
    content = (
        '<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c>'
        '<c t="inlineStr"><is><t>就地</t></is></c></row></sheetData>'
    )
    assert only(read_xlsx("a.xlsx", workbook(content, strings))) == [["重点 ", "漢字", "一\n二", "就地"]]


def test_numbers_stand_as_people_see_them() -> None:
    book, sheet = sheet_of(("1.10", 1.5, 0.6, datetime(2026, 8, 28), 3, 1.1, 12348))  # noqa: DTZ001 - as in a sheet
    for place, code in (("B1", "0.00"), ("C1", "0%"), ("D1", 'yyyy"年"m"月"d"日"'), ("E1", '0"分"')):
        sheet[place].number_format = code
    assert only(saved(book)) == [["1.10", "1.50", "60%", "2026年8月28日", "3分", "1.1", "12348"]]


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ("0.30000000000000004", "General", "0.3"),
        ("13800138000", "General", "13800138000"),
        ("1E-3", "General", "0.001"),
        ("1.005", "0.00", "1.01"),
        ("1234567.5", "#,##0.00", "1,234,567.50"),
        ("1", "00", "01"),
        ("3", "0.##", "3"),
        ("0.25", "#.##", ".25"),
        ("-2", "0;(0)", "(2)"),
        ("0", '0;-0;"无"', "无"),
        ("0.955", "0.0%", "95.5%"),
        ("5", '"第"0"项"', "第5项"),
        ("5", "0_ ;[Red]-0 ", "5"),
        ("12.5", "¥#,##0.0", "¥12.5"),
        ("12.5", "[$￥-804]#,##0.0", "￥12.5"),
        ("3", "[DBNum1][$-804]General", "三"),
        ("12", "[DBNum1]General", "一十二"),
        ("20", "[DBNum2]0", "贰拾"),
        ("2", "[>1]0;0.0", "2"),
        ("0.5", "# ?/?", "0.5"),
        ("46262", "yyyy/m/d", "2026/8/28"),
        ("46262", "yyyy-mm-dd;@", "2026-08-28"),
        ("46262", "[$-F800]dddd, mmmm dd, yyyy", "星期五, Aug 28, 2026"),
        ("46262", "m月d日", "8月28日"),
        ("46262", '[DBNum1][$-804]yyyy"年"m"月"d"日"', "二〇二六年八月二十八日"),
        ("46262.5", "yyyy/m/d h:mm", "2026/8/28 12:00"),
        ("0.5625", "h:mm AM/PM", "1:30 PM"),
        ("0.5625", "上午/下午h时mm分", "下午1时30分"),
        ("60", "yyyy/m/d", "1900/2/28"),
        ("1", "yyyy/m/d", "1900/1/1"),
        ("-1", "yyyy/m/d", "-1"),
        ("1E+300", "yyyy/m/d", "1" + "0" * 300),
        ("no number", "0.00", "no number"),
    ],
)
def test_formats(value: str, code: str, expected: str) -> None:
    assert shown(value, code) == expected


def test_dates_of_a_workbook_that_counts_from_1904() -> None:
    assert shown("44800", "yyyy/m/d", since_1904=True) == "2026/8/28"


def test_a_sheet_formatted_to_its_last_row_costs_no_memory() -> None:
    row = '<row r="{0}" s="1" customFormat="1"><c r="A{0}" s="1"/><c r="B{0}" s="1"/></row>'
    rows = "".join(row.format(number) for number in range(3, 1_048_577))
    content = (
        '<cols><col min="1" max="16384" width="9"/></cols><sheetData><row r="2"><c r="B2" t="str"><v>单位</v></c></row>'
        f'{rows}</sheetData><mergeCells><mergeCell ref="B2:XFD1048576"/></mergeCells>'
    )
    assert only(read_xlsx("a.xlsx", workbook(content))) == [["单位"]]
