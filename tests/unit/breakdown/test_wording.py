"""What people may ask for, what is refused, and how it reads."""

from decimal import Decimal

import pytest

from engine.catalogue import translate
from engine.errors import Invalid
from workflows.breakdown.demands import read_demands
from workflows.breakdown.wording import KINDS, Wording, checked, sentence

D = Decimal


@pytest.mark.parametrize(
    ("typed", "chinese"),
    [
        (Wording("nothing"), "请选择要求的类型"),
        (Wording("percent_min"), "请填写数量"),
        (Wording("photo_min", upper=D(5)), "请填写数量"),
        (Wording("photo_min", value=D(0)), "0 不能作为要求的数量"),
        (Wording("photo_min", value=D(-1)), "-1 不能作为要求的数量"),
        (Wording("area_min", value=D(1_000_001)), "1000001 不能作为要求的数量"),
        (Wording("photo_min", value=D("2.5")), "2.5 不是整数"),
        (Wording("photo_min", value=D(5), upper=D(5)), "5 至 5 不是有效的范围"),
        (Wording("frequency", value=D(1)), "请填写周期"),
        (Wording("frequency", value=D(1), period="常常"), "“常常”不是周期"),
        (Wording("caption_fields"), "照片说明应包含的内容"),
        (Wording("photo_min", value=D(1), per="每" * 61), "超过 60 字"),
        (Wording("photo_min", value=D(1), subjects=tuple(str(one) for one in range(61))), "最多 60 项"),
        (Wording("video", note="长" * 1001), "备注超过 1000 字"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_what_cannot_be_asked_for_is_refused_in_one_sentence(typed: Wording, chinese: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(typed)
    assert chinese in translate("zh", refused.value.message, **refused.value.params)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (Wording("photo_min", value=D(5)), Wording("photo_min", value=D(5), unit="张", bound="min")),
        (Wording("report_chars", value=D(500)), Wording("report_chars", value=D(500), unit="字", bound="about")),
        (
            Wording("report_chars", value=D(500), bound="max"),
            Wording("report_chars", value=D(500), unit="字", bound="max"),
        ),
        (
            Wording("frequency", value=D(2), unit="次", period=" 每 2 个月 "),
            Wording("frequency", value=D(2), unit="次", bound="min", per="每 2 个月", period="每 2 个月"),
        ),
        (Wording("plan", bound="max", fields=("x",), note=" 盖章 "), Wording("plan", note="盖章")),
        (Wording("scan", value=D(3), fields=("红头页", " 红头页", "")), Wording("scan", fields=("红头页",))),
    ],
    ids=lambda value: value.kind,
)
def test_what_a_kind_implies_is_filled_in(typed: Wording, meant: Wording) -> None:
    assert checked(typed) == meant
    assert checked(meant) == meant


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        (
            "每个讲堂不少于5张照片，每张注明时间、地点、主题",
            "照片 ≥5 张，每个讲堂；每张写明时间、地点、主题",
            "Photos ≥5 张, 每个讲堂; each says 时间、地点、主题",
        ),
        ("说明报告500字左右", "说明报告 ≈500 字", "Report ≈500 字"),
        ("说明报告1500字以内", "说明报告 ≤1500 字", "Report ≤1500 字"),
        ("照片3-5张", "照片 3 至 5 张", "Photos 3 to 5 张"),
        ("每季度召开一次会议", "频次 ≥1 次，每季度", "Frequency ≥1 次, 每季度"),
        ("红头页、盖章页扫描件", "扫描件，红头页、盖章页", "Scan, 红头页、盖章页"),
        ("12月10日前报送总结", "总结；12月10日前", "Summary; 12月10日前"),
    ],
    ids=str,
)
def test_how_a_requirement_reads(text: str, chinese: str, english: str) -> None:
    one = read_demands(text, "cell")[0]
    assert (sentence(one, "zh"), sentence(one, "en")) == (chinese, english)


def test_every_kind_has_its_chinese_name() -> None:
    assert all(translate("zh", name) != name for name in KINDS.values())
