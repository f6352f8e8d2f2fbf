"""External steps: a failure the diagram has drawn a way for goes that way; one it has not is refused."""

import pytest
from diagrams import chain, element, ends, user
from diagrams import process as drawn
from moved_clock import Desk
from office import refused

from engine import process
from engine.errors import Invalid, StepFailed
from engine.external_steps import FAILED, fail
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from models.process import WorkItem

ERROR = '<errorEventDefinition errorRef="e"/>'
POSTING = drawn(
    ends(), element("serviceTask", "send", camunda__type="external", camunda__topic="post"), user("by_hand"),
    element("boundaryEvent", "undeliverable", ERROR, attachedToRef="send"),
    chain("start", "send", "end"), chain("undeliverable", "by_hand", "end"),
    declared='<error id="e" name="undeliverable" errorCode="no_address"/>',
)  # fmt: skip


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """Give a worker's step that waits to be done."""
    there = Desk(sessions)
    there.begin(POSTING)
    return there


def fails(desk: Desk, code: str) -> int:
    """Let the open step fail with a code; give its item."""
    with work(desk.sessions, SYSTEM, desk.clock) as unit:
        (waiting,) = process.open_items(unit, "T-1")
        item = process.take(unit, waiting.id)
        step = fail(unit, item, code)
        unit.record("case:T-1", "post.failed", {"code": code}, step.change)
        return item.id


def test_an_error_the_diagram_catches_goes_the_way_that_is_drawn(desk: Desk) -> None:
    item_id = fails(desk, "no_address")
    assert desk.waiting() == ["by_hand"]
    with reading(desk.sessions) as session:
        item = session.get_one(WorkItem, item_id)
    assert (item.outcome, item.closed_at, item.closed_by) == (FAILED, desk.clock.now, None)
    assert desk.intact()


def test_an_error_nobody_catches_changes_nothing(desk: Desk) -> None:
    with pytest.raises(StepFailed, match="unheard_of"):
        fails(desk, "unheard_of")
    assert (desk.waiting(), desk.actions()) == (["send"], [])


def test_a_step_of_a_person_does_not_fail(desk: Desk) -> None:
    fails(desk, "no_address")
    with work(desk.sessions, SYSTEM, desk.clock) as unit:
        (waiting,) = process.open_items(unit, "T-1")
        with refused(Invalid, "Only a step of the system", "只有系统环节"):
            fail(unit, waiting, "no_address")
