"""A running process on another version of its diagram: what is kept, what stands in the way."""

from datetime import UTC, datetime, timedelta

from diagrams import chain, element, ends, process, user

from engine.spiff import Execution, definition

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TIMER = "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>"


def late(name: str, cancel: str = "true") -> str:
    return element("boundaryEvent", name, TIMER, attachedToRef="check", cancelActivity=cancel)


def started(xml: bytes) -> Execution:
    live = Execution.start(definition(xml, "p"), {}, NOW)
    live.complete(live.open_tasks()[0].task_id, {"write": "done"}, NOW)
    return live


OLD = process(ends(), user("write", "check", "chase"), late("late"), chain("start", "write", "check", "end"), chain("late", "chase", "end"))


def test_an_open_step_keeps_its_number_its_timer_and_the_data() -> None:
    new = process(
        ends(), user("read", "check", "seal", "chase"), late("late"), chain("start", "read", "check", "seal", "end"), chain("late", "chase", "end")
    )
    live = started(OLD)
    (before,) = live.open_tasks()
    assert live.obstacles(definition(new, "p")) == ()
    live.move(definition(new, "p"), NOW + timedelta(hours=1))
    (after,) = live.open_tasks()
    assert (after.task_id, after.element) == (before.task_id, "check")
    assert live.next_due() == NOW + timedelta(hours=2)
    again = Execution.load(definition(new, "p"), live.state())
    again.complete(after.task_id, {}, NOW)
    assert [task.element for task in again.open_tasks()] == ["seal"]
    assert again.variables == {"write": "done"}


def test_a_step_that_is_gone_or_is_something_else_stands_in_the_way() -> None:
    gone = process(ends(), user("write"), chain("start", "write", "end"))
    (found,) = {one.element for one in started(OLD).obstacles(definition(gone, "p"))}
    assert found == "check"
    other = process(ends(), user("write", "chase"), element("serviceTask", "check"), late("late"), chain("start", "write", "check", "end"), chain("late", "chase", "end"))
    assert [one.element for one in started(OLD).obstacles(definition(other, "p"))] == ["check"]


def test_a_border_event_that_is_gone_stops_and_a_new_one_starts() -> None:
    new = process(ends(), user("write", "check", "chase"), late("overdue", "false"), chain("start", "write", "check", "end"), chain("overdue", "chase", "end"))
    live = started(OLD)
    assert live.obstacles(definition(new, "p")) == ()
    moment = NOW + timedelta(hours=1)
    live.move(definition(new, "p"), moment)
    assert live.pending_timers() == (moment + timedelta(hours=2),)
    live.fire_timers(moment + timedelta(hours=2))
    assert sorted(task.element for task in live.open_tasks()) == ["chase", "check"]


def test_a_branch_that_waits_at_a_join_needs_its_flow_in_the_new_version() -> None:
    def fork(third: str) -> bytes:
        return process(
            ends(), element("parallelGateway", "fork"), user("a", "b", third), element("parallelGateway", "join"),
            chain("start", "fork", "a", "join", "end"), chain("fork", "b", third, "join"),
        )

    live = Execution.start(definition(fork("c"), "p"), {}, NOW)
    live.complete(next(task.task_id for task in live.open_tasks() if task.element == "a"), {}, NOW)
    assert live.obstacles(definition(fork("d"), "p")) == ()
    renamed = fork("c").replace(b'id="a-join"', b'id="another"')
    assert [one.element for one in live.obstacles(definition(renamed, "p"))] == ["join"]
