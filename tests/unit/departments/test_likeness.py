"""Names of departments that may be one, and names that are two: as offices write them."""

import pytest

from workflows.departments.likeness import STRONG, Why, likeness

LIKE = (
    ("公共法律服务中心（法援中心）", "法援中心", Why.BRACKETS),
    ("公共法律服务中心（法援中心）", "公共法律服务中心", Why.BRACKETS),
    ("财政局（国资委）", "市财政局", Why.LEVEL),
    ("市教育局", "教育局", Why.LEVEL),
    ("云江市教育局", "市教育局", Why.LEVEL),
    ("局办公室", "办公室", Why.LEVEL),
    ("教育科", "教育股", Why.ENDING),
    ("教育科", "教育科室", Why.ENDING),
    ("东湖街道", "东湖街道办事处", Why.ENDING),
    ("幸福社区", "幸福社区居委会", Why.ENDING),
    ("公证处", "银鑫公证处", Why.LONGER),
    ("组织部", "市委组织部", Why.LONGER),
    ("教体局", "教育体育局", Why.SHORT),
    ("卫健委", "市卫生健康委员会", Why.SHORT),
    ("发改委", "发展和改革委员会", Why.SHORT),
    ("创文办", "创建文明城市办公室", Why.SHORT),
    ("市城管局", "云江市城市管理局", Why.SHORT),
    ("住建局", "住房和城乡建设局", Why.SHORT),
)
TWO = (
    ("甲科", "乙科"),
    ("市教育局", "区教育局"),
    ("江北区教育局", "白石区教育局"),
    ("一中队", "二中队"),
    ("东城街道", "西城街道"),
    ("长江街道", "长河街道"),
    ("第一中学", "第二中学"),
    ("人民医院", "第一人民医院"),
    ("教育科", "教育局"),
    ("政治部", "政治处"),
    ("综合科", "办公室综合科"),
    ("JYJ", "教育局"),
    ("市财政局", "市教育局"),
)


@pytest.mark.parametrize(("name", "other", "why"), LIKE, ids=[f"{one}-{two}" for one, two, _ in LIKE])
def test_two_names_of_one_department_are_like_and_it_is_said_why(name: str, other: str, why: Why) -> None:
    for one, two in ((name, other), (other, name)):
        found = likeness(one, two)
        assert found is not None
        assert found.why is why
        assert found.score >= STRONG


@pytest.mark.parametrize(("name", "other"), TWO, ids=[f"{one}-{two}" for one, two in TWO])
def test_names_of_two_departments_are_not(name: str, other: str) -> None:
    assert likeness(name, other) is None
    assert likeness(other, name) is None


def test_one_exchanged_character_is_a_hint_and_no_more() -> None:
    found = likeness("朝阳路小学", "朝阳街小学")
    assert found is not None
    assert found.why is Why.SPELLING
    assert found.score < STRONG
