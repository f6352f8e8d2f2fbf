"""The checks on figures: rates with their two numbers, counts and measures, duties that recur by the month or quarter."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from engine.catalogue import N_
from workflows.breakdown.periods import Period, periods
from workflows.evidence.demands import Demand, Figure, Finding, Gathered, Item, PeriodStanding, filed
from workflows.evidence.policy import Frame

#: How far a rate may be from what its two numbers give, in points: it is written rounded.
_ROUNDING = Decimal("0.06")
_HUNDRED = Decimal(100)


def rate(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a rate: stated, high enough, with numerator, denominator and source file."""
    del frame
    stated = gathered.answers.get(demand.id)
    if stated is None:
        yield Finding("rate", N_("State the figure reached."), lacking=1)
        return
    yield from _reached(demand, stated, "rate")
    if stated.numerator is None or not stated.denominator:
        yield Finding("rate_basis", N_("Say which two numbers the rate comes from."))
    elif abs(stated.numerator / stated.denominator * _HUNDRED - stated.value) > _ROUNDING:
        params = {"numerator": _plain(stated.numerator), "denominator": _plain(stated.denominator), "stated": _plain(stated.value)}
        yield Finding("rate_basis", N_("{numerator} of {denominator} is not {stated} %."), params)
    elif not filed(demand, gathered):
        yield Finding("rate_basis", N_("The file the two numbers come from is missing."))


def figure(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a count or a measure that the department states."""
    del frame
    stated = gathered.answers.get(demand.id)
    if stated is None:
        yield Finding("figure", N_("State the figure reached."), lacking=1)
    else:
        yield from _reached(demand, stated, "figure")


def frequency(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a duty that recurs: by the figure stated, else by dated evidence in each period that has ended."""
    stated = gathered.answers.get(demand.id)
    standing = standing_by_period(demand, gathered, frame)
    if stated is not None:
        yield from _reached(demand, stated, "figure")
    elif not filed(demand, gathered):
        yield Finding("figure", N_("State the figure reached."), lacking=1)
    short = [one for one in standing if one.state == "short"]
    if short and (stated is None or filed(demand, gathered)):
        params = {"count": len(short), "first": short[0].key}
        yield Finding("period", N_("{count} periods have too little dated evidence, first {first}."), params, lacking=len(short))


def standing_by_period(demand: Demand, gathered: Gathered, frame: Frame) -> tuple[PeriodStanding, ...]:
    """Say how a recurring duty stands in each period of the campaign; nothing for others."""
    if demand.kind != "frequency":
        return ()
    days = [day for item in filed(demand, gathered) if (day := _day(item)) is not None]
    needed = int(demand.value or 1)
    return tuple(_standing(one, days, needed, frame) for one in periods(demand.per, frame.starts_on, frame.ends_on))


def _standing(period: Period, days: list[date], needed: int, frame: Frame) -> PeriodStanding:
    have = sum(period.starts <= day <= period.ends for day in days)
    state = "met" if have >= needed else "short" if period.ends < frame.today else "open"
    return PeriodStanding(period.key, have, needed, state)


def _day(item: Item) -> date | None:
    return item.event_date or item.taken_on


def _reached(demand: Demand, stated: Figure, code: str) -> Iterator[Finding]:
    if demand.value is None:
        return
    params = {"stated": _plain(stated.value), "asked": f"{demand.value:f}"}
    beyond = stated.value - demand.value if demand.bound == "max" else demand.value - stated.value
    if beyond > 0:
        yield Finding(code, N_("{stated} is stated; {asked} is asked for."), params)
    elif beyond == 0 and demand.strict:
        yield Finding(code, N_("{stated} is stated; more than {asked} is asked for."), params)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
