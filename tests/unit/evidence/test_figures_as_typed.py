"""Figures as people type them into a form."""

from decimal import Decimal

import pytest

from engine.errors import Invalid
from workflows.evidence.saving import parsed_figure


@pytest.mark.parametrize(
    ("text", "unit", "figure"),
    [
        ("95", "%", "95"),
        ("95%", "%", "95"),
        ("９５．５％", "%", "95.5"),
        ("95 %", None, "95"),
        ("1,200 平方米", "平方米", "1200"),
        ("1，200㎡", "㎡", "1200"),
        ("0.125", None, "0.125"),
        ("12场", "场", "12"),
        ("-3", None, "-3"),
    ],
)
def test_it_works(text: str, unit: str | None, figure: str) -> None:
    assert parsed_figure(text, unit) == Decimal(figure)


@pytest.mark.parametrize("text", ["", "  ", "%", " 场 "])
def test_nothing_is_no_figure(text: str) -> None:
    assert parsed_figure(text, "场") is None


@pytest.mark.parametrize("text", ["很多", "九十五", "95以上", "1e9", "NaN", "Infinity", "12345678", "1.2345", "--3", "1.2.3"])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parsed_figure(text, "%")
    assert text in str(refused.value)
