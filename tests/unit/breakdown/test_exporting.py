"""Task tables written back as Word and Excel files: they read as the same document, and look like the one they came from."""

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.enum.section import WD_ORIENT
from hypothesis import given, settings
from hypothesis import strategies as st

from office_files import cell, paragraph, row, table, word
from workflows.breakdown.document import BreakdownDocument, BreakdownRow, NamedDepartment, ReadTable, read, read_bytes
from workflows.breakdown.docx_form import read_docx
from workflows.breakdown.exporting import as_docx, as_xlsx
from workflows.breakdown.xlsx_form import read_xlsx

SEEDS = Path(__file__).parents[3] / ".." / "shared" / "seeds"
WAYS: dict[str, Callable[[BreakdownDocument], bytes]] = {"docx": as_docx, "xlsx": as_xlsx}
forms = pytest.mark.parametrize("form", list(WAYS))

RESTART, CONTINUE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
TWO_RULES = "1）街面整洁，照片3张（2分）"
TABLE = (
    paragraph("云江市创建文明城市任务分解表")
    + paragraph("填报单位：创文办")
    + table(
        row("序号", "测评指标", "测评标准", "责任单位", "工作要求"),
        row(
            cell("1", RESTART),
            cell("市容", RESTART),
            cell(paragraph(TWO_RULES) + paragraph("2）车辆有序（1分）")),
            cell("城管局、公安局", RESTART),
            cell("说明报告500字左右", RESTART),
        ),
        row(cell("", CONTINUE), cell("", CONTINUE), "3）广告规范（2分）", cell("", CONTINUE), cell("", CONTINUE)),
        row("2", "秩序", "路口有人值守（3分）", "牵头单位：公安局\n".strip(), "每月1次"),
        row(cell("合计", '<w:gridSpan w:val="2"/>'), "8", "", ""),
    )
    + paragraph("")
)


def document(body: str = TABLE) -> BreakdownDocument:
    return read_bytes("table.docx", word(body))


def again(given_document: BreakdownDocument, form: str) -> BreakdownDocument:
    return read_bytes(f"again.{form}", WAYS[form](given_document))


def rules(given_document: BreakdownDocument) -> list[tuple[str, str | None, list[tuple[object, ...]]]]:
    """Give all that makes a document, except doubts and places."""
    return [
        (
            one.title,
            one.kind,
            [
                (
                    *(rule.indicator, rule.item_no, rule.text, rule.points, rule.advice, rule.advice_inherited),
                    *(rule.deadline, rule.due, rule.requirements, rule.departments, rule.bonus, rule.others),
                )
                for rule in one.rows
            ],
        )
        for one in given_document.tables
    ]


def with_rows(given_document: BreakdownDocument, rows: list[BreakdownRow]) -> BreakdownDocument:
    return replace(
        given_document, tables=(replace(given_document.tables[0], rows=tuple(rows)), *given_document.tables[1:])
    )


@forms
@pytest.mark.skipif(
    not SEEDS.is_dir(), reason=f"the real task tables are not at {SEEDS}; writing them back was not tested"
)
@pytest.mark.parametrize("seed", ["000_db0a5db4f84b58be.txt", "001_2d03eeb0fe6243fb.txt"])
def test_real_tables_written_back_read_the_same(seed: str, form: str) -> None:
    original = read(SEEDS / seed)
    back = again(original, form)
    assert back.title == original.title
    assert [one.points_total for one in back.tables] == [one.points_total for one in original.tables]
    assert rules(back) == rules(original)


@forms
def test_a_word_table_written_back_reads_the_same_and_keeps_its_notes(form: str) -> None:
    original = document()
    back = again(original, form)
    assert rules(back) == rules(original)
    assert [note.text for note in back.tables[0].notes] == ["填报单位：创文办"]
    assert back.tables[0].columns == original.tables[0].columns


def test_rules_of_one_cell_go_back_into_one_and_merged_cells_stay_merged() -> None:
    (given_table,) = read_docx("a.docx", as_docx(document())).tables
    shown = [["^" if one.above else "<" if one.left else one.text for one in line.cells] for line in given_table.rows]
    assert shown == [
        ["序号", "测评指标", "测评标准", "责任单位", "工作要求"],
        ["1", "市容", f"{TWO_RULES}\n2）车辆有序（1分）", "城管局、公安局", "说明报告500字左右"],
        ["^", "^", "3）广告规范（2分）", "^", "^"],
        ["2", "秩序", "路口有人值守（3分）", "牵头单位：公安局", "每月1次"],
        ["合计", "<", "8", "", ""],
    ]


def test_the_workbook_has_the_same_cells() -> None:
    (from_word,) = read_docx("a.docx", as_docx(document())).tables
    (from_sheet,) = read_xlsx("a.xlsx", as_xlsx(document())).tables
    assert [line.cells for line in from_sheet.rows[2:]] == [line.cells for line in from_word.rows]
    assert from_sheet.name == "云江市创建文明城市任务分解表"


CORRECTIONS: dict[str, Callable[[list[BreakdownRow]], list[BreakdownRow]]] = {
    "other words": lambda rows: [replace(rows[0], text="1）街面干净，照片5张（2分）"), *rows[1:]],
    "other points": lambda rows: [*rows[:3], replace(rows[3], points=Decimal("4.5"))],
    "another department": lambda rows: [*rows[:3], replace(rows[3], departments=rows[0].departments)],
    "departments of their own in one cell": lambda rows: [replace(rows[0], departments=rows[3].departments), *rows[1:]],
    "another lead": lambda rows: [
        *rows[:3],
        replace(rows[3], departments=(NamedDepartment("教育局", "教育局", "lead", group=False), *rows[0].departments)),
    ],
    "other advice": lambda rows: [*rows[:3], replace(rows[3], advice="照片10张")],
    "another indicator": lambda rows: [*rows[:3], replace(rows[3], indicator="交通秩序")],
    "another indicator in a group": lambda rows: [replace(rows[0], indicator="市容市貌"), *rows[1:]],
    "a deadline": lambda rows: [*rows[:3], replace(rows[3], deadline="9月30日前")],
    "a rule less": lambda rows: [rows[0], *rows[2:]],
    "the first less": lambda rows: rows[1:],
    "the last less": lambda rows: rows[:3],
    "a rule more": lambda rows: [
        *rows,
        replace(rows[3], text="斑马线清晰（1分）", item_no="3", points=Decimal(1), source=None),
    ],
    "another order": lambda rows: [rows[3], *rows[:3]],
}


@forms
@pytest.mark.parametrize("correction", list(CORRECTIONS))
def test_corrections_are_in_the_file(correction: str, form: str) -> None:
    original = document()
    corrected = with_rows(original, CORRECTIONS[correction](list(original.tables[0].rows)))
    plain = [
        (
            one.indicator,
            one.item_no,
            one.text,
            one.points,
            one.advice,
            one.deadline,
            [(two.name, two.role) for two in one.departments],
        )
        for one in corrected.tables[0].rows
    ]
    back = again(corrected, form).tables[0].rows
    assert [
        (
            one.indicator,
            one.item_no,
            one.text,
            one.points,
            one.advice,
            one.deadline,
            [(two.name, two.role) for two in one.departments],
        )
        for one in back
    ] == plain


def test_text_outside_and_several_tables_stay() -> None:
    body = (
        paragraph("云江市任务分解表")
        + paragraph("各单位要对照本表逐项落实，不得遗漏。")
        + table(row("主要任务", "责任单位"), row("街面整洁", "城管局"))
        + paragraph("二、个性任务分解表")
        + table(row("主要任务", "责任单位"), row("车辆有序", "公安局"))
        + paragraph("以上内容由创文办负责解释，请遵照执行。")
    )
    original = document(body)
    for form in WAYS:
        back = again(original, form)
        assert rules(back) == rules(original)
        assert {stray.text for stray in original.strays} <= {stray.text for stray in back.strays}


def test_the_page_is_landscape_a4_and_repeats_its_head() -> None:
    made = docx.Document(io.BytesIO(as_docx(document())))
    section = made.sections[0]
    assert (section.orientation, round(section.page_width.mm), round(section.page_height.mm)) == (
        WD_ORIENT.LANDSCAPE,
        297,
        210,
    )
    xml = made.tables[0]._tbl.xml
    assert xml.count("<w:tblHeader/>") == 1
    assert 'w:eastAsia="仿宋"' in xml
    assert 'w:eastAsia="宋体"' in xml
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(document()))).worksheets[0]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.fitToHeight == 0


def test_words_that_look_like_formulas_stay_words() -> None:
    body = paragraph("任务分解表") + table(row("主要任务", "责任单位"), row('=HYPERLINK("http://x")', "城管局"))
    cells = openpyxl.load_workbook(io.BytesIO(as_xlsx(document(body)))).worksheets[0]["A3"]
    assert (cells.value, cells.data_type) == ('=HYPERLINK("http://x")', "s")


def test_points_of_a_column_are_numbers_in_the_workbook() -> None:
    body = paragraph("任务分解表") + table(row("主要任务", "分值", "责任单位"), row("街面整洁", "1.50", "城管局"))
    points = openpyxl.load_workbook(io.BytesIO(as_xlsx(document(body)))).worksheets[0]["B3"]
    assert (points.value, points.number_format) == (1.5, "0.00")


NAMES = ["城管局", "公安局", "教育局", "市住建局", "文旅局", "卫健委"]
SENTENCES = [
    "街面整洁有序",
    "公共场所无烟",
    "志愿服务常态化",
    "每季度召开一次会议",
    "宣传栏内容及时更换",
    "投诉办结率达到95%以上",
]
ADVICE = ["", "照片5张", "说明报告500字左右", "制度文件、现场照片", "每月报送1条信息"]
DEADLINES = [None, "9月底前", "长期坚持", "8月28日"]


@st.composite
def departments(draw: st.DrawFn) -> tuple[NamedDepartment, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    roles = draw(st.lists(st.sampled_from(["lead", "responsible", "assist"]), min_size=len(names), max_size=len(names)))
    return tuple(NamedDepartment(name, name, role, group=False) for name, role in zip(names, roles, strict=True))


@st.composite
def made_rows(draw: st.DrawFn) -> BreakdownRow:
    """Make a rule as somebody might type it, with everything a row can have."""
    return BreakdownRow(
        indicator=draw(st.sampled_from(["市容环境", "公共秩序", "思想道德"])),
        item_no=str(draw(st.integers(1, 99))),
        text=draw(st.sampled_from(SENTENCES)),
        points=draw(st.none() | st.decimals(Decimal("0.5"), Decimal(20), places=1)),
        departments=draw(departments()),
        advice=draw(st.sampled_from(ADVICE)),
        advice_inherited=False,
        deadline=draw(st.sampled_from(DEADLINES)),
        requirements=(),
        warnings=(),
    )


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(made_rows(), min_size=1, max_size=8), form=st.sampled_from(["docx", "xlsx"]))
def test_documents_made_by_hand_read_as_they_were_made(rows: list[BreakdownRow], form: str) -> None:
    made = BreakdownDocument(
        "云江市任务分解表", (ReadTable("云江市任务分解表", "unknown", None, (), tuple(rows), ()),), ()
    )
    back = again(made, form).tables[0].rows
    assert [(one.indicator, one.item_no, one.text, one.points, one.advice, one.deadline) for one in back] == [
        (one.indicator, one.item_no, one.text, one.points, one.advice, one.deadline) for one in rows
    ]
    assert [{(two.name, two.role) for two in one.departments} for one in back] == [
        {(two.name, two.role) for two in one.departments} for one in rows
    ]
