"""The worker process keeps the clock of the processes: nobody asks it to, and a timer fires."""

import signal
from pathlib import Path

from cast import Cast
from diagrams import chain, element, ends, user
from diagrams import process as drawn
from moved_clock import Desk, timer
from running import environment_of, process, until

from engine.unit_of_work import utc_now


def test_a_running_worker_fires_what_is_due(cast: Cast, database_url: str, tmp_path: Path) -> None:
    desk = Desk(cast.sessions, utc_now)  # type: ignore[arg-type] - the real clock, which the worker has too
    event = element("boundaryEvent", "late", timer("timeDuration", "PT1S"), attachedToRef="ask", cancelActivity="false")
    reminded = element("endEvent", "reminded")
    xml = drawn(ends(), user("ask", "remind"), event, reminded, chain("start", "ask", "end"), chain("late", "remind", "reminded"))
    desk.begin(xml)
    with process(environment_of(cast, database_url, tmp_path), "worker") as worker:
        until(lambda: desk.waiting() == ["ask", "remind"], worker)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait() == 0
    assert desk.actions() == ["timer.fired"]
    assert desk.intact()
