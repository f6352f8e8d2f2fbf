"""Corrections of a table that is looked over: what each does to words, points, departments, requirements and doubts."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from opened_table import TABLE, corrected, document, grids, key, row

from engine.errors import Invalid, NotFound
from workflows.breakdown import corrections, doubt_settling, row_moves
from workflows.breakdown.corrections import DepartmentWords
from workflows.breakdown.differences import difference
from workflows.breakdown.document import read_bytes
from workflows.breakdown.grid import Grid
from workflows.breakdown.open_document import OpenDocument, closed, doubts, grids_of, opened
from workflows.breakdown.shapes import Hand, NamedRequirement
from workflows.breakdown.stored_shapes import as_stored, from_stored

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"


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


def test_the_log_says_which_row_changed_and_how() -> None:
    found = document()
    said = difference(found, corrected(found, "河道", points="5"))
    assert said == {"changed": [{"table": 1, "row": 2, "fields": {"points": ["3", "5"]}}]}
    said = difference(found, row_moves.lay_aside(found, key(found, "河道")))
    assert said == {"removed": [{"table": 1, "row": 2, "text": "河道整洁。"}]}


MORNING, NOON = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
ZHAO, ZHOU = Hand(UUID(int=1), MORNING), Hand(UUID(int=2), NOON)


def test_what_people_add_and_change_carries_who_and_when() -> None:
    found = document()
    own = NamedRequirement("summary", None, None, None, None, (), None, "", "rule")
    added = corrections.signed(found, corrections.set_demand(found, key(found, "街面"), None, own), ZHAO)
    photos, captions, summary = row(added, "街面").row.requirements
    assert (summary.added, summary.changed) == (ZHAO, None)
    assert (photos.added, captions.changed) == (None, None)
    more = corrections.set_demand(added, key(added, "街面"), 0, replace(photos, value=Decimal(9)))
    more = corrections.set_demand(more, key(more, "街面"), 2, replace(summary, kind="plan"))
    more = corrections.signed(added, more, ZHOU)
    photos, _, plan = row(more, "街面").row.requirements
    assert (photos.added, photos.changed) == (None, ZHOU)
    assert (plan.kind, plan.added, plan.changed) == ("plan", ZHAO, ZHOU)
    assert from_stored(OpenDocument, as_stored(more)) == more


def test_rows_that_are_moved_split_and_merged_keep_whose_hand_it_was() -> None:
    found = document()
    own = NamedRequirement("summary", None, None, None, None, (), None, "", "rule")
    added = corrections.signed(found, corrections.set_demand(found, key(found, "组织讲堂"), None, own), ZHAO)
    merged = corrections.signed(added, row_moves.merge_with_above(added, key(added, "组织讲堂")), ZHOU)
    assert row(merged, "河道").own[0].added == ZHAO
    assert [one.added for one in row(merged, "河道").row.requirements if one.kind == "summary"][-1] == ZHAO
    aside = corrections.signed(added, row_moves.lay_aside(added, key(added, "组织讲堂")), ZHOU)
    back = corrections.signed(aside, row_moves.bring_back(aside, aside.leftovers[0].key), ZHOU)
    assert row(back, "组织讲堂").own == row(added, "组织讲堂").own
    assert row(back, "组织讲堂").own[0].changed is None
