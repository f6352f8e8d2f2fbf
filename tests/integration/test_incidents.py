"""Incidents: what failed is written down, tried again with pauses, waits for a person in the end, and goes when it goes well."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cast import POSTERS, Cast
from diagrams import chain, element, ends
from diagrams import process as drawn
from moved_clock import STUCK, Desk
from office import DRAFTER, OWNER, person, refused
from papers import dossiers, to_archive
from sqlalchemy import text

from engine import audit, incidents, jobs, process, retries, timers
from engine.errors import Conflict, Forbidden, Invalid, NotFound, StepFailed
from engine.incidents import HANDED_OUT, MAX_ATTEMPTS, Origin
from engine.jobs import Call, Job
from engine.retries import Sweep
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from models.process import Incident
from workflows.worker import all_jobs

ADMINISTRATOR = person("管理员", "administrator")
POSTING = drawn(
    ends(), element("serviceTask", "send", camunda__type="external", camunda__topic="post"), chain("start", "send", "end")
)  # fmt: skip


class Post:
    """The far end of a job: it fails with what is told, until told to work."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.trouble: Exception | None = ConnectionError("the line is dead\n  for good")
        self.attempts = 0

    def __call__(self, item_id: int) -> None:
        """Do the step of a worker."""
        self.attempts += 1
        with work(self.desk.sessions, SYSTEM, self.desk.clock) as unit:
            item = process.take(unit, item_id)
            step = process.complete(unit, item, "posted", {})
            unit.record("case:T-1", "post.sent", {}, step.change)
            if self.trouble is not None:
                raise self.trouble


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """Give small processes under a clock that stands still."""
    return Desk(sessions)


@pytest.fixture
def post(desk: Desk) -> Post:
    """Give a worker's step that waits to be done, and what does it."""
    desk.begin(POSTING)
    return Post(desk)


@pytest.fixture
def worker(desk: Desk, post: Post, database_url: str) -> Callable[[], None]:
    """Give a worker that does what waits in the queue now."""

    def run() -> None:
        jobs.run_waiting(database_url, retries.watched(desk.sessions, [Job("external.post", post)], desk.clock))

    return run


def sweep(desk: Desk) -> Sweep:
    """Let a worker look at the incidents now."""
    return retries.sweep(desk.sessions, desk.clock)


def test_a_failed_job_leaves_nothing_but_its_incident(
    desk: Desk, post: Post, worker: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    worker()
    found = desk.incident()
    assert (found.kind, found.subject, found.error) == ("job", "external.post", "ConnectionError: the line is dead for good")
    assert (found.instance_id, found.attempts, found.first_at) == (desk.instance().id, 1, desk.clock.now)
    assert (found.next_retry_at, found.resolved_at) == (desk.clock.now + timedelta(seconds=10), None)
    assert desk.waiting() == ["send"]
    assert desk.actions() == ["incident.opened"]
    (details,) = desk.details("incident.opened")
    assert details == {
        "incident": found.id, "kind": "job", "subject": "external.post", "item": found.item_id, "attempts": 1,
        "error": found.error, "number": found.detail["number"], "next_retry_at": "2026-02-12T01:00:10.000000Z",
    }  # fmt: skip
    logged = [one for one in caplog.records if found.detail["number"] in one.getMessage()]
    assert [(one.levelno, "ConnectionError" in one.getMessage()) for one in logged] == [(logging.ERROR, True)]
    with reading(desk.sessions) as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'external.post'")) == 0
    assert desk.intact()


def test_it_is_tried_again_when_it_is_time_and_goes_when_it_goes_well(
    desk: Desk, post: Post, worker: Callable[[], None]
) -> None:
    worker()
    assert sweep(desk) == Sweep(0, 0, 0)
    desk.clock.now += timedelta(seconds=10)
    assert sweep(desk) == Sweep(retried=1, settled=0, unknown=0)
    assert sweep(desk) == Sweep(0, 0, 0)
    worker()
    assert (desk.incident().attempts, desk.incident().next_retry_at) == (2, desk.clock.now + timedelta(seconds=40))
    post.trouble = None
    desk.clock.now += timedelta(seconds=40)
    sweep(desk)
    worker()
    found = desk.incident()
    assert (found.resolution, found.resolved_at, found.resolved_by) == ("succeeded", desk.clock.now, None)
    assert desk.instance().outcome == "completed"
    assert desk.actions() == [
        "incident.opened", "incident.retried", "incident.repeated", "incident.retried", "post.sent", "incident.resolved",
    ]  # fmt: skip
    assert post.attempts == 3
    assert sweep(desk) == Sweep(0, 0, 0)
    assert desk.intact()


def test_after_its_attempts_it_waits_for_a_person_who_may(desk: Desk, post: Post, worker: Callable[[], None]) -> None:
    pauses = []
    worker()
    while (again := desk.incident().next_retry_at) is not None:
        pauses.append((again - desk.clock.now).total_seconds())
        desk.clock.now = again
        sweep(desk)
        worker()
    assert pauses == [10, 40, 160, 640, 2560, 3600, 3600]
    assert (desk.incident().attempts, post.attempts) == (MAX_ATTEMPTS, MAX_ATTEMPTS)
    desk.clock.now += timedelta(days=30)
    assert sweep(desk) == Sweep(0, 0, 0)
    with refused(Forbidden, "Only the office that owns", "只有流程管理员"), work(desk.sessions, DRAFTER, desk.clock) as unit:
        incidents.retry(unit, desk.incident().id)
    post.trouble = None
    with work(desk.sessions, ADMINISTRATOR, desk.clock) as unit:
        incidents.retry(unit, desk.incident().id)
    worker()
    assert desk.incident().resolution == "succeeded"
    with refused(Conflict, "is settled already", "已经了结"), work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.resolve(unit, desk.incident().id, "重复")


def test_a_job_that_was_asked_for_again_and_lost_is_asked_for_once_more(
    desk: Desk, post: Post, worker: Callable[[], None]
) -> None:
    worker()
    desk.clock.now += timedelta(seconds=10)
    sweep(desk)
    with desk.sessions.begin() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    assert sweep(desk).retried == 0
    desk.clock.now += HANDED_OUT
    assert sweep(desk).retried == 1
    assert len(desk.queued("external.post")) == 1


def test_settled_by_hand_it_is_tried_no_more_and_the_reason_is_kept(
    desk: Desk, post: Post, worker: Callable[[], None]
) -> None:
    worker()
    with refused(Invalid, "Give a reason", "事由"), work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.resolve(unit, desk.incident().id, " ")
    with work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.resolve(unit, desk.incident().id, "已另行寄出")
    desk.clock.now += timedelta(days=1)
    assert sweep(desk) == Sweep(0, 0, 0)
    assert (desk.incident().resolution, desk.incident().resolved_by) == ("已另行寄出", OWNER.id)
    assert desk.details("incident.resolved")[0]["resolution"] == "已另行寄出"
    with refused(NotFound, "There is no incident 987", "没有编号为 987"), work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.retry(unit, 987)


def test_a_job_no_worker_knows_is_an_incident_not_a_silence(desk: Desk, post: Post, database_url: str) -> None:
    jobs.run_waiting(database_url, [])
    assert sweep(desk) == Sweep(retried=0, settled=0, unknown=1)
    found = desk.incident()
    assert (found.subject, found.instance_id) == ("external.post", desk.instance().id)
    assert "没有后台进程能执行任务“external.post”" in incidents.sentence_of(found, "zh")
    assert incidents.sentence_of(found, "en") == found.error
    post.trouble = None
    with work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.retry(unit, found.id)
    jobs.run_waiting(database_url, retries.watched(desk.sessions, [Job("external.post", post)], desk.clock))
    assert desk.incident().resolution == "succeeded"


def test_what_is_no_longer_to_be_done_is_settled_by_itself(desk: Desk, post: Post, worker: Callable[[], None]) -> None:
    worker()
    with work(desk.sessions, OWNER, desk.clock) as unit:
        step = process.advance(unit, desk.instance().id, lambda execution: execution.cancel())
        unit.record("case:T-1", "process.cancelled", {}, step.change)
    assert sweep(desk).settled == 1
    assert desk.incident().resolution == "overtaken"
    assert desk.intact()


def test_a_failed_timer_whose_step_was_done_meanwhile_is_settled(desk: Desk) -> None:
    desk.begin(STUCK, data={"ready": False})
    desk.clock.now += timedelta(hours=1)
    assert timers.sweep(desk.sessions, desk.clock).failed == 1
    assert sweep(desk).settled == 0
    desk.do("ask")
    assert sweep(desk).settled == 1
    assert desk.incident().resolution == "overtaken"


def test_one_failing_thing_has_one_open_incident(desk: Desk, post: Post) -> None:
    (item,) = desk.queued("external.post")
    failing = Origin("job", "external.post", item_id=item["item_id"])
    for count in (1, 2):
        incidents.failed(desk.sessions, failing, ValueError(f"number {count}"), desk.clock)
    incidents.failed(desk.sessions, replace(failing, subject="other"), ValueError("x"), desk.clock)
    first, other = desk.incidents()
    assert (first.attempts, first.error, other.attempts) == (2, "ValueError: number 2", 1)
    assert incidents.succeeded(desk.sessions, failing, desk.clock) == 1
    incidents.failed(desk.sessions, failing, ValueError("again"), desk.clock)
    assert [one.attempts for one in desk.incidents()] == [2, 1, 1]


@pytest.mark.parametrize(
    "error",
    [ValueError("\x00 zero"), ValueError("\ud800"), ValueError("长" * 9000), ValueError("e\u0301 \u2028 x"), KeyError()],
    ids=["nul", "surrogate", "long", "decomposed", "empty"],
)
def test_whatever_an_error_says_can_be_written_down(desk: Desk, error: Exception) -> None:
    incidents.failed(desk.sessions, Origin("job", "x"), error, desk.clock)
    found = desk.incident()
    assert found.error.startswith(type(error).__name__)
    assert len(found.error) < 600
    assert "\n" not in found.error
    with reading(desk.sessions) as session:
        assert [one.action for one in audit.trail(session, incidents.CHAIN)] == ["incident.opened"]
    assert desk.intact()


def test_a_failure_that_cannot_be_written_down_comes_back_to_the_queue(
    desk: Desk, post: Post, worker: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(incidents, "note_failure", gone)
    worker()
    assert (desk.incidents(), len(desk.queued("external.post"))) == ([], 1)


def test_a_job_of_the_clock_is_left_to_the_clock(desk: Desk) -> None:
    def check() -> None:
        raise ValueError

    (clocked,) = retries.watched(desk.sessions, [Job("audit.verify", check, cron="30 18 * * *")], desk.clock)
    clocked.run()
    assert desk.incident().next_retry_at is None
    (well,) = retries.watched(desk.sessions, [Job("audit.verify", lambda: None, cron="30 18 * * *")], desk.clock)
    well.run()
    assert desk.incident().resolution == "succeeded"


def test_the_lock_of_a_job_is_kept_for_its_next_attempt(desk: Desk) -> None:
    def draw(submission_id: str) -> None:
        raise ValueError(submission_id)

    (watched,) = retries.watched(desk.sessions, [Job("sheet.render", draw, lock="sheet:{submission_id}")], desk.clock)
    watched.run(submission_id="s1")
    found = desk.incident()
    assert (found.subject, found.instance_id) == ("sheet.render s1", None)
    assert incidents.call_of(found) == Call("sheet.render", {"submission_id": "s1"}, "sheet:s1")
    desk.clock.now += timedelta(seconds=10)
    sweep(desk)
    with reading(desk.sessions) as session:
        assert session.scalars(text("SELECT lock FROM procrastinate_jobs")).all() == ["sheet:s1"]


def test_what_a_person_did_and_the_diagram_could_not_follow_is_an_incident_until_it_is_done(desk: Desk) -> None:
    lost = drawn(
        ends(), element("userTask", "ask"), element("exclusiveGateway", "which"), element("userTask", "more"),
        chain("start", "ask", "which"), '<sequenceFlow id="c" sourceRef="which" targetRef="more">'
        "<conditionExpression>answer == 1</conditionExpression></sequenceFlow>", chain("more", "end"),
    )  # fmt: skip
    desk.begin(lost)
    for attempts in (1, 2):
        with pytest.raises(StepFailed):
            desk.do("ask", {"answer": 2})
        found = desk.incident()
        assert (found.kind, found.subject, found.attempts, found.next_retry_at) == ("step", "which", attempts, None)
    assert (found.instance_id, found.item_id is not None) == (desk.instance().id, True)
    assert desk.actions() == ["incident.opened", "incident.repeated"]
    with refused(Conflict, "A person does this step", "人员办理"), work(desk.sessions, OWNER, desk.clock) as unit:
        incidents.retry(unit, found.id)
    assert sweep(desk).settled == 0
    desk.do("ask", {"answer": 1})
    assert sweep(desk).settled == 1
    assert desk.incident().resolution == "succeeded"


def test_a_dossier_that_cannot_be_sealed_is_an_incident_that_goes_when_it_is(cast: Cast, database_url: str) -> None:
    desk = Desk(cast.sessions)
    to_archive(cast, POSTERS, ["丙科"])
    locked = replace(cast.facilities, passphrase=b"not this one")
    jobs.run_waiting(database_url, all_jobs(cast.sessions, locked))
    (found,) = [one for one in desk.incidents() if one.resolved_at is None]
    assert (found.kind, found.subject, found.attempts) == ("job", "external.archive", 1)
    assert "passphrase" in found.error
    with cast.reading() as session:
        assert [key for _, key in incidents.listed(session)] == [POSTERS]
    with work(cast.sessions, ADMINISTRATOR) as unit:
        incidents.retry(unit, found.id)
    jobs.run_waiting(database_url, all_jobs(cast.sessions, cast.facilities))
    assert len(dossiers(cast)) == 1
    assert [one.resolution for one in desk.incidents()] == ["succeeded"]
    assert cast.verdict().intact
    assert {"incident.opened", "incident.retried", "incident.resolved"} <= set(desk.actions(POSTERS))


def test_two_workers_look_at_the_incidents_and_ask_once(desk: Desk, post: Post, worker: Callable[[], None]) -> None:
    worker()
    desk.clock.now += timedelta(seconds=10)
    with work(desk.sessions, OWNER, desk.clock) as unit:
        unit.session.get_one(Incident, desk.incident().id, with_for_update=True)
        assert sweep(desk).retried == 0
    assert sweep(desk).retried == 1
