from typing import Any

import pytest

from workflows.lifecycle.rounds import Mark, compare, marks, points


def piece(key: str, **differences: Any) -> dict[str, Any]:
    """Give a piece of evidence as a snapshot keeps it."""
    facts = {"id": key, "requirement": "photos", "sha256": f"sha-{key}", "name": f"{key}.jpg"}
    words = {"caption": [["地点", "和平路"]], "description": "", "event_date": None}
    return {**facts, **words, **differences}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([piece("a")], [piece("a")], [("a", Mark.SAME)]),
        ([], [piece("a")], [("a", Mark.NEW)]),
        ([piece("a")], [], [("a", Mark.REMOVED)]),
        ([piece("a")], [piece("a", caption=[["地点", "东风巷"]])], [("a", Mark.CHANGED)]),
        ([piece("a")], [piece("a", description="整治后")], [("a", Mark.CHANGED)]),
        ([piece("a")], [piece("a", requirement="report")], [("a", Mark.CHANGED)]),
        # Taken out and handed in again, byte for byte: nothing changed.
        ([piece("a")], [piece("b", sha256="sha-a")], [("b", Mark.SAME)]),
        # Another file under the same name for the same requirement: the file was replaced.
        ([piece("a")], [piece("b", name="a.jpg")], [("b", Mark.CHANGED)]),
        ([piece("a")], [piece("b", name="a.jpg", requirement="report")], [("b", Mark.NEW), ("a", Mark.REMOVED)]),
        ([piece("a"), piece("b")], [piece("c"), piece("b")], [("c", Mark.NEW), ("b", Mark.SAME), ("a", Mark.REMOVED)]),
    ],
)
def test_two_rounds_are_told_apart(
    before: list[dict[str, Any]], after: list[dict[str, Any]], expected: list[tuple[str, Mark]]
) -> None:
    changes = compare(before, after)
    assert [((one.after or one.before or {})["id"], one.mark) for one in changes] == expected


def test_one_former_piece_stands_for_one_present_piece_only() -> None:
    twins = [piece("b", name="a.jpg"), piece("c", name="a.jpg")]
    assert marks(compare([piece("a")], twins)) == {"b": Mark.CHANGED, "c": Mark.NEW}


def test_a_point_is_answered_by_a_change_to_what_it_names() -> None:
    changes = compare([piece("a"), piece("r", requirement="report")], [piece("b"), piece("r", requirement="report")])
    photo, report = points("请补充", {"至少2张照片": {"photos"}, "说明报告": {"report"}}, changes)
    assert (photo.text, photo.answered) == ("至少2张照片", True)
    assert (report.text, report.answered) == ("说明报告", False)


def test_a_return_in_words_only_is_answered_by_any_change() -> None:
    assert points("照片太暗", {}, compare([piece("a")], [piece("b")]))[0].answered
    assert not points("照片太暗", {}, compare([piece("a")], [piece("a")]))[0].answered
    assert points("", {}, []) == []
