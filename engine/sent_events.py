"""What processes send each other: messages and signals on their way from one to the others (流程间传递).

The step that sends enqueues a job in its own transaction; here the jobs are done. Each delivery is made once,
however often its job runs: its key is used up in the transaction that delivers.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import jobs, messages
from engine.audit import CASE
from engine.messages import DELIVER, MESSAGE, SIGNAL, Message, NotWaiting
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, work
from engine.verbs.idempotency import once
from models.process import ProcessInstance

_Nothing = dict[str, Any]


def hand_over(sessions: Sessions, clock: Clock, sent: Mapping[str, Any]) -> None:
    """Hand over what a process sent (job `process.THROWN`): a message to one that waits or begins with it, a signal to all.

    Raises what `messages.correlate` does when somebody could take a message and nobody does yet.
    """
    with work(sessions, SYSTEM, clock) as unit:
        passing_on = _pass_message if sent["kind"] == MESSAGE else _pass_signal
        once(unit, f"sent {sent['instance_id']} {sent['key']}", "event.hand_over", lambda: passing_on(unit, sent))


def deliver(sessions: Sessions, clock: Clock, sent: Mapping[str, Any]) -> None:
    """Deliver a signal to one process (job `messages.DELIVER`); to none when it has gone on meanwhile."""
    receiver = UUID(sent["instance_id"])

    def receive(unit: UnitOfWork) -> _Nothing:
        messages.receive_signal(unit, receiver, sent["name"], sent["payload"])
        return {}

    try:
        with work(sessions, SYSTEM, clock) as unit:
            once(unit, f"signal {receiver} {sent['key']}", "event.deliver", lambda: receive(unit))
    except NotWaiting:
        return


def _pass_message(unit: UnitOfWork, sent: Mapping[str, Any]) -> _Nothing:
    name = sent["name"]
    message = Message(name, _readable(sent["payload"]), sent["correlation"])
    if messages.waiting_for(unit.session, MESSAGE, message):
        messages.correlate(unit, message)
    elif messages.beginning_with(unit.session, MESSAGE, name):
        messages.start(unit, Message(name, message.payload, business_key=_number(unit, sent, name)))
    elif messages.could_be_caught(unit.session, MESSAGE, name):
        # Somebody may wait for it in a moment: refused now, tried again.
        messages.correlate(unit, message)
    else:
        unit.record(CASE + _sender(unit, sent), "message.unheard", {"name": name})
    return {}


def _pass_signal(unit: UnitOfWork, sent: Mapping[str, Any]) -> _Nothing:
    """Find who is to get a signal, once; each delivery is a job of its own."""
    name = sent["name"]
    signal = Message(name)
    waiting = messages.waiting_for(unit.session, SIGNAL, signal)
    # Within the sender it was heard at once.
    receivers = dict.fromkeys(one.instance_id for one in waiting if str(one.instance_id) != sent["instance_id"])
    key = f"{sent['instance_id']} {sent['key']}"
    for instance_id in receivers:
        arguments = {"name": name, "payload": {}, "instance_id": str(instance_id), "key": key}
        jobs.defer(unit.session, DELIVER, arguments)
    begun = messages.beginning_with(unit.session, SIGNAL, name)
    for version_id, process_key in begun:
        number = _number(unit, sent, process_key)
        messages.start_version(unit, version_id, Message(name, business_key=number), SIGNAL)
    facts = {"name": name, "receivers": len(receivers), "started": len(begun)}
    unit.record(CASE + _sender(unit, sent), "signal.sent", facts)
    return {}


def _sender(unit: UnitOfWork, sent: Mapping[str, Any]) -> str:
    query = select(ProcessInstance.business_key).where(ProcessInstance.id == UUID(sent["instance_id"]))
    return unit.session.scalars(query).one()


def _number(unit: UnitOfWork, sent: Mapping[str, Any], name: str) -> str:
    """Give the number of a process that another one starts: it says by whom, what, and in which step."""
    return f"{_sender(unit, sent)}-{name}-{sent['key']}"


def _readable(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a process knows under names no condition could read; it would be refused."""
    return {name: value for name, value in payload.items() if name.isidentifier() and not name.startswith("__")}
