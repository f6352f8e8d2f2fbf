"""Twice the file takes about twice the work, whatever it holds: work is counted in calls of the interpreter."""

import sys
from collections.abc import Callable
from contextlib import suppress

import pytest

from engine.errors import Invalid
from workflows.breakdown.document import read_bytes
from workflows.breakdown.unit_names import read_units

_RULE = "├──┼──┼──┤\n"
_DRAWN = f"{_RULE}│序号│任务│责任单位│\n{_RULE}"
SHAPES: dict[str, Callable[[int], str]] = {
    "borders-alone": lambda size: "─│" * size + "\n" + "─│" * size,
    "a-long-line-that-draws": lambda size: _DRAWN + "─│" * size + "\n",
    "a-long-line-of-bars": lambda size: _DRAWN + "│甲" * size + "\n",
    "a-wide-line-above-many": lambda size: _DRAWN + "│甲" * size + "\n" + "│1│2│3│\n" * size,
    "crossings-above-many-lines": lambda size: _DRAWN + "┼─" * size + "\n" + "│1│2│3│\n" * size,
    "blanks-and-a-dash": lambda size: f"{_DRAWN}│{' ' * size}─{' ' * size}甲│\n",
    "headings-without-tails": lambda size: "一、甲\n1.做事\n" * size + "责任单位：市城管局",
    "brackets-never-closed": lambda size: "1.做事" + "（责任单位：" * size,
    "cells-on-lines": lambda size: (
        "序号\n任务\n责任单位\n" + "".join(f"{number}\n做事\n市城管局\n" for number in range(1, size))
    ),
    "a-cell-of-many-rules": lambda size: "序号,任务,责任单位\n1," + "做事（2分）" * size + ",市城管局\n",
    "a-cell-of-many-departments": lambda size: (
        "序号,任务,责任单位\n1,做事," + "".join(f"第{at}局、" for at in range(size)) + "\n"
    ),
    "parts-for-departments": lambda size: (
        "任务,责任单位,材料要求\n做事,市城管局,市城管局：" + "市城管局：照片。" * size + "\n"
    ),
}


def counted(text: str) -> int:
    """Count the function calls that reading a text takes."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        with suppress(Invalid):
            read_bytes("表.txt", text.encode())
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_text_takes_twice_the_work(shape: Callable[[int], str]) -> None:
    counted(shape(3))  # patterns are compiled once
    short, long = counted(shape(100)), counted(shape(200))
    assert long <= 2.5 * short + 500


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("市城管局、各县（市、区）、市住建局", ["市城管局", "各县（市、区）", "市住建局"]),
        ("市公安局（治安、交警支队）、市交通局", ["市公安局（治安、交警支队）", "市交通局"]),
        ("市教育局（各中、小学（含民办、公办））、团市委", ["市教育局（各中、小学（含民办、公办））", "团市委"]),
        ("市城管局、市住建局（未合上、市财政局", ["市城管局", "市住建局（未合上", "市财政局"]),
        ("市城管局）、市住建局", ["市城管局）", "市住建局"]),
    ],
)
def test_names_are_parted_outside_of_brackets_only(text: str, names: list[str]) -> None:
    assert [one.name for one in read_units(text).departments] == names
