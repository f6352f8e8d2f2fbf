"""The figures people compare: how many times faster this engine is, and the ratios the design promises to hold."""

import math
from collections.abc import Callable
from typing import Any

import participants as those
from measuring import MANY_CLIENTS, MARKS, Measurements
from participants import Engine
from scenario import Json

#: departments, rejects, clients
SMALL, LARGE = (3, 1, 1), (10, 5, 1)
TWO_CLIENTS, CROWD = (3, 1, 2), (3, 1, MANY_CLIENTS)
NARROW, WIDE = (1, 0, 1), (100, 0, 1)


def ratios(found: Measurements) -> tuple[dict[str, float | None], dict[str, str]]:
    """Give every ratio, None where it was not measured, and for each of those why."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name, compute in _RATIOS.items():
        values[name] = compute(found)
        if values[name] is None:
            reasons[name] = _reason(found, name)
    return values, reasons


def _faster_than(rival: Engine, case: tuple[int, int, int]) -> Callable[[Measurements], float | None]:
    def computed(found: Measurements) -> float | None:
        ours, theirs = found.best(those.OWN, case), found.best(rival, case)
        if ours is None or theirs is None or not theirs.steps_per_second:
            return None
        return ours.steps_per_second / theirs.steps_per_second

    return computed


def _two_processes(found: Measurements) -> float | None:
    one, two = found.best(those.OWN, SMALL), found.best(those.OWN, TWO_CLIENTS)
    return two.steps_per_second / one.steps_per_second if one and two else None


def _rounds(found: Measurements) -> float | None:
    """Time or bytes, whichever grew more."""
    compared = found.growth.get(those.OWN.name, {}).get("old_over_new")
    return max(compared["time"], compared["bytes"]) if compared else None


def _parallel(found: Measurements) -> float | None:
    narrow, wide = found.best(those.OWN, NARROW), found.best(those.OWN, WIDE)
    if narrow is None or wide is None or wide.stopped:
        return None
    return wide.mean_ms / narrow.mean_ms


def _audit(found: Measurements) -> float | None:
    with_audit = found.lowest_p99(those.OWN, CROWD)
    without = found.lowest_p99(those.OWN_WITHOUT_AUDIT, CROWD)
    return with_audit / without if with_audit and without and not math.isnan(without) else None


_RATIOS: dict[str, Callable[[Measurements], float | None]] = {
    "plain_spiffworkflow_3": _faster_than(those.PLAIN_SPIFF, SMALL),
    "plain_spiffworkflow_10": _faster_than(those.PLAIN_SPIFF, LARGE),
    "viewflow_3": _faster_than(those.VIEWFLOW, SMALL),
    "viewflow_10": _faster_than(those.VIEWFLOW, LARGE),
    "bpmn_engine_10": _faster_than(those.BPMN_ENGINE, LARGE),
    "share_of_floor": _faster_than(those.FLOOR, SMALL),
    "two_processes": _two_processes,
    "rounds_10000_over_10": _rounds,
    "parallel_100_over_1": _parallel,
    "audit_p99": _audit,
}
_RIVAL_IN = {"plain": those.PLAIN_SPIFF, "viewflow": those.VIEWFLOW, "bpmn": those.BPMN_ENGINE}


def _reason(found: Measurements, name: str) -> str:
    rival = _RIVAL_IN.get(name.partition("_")[0])
    if rival is not None and rival.name in found.reasons:
        return found.reasons[rival.name]
    if name == "rounds_10000_over_10":
        stopped = found.growth.get(those.OWN.name, {}).get("stopped")
        return str(stopped) if stopped else f"round {MARKS[-1]} was not asked for"
    wide = found.best(those.OWN, WIDE)
    if name == "parallel_100_over_1" and wide is not None:
        return str(wide.stopped)
    return "it was not asked for in this run"


def figures(found: Measurements, conditions: Json) -> Json:
    """Give everything that was measured, rounded for people to read."""
    table = [
        {"engine": engine, "departments": case[0], "rejects": case[1], "clients": case[2]}
        | vars(max(rounds, key=lambda one: one.steps_per_second))
        | {"rounds": [one.steps_per_second for one in rounds]}
        for (engine, case), rounds in found.outcomes.items()
    ]
    whole = {"conditions": conditions, "lifecycle": table, "rounds_of_returning": found.growth, "left_out": found.reasons}
    million = {name: one for name, one in (("inbox", found.inbox), ("likeness", found.likeness)) if one}
    rounded: Json = _rounded(whole | million)
    return rounded


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return None if math.isnan(value) else round(value, 3)
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
    return value
