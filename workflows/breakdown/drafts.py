"""Rules as their rows give them, before the names of the whole document are known."""

from dataclasses import dataclass

from workflows.breakdown.grid import Grid, Stray
from workflows.breakdown.header import Column
from workflows.breakdown.rules import ScoredRule
from workflows.breakdown.shapes import OtherText
from workflows.breakdown.unit_names import NamedUnits


@dataclass(frozen=True)
class Draft:
    """A rule as its row gives it, before the names of the whole document are known."""

    rule: ScoredRule
    indicator: str
    item_no: str
    units: NamedUnits
    advice: str
    advice_inherited: bool
    deadline: str | None
    line: int
    short: bool
    row: int = 0
    bonus: bool = False
    others: tuple[OtherText, ...] = ()


@dataclass(frozen=True)
class DraftTable:
    """A table before the names of the whole document are known."""

    grid: Grid
    position: int
    columns: tuple[Column, ...]
    drafts: tuple[Draft, ...]
    strays: tuple[Stray, ...]
