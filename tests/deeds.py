"""Every kind of command, ready to be done once: for tests that kill it at every statement or watch its locks.

`prepare` brings a city so far that the command can be done and gives the command itself, to be called without
anything. The number says to which process or case of the city, so that a command can be done four times.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cast import DUTY, POSTERS, STREETS, VOLUNTEERS, Cast
from diagrams import chain, element, ends, process
from office import DRAFTER, JIA, OWNER, REVIEWER, SECOND_DRAFTER, YI, Office, person

from engine import definitions, jobs, messages, sent_events, timers
from engine import process as processes
from engine.audit import CASE
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.unit_of_work import SYSTEM, UnitOfWork, work
from engine.verbs import approvers, claims, handing_over, reminders, returning, suspension, withdrawing
from workflows.dossier.dossier_contents import contents_of
from workflows.evidence.vault import Stored
from workflows.lifecycle import archive
from workflows.lifecycle.assign import RESPONSIBLE, AssignmentPlan, assign
from workflows.lifecycle.cases import case_of, item_in
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import Outcome, Verdict, decide
from workflows.lifecycle.words import Step

Act = Callable[[], object]
NEW_APPROVER = person("加签人", "approver")
CHIEF = person("总管", "office", supervises=("drafter", "reviewer", "approver"))
#: The cases of the city a deed may be done to, by its number.
CASES = (STREETS, POSTERS, VOLUNTEERS, DUTY)


@dataclass(frozen=True)
class Deed:
    """One command. `again` is how it is refused when it was done before; None: it is done again and changes nothing."""

    name: str
    prepare: Callable[[Cast, int], Act]
    again: type[Refused] | None = Conflict


#: A person, a timer, a message and a worker, all waited for at once; after the worker another one.
WAITING_FOR_ALL = process(
    ends(),
    element("parallelGateway", "fork"),
    element("userTask", "ask", camunda__candidateGroups="office"),
    element(
        "boundaryEvent",
        "late",
        "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
        attachedToRef="ask",
        cancelActivity="false",
    ),
    element("userTask", "hurry", camunda__candidateGroups="office"),
    element("receiveTask", "answer", messageRef="answered"),
    element("userTask", "read", camunda__candidateGroups="office"),
    element("serviceTask", "post", camunda__type="external", camunda__topic="post"),
    element("serviceTask", "file", camunda__type="external", camunda__topic="file"),
    element("parallelGateway", "join"),
    element("endEvent", "hurried"),
    chain("start", "fork", "ask", "join", "end"),
    chain("fork", "answer", "read", "join"),
    chain("fork", "post", "file", "join"),
    chain("late", "hurry", "hurried"),
    declared='<message id="answered" name="answered"/>',
    key="waiting_for_all",
)


def _office(city: Cast, number: int, model: str = "approval_all", done: tuple[str, ...] = ()) -> Office:
    """Begin one of the approvals for 甲 and 乙; do the steps named first."""
    there = Office(city.sessions, key=f"T-{number}")
    there.begin(model, JIA, YI)
    for name in done:
        there.do({"draft": DRAFTER, "review": REVIEWER}.get(name, JIA), name)
    return there


def _waiting(city: Cast, number: int) -> Office:
    """Begin the process that waits for everything."""
    _start(city, number)()
    return Office(city.sessions, key=f"T-{number}")


def _start(city: Cast, number: int) -> Act:
    key = f"T-{number}"
    with work(city.sessions, SYSTEM) as unit:
        (version,) = definitions.deploy(unit, WAITING_FOR_ALL, "test")

    def act() -> None:
        with work(city.sessions, SYSTEM) as unit:
            step = processes.start(unit, version, key, {})
            unit.record(CASE + key, "case.opened", {}, step.change)

    return act


def _claim(city: Cast, number: int) -> Act:
    there = _office(city, number)
    item_id = there.item("draft").id

    def act() -> None:
        with there.work(DRAFTER) as unit:
            claims.claim(unit, item_id)

    return act


def _complete(city: Cast, number: int, done: tuple[str, ...], element_id: str, key: str | None) -> Act:
    there = _office(city, number, done=done)
    if "sign" in done:
        item_id, actor = there.item("sign", YI).id, YI
    else:
        item_id, actor = there.item(element_id).id, DRAFTER

    def act() -> None:
        with there.work(actor) as unit:
            claims.complete(unit, item_id, claims.Completion("approve", key=key))

    return act


def _return(city: Cast, number: int) -> Act:
    there = _office(city, number, "approval_steps", ("draft",))
    item_id = there.item("review").id

    def act() -> None:
        with there.work(REVIEWER) as unit:
            returning.return_to(unit, item_id, "draft", "请补充")

    return act


def _withdraw(city: Cast, number: int) -> Act:
    there = _office(city, number, "approval_steps", ("draft",))
    item_id = next(one.id for one in there.items() if one.element == "draft")

    def act() -> None:
        with there.work(DRAFTER) as unit:
            withdrawing.withdraw(unit, item_id, "写错了")

    return act


def _reassign(city: Cast, number: int) -> Act:
    there = _office(city, number, "approval_steps")
    item_id = there.item("draft").id

    def act() -> None:
        with there.work(CHIEF) as unit:
            handing_over.reassign(unit, item_id, SECOND_DRAFTER, "出差")

    return act


def _add_approver(city: Cast, number: int) -> Act:
    there = _office(city, number, done=("draft",))
    item_id = there.item("sign", JIA).id

    def act() -> None:
        with there.work(JIA) as unit:
            approvers.add_approver(unit, item_id, NEW_APPROVER, "涉及该科")

    return act


def _remind(city: Cast, number: int) -> Act:
    there = _office(city, number, "approval_steps")
    item_id = there.item("draft").id

    def act() -> None:
        with there.work(CHIEF) as unit:
            reminders.remind(unit, item_id)

    return act


def _owned(city: Cast, number: int, verb: Callable[[UnitOfWork, str, str], object]) -> Act:
    there = _waiting(city, number)

    def act() -> None:
        with there.work(OWNER) as unit:
            verb(unit, there.key, "上级要求")

    return act


def _resume(city: Cast, number: int) -> Act:
    act = _owned(city, number, suspension.resume)
    with work(city.sessions, OWNER) as unit:
        suspension.suspend(unit, f"T-{number}", "上级要求")
    return act


def _work_of_a_machine(city: Cast, number: int) -> Act:
    there = _waiting(city, number)
    item_id = there.item("post").id

    def act() -> None:
        with there.work(SYSTEM) as unit:
            taken = processes.take(unit, item_id)
            step = processes.complete(unit, taken, "posted", {})
            unit.record(CASE + there.key, "post.completed", {}, step.change)

    return act


def _timers(city: Cast, number: int) -> Act:
    _waiting(city, number)
    later = datetime.now(UTC) + timedelta(hours=2)
    return lambda: timers.sweep(city.sessions, lambda: later)


def _message(city: Cast, number: int) -> Act:
    there = _waiting(city, number)

    def act() -> None:
        with there.work(SYSTEM) as unit:
            messages.correlate(unit, messages.Message("answered"))

    return act


def _hand_over(city: Cast, number: int) -> Act:
    there = _waiting(city, number)
    sent = {"kind": "message", "name": "answered", "payload": {}, "correlation": None}
    by = {"instance_id": str(there.instance().id), "key": "1"}
    return lambda: sent_events.hand_over(city.sessions, lambda: there.now, {**sent, **by})


def _assign(city: Cast, number: int) -> Act:
    item_id, actor = city.item(CASES[number], Step.ASSIGN).id, city.actor("zhao")
    plan = tuple((city.department(name), RESPONSIBLE) for name in ("甲科", "乙科"))
    due_at = datetime.now(UTC) + timedelta(days=30)

    def act() -> None:
        with work(city.sessions, actor) as unit:
            assign(unit, item_id, AssignmentPlan(plan, due_at))

    return act


def _submit(city: Cast, number: int) -> Act:
    city.assign(CASES[number], ["甲科"])
    city.gather(CASES[number], "甲科")
    item_id, actor = city.item(CASES[number], Step.COLLECT, "甲科").id, city.actor("qian")

    def act() -> None:
        with work(city.sessions, actor) as unit:
            submit(unit, item_id, "已按要求完成")

    return act


def _decide(city: Cast, no: str, step: Step, by: str, verdict: Verdict, department: str | None = None) -> Act:
    item_id, actor = city.item(no, step, department).id, city.actor(by)
    signed = city.sign(item_id, by)

    def act() -> None:
        with work(city.sessions, actor) as unit:
            decide(unit, item_id, verdict, signed)

    return act


def _review(city: Cast, number: int) -> Act:
    city.assign(CASES[number], ["甲科", "乙科"])
    for name in ("甲科", "乙科"):
        city.submit(CASES[number], name)
    city.review(CASES[number], "甲科")
    return _decide(city, CASES[number], Step.DEPARTMENT_REVIEW, "wu", Verdict(Outcome.APPROVE, "同意"), "乙科")


def _approve(city: Cast, number: int) -> Act:
    city.to_office(CASES[number], ["丙科"])
    return _decide(city, CASES[number], Step.OFFICE_APPROVAL, "zhao", Verdict(Outcome.APPROVE, "同意"))


def _send_back(city: Cast, number: int) -> Act:
    city.to_office(CASES[number], ["甲科", "乙科"])
    verdict = Verdict(Outcome.RETURN, "照片不清晰", (city.department("乙科"),), ("照片",))
    return _decide(city, CASES[number], Step.OFFICE_APPROVAL, "zhao", verdict)


def _archive(city: Cast, number: int) -> Act:
    city.to_office(CASES[number], ["丙科"])
    city.approve(CASES[number])
    item_id = city.item(CASES[number], Step.ARCHIVE).id
    with work(city.sessions, SYSTEM) as unit:
        archive._reserve_code(unit, case_of(unit.session, item_in(unit.session, item_id)))
    with city.reading() as session:
        contents = contents_of(session, "示例市创建文明城市办公室", case_of(session, item_in(session, item_id)))
    sealed = archive.Sealed(Stored("ab" * 32, 1), 1, datetime.now(UTC))

    def act() -> None:
        with work(city.sessions, SYSTEM) as unit:
            item = archive._open_item(unit, item_id)
            if item is None:
                return
            archive._close(unit, item, contents, sealed)
            jobs.defer(unit.session, "notices.send", {"no": CASES[number]})

    return act


DEEDS = (
    Deed("start", _start),
    Deed("claim", _claim, None),
    Deed("complete-opens-parallel", lambda city, number: _complete(city, number, (), "draft", None)),
    Deed("complete-joins", lambda city, number: _complete(city, number, ("draft", "sign"), "sign", None)),
    Deed("complete-with-key", lambda city, number: _complete(city, number, (), "draft", f"click-{number}"), None),
    Deed("return", _return),
    Deed("withdraw", _withdraw),
    Deed("reassign", _reassign, Invalid),
    Deed("add-approver", _add_approver),
    Deed("remind", _remind),
    Deed("suspend", lambda city, number: _owned(city, number, suspension.suspend)),
    Deed("resume", _resume),
    Deed("cancel", lambda city, number: _owned(city, number, suspension.cancel)),
    Deed("work-of-a-machine", _work_of_a_machine),
    Deed("timers", _timers, None),
    Deed("message", _message, NotFound),
    Deed("message-handed-over", _hand_over, None),
    Deed("case-assign", _assign),
    Deed("case-submit", _submit),
    Deed("case-review-joins", _review),
    Deed("case-approve-defers", _approve),
    Deed("case-return", _send_back),
    Deed("case-archive", _archive, None),
)
