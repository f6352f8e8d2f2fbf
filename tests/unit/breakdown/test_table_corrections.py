"""Corrections of a whole table: title, kind, total, what its columns mean; read again, left out."""

import pytest
from opened_table import TABLE, corrected, document, grids, key, row, texts

from engine.errors import Invalid
from workflows.breakdown import row_moves, table_corrections
from workflows.breakdown.header import Column
from workflows.breakdown.open_document import closed
from workflows.breakdown.table_corrections import TableWords


def test_a_table_is_read_again_with_its_columns_as_a_person_says() -> None:
    table = TABLE.replace("责任科室", "落实情况")
    found = document(table)
    assert row(found, "街面").row.departments == ()
    meanings = (Column.INDICATOR, Column.RULE, Column.POINTS, Column.DEPARTMENT, Column.ADVICE)
    again = table_corrections.read_again(found, found.tables[0].key, meanings, grids(table))
    assert [one.canonical for one in row(again, "街面").row.departments] == ["甲科", "乙科"]
    assert texts(again) == texts(found)
    assert len({one.key for one in again.tables[0].rows} | {found.tables[0].key}) == 4


def test_reading_again_keeps_rows_made_by_hand_and_brings_deleted_ones_back() -> None:
    found = document()
    table = found.tables[0]
    found = row_moves.new_row(found, table.key, key(found, "街面"), "门前三包。")
    found = row_moves.lay_aside(found, key(found, "河道"))
    found = corrected(found, "街面", text="改过。")
    assert table_corrections.corrected_rows(found.tables[0]) == 1
    again = table_corrections.read_again(found, table.key, found.tables[0].meanings, grids())
    assert texts(again) == ["街面整洁。无乱贴乱画。", "河道整洁。", "组织讲堂。", "门前三包。"]
    assert again.leftovers == ()


@pytest.mark.parametrize(
    "meanings", [(), (Column.INDICATOR,) * 5, (Column.RULE,)], ids=["none", "no task", "too few"]
)
def test_columns_without_a_task_are_refused(meanings: tuple[Column, ...]) -> None:
    found = document()
    with pytest.raises(Invalid, match="task itself"):
        table_corrections.read_again(found, found.tables[0].key, meanings, grids())


def test_a_table_that_is_left_out_is_not_imported_and_its_rows_can_come_back() -> None:
    found = document()
    out = table_corrections.leave_out(found, found.tables[0].key)
    assert closed(out, grids()).tables == ()
    for kept in out.leftovers:
        out = row_moves.bring_back(out, kept.key)
    assert texts(out) == texts(found)


def test_title_kind_and_total_are_checked() -> None:
    found = document()
    table = found.tables[0].key
    changed = table_corrections.set_table(found, table, TableWords("城管表", "site_check", "12")).tables[0].table
    assert (changed.title, changed.kind, changed.points_total) == ("城管表", "site_check", 12)
    for words in (TableWords("", "unknown", ""), TableWords("表", "nothing", ""), TableWords("表", "unknown", "x")):
        with pytest.raises(Invalid):
            table_corrections.set_table(found, table, words)
