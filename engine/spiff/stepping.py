"""Move tokens until only people, workers, the clock or messages can: what each kind of element does.

Branches are followed one after the other in the order they are drawn, each until it waits.
"""

from collections.abc import Callable, Sequence
from typing import Any

from engine.catalogue import N_
from engine.errors import Invalid, Problem, StepFailed
from engine.expressions import ExpressionError, evaluate, holds
from engine.spiff import activities, events, joins
from engine.spiff.graph import Flow, Graph, Kind, Node
from engine.spiff.tokens import JOINING, MOVING, OPEN, WAITING, Frame, Names, Run, Token

#: More steps than this without anybody acting is a circle.
STEP_LIMIT = 20_000


def proceed(run: Run) -> None:
    """Run on until nothing moves by itself. Raises StepFailed where the diagram cannot go on."""
    steps = 0
    while True:
        while run.agenda:
            token = run.agenda.popleft()
            if run.tokens.get(token.id) is not token or token.state != MOVING:
                continue
            steps += 1
            if steps > STEP_LIMIT:
                raise StepFailed(run.node(token).id, Problem(N_("it runs in a circle and nothing in it waits")))
            enter(run, token)
        ready = joins.ready_inclusive(run)
        if ready is None:
            return
        split_inclusive(run, ready)


def enter(run: Run, token: Token) -> None:
    """Let a token act at the element it has come to."""
    node = run.node(token)
    run.passed.append(node.id)
    if run.frames[token.frame].body != node.index:
        for boundary in node.boundary:
            events.watch(run, token, boundary)
        if node.loop is not None:
            activities.start_loop(run, token, node)
            return
    _ACTS[node.kind](run, token, node)


def leave(run: Run, token: Token, flows: Sequence[Flow] | None = None) -> None:
    """Take a token off its element and put one on each flow; with none, its branch is done."""
    node, frame = run.node(token), run.frames[token.frame]
    run.remove(token)
    taken = () if frame.body == node.index else node.outgoing if flows is None else flows
    spread(run, frame, taken)


def spread(run: Run, frame: Frame, flows: Sequence[Flow]) -> None:
    """Put a token on each flow, the first to move first; with none, see whether the frame is done."""
    waiting = list(run.agenda)
    run.agenda.clear()
    for flow in flows:
        run.add_token(flow.target, frame.id, flow=flow.id)
    run.agenda.extend(waiting)
    if not flows:
        finish_if_empty(run, frame)


def finish_if_empty(run: Run, frame: Frame) -> None:
    """End a frame nothing is left in, and with it what holds it."""
    if frame.id not in run.frames or run.in_frame(frame.id):
        return
    if frame.parent is None:
        run.ended = True
        return
    activities.frame_done(run, frame)


def start_graph(run: Run, frame: Frame, event: tuple[str, str] | None = None) -> None:
    """Put the first token on a graph: at its plain start, or at the start that waits for this message or signal."""
    graph = run.graph(frame)
    start = _start_of(graph, event)
    if start is None:
        if event is not None:
            raise Invalid(N_("No start event of {process} waits for {kind} {name}."), process=graph.key, kind=event[0], name=event[1])
        raise StepFailed(graph.key, Problem(N_("it has no start event")))
    waiting = list(run.agenda)
    run.agenda.clear()
    run.add_token(start, frame.id)
    run.agenda.extend(waiting)


def _start_of(graph: Graph, event: tuple[str, str] | None) -> int | None:
    starts = [graph.nodes[index] for index in graph.starts]
    if event is not None:
        return next((one.index for one in starts if (one.event.kind, one.event.name) == event), None)
    plain = [one.index for one in starts if one.event.kind == "none"]
    return plain[0] if plain else next((one.index for one in starts), None)


def condition_holds(run: Run, frame: int, owner: str, condition: str) -> bool:
    """Work out a condition over the variables of a frame. Raises StepFailed naming the element."""
    return truth_of(Names(run, frame), owner, condition)


def truth_of(names: Names, owner: str, condition: str) -> bool:
    """Work out a condition; what is neither true nor false raises StepFailed naming the element."""
    try:
        return holds(condition, names, names.functions)
    except (ExpressionError, Invalid) as error:
        raise StepFailed(owner, error) from error


def value_of(names: Names, owner: str, expression: str) -> Any:  # noqa: ANN401 - whatever the data holds
    """Work out an expression. Raises StepFailed naming the element."""
    try:
        return evaluate(expression, names, names.functions)
    except (ExpressionError, Invalid) as error:
        raise StepFailed(owner, error) from error


def _wait_for_somebody(run: Run, token: Token, _node: Node) -> None:
    token.state = OPEN
    run.opened[token.id] = token


def _exclusive(run: Run, token: Token, node: Node) -> None:
    default: Flow | None = None
    for flow in node.outgoing:
        if flow.is_default:
            default = flow
        elif flow.condition is None or condition_holds(run, token.frame, node.drawn_at, flow.condition):
            leave(run, token, (flow,))
            return
    if default is None and node.outgoing:
        raise StepFailed(node.drawn_at, Problem(N_("no condition holds and no default flow is drawn")))
    leave(run, token, (default,) if default else ())


def _inclusive(run: Run, token: Token, node: Node) -> None:
    if len(node.incoming) > 1:
        token.state = JOINING
    else:
        split_inclusive(run, token)


def split_inclusive(run: Run, token: Token) -> None:
    """Go on along every flow whose condition holds; along the default if none does."""
    node = run.node(token)
    default = [flow for flow in node.outgoing if flow.is_default]
    taken = [
        flow
        for flow in node.outgoing
        if not flow.is_default
        and (flow.condition is None or condition_holds(run, token.frame, node.drawn_at, flow.condition))
    ]
    if node.outgoing and not taken and not default:
        raise StepFailed(node.drawn_at, Problem(N_("no condition holds and no default flow is drawn")))
    leave(run, token, taken or default)


def _parallel(run: Run, token: Token, node: Node) -> None:
    if len(node.incoming) > 1:
        token.state = JOINING
        if not joins.complete_parallel(run, token, node):
            return
    leave(run, token)


def _event_gateway(run: Run, token: Token, node: Node) -> None:
    token.state = WAITING
    for flow in node.outgoing:
        run.passed.append(run.graph(run.frames[token.frame]).nodes[flow.target].id)
        events.watch(run, token, flow.target)


def _catch(run: Run, token: Token, node: Node) -> None:
    graph = run.graph(run.frames[token.frame])
    if node.event.kind == "none" or node.index in graph.starts:
        leave(run, token)
        return
    token.state = WAITING
    events.arm(run, token, node)


def _throw(run: Run, token: Token, node: Node) -> None:
    events.throw(run, token, node)
    if token.id in run.tokens:
        leave(run, token)


def _end(run: Run, token: Token, node: Node) -> None:
    if node.event.kind == "terminate":
        frame = run.frames[token.frame]
        for one in run.in_frame(frame.id):
            run.remove(one)
        finish_if_empty(run, frame)
        return
    _throw(run, token, node)


def _subprocess(run: Run, token: Token, node: Node) -> None:
    activities.open_frame(run, token, node, None)


_ACTS: dict[Kind, Callable[[Run, Token, Node], None]] = {
    Kind.USER: _wait_for_somebody,
    Kind.EXTERNAL: _wait_for_somebody,
    Kind.EXCLUSIVE: _exclusive,
    Kind.INCLUSIVE: _inclusive,
    Kind.PARALLEL: _parallel,
    Kind.EVENT_GATEWAY: _event_gateway,
    Kind.CATCH: _catch,
    Kind.THROW: _throw,
    Kind.END: _end,
    Kind.SUBPROCESS: _subprocess,
    Kind.CALL: _subprocess,
}
