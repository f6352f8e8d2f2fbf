"""Events: what a token waits for, what is thrown, who catches it."""

from collections.abc import Mapping
from typing import Any

from engine.catalogue import N_
from engine.errors import Invalid, Problem, StepFailed
from engine.expressions import ExpressionError, render
from engine.spiff import stepping, timers
from engine.spiff.graph import Kind, Node
from engine.spiff.tokens import OPEN, WAITING, Names, Run, Token, home_of

#: More timers than this at one moment are a circle.
MAX_FIRED = 5_000


def watch(run: Run, host: Token, boundary: int) -> None:
    """Let an event watch a token: at the border of an activity, or behind an event-based gateway."""
    token = run.add_token(boundary, host.frame, host=host.id)
    arm(run, token, run.node(token))


def arm(run: Run, token: Token, node: Node) -> None:
    """Set what an event waits for: the moment of its timer, the correlation of its message."""
    names = Names(run, token.frame)
    if node.event.kind == "timer":
        _arm_timer(run, token, node, names)
    key = node.properties.get("correlationKey")
    if node.event.kind == "message" and key is not None:
        token.data["correlation"] = str(stepping.value_of(names, node.id, key))


def _arm_timer(run: Run, token: Token, node: Node, names: Names) -> None:
    try:
        text = render(node.event.text, names, run.functions)
        if node.event.form == "cycle":
            cycle = timers.cycle(text, run.now)
            token.due, token.data = cycle.first, {"left": cycle.left, "period": cycle.period}
        else:
            token.due = timers.due(text, node.event.form, run.now)
    except (ExpressionError, Invalid, timers.MomentError) as error:
        raise StepFailed(node.id, error) from error


def fire_due(run: Run, now: float) -> int:
    """Fire every timer that is due, in the order of due dates; give how many fired."""
    fired = 0
    while True:
        ready = [token for token in run.tokens.values() if token.due is not None and token.due <= now]
        if not ready:
            return fired
        token = min(ready, key=lambda one: (one.due or 0.0, one.id))
        fired += 1
        if fired > MAX_FIRED:
            raise StepFailed(run.node(token).id, Problem(N_("its timer fires again and again at the same moment")))
        fire(run, token, {})
        stepping.proceed(run)


def fire_each(run: Run) -> int:
    """Fire every timer that is pending now once, whatever its moment, in the order of due dates; give how many fired."""
    pending = sorted((token.due, token.id) for token in run.tokens.values() if token.due is not None)
    fired = 0
    for moment, number in pending:
        token = run.tokens.get(number)
        if token is not None and token.due == moment:
            fire(run, token, {})
            stepping.proceed(run)
            fired += 1
    return fired


def fire(run: Run, token: Token, payload: Mapping[str, Any]) -> None:
    """Let an event happen: a waiting token goes on, a watching one interrupts its host or starts a branch beside it."""
    node, frame = run.node(token), run.frames[token.frame]
    run.passed.append(node.id)
    if payload:
        home_of(run, token.frame).update(payload)
    if token.host is None:
        stepping.leave(run, token)
        return
    if node.interrupting:
        run.remove(run.tokens[token.host])
        stepping.spread(run, frame, node.outgoing)
        return
    if node.event.kind == "timer":
        _again(run, token)
    if node.outgoing:
        stepping.spread(run, frame, node.outgoing)


def _again(run: Run, token: Token) -> None:
    following = None
    if token.due is not None and "period" in token.data:
        following = timers.advanced(token.data, token.due, run.now)
    if following is None:
        run.remove(token)
    else:
        token.due, token.data["left"] = following


def throw(run: Run, token: Token, node: Node) -> None:
    """Do what a throwing event is drawn to do. Raises StepFailed for an error nobody catches."""
    kind, name = node.event.kind, node.event.name
    if kind == "error" and not propagate(run, token, kind, name):
        raise StepFailed(node.id, Problem(N_("error {code} is caught nowhere"), code=name or "-"))
    if kind == "escalation":
        propagate(run, token, kind, name)
    if kind in {"signal", "message"} and name is not None:
        names = Names(run, token.frame)
        payload = dict(names) if kind == "message" else {}
        key = node.properties.get("correlationKey") if kind == "message" else None
        correlation = None if key is None else str(stepping.value_of(names, node.id, key))
        reached = deliver(run, kind, name, {}, correlation)
        if kind == "signal" or not reached:
            run.thrown.append((kind, name, payload, correlation))


def propagate(run: Run, token: Token, kind: str, code: str | None) -> bool:
    """Carry an error or escalation outwards to the nearest activity that catches it; say whether one did."""
    own = [one for one in run.watchers(token.id) if _takes(run, one, kind, code)] if token.state == OPEN else []
    if own:
        fire(run, _most_exact(run, own), {})
        return True
    frame = run.frames[token.frame]
    while frame.parent is not None:
        host = run.tokens[frame.parent]
        catching = [one for one in run.watchers(host.id) if _takes(run, one, kind, code)]
        if catching:
            fire(run, _most_exact(run, catching), {})
            return True
        frame = run.frames[host.frame]
    return False


def _takes(run: Run, watcher: Token, kind: str, code: str | None) -> bool:
    event = run.node(watcher).event
    return event.kind == kind and event.name in {None, code}


def _most_exact(run: Run, catching: list[Token]) -> Token:
    return min(catching, key=lambda one: (run.node(one).event.name is None, one.id))


def receivers(run: Run, kind: str, name: str, correlation: str | None) -> list[Token]:
    """Give the tokens that wait for a message or signal: those of this very correlation first, then the longest waiting."""
    found = [
        token
        for token in run.tokens.values()
        if token.state == WAITING
        and (event := run.node(token).event).kind == kind
        and event.name == name
        and (correlation is None or token.data.get("correlation") in {None, correlation})
    ]
    return found if correlation is None else sorted(found, key=lambda token: token.data.get("correlation") is None)


def deliver(run: Run, kind: str, name: str, payload: Mapping[str, Any], correlation: str | None) -> int:
    """Deliver a signal to all that wait, a message to the first; give how many received it."""
    found = receivers(run, kind, name, correlation)
    reached = 0
    for token in found if kind == "signal" else found[:1]:
        # An earlier receiver may have withdrawn this one.
        if token.id in run.tokens:
            fire(run, token, payload)
            reached += 1
    return reached


def waits_for_event(node: Node) -> bool:
    """Say whether an element waits for a message or a signal."""
    return node.kind is Kind.CATCH and node.event.kind in {"message", "signal"}
