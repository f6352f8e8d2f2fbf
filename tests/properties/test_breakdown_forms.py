"""Random task tables written in every form of text read back cell by cell: nothing is lost, nothing is added."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.breakdown.document import BreakdownDocument, BreakdownRow, read_bytes
from workflows.breakdown.unit_names import read_units

HEADS = ("序号", "项目", "任务", "分值", "责任单位", "配合单位", "完成时限", "备注")
NAMES = ("市文明办", "市教育局", "市公安局交警支队", "各街道（镇）", "团市委", "区住建局")
DEADLINES = ("6月底前", "8月28日", "长期坚持", "每季度末", "2026年9月底前", "")
#: No mark that parts cells in one of the forms, no number that begins a rule, no word that heads a column.
WORDS = st.text(alphabet="整治占道经营街面洁净垃圾清运", min_size=4, max_size=14)
TASKS = st.lists(WORDS, min_size=1, max_size=3).map("，".join)
UNITS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map("、".join)
CELLS = st.tuples(
    st.one_of(st.just(""), WORDS),
    TASKS,
    st.integers(1, 20).map(str),
    UNITS,
    st.one_of(st.just(""), UNITS),
    st.sampled_from(DEADLINES),
    st.sampled_from(("", "续办", "新增")),
)
ROWS = st.lists(CELLS, min_size=1, max_size=6).map(
    lambda rows: [
        (str(number), row[0] or ("街面" if number == 1 else ""), *row[1:]) for number, row in enumerate(rows, 1)
    ]
)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Row = tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """A way to write a table as text; `name` of the file. `line`: how a cell begins a new line, "" where it cannot."""

    name: str
    write: Callable[[Sequence[Row]], str]
    line: str = ""

    def written(self, rows: Sequence[Row]) -> str:
        """Write a table, the parts of a task on lines of their own where the form has them."""
        return self.write([HEADS, *(tuple(cell.replace("，", self.line or "，") for cell in row) for row in rows)])

    def wanted(self, rows: Sequence[Row]) -> list[Row]:
        """Give the rows as they read: an empty indicator is that above, a department named twice keeps its first role."""
        found: list[Row] = []
        for row in rows:
            first = {one.name for one in read_units(row[4]).departments}
            assists = "、".join(one.name for one in read_units(row[5]).departments if one.name not in first)
            text = row[2].replace("，", "\n") if self.line else row[2]
            found.append((row[0], row[1] or found[-1][1], text, *row[3:5], assists, *row[6:]))
        return found


def _marked(rows: Sequence[Row]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(HEADS), *lines[1:]])


def _page(rows: Sequence[Row]) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{lines}</table>"


def _quoted(sign: str) -> Callable[[Sequence[Row]], str]:
    return lambda rows: "\n".join(
        sign.join(f'"{cell}"' if sign in cell or "\n" in cell else cell for cell in row) for row in rows
    )


FORMS = {
    "commas": Form("表.csv", _quoted(","), line="\n"),
    "semicolons": Form("表.csv", _quoted(";"), line="\n"),
    "tabs": Form("表.tsv", lambda rows: "\n".join("\t".join(row) for row in rows)),
    "cells-behind-tabs": Form(
        "表.txt",
        lambda rows: "任务分解表\n" + "".join("".join(f"\t{cell}\n" for cell in row) + "\n" for row in rows),
        line="\n",
    ),
    "bars": Form("表.txt", lambda rows: "\n".join("|".join(row) + "|" for row in rows)),
    "cells-behind-bars": Form(
        "表.txt", lambda rows: "任务分解表\n" + "".join("".join(f"| {cell}\n" for cell in row) + "\n" for row in rows)
    ),
    "markdown": Form("表.md", _marked, line="<br>"),
}
PAGE = Form("表.html", _page, line="<br>")


def read_back(row: BreakdownRow) -> tuple[str, ...]:
    """Give the cells of a row as they were written."""
    said = {
        role: "、".join(one.name for one in row.departments if one.role == role) for role in ("responsible", "assist")
    }
    points = "" if row.points is None else f"{row.points:f}"
    others = "".join(one.text for one in row.others)
    return (
        row.item_no,
        row.indicator,
        row.text,
        points,
        said["responsible"],
        said["assist"],
        row.deadline or "",
        others,
    )


def _rows(document: BreakdownDocument) -> list[BreakdownRow]:
    return [row for table in document.tables for row in table.rows]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@FEW
@given(rows=ROWS)
def test_a_table_in_a_form_of_text_reads_back(form: Form, rows: list[Row]) -> None:
    document = read_bytes(form.name, form.written(rows).encode())
    assert [read_back(row) for row in _rows(document)] == form.wanted(rows)
    assert document.strays == ()
    assert all(table.strays == () for table in document.tables)


@settings(FEW, max_examples=3)
@given(rows=ROWS)
def test_a_web_page_reads_back(rows: list[Row]) -> None:
    document = read_bytes("表.html", PAGE.written(rows).encode())
    assert [read_back(row) for row in _rows(document)] == PAGE.wanted(rows)


@FEW
@given(rows=ROWS)
def test_numbered_paragraphs_read_back(rows: list[Row]) -> None:
    lines = []
    for number, _, task, _, units, assists, deadline, _ in rows:
        tails = [
            f"责任单位：{units}",
            *([f"配合单位：{assists}"] if assists else []),
            *([f"完成时限：{deadline}"] if deadline else []),
        ]
        lines.append(f"{number}.{task}。（{'；'.join(tails)}）")
    document = read_bytes("方案.txt", "\n".join(["创建工作任务分工方案", *lines]).encode())
    found = [read_back(row) for row in _rows(document)]
    expected = FORMS["bars"].wanted(rows)
    assert [(row[0], row[2], *row[4:7]) for row in found] == [
        (row[0], f"{row[0]}.{row[2]}。", *row[4:7]) for row in expected
    ]


@FEW
@given(rows=ROWS)
def test_cells_on_lines_are_read_whole_or_kept(rows: list[Row]) -> None:
    cells = [[number, task, units, deadline] for number, _, task, _, units, _, deadline, _ in rows]
    lines = ["序号", "任务", "责任单位", "完成时限", *(cell for row in cells for cell in row if cell)]
    document = read_bytes("表.txt", "\n".join(lines).encode())
    left = "\n".join(stray.text for table in document.tables for stray in table.strays)
    read = [
        (row.item_no, row.text, "、".join(one.name for one in row.departments), row.deadline or "")
        for row in _rows(document)
    ]
    written = [tuple(row) for row in cells]
    assert all(row in written for row in read)
    assert all(row in read or all(cell in left for cell in row) for row in written)
