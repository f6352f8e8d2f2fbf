"""Messages and signals: one place or a refusal, all that wait, handed from process to process exactly once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from diagrams import chain, element, ends, flow, user
from diagrams import process as drawn
from moved_clock import Desk
from office import OWNER, refused
from sqlalchemy import select

from engine import messages, process, retries, sent_events
from engine.errors import Conflict, Invalid, NotFound, Refused, StepFailed
from engine.messages import DELIVER, SIGNAL, Delivered, Message
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from engine.verbs.suspension import resume, suspend
from models.process import EventSubscription

DECLARED = '<message id="m" name="verdict"/><signal id="s" name="alarm"/>'
ON_MESSAGE, ON_SIGNAL = '<messageEventDefinition messageRef="m"/>', '<signalEventDefinition signalRef="s"/>'
CORRELATED = (
    '<extensionElements><camunda:properties><camunda:property name="correlationKey" value="filing"/>'
    "</camunda:properties></extensionElements>"
)


def receiving(inside: str = "", key: str = "receiver") -> bytes:
    """Draw a process that waits for the verdict and then asks somebody, whom depends on what it says."""
    return drawn(
        ends(), element("intermediateCatchEvent", "wait", inside + ON_MESSAGE), element("exclusiveGateway", "which"),
        user("cheer", "mend"), chain("start", "wait", "which"), flow("which", "cheer", "accepted == true"),
        flow("which", "mend", "accepted == false"), chain("cheer", "end"), chain("mend", "end"),
        declared=DECLARED, key=key,
    )  # fmt: skip


def hearing(key: str = "hearer") -> bytes:
    """Draw a process that hears the alarm beside its work, which goes on; then only in working order."""
    event = element("boundaryEvent", "heard", ON_SIGNAL, attachedToRef="toil", cancelActivity="false")
    return drawn(
        ends(), user("toil", "run"), event, element("exclusiveGateway", "which"), element("endEvent", "safe"),
        chain("start", "toil", "end"), chain("heard", "which"), flow("which", "run", "ready == true"), chain("run", "safe"),
        declared=DECLARED, key=key,
    )  # fmt: skip


def sending(definition: str = ON_MESSAGE, inside: str = "", *, also_hears: bool = False) -> bytes:
    """Draw a process that sends the verdict (or the alarm) once somebody has decided."""
    event = element("boundaryEvent", "heard", ON_SIGNAL, attachedToRef="rest", cancelActivity="false") if also_hears else ""
    beside = element("endEvent", "safe") + chain("heard", "safe") if also_hears else ""
    return drawn(
        ends(), user("decide", "rest"), element("parallelGateway", "fork"), element("endEvent", "other_end"),
        element("intermediateThrowEvent", "tell", inside + definition), event, beside,
        chain("start", "fork", "decide", "tell", "end"), chain("fork", "rest", "other_end"),
        declared=DECLARED, key="sender",
    )  # fmt: skip


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """Give small processes under a clock that stands still."""
    return Desk(sessions)


def send(desk: Desk, message: Message) -> Delivered:
    """Deliver a message from outside."""
    with work(desk.sessions, SYSTEM, desk.clock) as unit:
        return messages.correlate(unit, message)


def alarm(desk: Desk) -> Delivered:
    """Send the alarm from outside."""
    return messages.broadcast(desk.sessions, Message("alarm"), SYSTEM, desk.clock)


def subscriptions(desk: Desk) -> list[tuple[str, str, str | None]]:
    """Give what is stored of all that wait."""
    with reading(desk.sessions) as session:
        return [(one.kind, one.name, one.correlation) for one in session.scalars(select(EventSubscription))]


def passed_on(desk: Desk) -> Mapping[str, Any]:
    """Do the one job that hands something over, and give what it was given."""
    (sent,) = desk.queued(process.THROWN)
    sent_events.hand_over(desk.sessions, desk.clock, sent)
    return sent


VERDICT = Message("verdict", {"accepted": True, "意见": "同意", "share": 0.5})


def test_a_message_reaches_the_place_that_waits_and_its_contents_decide(desk: Desk) -> None:
    desk.begin(receiving())
    assert subscriptions(desk) == [("message", "verdict", None)]
    assert send(desk, VERDICT) == Delivered((desk.instance().id,))
    assert desk.waiting() == ["cheer"]
    assert subscriptions(desk) == []
    assert desk.details("message.received") == [
        {
            "name": "verdict", "correlation": None, "payload": '{"accepted": true, "share": 0.5, "意见": "同意"}',
            "elements": ["wait", "which", "cheer"],
        }
    ]  # fmt: skip
    assert desk.intact()


def test_a_message_nobody_waits_for_is_refused(desk: Desk) -> None:
    desk.begin(receiving())
    with refused(NotFound, "No process waits for the message gossip", "没有流程在等待消息“gossip”"):
        send(desk, Message("gossip"))
    send(desk, VERDICT)
    with refused(NotFound, "No process waits", "没有流程"):
        send(desk, VERDICT)
    assert desk.actions() == ["message.received"]


def test_of_several_that_wait_the_case_decides_or_nobody_gets_it(desk: Desk) -> None:
    desk.begin(receiving(), "T-1")
    desk.begin(receiving(), "T-2")
    with refused(Conflict, "2 places wait for the message verdict", "有 2 处在等待消息"):
        send(desk, VERDICT)
    assert send(desk, Message("verdict", {"accepted": False}, business_key="T-2")) == Delivered((desk.instance("T-2").id,))
    assert (desk.waiting("T-1"), desk.waiting("T-2")) == ([], ["mend"])


def test_of_several_that_wait_the_correlation_decides(desk: Desk) -> None:
    for key in ("T-1", "T-2"):
        desk.begin(receiving(CORRELATED), key, {"filing": f"报送-{key}"})
    desk.begin(receiving(key="plain"), "T-3")
    assert sorted(str(one[2]) for one in subscriptions(desk)) == ["None", "报送-T-1", "报送-T-2"]
    answer = Message("verdict", {"accepted": True}, correlation="报送-T-2")
    assert send(desk, answer).instances == (desk.instance("T-2").id,)
    # Nobody waits for this one any more by its name: who asks for none gets it.
    assert send(desk, answer).instances == (desk.instance("T-3").id,)
    with pytest.raises(NotFound):
        send(desk, answer)
    assert (desk.waiting("T-1"), desk.waiting("T-2"), desk.waiting("T-3")) == ([], ["cheer"], ["cheer"])


def test_a_suspended_process_receives_nothing(desk: Desk) -> None:
    desk.begin(receiving())
    with work(desk.sessions, OWNER, desk.clock) as unit:
        suspend(unit, "T-1", "查证中")
    with pytest.raises(Conflict, match="suspended"):
        send(desk, VERDICT)
    with work(desk.sessions, OWNER, desk.clock) as unit:
        resume(unit, "T-1", "查清")
    assert send(desk, VERDICT).instances == (desk.instance().id,)


def test_a_message_the_diagram_cannot_follow_changes_nothing(desk: Desk) -> None:
    desk.begin(receiving())
    before = desk.instance().state_sha256
    with pytest.raises(StepFailed) as caught:
        send(desk, Message("verdict", {"rumour": 1}))
    assert (caught.value.element, caught.value.instance_id) == ("which", desk.instance().id)
    assert (desk.instance().state_sha256, desk.actions()) == (before, [])


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"a-b": 1}, "a-b is no name"),
        ({"1a": 1}, "1a is no name"),
        ({"": 1}, "is no name"),
        ({"__class__": 1}, "__class__ is no name"),
        ({1: 1}, "1 is no name"),
        ({"a": float("nan")}, "plain JSON"),
        ({"a": object()}, "plain JSON"),
        ({"a": "\ud800"}, "plain JSON"),
        ({"a": "字" * 22_000}, "65536 bytes at most"),
    ],
    ids=["dash", "digit-first", "empty", "dunder", "number", "nan", "object", "surrogate", "too-large"],
)
def test_what_no_process_can_take_is_refused(desk: Desk, payload: Mapping[Any, Any], words: str) -> None:
    desk.begin(receiving())
    with pytest.raises(Invalid, match=words):
        send(desk, Message("verdict", payload))


@pytest.mark.parametrize(
    "message",
    [Message(""), Message("a\x00"), Message("\ud800"), Message("e\u0301"), Message("x" * 201), Message("m", {}, "\n"), Message("m", {}, None, "")],
    ids=["empty", "nul", "surrogate", "decomposed", "long", "correlation", "number"],
)
def test_a_name_nobody_can_look_up_is_refused(desk: Desk, message: Message) -> None:
    with refused(Invalid, "printable characters", "可显示字符"):
        send(desk, message)
    with pytest.raises(Invalid):
        messages.broadcast(desk.sessions, message, SYSTEM, desk.clock)


def test_a_large_payload_is_recorded_by_its_digest(desk: Desk) -> None:
    desk.begin(receiving())
    send(desk, Message("verdict", {"accepted": True, "text": "字" * 20_000}))
    (details,) = desk.details("message.received")
    assert "payload" not in details
    assert len(details["payload_sha256"]) == 64


def test_of_two_that_answer_at_once_one_is_heard(desk: Desk) -> None:
    desk.begin(receiving())
    together = Barrier(2)

    def answer(accepted: bool) -> str:
        together.wait()
        try:
            send(desk, Message("verdict", {"accepted": accepted}))
        except (Conflict, NotFound) as refusal:
            return type(refusal).__name__
        return "heard"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(answer, (True, False)))
    assert said.count("heard") == 1
    assert desk.actions() == ["message.received"]
    assert desk.waiting() == [["cheer", "mend"][said.index("heard")]]
    assert desk.intact()


def test_a_signal_reaches_all_that_wait_and_a_failure_holds_nobody_up(desk: Desk) -> None:
    desk.clock.step = timedelta(seconds=1)
    for key, ready in (("T-1", True), ("T-2", False), ("T-3", True)):
        desk.begin(hearing(), key, {"ready": ready})
    delivered = alarm(desk)
    assert delivered == Delivered((desk.instance("T-1").id, desk.instance("T-3").id), (desk.instance("T-2").id,))
    assert [desk.waiting(key) for key in ("T-1", "T-2", "T-3")] == [["toil", "run"], ["toil"], ["toil", "run"]]
    found = desk.incident()
    assert (found.kind, found.instance_id, found.subject.split()[0]) == ("message", desk.instance("T-2").id, "alarm")
    assert desk.actions("T-2") == ["incident.opened"]
    assert alarm(desk).failed == (desk.instance("T-2").id,)


def test_a_signal_that_failed_is_delivered_later(desk: Desk) -> None:
    desk.begin(hearing(), data={"ready": False})
    alarm(desk)
    desk.clock.now = desk.incident().next_retry_at
    retries.sweep(desk.sessions, desk.clock)
    (again,) = desk.queued(DELIVER)
    for _ in range(2):
        with pytest.raises(StepFailed):
            sent_events.deliver(desk.sessions, desk.clock, again)
    desk.do("toil")
    sent_events.deliver(desk.sessions, desk.clock, again)  # the work is done, nobody listens any more
    assert desk.instance().outcome == "completed"
    assert desk.intact()


def test_nobody_hears_a_signal_and_nothing_happens(desk: Desk) -> None:
    assert alarm(desk) == Delivered(())


BEGINNING = drawn(
    element("startEvent", "begun", ON_MESSAGE), element("startEvent", "alarmed", ON_SIGNAL), element("startEvent", "plainly"),
    element("endEvent", "end"), user("answer", "flee", "begin"), chain("begun", "answer", "end"),
    chain("alarmed", "flee", "end"), chain("plainly", "begin", "end"), declared=DECLARED, key="beginning",
)  # fmt: skip


def test_a_message_starts_the_newest_version_under_the_number_given(desk: Desk) -> None:
    desk.deploy(BEGINNING.replace(b'id="answer"', b'id="old"').replace(b'"answer"', b'"old"'))
    desk.deploy(BEGINNING)
    with work(desk.sessions, SYSTEM, desk.clock) as unit:
        begun = messages.start(unit, Message("verdict", {"accepted": True}, business_key="N-1"))
    assert begun == Delivered((desk.instance("N-1").id,))
    assert desk.waiting("N-1") == ["answer"]
    (details,) = desk.details("message.started", "N-1")
    assert details == {"name": "verdict", "process": "beginning", "version": 2, "payload": '{"accepted": true}'}
    with work(desk.sessions, SYSTEM, desk.clock) as unit:
        messages.start(unit, Message("alarm", business_key="N-2"), SIGNAL)
    assert desk.waiting("N-2") == ["flee"]
    assert desk.intact()


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        (Message("verdict"), Invalid, "number of its own"),
        (Message("verdict", business_key="T-1"), Conflict, "Somebody else has just done this"),
        (Message("gossip", business_key="N-1"), NotFound, "No process begins with gossip"),
        (Message("verdict", {"a b": 1}, business_key="N-1"), Invalid, "is no name"),
    ],
    ids=["no-number", "number-taken", "nobody", "payload"],
)
def test_a_start_that_cannot_be_is_refused(desk: Desk, message: Message, kind: type[Refused], words: str) -> None:
    desk.begin(BEGINNING)
    with pytest.raises(kind, match=words), work(desk.sessions, SYSTEM, desk.clock) as unit:
        messages.start(unit, message)


def test_two_processes_that_begin_with_one_message_are_a_conflict(desk: Desk) -> None:
    desk.deploy(BEGINNING)
    desk.deploy(BEGINNING.replace(b'process id="beginning"', b'process id="second"'))
    with refused(Conflict, "beginning, second", "beginning, second"), work(desk.sessions, SYSTEM, desk.clock) as unit:
        messages.start(unit, Message("verdict", business_key="N-1"))


def test_what_a_process_sends_reaches_another_once_however_often_the_job_runs(desk: Desk) -> None:
    desk.begin(receiving(), "R-1")
    desk.begin(sending(), "S-1")
    desk.do("decide", {"accepted": True, "not-a-name": 1}, "S-1")
    assert desk.waiting("R-1") == []
    sent = passed_on(desk)
    assert desk.waiting("R-1") == ["cheer"]
    desk.begin(receiving(), "R-2")
    sent_events.hand_over(desk.sessions, desk.clock, sent)
    assert desk.waiting("R-2") == []
    assert desk.intact()


def test_nothing_is_sent_when_the_step_is_not_committed(desk: Desk) -> None:
    desk.begin(sending())

    def change_of_mind() -> None:
        with work(desk.sessions, SYSTEM, desk.clock) as unit:
            (item, *_) = [one for one in process.open_items(unit, "T-1") if one.element == "decide"]
            process.complete(unit, item, "done", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_of_mind()
    assert desk.queued(process.THROWN) == []


def test_the_correlation_of_a_thrown_message_decides(desk: Desk) -> None:
    for key in ("R-1", "R-2"):
        desk.begin(receiving(CORRELATED), key, {"filing": key})
    desk.begin(sending(inside=CORRELATED), "S-1", {"filing": "R-2", "accepted": True})
    desk.do("decide", {}, "S-1")
    passed_on(desk)
    assert (desk.waiting("R-1"), desk.waiting("R-2")) == ([], ["cheer"])


def test_a_message_nobody_could_ever_take_is_only_recorded(desk: Desk) -> None:
    desk.begin(sending())
    desk.do("decide")
    passed_on(desk)
    assert desk.actions() == ["step.completed", "message.unheard"]
    assert desk.details("message.unheard") == [{"name": "verdict"}]


def test_a_message_somebody_could_take_later_is_tried_again(desk: Desk) -> None:
    desk.deploy(receiving())
    desk.begin(sending(), "S-1")
    desk.do("decide", {"accepted": True}, "S-1")
    (sent,) = desk.queued(process.THROWN)
    with pytest.raises(NotFound):
        sent_events.hand_over(desk.sessions, desk.clock, sent)
    desk.begin(receiving(), "R-1")
    sent_events.hand_over(desk.sessions, desk.clock, sent)
    assert desk.waiting("R-1") == ["cheer"]


def test_a_thrown_message_starts_the_process_that_begins_with_it_once(desk: Desk) -> None:
    desk.deploy(BEGINNING)
    desk.begin(sending(), "S-1")
    desk.do("decide", {"accepted": True}, "S-1")
    sent = passed_on(desk)
    sent_events.hand_over(desk.sessions, desk.clock, sent)
    assert desk.waiting("S-1-verdict-2.1") == ["answer"]


def test_a_thrown_signal_reaches_every_other_process_once(desk: Desk) -> None:
    desk.deploy(BEGINNING)
    for key in ("H-1", "H-2"):
        desk.begin(hearing(), key, {"ready": True})
    desk.begin(sending(ON_SIGNAL, also_hears=True), "S-1")
    desk.do("decide", {}, "S-1")
    sent = passed_on(desk)
    sent_events.hand_over(desk.sessions, desk.clock, sent)
    deliveries = desk.queued(DELIVER)
    assert {one["instance_id"] for one in deliveries} == {str(desk.instance(key).id) for key in ("H-1", "H-2")}
    for delivery in (*deliveries, *deliveries):
        sent_events.deliver(desk.sessions, desk.clock, delivery)
    assert [desk.waiting(key) for key in ("H-1", "H-2")] == [["toil", "run"], ["toil", "run"]]
    assert desk.details("signal.sent", "S-1") == [{"name": "alarm", "receivers": 2, "started": 1}]
    assert desk.waiting("S-1-beginning-2.1") == ["flee"]
    assert desk.intact()
