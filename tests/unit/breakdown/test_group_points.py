"""The points of groups of rules while a table is looked over: a doubt comes and goes with the points people type."""

from decimal import Decimal

from opened_table import corrected, key, row

from workflows.breakdown import doubt_settling, row_moves
from workflows.breakdown.document import read_bytes
from workflows.breakdown.group_points import regrouped
from workflows.breakdown.grid import Grid
from workflows.breakdown.open_document import OpenDocument, closed, grids_of, opened

TABLE = """某市2026年创建任务分解表,,,
序号,测评标准,分值,责任单位
一、公共秩序（5分）,,,
1,路口秩序良好,3,甲科
2,停车规范,2,乙科
二、公共环境（3分）,,,
3,河道整洁,3,丙科
"""
READ = read_bytes("任务表.csv", TABLE.encode())
GRIDS: tuple[Grid | None, ...] = grids_of(READ)


def said(found: OpenDocument) -> list[tuple[object, object, object]]:
    """Give the open doubts about groups: name, declared, found."""
    doubts = (one for table in found.tables for one in table.table.warnings if one.code == "group_points_mismatch")
    return [(one.params["group"], one.params["declared"], one.params["found"]) for one in doubts]


def typed(found: OpenDocument, part: str, **changes: str) -> OpenDocument:
    return regrouped(corrected(found, part, **changes), GRIDS)


def test_a_table_as_it_was_read_is_left_as_it_is() -> None:
    wrong = read_bytes("任务表.csv", TABLE.replace("（3分）", "（4分）").encode())
    for read in (READ, wrong):
        assert regrouped(opened(read), grids_of(read)) == opened(read)
    assert said(opened(wrong)) == [("二、公共环境", "4", "3")]


def test_the_doubt_comes_and_goes_with_the_points() -> None:
    found = typed(opened(READ), "停车", points="1")
    assert said(found) == [("一、公共秩序", "5", "4")]
    assert "group_points_mismatch" in [one.code for one in closed(found, GRIDS).tables[0].warnings]
    found = typed(found, "路口", points="4")
    assert said(found) == []


def test_a_row_counts_where_its_indicator_says_it_belongs() -> None:
    found = opened(READ)
    first = row(found, "停车").row.indicator
    found = typed(found, "停车", indicator=first.replace("一、公共秩序", "二、公共环境"))
    assert said(found) == [("一、公共秩序", "5", "3"), ("二、公共环境", "3", "5")]
    found = typed(found, "停车", indicator="静态交通")
    assert said(found) == [], "an indicator that names no group leaves the row where the file has it"


def test_a_row_made_by_hand_counts_to_the_group_it_was_put_in_and_a_deleted_one_no_more() -> None:
    found = opened(READ)
    found = regrouped(row_moves.new_row(found, found.tables[0].key, key(found, "停车"), "礼让行人。（1分）"), GRIDS)
    assert said(found) == [("一、公共秩序", "5", "6")]
    found = regrouped(row_moves.lay_aside(found, key(found, "礼让")), GRIDS)
    assert said(found) == []


def test_what_was_settled_stays_so_until_the_figures_change() -> None:
    found = typed(opened(READ), "停车", points="1")
    found = regrouped(doubt_settling.settle(found, (found.tables[0].key, None), 0), GRIDS)
    assert said(found) == []
    assert [one.code for one in found.tables[0].settled] == ["group_points_mismatch"]
    found = typed(found, "停车", deadline="9月底前")
    assert said(found) == []
    found = typed(found, "停车", points="0.5")
    assert said(found) == [("一、公共秩序", "5", "3.5")]
    assert found.tables[0].settled == ()
    assert row(found, "停车").row.points == Decimal("0.5")
