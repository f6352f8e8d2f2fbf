"""What was written differently between two rounds of a report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.lifecycle.text_changes import Kind, text_changes

SAME, ADDED, REMOVED = Kind.SAME, Kind.ADDED, Kind.REMOVED


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("一。二。", "一。二。", [(SAME, "一。二。")], id="same"),
        pytest.param("", "新写。", [(ADDED, "新写。")], id="written"),
        pytest.param("旧的。", "", [(REMOVED, "旧的。")], id="taken-out"),
        pytest.param("甲做。丙做。", "甲做。乙也做。丙做。", [(SAME, "甲做。"), (ADDED, "乙也做。"), (SAME, "丙做。")], id="put-between"),
        pytest.param(
            "共开展活动8场次。", "共开展活动12场次。", [(SAME, "共开展活动"), (REMOVED, "8"), (ADDED, "12"), (SAME, "场次。")], id="a-figure"
        ),
        pytest.param(
            "全部重写过的一句话。", "另外换成的内容！", [(REMOVED, "全部重写过的一句话。"), (ADDED, "另外换成的内容！")], id="another-sentence"
        ),
    ],
)
def test_changes_are_shown_as_a_reader_would_mark_them(before: str, after: str, expected: list[tuple[Kind, str]]) -> None:
    assert [(one.kind, one.text) for one in text_changes(before, after)] == expected


TEXTS = st.text(alphabet="甲乙丙12。；\n ", max_size=60)


@given(before=TEXTS, after=TEXTS)
def test_both_texts_can_be_read_out_of_the_changes(before: str, after: str) -> None:
    changes = text_changes(before, after)
    assert "".join(one.text for one in changes if one.kind is not ADDED) == before
    assert "".join(one.text for one in changes if one.kind is not REMOVED) == after
