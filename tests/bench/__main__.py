"""`python tests/bench [--quick] [--json]`: this engine beside others, on one machine, in one run.

docs/benchmarks.md says what is measured and how to read it. Results go to stdout, progress to stderr.
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

# The folder of the project, for whoever starts this without it on the path.
sys.path.insert(1, str(Path(__file__).parents[2]))

import participants as those
import tables
from measuring import ENGINES, MANY_CLIENTS, MARKS, RIVALS, Case, Measuring, say
from ratios import figures, ratios
from scenario import Json, Scenario
from server import Server, running


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the ratios in about a minute; no inbox, fewer rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the seconds of every run, and of its limits")
    wish = parser.parse_args()
    with running() as server:
        measuring = Measuring(server, wish.scale)
        try:
            (_quick if wish.quick else _full)(measuring, server)
        finally:
            measuring.close()
        conditions = _conditions(server, quick=wish.quick, seconds=measuring.seconds)
    values, reasons = ratios(measuring.found)
    answer: Json = {
        "ratios": {name: None if value is None else round(value, 3) for name, value in values.items()},
        "figures": figures(measuring.found, conditions) | {"not_measured": reasons},
    }
    print(json.dumps(answer, ensure_ascii=False, indent=2) if wish.json else tables.report(measuring.found, answer))  # noqa: T201
    return 0


def _quick(measuring: Measuring, server: Server) -> None:
    del server
    # Short turns and many of them: each engine meets a quiet moment, and none has it alone.
    turns = [
        (engine, Case(*kind, 1, 0.2))
        for kind in ((3, 1), (10, 5))
        for engine in (those.OWN, those.FLOOR, those.PLAIN_SPIFF, those.VIEWFLOW)
    ]
    turns += [(those.OWN, Case(3, 1, 2, 0.3)), (those.OWN, Case(1, 0, 1, 0.2)), (those.OWN, Case(100, 0, 1, 0.2, cap=8))]
    slow = [(those.BPMN_ENGINE, Case(3, 1, 1, 0.3)), (those.BPMN_ENGINE, Case(10, 5, 1, 0.3))]
    for until in (20, 35, 50):
        measuring.rounds(slow, 1, until)
        measuring.rounds(turns, 3, until)
    measuring.rounds(_crowd(1.5), 2, 55)
    measuring.growth([those.OWN], MARKS, max(12.0, 85 - measuring.seconds))


def _full(measuring: Measuring, server: Server) -> None:
    import inbox  # it needs the pages, which the quick run does without
    import likeness

    turns = [(engine, Case(3, 1, clients, 0.7)) for clients in (1, 2, 8) for engine in ENGINES]
    turns += [(engine, Case(10, 5, 1, 0.7)) for engine in ENGINES]
    measuring.rounds(turns, 8, 360)
    widths = [(engine, Case(departments, 0, 1, 1.0, cap=15)) for departments in (1, 3, 10, 100) for engine in ENGINES]
    measuring.rounds(widths, 1, 0)
    measuring.rounds([(those.OWN, Case(departments, 0, 1, 1.0, cap=15)) for departments in (1, 100)], 4, 500)
    measuring.rounds(_crowd(3.0), 4, 550)
    measuring.growth([those.OWN], MARKS, 150)
    measuring.growth([one for one in RIVALS if one.name not in measuring.found.reasons], MARKS, 20)
    measuring.found.inbox = inbox.measured(server.database("bench_inbox"))
    measuring.found.likeness = likeness.measured(server.database("bench_likeness"))


def _crowd(seconds: float) -> list[tuple[those.Engine, Case]]:
    return [(engine, Case(3, 1, MANY_CLIENTS, seconds)) for engine in (those.OWN, those.OWN_WITHOUT_AUDIT)]


def _conditions(server: Server, *, quick: bool, seconds: float) -> Json:
    return {
        "run": "quick" if quick else "full",
        "seconds": round(seconds, 1),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "human_steps_3_1": Scenario(3, 1).human_steps,
        "human_steps_10_5": Scenario(10, 5).human_steps,
        "load_average": os.getloadavg()[0],
        "not_compared": "spiff-arena is not on the package index",
        **server.described,
    }


if __name__ == "__main__":
    say("this takes about a minute and wants a quiet machine" if "--quick" in sys.argv else "this takes up to a quarter of an hour")
    sys.exit(main())
