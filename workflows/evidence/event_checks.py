"""The checks every filed piece goes through, whatever it is for: its day, whether it was seen before, whether it is whole."""

from collections.abc import Iterator

from engine.catalogue import N_
from workflows.evidence.demands import Demand, Finding, Gathered, Item, filed
from workflows.evidence.policy import Frame


def file_findings(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check the pieces filed under one requirement."""
    for item in filed(demand, gathered):
        if item.damaged:
            yield Finding("damaged", N_("{name} is damaged in the store; hand the same file in again."), {"name": item.name}, item.id)
        yield from _day(item, frame)
        yield from _seen(item)


def _day(item: Item, frame: Frame) -> Iterator[Finding]:
    window = {"name": item.name, "start": frame.starts_on.isoformat(), "end": frame.ends_on.isoformat()}
    if item.event_date is not None:
        if item.event_date > frame.today:
            params = {"name": item.name, "day": item.event_date.isoformat()}
            yield Finding("event_future", N_("{name}: {day} is still to come. Correct the day."), params, item.id)
        elif not frame.starts_on <= item.event_date <= frame.ends_on:
            sentence = N_("{name}: {day} is outside the campaign ({start} to {end}).")
            yield Finding("window", sentence, {**window, "day": item.event_date.isoformat()}, item.id)
    elif item.taken_on is not None and not frame.starts_on <= item.taken_on <= frame.ends_on:
        sentence = N_("{name} was taken on {day} by its camera, outside the campaign ({start} to {end}).")
        yield Finding("taken_outside", sentence, {**window, "day": item.taken_on.isoformat()}, item.id)


def _seen(item: Item) -> Iterator[Finding]:
    same = next((one for one in item.seen if one.same_bytes), None)
    if same is not None:
        sentence = N_("{name} was handed in before: {where}. Declare it as reuse with a reason, or hand in another.")
        yield Finding("same_file", sentence, {"name": item.name, "where": same.where}, item.id)
    elif item.seen:
        sentence = N_("{name} looks like a photo handed in before: {where}.")
        yield Finding("alike", sentence, {"name": item.name, "where": item.seen[0].where}, item.id)
