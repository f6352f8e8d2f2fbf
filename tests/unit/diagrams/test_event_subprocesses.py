"""Event sub-processes run as BPMN 2.0 §13.5.4 says, though they are rewritten to boundary events."""

from datetime import UTC, datetime, timedelta

import pytest

from diagram_drawing import around, diagram, event, flow, task
from engine.diagram_import import normalise
from engine.errors import StepFailed
from engine.spiff import Execution, definition

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
DECLARED = (
    '<bpmn:message id="stop" name="stop"/><bpmn:message id="ask" name="ask"/>'
    '<bpmn:error id="bad" errorCode="bad"/><bpmn:escalation id="up" escalationCode="up"/>'
)


def about(kind: str, name: str) -> str:
    """Give the definition of an event that refers to something declared."""
    return f'<bpmn:{kind}EventDefinition {kind}Ref="{name}"/>'


def handler(name: str, definition_: str, *, interrupting: bool = True, ends: str = "") -> str:
    """Draw an event sub-process with one step in it."""
    attribute = "" if interrupting else ' isInterrupting="false"'
    start = event("startEvent", f"{name}_start", definition_, attribute)
    body = f"{start}{task(name)}{event('endEvent', f'{name}_end', ends)}{flow(f'{name}_start', name)}{flow(name, f'{name}_end')}"
    return f'<bpmn:subProcess id="{name}_part" triggeredByEvent="true">{body}</bpmn:subProcess>'


def started(inner: str) -> Execution:
    """Import a diagram whose elements stand beside a step called `work` and start it."""
    found = normalise(diagram(around(task("work") + inner, "work", "work"), DECLARED))
    assert found.report.refusals == ()
    assert normalise(found.xml).xml == found.xml
    return Execution.start(definition(found.xml, "p", (("p", found.xml),)), {}, NOON)


def steps(live: Execution) -> list[str]:
    """Give the elements that wait for somebody."""
    return sorted(one.element for one in live.open_tasks())


def done(live: Execution, element: str) -> None:
    """Complete one open step."""
    live.complete(next(one.task_id for one in live.open_tasks() if one.element == element), {}, NOON)


def test_an_interrupting_one_takes_everything_else_away() -> None:
    live = started(handler("stopped", about("message", "stop")))
    assert live.receive_message("stop", {}, NOON)
    assert steps(live) == ["stopped"]
    assert not live.receive_message("stop", {}, NOON)
    done(live, "stopped")
    assert live.ended


def test_one_that_does_not_interrupt_runs_beside_and_can_come_again() -> None:
    live = started(handler("asked", about("message", "ask"), interrupting=False))
    assert live.receive_message("ask", {}, NOON)
    assert live.receive_message("ask", {}, NOON)
    assert steps(live) == ["asked", "asked", "work"]
    done(live, "work")
    assert steps(live) == ["asked", "asked"]
    assert not live.ended
    done(live, "asked")
    done(live, "asked")
    assert live.ended


def test_nothing_waits_any_more_when_the_scope_has_ended() -> None:
    live = started(handler("asked", about("message", "ask"), interrupting=False) + handler("stopped", about("message", "stop")))
    done(live, "work")
    assert live.ended
    assert live.subscriptions() == ()


def test_an_interrupting_one_also_takes_handlers_away() -> None:
    live = started(handler("stopped", about("message", "stop")) + handler("asked", about("message", "ask"), interrupting=False))
    assert live.receive_message("ask", {}, NOON)
    assert steps(live) == ["asked", "work"]
    assert live.receive_message("stop", {}, NOON)
    assert steps(live) == ["stopped"]
    assert not live.receive_message("ask", {}, NOON)


def test_one_interrupting_handler_withdraws_the_others() -> None:
    live = started(handler("stopped", about("message", "stop")) + handler("late", HOUR))
    assert live.pending_timers() == (NOON + timedelta(hours=1),)
    assert live.receive_message("stop", {}, NOON)
    assert live.pending_timers() == ()


def test_the_clock_starts_a_handler() -> None:
    live = started(handler("late", HOUR, interrupting=False))
    assert live.fire_timers(NOON + timedelta(hours=2)) == 1
    assert steps(live) == ["late", "work"]


def test_an_error_in_the_scope_is_handled_in_it() -> None:
    inner = f'<bpmn:subProcess id="s">{task("try")}{event("startEvent", "is", "")}{event("endEvent", "x", about("error", "bad"))}{flow("is", "try")}{flow("try", "x")}{handler("mended", about("error", "bad"))}</bpmn:subProcess>'
    live = started(inner + flow("start", "s") + task("after") + flow("s", "after"))
    done(live, "try")
    assert steps(live) == ["mended", "work"]
    done(live, "mended")
    assert steps(live) == ["after", "work"]


def test_an_error_thrown_by_a_handler_leaves_the_scope() -> None:
    part = handler("stopped", about("message", "stop"), ends=about("error", "bad"))
    inner = f'<bpmn:subProcess id="s">{task("try")}{event("startEvent", "is", "")}{flow("is", "try")}{part}</bpmn:subProcess>'
    catch = event("boundaryEvent", "b", about("error", "bad"), ' attachedToRef="s"') + task("outside") + flow("b", "outside")
    live = started(inner + catch + flow("start", "s"))
    assert live.receive_message("stop", {}, NOON)
    done(live, "stopped")
    assert steps(live) == ["outside", "work"]


def test_an_error_a_handler_of_a_process_throws_is_caught_nowhere() -> None:
    live = started(handler("stopped", about("message", "stop"), ends=about("error", "bad")))
    assert live.receive_message("stop", {}, NOON)
    with pytest.raises(StepFailed, match="at stopped_end"):
        done(live, "stopped")


def test_an_escalation_starts_a_handler_beside_the_scope() -> None:
    throw = event("intermediateThrowEvent", "x", about("escalation", "up"))
    inner = f'{throw}{task("next")}{flow("start", "x")}{flow("x", "next")}'
    live = started(inner + handler("told", about("escalation", "up"), interrupting=False))
    assert steps(live) == ["next", "told", "work"]


def test_handlers_within_handlers() -> None:
    inner_part = handler("deeper", about("message", "ask"), interrupting=False)
    start = event("startEvent", "o_start", about("message", "stop"))
    outer = f'<bpmn:subProcess id="o" triggeredByEvent="true">{start}{task("outer")}{flow("o_start", "outer")}{inner_part}</bpmn:subProcess>'
    live = started(outer)
    assert not live.receive_message("ask", {}, NOON)
    assert live.receive_message("stop", {}, NOON)
    assert live.receive_message("ask", {}, NOON)
    assert steps(live) == ["deeper", "outer"]


def test_each_instance_of_a_looped_scope_has_its_own_handlers() -> None:
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    part = handler("late", HOUR)
    inner = f'<bpmn:subProcess id="s">{loop}{task("try")}{event("startEvent", "is", "")}{flow("is", "try")}{part}</bpmn:subProcess>'
    live = started(inner + flow("start", "s"))
    done(live, "try")
    live.fire_timers(NOON + timedelta(hours=1))
    assert steps(live) == ["late", "work"]


def test_a_stored_process_goes_on_in_the_middle_of_a_handler() -> None:
    found = normalise(diagram(around(task("work") + handler("stopped", about("message", "stop")), "work", "work"), DECLARED))
    process = definition(found.xml, "p")
    live = Execution.start(process, {}, NOON)
    live.receive_message("stop", {}, NOON)
    again = Execution.load(process, live.state())
    done(again, "stopped")
    assert again.ended
