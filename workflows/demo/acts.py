"""What people do in the story of the demonstration, one value for each verb, in the order it happens."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from workflows.demo.files import Order
from workflows.lifecycle.words import Outcome, Step


@dataclass(frozen=True)
class Act:
    """Something done to a case at a moment; cases are counted from 0 in the order of the table."""

    at: datetime
    case: int


@dataclass(frozen=True)
class Assigned(Act):
    """The office hands a case to the departments the table names."""

    due_at: datetime


@dataclass(frozen=True)
class PartAct(Act):
    """Something a department does."""

    department: str


@dataclass(frozen=True)
class Claimed(PartAct):
    """A collector takes the work on."""


@dataclass(frozen=True)
class Added(PartAct):
    """A collector adds a file for the requirement at a place of the rule, from 0. `page`: which page it scans."""

    requirement: int
    order: Order
    caption: tuple[tuple[str, str], ...]
    event_date: date | None
    page: str = ""


@dataclass(frozen=True)
class Removed(PartAct):
    """A collector takes a file out again, by its name."""

    name: str


@dataclass(frozen=True)
class Stated(PartAct):
    """A collector states a figure."""

    requirement: int
    value: Decimal
    note: str


@dataclass(frozen=True)
class Excused(PartAct):
    """A department asks to be excused from a requirement."""

    requirement: int
    reason: str


@dataclass(frozen=True)
class HandedIn(PartAct):
    """A collector submits."""

    statement: str


@dataclass(frozen=True)
class Decided(Act):
    """A reviewer or the office decides. `department` is the reviewed one, or whom the office returns to; else empty."""

    step: Step
    outcome: Outcome
    remark: str
    department: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archived(Act):
    """The machine archives an approved case."""
