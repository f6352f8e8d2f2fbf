"""Verdicts do not disturb each other: handing something in helps only what it is handed in for, and never harms the rest."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.evidence.completeness import blocking, check
from workflows.evidence.demands import CheckState, Demand, Excuse, Figure, Gathered, Item, RequirementCheck, Seen
from workflows.evidence.policy import CHECKS, Frame, Setting, Severity

START, END = date(2026, 1, 1), date(2026, 12, 31)
KEYS = [UUID(int=number) for number in range(1, 7)]
KINDS = (
    "photo_min", "report_chars", "document", "scan", "summary", "plan", "table", "screenshot", "video", "url",
    "count_min", "frequency", "percent_min", "area_min", "size_min",
)  # fmt: skip
#: From best to worst; an excused requirement counts as what it would be met.
ORDER = {CheckState.OK: 0, CheckState.WAIVED: 0, CheckState.WARN: 1, CheckState.MISSING: 2}

demand_kinds = st.sampled_from(KINDS)
days = st.none() | st.integers(-30, 400).map(lambda number: START + timedelta(days=number))


@st.composite
def demands(draw: st.DrawFn) -> list[Demand]:
    """Draw the requirements of a rule."""
    return [
        Demand(
            key,
            draw(demand_kinds),
            draw(st.none() | st.integers(1, 4).map(Decimal)),
            None,
            draw(st.sampled_from([None, "min", "max", "about"])),
            draw(st.sampled_from([None, "每月", "每季度"])),
            draw(st.sampled_from([(), ("地点",), ("红头页", "盖章页")])),
            draw(st.sampled_from([(), ("甲讲堂", "乙讲堂")])),
        )
        for key in KEYS[: draw(st.integers(1, 5))]
    ]


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Draw a piece of evidence."""
    return Item(
        requirement_id=draw(st.none() | st.sampled_from(KEYS)),
        sha256=f"{draw(st.integers(0, 9)):064x}",
        kind=draw(st.sampled_from(["photo", "pdf", "document", "table", "text", "video"])),
        caption=draw(st.sampled_from([{}, {"地点": "和平路"}])),
        text_chars=draw(st.none() | st.integers(0, 9)),
        event_date=draw(days),
        taken_on=draw(days),
        subject=draw(st.sampled_from(["", "甲讲堂", "乙讲堂"])),
        page_role=draw(st.sampled_from(["", "红头页", "盖章页"])),
        has_particulars=draw(st.booleans()),
        seen=draw(st.sampled_from([(), (Seen(same_bytes=True, distance=0, where="乙科"),)])),
        damaged=draw(st.booleans()),
    )


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Draw a campaign: any check may be set to anything."""
    codes = draw(st.lists(st.sampled_from([one.code for one in CHECKS]), max_size=5))
    return Frame(date(2026, 7, 1), START, END, {code: Setting(draw(st.sampled_from(Severity)), "校准") for code in codes})


def gathered(pieces: list[Item], stated: dict[UUID, int], excused: set[UUID]) -> Gathered:
    """Put together what a department has."""
    return Gathered(pieces, {key: Figure(Decimal(value)) for key, value in stated.items()}, {key: Excuse("暂无") for key in excused})


STATED = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 5))
EXCUSED = st.sets(st.sampled_from(KEYS), max_size=2)


@settings(max_examples=400, deadline=None)
@given(asked=demands(), pieces=st.lists(items(), max_size=8), one=items(), stated=STATED, excused=EXCUSED, frame=frames())
def test_a_piece_changes_nothing_it_is_not_filed_for(
    asked: list[Demand], pieces: list[Item], one: Item, stated: dict[UUID, int], excused: set[UUID], frame: Frame
) -> None:
    before = check(asked, gathered(pieces, stated, excused), frame)
    after = check(asked, gathered([*pieces, one], stated, excused), frame)
    for old, new in zip(before, after, strict=True):
        if old.requirement_id != one.requirement_id:
            assert old == new


@settings(max_examples=200, deadline=None)
@given(kind=demand_kinds, number=st.integers(1, 4), count=st.integers(0, 5), frame=frames())
def test_one_more_that_is_sound_makes_nothing_worse_and_one_less_nothing_better(
    kind: str, number: int, count: int, frame: Frame
) -> None:
    asked = [Demand(KEYS[0], kind, Decimal(number), None, "min", None, ("地点",))]
    sound = [
        Item(KEYS[0], f"{place:064x}", "photo" if kind == "photo_min" else "pdf", {"地点": "和平路"}, 9, event_date=date(2026, 3, 1), has_particulars=True)
        for place in range(count + 1)
    ]
    (less,) = check(asked, Gathered(sound[:count]), frame)
    (more,) = check(asked, Gathered(sound), frame)
    assert ORDER[more.state] <= ORDER[less.state]
    assert more.lacking <= less.lacking


@settings(max_examples=300, deadline=None)
@given(asked=demands(), pieces=st.lists(items(), max_size=8), stated=STATED, excused=EXCUSED, frame=frames())
def test_only_what_blocks_keeps_a_submission_back_and_every_verdict_says_why(
    asked: list[Demand], pieces: list[Item], stated: dict[UUID, int], excused: set[UUID], frame: Frame
) -> None:
    verdicts = check(asked, gathered(pieces, stated, excused), frame)
    kept_back = {one.requirement_id for one in blocking(verdicts)}
    for verdict in verdicts:
        assert (verdict.requirement_id in kept_back) == (_blocks(verdict) and verdict.state is not CheckState.WAIVED)
        assert verdict.sentence
        assert (verdict.state is CheckState.OK) == (not verdict.findings and verdict.state is not CheckState.WAIVED)


def _blocks(verdict: RequirementCheck) -> bool:
    return any(one.severity is Severity.BLOCK for one in verdict.findings)
