"""What a person reads at the end of a run: one table a question."""

import math
from collections.abc import Iterable, Sequence

import participants as those
from measuring import Measurements, Outcome
from scenario import Json

_TARGETS = {
    "plain_spiffworkflow_3": "≥ 6",
    "plain_spiffworkflow_10": "≥ 14",
    "viewflow_3": "≥ 15",
    "viewflow_10": "≥ 15",
    "bpmn_engine_10": "",
    "share_of_floor": "≥ 0.6",
    "two_processes": "≥ 1.7",
    "rounds_10000_over_10": "≤ 1.2",
    "parallel_100_over_1": "≤ 2",
    "audit_p99": "≤ 1.3",
}


def report(found: Measurements, answer: Json) -> str:
    """Write all tables."""
    parts = [_conditions(answer["figures"]["conditions"]), *_lifecycles(found), _growth(found), _inbox(found)]
    parts.append(_ratios(answer["ratios"], answer["figures"]["not_measured"]))
    parts.extend(f"left out: {name}: {reason}" for name, reason in found.reasons.items())
    return "\n\n".join(part for part in parts if part)


def _conditions(conditions: Json) -> str:
    return "\n".join(f"{name}: {value}" for name, value in conditions.items())


def _lifecycles(found: Measurements) -> Iterable[str]:
    ours = those.OWN.name
    for case in dict.fromkeys(case for _, case in found.outcomes):
        departments, rejects, clients = case
        base = found.outcomes.get((ours, case))
        rows = [
            _row(name, max(rounds, key=_rate), max(map(_rate, base)) if base else math.nan)
            for (name, of), rounds in found.outcomes.items()
            if of == case
        ]
        head = ("engine", "steps/s", "juanzong is", "p50 ms", "p99 ms", "CPU ms", "WAL B/step", "state B", "")
        yield f"{departments} departments, {rejects} rejects, {clients} clients\n{_table(head, rows)}"


def _rate(outcome: Outcome) -> float:
    return outcome.steps_per_second


def _row(name: str, best: Outcome, base: float) -> Sequence[str]:
    times = f"{base / best.steps_per_second:.2f}×" if best.steps_per_second and not math.isnan(base) else "-"
    numbers = (f"{best.p50_ms:.2f}", f"{best.p99_ms:.2f}", f"{best.cpu_ms:.2f}", f"{best.wal_bytes:.0f}", str(best.state_bytes))
    return (name, f"{best.steps_per_second:.0f}", times, *numbers, best.stopped or "")


def _growth(found: Measurements) -> str:
    if not found.growth:
        return ""
    rows = []
    for name, grown in found.growth.items():
        marks = [f"{mark}: {one['ms']:.2f} ms, {one['bytes']} B" for mark, one in grown["marks"].items()]
        rows.append((name, str(grown["reached"]), "; ".join(marks), grown["stopped"] or ""))
    return "rounds of returning, one department\n" + _table(("engine", "reached", "a step at round", ""), rows)


def _likeness(found: Measurements) -> str:
    searches = [(name, *(f"{value:.2f}" for value in one.values())) for name, one in found.likeness.items() if isinstance(one, dict)]
    return f"photos that look alike, among {found.likeness['photos']}\n" + _table(("", "p50 ms", "p95 ms", "p99 ms"), searches) if searches else ""


def _inbox(found: Measurements) -> str:
    pages = [(name, *(f"{value:.2f}" for value in one.values())) for name, one in found.inbox.items() if isinstance(one, dict)]
    return f"inbox, {found.inbox['items']} open items\n" + _table(("", "p50 ms", "p95 ms", "p99 ms"), pages) if pages else ""


def _ratios(values: dict[str, float | None], reasons: dict[str, str]) -> str:
    rows = [
        (name, f"{value:.2f}" if value is not None else "-", _TARGETS[name], reasons.get(name, "")) for name, value in values.items()
    ]
    return "ratios\n" + _table(("", "measured", "target", ""), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows))
