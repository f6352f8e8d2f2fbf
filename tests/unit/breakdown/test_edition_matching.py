"""Two editions of a table: which rule goes on as which, and when a person has to look."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from workflows.breakdown.edition_matching import RuleText, matches, plain_text
from workflows.breakdown.editions import Change, differences

HALL = RuleText(
    "Ⅲ-17 道德建设", "17", "（1）建设道德讲堂，每季度开展一次活动，每个讲堂照片2张。（2分）", Decimal(2),
    frozenset({("宣传科", "responsible")}), "每季度末", "说明报告500字左右",
)  # fmt: skip
STREET = RuleText("Ⅲ-20 环境卫生", "20", "街面整洁，无乱贴乱画，垃圾日产日清。", Decimal(1), frozenset({("城管科", "lead")}), "", "照片5张")
LAW = RuleText("Ⅲ-31 法治建设", "31", "开展法治宣传教育活动，不少于6次。", Decimal(3), frozenset({("法援中心", "responsible")}), "", "")


def pairs(older: list[RuleText], newer: list[RuleText]) -> list[tuple[int, int]]:
    """Give the matched places."""
    return [(one.older, one.newer) for one in matches(older, newer)]


def test_rules_are_found_again_in_another_order_under_other_numbers() -> None:
    newer = [
        replace(LAW, indicator="Ⅲ-12 法治建设", item_no="12"),
        replace(HALL, indicator="Ⅲ-29 道德建设", item_no="29"),
        replace(STREET, indicator="Ⅲ-8 环境卫生", item_no="8"),
    ]
    found = matches([HALL, STREET, LAW], newer)
    assert [(one.older, one.newer) for one in found] == [(0, 1), (1, 2), (2, 0)]
    assert not any(one.doubtful for one in found)


def test_a_number_alone_makes_no_pair() -> None:
    assert pairs([HALL], [replace(STREET, item_no=HALL.item_no, indicator=HALL.indicator)]) == []


def test_a_changed_figure_is_the_same_rule() -> None:
    newer = replace(HALL, text=HALL.text.replace("2张", "3张"), points=Decimal(1))
    assert pairs([HALL, STREET], [STREET, newer]) == [(0, 1), (1, 0)]
    assert differences(HALL, newer) == (Change.TEXT, Change.POINTS)


def test_every_kind_of_difference_is_told_from_the_others() -> None:
    changed = {
        Change.NUMBER: replace(HALL, indicator="Ⅲ-29 道德建设"),
        Change.INDICATOR: replace(HALL, indicator="Ⅲ-17 诚信建设"),
        Change.POINTS: replace(HALL, points=None),
        Change.DEPARTMENTS: replace(HALL, departments=frozenset({("宣传科", "lead")})),
        Change.DEADLINE: replace(HALL, deadline="9月底前"),
        Change.ADVICE: replace(HALL, advice="说明报告300字左右"),
        Change.REQUIREMENTS: replace(HALL, requirements=("photo_min|2|张|每个讲堂",)),
    }
    assert {change: differences(HALL, newer) for change, newer in changed.items()} == {change: (change,) for change in changed}
    assert differences(HALL, replace(HALL, text="1、建设道德讲堂 每季度开展一次活动，每个讲堂照片2张（2分）")) == ()


def test_a_pair_that_might_as_well_be_another_one_is_doubtful() -> None:
    twin = replace(HALL, departments=frozenset({("党办", "responsible")}), points=Decimal(1))
    (found,) = matches([HALL], [replace(twin, advice="a"), replace(twin, advice="b")])
    assert found.doubtful
    # Two rules that are the same in everything are no matter of choice.
    (same,) = matches([HALL], [twin, twin])
    assert not same.doubtful


def test_a_rule_of_which_little_is_left_is_doubtful() -> None:
    (found,) = matches([LAW], [replace(LAW, text="开展法治宣传教育，每年6次以上，有记录。", item_no="9", points=None)])
    assert found.doubtful


def test_nothing_is_paired_twice_and_the_answer_is_always_the_same() -> None:
    dice = Random(7)
    words = [chr(0x4E00 + number) for number in range(400)]
    older = [replace(STREET, text="".join(dice.choices(words, k=60)), item_no=str(number)) for number in range(500)]
    newer = [replace(one, text=one.text[:50] + "".join(dice.choices(words, k=10)), item_no="") for one in older]
    order = list(range(500))
    dice.shuffle(order)
    found = matches(older, [newer[place] for place in order])
    assert {(one.older, order[one.newer]) for one in found} == {(number, number) for number in range(500)}
    assert found == matches(older, [newer[place] for place in order])


def test_empty_editions_match_nothing() -> None:
    blank = replace(STREET, text="")
    assert matches([blank], []) == []
    assert matches([], [blank]) == []
    # A rule without a text gives nothing to know it by.
    assert matches([blank], [blank]) == []


def test_numbers_in_front_are_no_words_but_figures_are() -> None:
    assert plain_text("Ⅲ-17 道德建设") == plain_text("（3）道德建设") == plain_text("①道德建设") == "道德建设"
    assert plain_text("3张照片") == "3张照片"
    assert plain_text("2.1 开展活动（1.5分）") == "开展活动"
