"""Rows split, merged, moved, laid aside and made of text no row took; no word is lost on the way."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opened_table import corrected, document, key, row, texts

from engine.errors import Invalid
from workflows.breakdown import row_moves
from workflows.breakdown.open_document import Leftover, OpenDocument
from workflows.breakdown.stored_shapes import as_stored, from_stored


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
