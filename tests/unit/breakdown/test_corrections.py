"""Corrections of a table that is looked over: what each does to rows, points, requirements and doubts, and that no text is lost."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid, NotFound
from workflows.breakdown import corrections, doubt_settling, row_moves, table_corrections
from workflows.breakdown.corrections import DepartmentWords, RowWords
from workflows.breakdown.differences import difference
from workflows.breakdown.document import read_bytes
from workflows.breakdown.grid import Grid
from workflows.breakdown.header import Column
from workflows.breakdown.open_document import (
    Leftover,
    OpenDocument,
    OpenRow,
    closed,
    doubts,
    grids_of,
    opened,
    row_of,
)
from workflows.breakdown.shapes import NamedRequirement
from workflows.breakdown.stored_shapes import as_stored, from_stored
from workflows.breakdown.table_corrections import TableWords

TABLE = """共性任务分解表（10分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t市容
\t街面整洁。无乱贴乱画。
\t4
\t牵头：甲科；配合：乙科
\t至少5张照片，注明时间、地点。

\t市容
\t河道整洁。
\t3
\t丙科
\t提供工作总结。

\t风尚
\t组织讲堂。
\t3
\t
\t
"""
SEEDS = Path(__file__).parents[4] / "shared" / "seeds"


def document(table: str = TABLE) -> OpenDocument:
    """Give the table, opened."""
    return opened(read_bytes("表.txt", table.encode()))


def grids(table: str = TABLE) -> tuple[Grid | None, ...]:
    return grids_of(read_bytes("表.txt", table.encode()))


def key(found: OpenDocument, part: str) -> int:
    """Give the key of the one row in whose text `part` stands."""
    (row,) = [row for table in found.tables for row in table.rows if part in row.row.text]
    return row.key


def row(found: OpenDocument, part: str) -> OpenRow:
    table, place = row_of(found, key(found, part))
    return table.rows[place]


def texts(found: OpenDocument) -> list[str]:
    return [row.row.text for table in found.tables for row in table.rows]


def typed(found: OpenDocument, part: str, **changes: str) -> RowWords:
    """Give the words of a row as the form shows them, some of them typed over."""
    now = row(found, part).row
    words = {
        "indicator": now.indicator,
        "item_no": now.item_no,
        "text": now.text,
        "points": "" if now.points is None else str(now.points),
        "advice": now.advice,
        "deadline": now.deadline or "",
    }
    return RowWords(**{**words, **changes})


def corrected(found: OpenDocument, part: str, **changes: str) -> OpenDocument:
    return corrections.set_words(found, key(found, part), typed(found, part, **changes))


def test_what_is_opened_and_not_corrected_is_what_was_read() -> None:
    read = read_bytes("表.txt", TABLE.encode())
    assert closed(opened(read), grids_of(read)) == read


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the tables of real bureaux lie beside the project, not in it")
def test_the_tables_of_real_bureaux_are_stored_and_come_back_as_they_were() -> None:
    for file in sorted(SEEDS.glob("*.txt")):
        read = read_bytes(file.name, file.read_bytes())
        found = opened(read)
        assert from_stored(OpenDocument, as_stored(found)) == found
        assert closed(found, grids_of(read)) == read
        assert [from_stored(Grid, as_stored(one)) for one in grids_of(read)] == list(grids_of(read))


def test_saving_a_form_in_which_nothing_was_changed_changes_nothing() -> None:
    found = document()
    assert corrected(found, "街面") == found


@pytest.mark.parametrize(
    ("text", "points"),
    [("3", Decimal(3)), ("0.5", Decimal("0.5")), ("３分", Decimal(3)), (" 12 ", Decimal(12)), ("", None)],
    ids=["whole", "half", "full width", "blanks", "none"],
)
def test_points_are_read_as_people_type_them(text: str, points: Decimal | None) -> None:
    assert row(corrected(document(), "河道", points=text), "河道").row.points == points


@pytest.mark.parametrize("text", ["三", "-1", "1e3", "99999", "1.2.3", "3 4"])
def test_points_that_are_no_number_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Points are a number"):
        corrected(document(), "河道", points=text)


def test_the_sum_follows_every_correction() -> None:
    found = document()
    assert (found.tables[0].points, found.tables[0].agrees) == (10, True)
    found = corrected(found, "河道", points="5")
    assert (found.tables[0].points, found.tables[0].agrees) == (12, False)
    assert [one.code for one in closed(found, grids()).tables[0].warnings] == ["points_mismatch"]


def test_a_changed_text_is_read_again_and_what_people_took_away_stays_away() -> None:
    found = document()
    first = row(found, "街面").row.requirements
    assert [one.kind for one in first] == ["photo_min", "caption_fields"]
    found = corrections.remove_demand(found, key(found, "街面"), 1)
    own = NamedRequirement("summary", None, None, None, None, (), None, "", "rule")
    found = corrections.set_demand(found, key(found, "街面"), None, own)
    found = corrected(found, "街面", advice="至少8张照片，注明时间、地点。")
    assert [(one.kind, one.value) for one in row(found, "街面").row.requirements] == [("photo_min", 8), ("summary", None)]


def test_a_changed_requirement_replaces_what_was_read() -> None:
    found = document()
    (photos, _) = row(found, "街面").row.requirements
    changed = NamedRequirement("photo_min", Decimal(9), "张", "min", "每条街", (), None, photos.source_phrase, "cell")
    found = corrections.set_demand(found, key(found, "街面"), 0, changed)
    found = corrected(found, "街面", text="街面整洁。")
    assert [one.value for one in row(found, "街面整洁").row.requirements if one.kind == "photo_min"] == [9]


def test_a_rule_without_demands_keeps_one_for_any_evidence() -> None:
    found = document()
    found = corrections.remove_demand(found, key(found, "河道"), 0)
    assert row(found, "河道").row.requirements == (corrections.NOTHING_IN_PARTICULAR,)
    assert "no_requirement" in [one.code for one in row(found, "河道").row.warnings]
    with pytest.raises(Invalid, match="no longer there"):
        corrections.remove_demand(found, key(found, "河道"), 7)


def test_departments_are_added_taken_out_and_given_another_part() -> None:
    found = document()
    lines = [DepartmentWords("甲科", "assist"), DepartmentWords("", "lead"), DepartmentWords("丁科、各大队", "responsible")]
    found = corrections.set_departments(found, key(found, "街面"), lines)
    assert [(one.name, one.role, one.group) for one in row(found, "街面").row.departments] == [
        ("甲科", "assist", False),
        ("丁科", "responsible", False),
        ("各大队", "responsible", True),
    ]


def test_a_doubt_goes_when_what_it_asks_for_is_there_and_comes_when_it_is_gone() -> None:
    found = document()
    assert [one.code for one in row(found, "讲堂").row.warnings] == ["no_department", "no_requirement"]
    found = corrections.set_departments(found, key(found, "讲堂"), [DepartmentWords("丙科", "responsible")])
    found = corrected(found, "讲堂", advice="照片2张。")
    assert row(found, "讲堂").row.warnings == ()
    found = corrections.set_departments(found, key(found, "讲堂"), [])
    assert [one.code for one in row(found, "讲堂").row.warnings] == ["no_department"]


def test_a_doubt_that_was_looked_at_does_not_come_back_by_itself() -> None:
    found = document()
    about = (found.tables[0].key, key(found, "讲堂"))
    found = doubt_settling.settle(found, about, 0)
    assert [one.warning.code for one in doubts(found, settled=True)] == ["no_department"]
    found = corrected(found, "讲堂", text="组织道德讲堂。")
    assert [one.code for one in row(found, "讲堂").row.warnings] == ["no_requirement"]
    found = doubt_settling.unsettle(found, about, 0)
    assert sorted(one.code for one in row(found, "讲堂").row.warnings) == ["no_department", "no_requirement"]
    with pytest.raises(NotFound, match="no longer there"):
        doubt_settling.settle(found, about, 5)


def test_a_split_keeps_every_word_and_every_point() -> None:
    found = document()
    found = row_moves.split(found, key(found, "街面"), len("街面整洁。"))
    assert texts(found) == ["街面整洁。", "无乱贴乱画。", "河道整洁。", "组织讲堂。"]
    assert [one.row.points for one in found.tables[0].rows] == [4, None, 3, 3]
    assert row(found, "乱贴").row.departments == row(found, "街面").row.departments
    assert row(found, "乱贴").sources == row(found, "街面").sources


def test_points_in_brackets_go_with_their_half() -> None:
    found = corrected(document(), "街面", text="街面整洁。（1分）无乱贴乱画。", points="4")
    found = row_moves.split(found, key(found, "街面"), len("街面整洁。（1分）"))
    assert [one.row.points for one in found.tables[0].rows][:2] == [1, 3]


@pytest.mark.parametrize("at", [0, 99, len("街面整洁。无乱贴乱画。")])
def test_a_split_outside_of_the_text_is_refused(at: int) -> None:
    found = document()
    with pytest.raises(Invalid, match="inside the text"):
        row_moves.split(found, key(found, "街面"), at)


def test_every_place_that_is_offered_splits_the_text() -> None:
    text = "一是街面整洁；二是无乱贴，无乱画。\n三是有人管。"
    assert "".join(piece for _, piece in row_moves.pieces(text)) == text
    assert len(row_moves.pieces(text)) == 4
    found = corrected(document(), "街面", text=text)
    for at, _ in row_moves.pieces(text)[1:]:
        parts = texts(row_moves.split(found, key(found, "街面"), at))[:2]
        assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_merging_adds_points_and_joins_words_departments_and_demands() -> None:
    found = document()
    found = row_moves.merge_with_above(found, key(found, "河道"))
    merged = row(found, "街面")
    assert merged.row.text == "街面整洁。无乱贴乱画。\n河道整洁。"
    assert merged.row.points == 7
    assert [one.canonical for one in merged.row.departments] == ["甲科", "乙科", "丙科"]
    assert [one.kind for one in merged.row.requirements] == ["photo_min", "caption_fields", "summary"]
    assert merged.sources == ((0, 0), (0, 1))
    with pytest.raises(Invalid, match="no row above"):
        row_moves.merge_with_above(found, key(found, "街面"))


def test_a_deleted_row_is_kept_and_comes_back_where_it_stood() -> None:
    found = document()
    gone = row_moves.lay_aside(found, key(found, "河道"))
    assert texts(gone) == ["街面整洁。无乱贴乱画。", "组织讲堂。"]
    (kept,) = gone.leftovers
    back = row_moves.bring_back(gone, kept.key)
    assert texts(back) == texts(found)
    assert back.leftovers == ()


def test_text_no_row_took_becomes_a_task_and_the_rest_of_it_stays() -> None:
    found = document()
    loose = Leftover(90, "另：楼道整洁。照片3张。", found.tables[0].key, 40)
    found = OpenDocument(found.title, found.tables, (loose,), next_key=100)
    made = row_moves.row_of_text(found, 90, "楼道整洁。", (found.tables[0].key, key(found, "街面")))
    assert texts(made) == ["街面整洁。无乱贴乱画。", "楼道整洁。", "河道整洁。", "组织讲堂。"]
    assert row(made, "楼道").row.indicator == "市容"
    assert [one.text for one in made.leftovers] == ["另：", "照片3张。"]
    attached = row_moves.attach_text(made, made.leftovers[1].key, "照片3张。", (key(made, "楼道"), "advice"))
    assert [(one.kind, one.value) for one in row(attached, "楼道").row.requirements] == [("photo_min", 3)]
    assert [one.text for one in attached.leftovers] == ["另："]


@pytest.mark.parametrize(
    ("what", "text", "field", "expected"),
    [
        ("text", "无积水。", "text", "河道整洁。\n无积水。"),
        ("deadline", "9月底前", "deadline", "9月底前"),
        ("points", "2分", "points", Decimal(2)),
        ("indicator", "水环境", "indicator", "水环境"),
        ("item_no", "2-1", "item_no", "2-1"),
    ],
    ids=["text", "deadline", "points", "indicator", "number"],
)
def test_text_no_row_took_becomes_part_of_a_row(what: str, text: str, field: str, expected: object) -> None:
    found = document()
    found = OpenDocument(found.title, found.tables, (Leftover(90, text),), next_key=100)
    attached = row_moves.attach_text(found, 90, text, (key(found, "河道"), what))
    assert getattr(row(attached, "河道").row, field) == expected
    assert attached.leftovers == ()


def test_a_table_is_read_again_with_its_columns_as_a_person_says() -> None:
    table = TABLE.replace("责任科室", "甲乙丙")
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


def test_the_log_says_which_row_changed_and_how() -> None:
    found = document()
    said = difference(found, corrected(found, "河道", points="5"))
    assert said == {"changed": [{"table": 1, "row": 2, "fields": {"points": ["3", "5"]}}]}
    said = difference(found, row_moves.lay_aside(found, key(found, "河道")))
    assert said == {"removed": [{"table": 1, "row": 2, "text": "河道整洁。"}]}


Step = Callable[[OpenDocument, int], OpenDocument]
STEPS: dict[str, Step] = {
    "split": lambda found, one: row_moves.split(found, one, 3),
    "merge": row_moves.merge_with_above,
    "up": lambda found, one: row_moves.move(found, one, -1),
    "down": lambda found, one: row_moves.move(found, one, 1),
    "aside": row_moves.lay_aside,
    "back": lambda found, _: row_moves.bring_back(found, found.leftovers[0].key) if found.leftovers else found,
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9)), max_size=25))
@settings(max_examples=60, deadline=None)
def test_moving_rows_about_loses_no_word_and_names_no_two_things_alike(steps: list[tuple[str, int]]) -> None:
    found = document()
    signs = sorted("".join(texts(found)))
    for name, place in steps:
        rows = [row.key for table in found.tables for row in table.rows]
        try:
            found = STEPS[name](found, rows[place % len(rows)] if rows else 0) if rows or name == "back" else found
        except Invalid:
            continue
        kept = [one.row.row.text for one in found.leftovers if one.row]
        assert sorted("".join([*texts(found), *kept]).replace("\n", "")) == signs
        keys = [row.key for table in found.tables for row in table.rows] + [one.key for one in found.leftovers]
        assert len(set(keys)) == len(keys)
        assert max(keys) < found.next_key
    assert from_stored(OpenDocument, as_stored(found)) == found
