"""Timers: each fires once, in order, whatever happens to the clock and to the workers; one that fails holds nobody up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from diagrams import chain, element, ends, user
from diagrams import process as drawn
from moved_clock import START, STUCK, Desk, timer
from office import OWNER

from engine import audit, incidents, process
from engine.audit import CASE
from engine.errors import Conflict, Forbidden
from engine.timers import Swept, sweep
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from engine.verbs.suspension import resume, suspend
from models.process import WorkItem
from sqlalchemy import select

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """Give small processes under a clock that stands at START."""
    return Desk(sessions)


def watching(form: str, text: str, *, interrupting: bool = False) -> bytes:
    """Draw a step with a timer at its border that leads to a reminder."""
    cancel = "true" if interrupting else "false"
    event = element("boundaryEvent", "late", timer(form, text), attachedToRef="ask", cancelActivity=cancel)
    reminded = element("endEvent", "reminded")
    return drawn(ends(), user("ask", "remind"), event, reminded, chain("start", "ask", "end"), chain("late", "remind", "reminded"))


def swept(desk: Desk) -> Swept:
    """Let a worker sweep now."""
    return sweep(desk.sessions, desk.clock)


def test_a_timer_fires_when_it_is_due_and_not_before(desk: Desk) -> None:
    desk.begin(watching("timeDuration", "PT1H"))
    assert desk.instance().next_due == START + HOUR
    desk.clock.now = START + HOUR - timedelta(microseconds=1)
    assert swept(desk) == Swept(0, 0, 0)
    desk.clock.now = START + HOUR
    assert swept(desk) == Swept(fired=1, instances=1, failed=0)
    assert desk.waiting() == ["ask", "remind"]
    assert desk.details("timer.fired") == [{"due": "2026-02-12T02:00:00.000000Z", "fired": 1, "elements": ["late", "remind"]}]
    assert desk.instance().next_due is None
    assert swept(desk) == Swept(0, 0, 0)
    assert desk.intact()


def test_a_step_is_taken_away_by_an_interrupting_timer(desk: Desk) -> None:
    desk.begin(watching("timeDuration", "PT1H", interrupting=True))
    desk.clock.now += HOUR
    swept(desk)
    assert desk.waiting() == ["remind"]
    with reading(desk.sessions) as session:
        taken = session.scalars(select(WorkItem).where(WorkItem.element == "ask")).one()
    assert (taken.closed_at, taken.outcome, taken.closed_by) == (desk.clock.now, "cancelled", None)
    assert desk.intact()


def test_a_deadline_of_working_days_leaves_out_the_spring_festival_and_counts_the_make_up_day(desk: Desk) -> None:
    # Announced for 2026: off from 15 to 23 February, at work on Saturday the 14th. So: Friday, Saturday, Tuesday the 24th.
    desk.begin(watching("timeDate", "${working_days(3)}"))
    assert desk.instance().next_due == datetime(2026, 2, 24, 1, 0, tzinfo=UTC)
    desk.clock.now = datetime(2026, 2, 24, 0, 59, tzinfo=UTC)
    assert swept(desk).fired == 0
    desk.clock.now = datetime(2026, 2, 24, 1, 0, tzinfo=UTC)
    assert swept(desk).fired == 1
    assert desk.waiting() == ["ask", "remind"]


def test_a_step_done_in_time_is_never_escalated(desk: Desk) -> None:
    desk.begin(watching("timeDuration", "PT1H"))
    desk.do("ask")
    desk.clock.now += DAY
    assert swept(desk) == Swept(0, 0, 0)
    assert desk.waiting() == []


def test_after_a_stop_each_fires_once_in_the_order_of_due_dates(desk: Desk) -> None:
    desk.clock.step = timedelta(seconds=1)
    for key, hours in (("T-3", 3), ("T-1", 1), ("T-2", 2)):
        desk.begin(watching("timeDuration", "${length}"), key, {"length": f"PT{hours}H"})
    desk.clock.now += DAY
    assert swept(desk) == Swept(fired=3, instances=3, failed=0)
    with reading(desk.sessions) as session:
        trails = [audit.trail(session, CASE + key) for key in ("T-1", "T-2", "T-3")]
    moments = [one.recorded_at for events in trails for one in events if one.action == "timer.fired"]
    assert len(moments) == 3
    assert moments == sorted(moments)
    assert swept(desk).fired == 0


def test_repeats_missed_in_a_stop_are_not_made_up_for(desk: Desk) -> None:
    desk.begin(watching("timeCycle", "R5/PT1H"))
    desk.clock.now += 3 * HOUR + HOUR / 2
    assert swept(desk).fired == 1
    assert desk.instance().next_due == START + 4 * HOUR
    for hour in (4, 5):
        desk.clock.now = START + hour * HOUR
        assert swept(desk).fired == 1
    desk.clock.now += DAY
    assert swept(desk).fired == 0
    assert desk.waiting() == ["ask", "remind", "remind", "remind"]


def test_a_clock_set_back_fires_nothing_twice(desk: Desk) -> None:
    desk.begin(watching("timeCycle", "R/PT1H"))
    desk.clock.now += HOUR
    assert swept(desk).fired == 1
    desk.clock.now = START - DAY
    assert swept(desk).fired == 0
    desk.clock.now = START + HOUR
    assert swept(desk).fired == 0
    desk.clock.now = START + 2 * HOUR
    assert swept(desk).fired == 1
    assert [one["due"] for one in desk.details("timer.fired")] == ["2026-02-12T02:00:00.000000Z", "2026-02-12T03:00:00.000000Z"]
    assert desk.intact()


def test_several_timers_of_one_process_fire_in_one_transaction(desk: Desk) -> None:
    catch = "".join(element("intermediateCatchEvent", f"wait_{n}", timer("timeDuration", f"PT{n}H")) for n in (1, 2))
    desk.begin(drawn(ends(), catch, user("after"), chain("start", "wait_1", "wait_2", "after", "end")))
    desk.clock.now += DAY
    # The second begins to wait when the first has fired, which is now.
    assert swept(desk) == Swept(fired=1, instances=1, failed=0)
    assert desk.instance().next_due == desk.clock.now + 2 * HOUR
    desk.clock.now += 2 * HOUR
    swept(desk)
    assert desk.waiting() == ["after"]


def test_a_suspended_process_keeps_its_timers_until_it_goes_on(desk: Desk) -> None:
    desk.begin(watching("timeDuration", "PT1H"))
    with work(desk.sessions, OWNER, desk.clock) as unit:
        suspend(unit, "T-1", "查证中")
    desk.clock.now += DAY
    assert swept(desk) == Swept(0, 0, 0)
    with work(desk.sessions, OWNER, desk.clock) as unit:
        resume(unit, "T-1", "查清")
    assert swept(desk).fired == 1


def test_two_workers_at_once_fire_each_timer_exactly_once(desk: Desk) -> None:
    keys = [f"T-{number}" for number in range(40)]
    for key in keys:
        desk.begin(watching("timeDuration", "PT1H"), key)
    desk.clock.now += HOUR
    together = Barrier(2)

    def worker(_number: int) -> Swept:
        together.wait()
        return swept(desk)

    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(worker, range(2)))
    assert (sum(one.fired for one in shares), sum(one.failed for one in shares)) == (40, 0)
    assert [len(desk.details("timer.fired", key)) for key in keys] == [1] * 40
    assert desk.intact()


def test_a_process_somebody_works_on_is_left_for_the_next_sweep(desk: Desk) -> None:
    desk.begin(watching("timeDuration", "PT1H"))
    desk.clock.now += HOUR
    with work(desk.sessions, SYSTEM, desk.clock) as unit:
        process.lock_instance(unit, process.open_items(unit, "T-1")[0].instance_id)
        assert swept(desk) == Swept(0, 0, 0)
    assert swept(desk).fired == 1


def test_a_timer_that_fails_holds_nobody_up_and_becomes_an_incident(desk: Desk) -> None:
    desk.begin(STUCK, "T-1", {"ready": False})
    desk.begin(watching("timeDuration", "PT1H"), "T-2")
    desk.clock.now += HOUR
    assert swept(desk) == Swept(fired=1, instances=1, failed=1)
    assert desk.waiting() == ["ask", "other"]
    found = desk.incident()
    assert (found.kind, found.subject, found.attempts, found.first_at) == ("timer", "which", 1, desk.clock.now)
    assert found.error.startswith("The diagram cannot go on at which")
    assert found.next_retry_at == desk.clock.now + timedelta(seconds=10)
    with reading(desk.sessions) as session:
        assert [one.action for one in audit.trail(session, CASE + "T-1")] == ["case.opened", "incident.opened"]
    assert desk.intact()


def test_a_failed_timer_is_tried_again_with_growing_pauses_and_then_waits_for_a_person(desk: Desk) -> None:
    desk.begin(STUCK, "T-1", {"ready": False})
    desk.clock.now += HOUR
    pauses = []
    for _ in range(incidents.MAX_ATTEMPTS):
        assert swept(desk).failed == 1
        assert swept(desk).failed == 0
        again = desk.incident().next_retry_at
        if again is not None:
            pauses.append((again - desk.clock.now).total_seconds())
            desk.clock.now = again
    assert pauses == [10, 40, 160, 640, 2560, 3600, 3600]
    desk.clock.now += 30 * DAY
    assert swept(desk) == Swept(0, 0, 0)
    with pytest.raises(Forbidden, match="owns the process"), work(desk.sessions, SYSTEM, desk.clock) as unit:
        incidents.retry(unit, desk.incident().id)
    desk.do("other", {"ready": True})
    with work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.retry(unit, desk.incident().id)
    assert swept(desk).fired == 1
    found = desk.incident()
    assert (found.attempts, found.resolution, found.resolved_at) == (8, "succeeded", desk.clock.now)
    assert desk.waiting() == ["ask", "more"]
    with pytest.raises(Conflict, match="settled already"), work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.retry(unit, found.id)
    assert desk.intact()


def test_the_database_going_away_is_no_incident_of_a_process(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise ConnectionError

    desk.begin(watching("timeDuration", "PT1H"))
    desk.clock.now += HOUR
    monkeypatch.setattr("engine.timers._claim", gone)
    with pytest.raises(ConnectionError):
        swept(desk)
    monkeypatch.undo()
    assert swept(desk).fired == 1
