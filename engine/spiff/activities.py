"""Activities that hold others: sub-processes, called processes and loops.

Every instance of a multi-instance activity has variables of its own, so parallel branches never overwrite each
other; what an instance leaves behind is appended to the list `<activity>_results` of the activity's own frame. When
parallel ones are done, what they agree on is handed out under its own name; where they differ, nothing is. One by
one, each sees what those before it left.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.catalogue import N_
from engine.errors import Problem, StepFailed
from engine.spiff import stepping
from engine.spiff.graph import Kind, Node
from engine.spiff.tokens import HOLDING, Frame, Names, Run, Token, counters, home_of

#: A loop of more instances than this is a mistake in the data.
MAX_INSTANCES = 5_000


def open_frame(run: Run, token: Token, node: Node, instance: tuple[int, dict[str, Any] | None] | None) -> Frame:
    """Open what an activity holds: its sub-process, the process it calls, or the looped task itself.

    `instance` is the number of a loop's instance and its own variables (None: those of the frame around it).
    """
    token.state = HOLDING
    index, own = instance if instance is not None else (None, None)
    if node.kind is Kind.CALL:
        names = _handed_in(run, token, node, own or {}, index)
        frame = run.add_frame(node.inner, token.id, names)
        frame.sealed = True
    elif node.kind is Kind.SUBPROCESS:
        frame = run.add_frame(node.inner, token.id, own)
    else:
        frame = run.add_frame(run.frames[token.frame].graph, token.id, own)
        frame.body = node.index
    frame.index = index
    if frame.body is None:
        stepping.start_graph(run, frame)
    else:
        run.add_token(node.index, frame.id)
    return frame


def frame_done(run: Run, frame: Frame) -> None:
    """Go on after all of a frame is done: the activity that held it is finished, or its next instance starts."""
    host = run.tokens[frame.parent or 0]
    node = run.node(host)
    if node.loop is not None and run.frames[host.frame].body != node.index:
        _instance_done(run, host, node, frame)
        return
    if node.kind is Kind.CALL:
        home_of(run, host.frame).update(_handed_out(run, node, frame))
    run.remove_frame(frame)
    stepping.leave(run, host)


def start_loop(run: Run, token: Token, node: Node) -> None:
    """Start the instances of a looped activity: all at once, or the first."""
    token.state = HOLDING
    if _loop_mode(node) == "standard":
        token.data = {"iteration": 0}
        _next_iteration(run, token, node)
        return
    items = _items(run, token, node)
    only = token.data.get("only")
    numbers = [number for number in range(len(items)) if only is None or number in only]
    token.data = {"counts": [len(numbers), 0, 0], "items": items if _has_items(node) else None, "pending": numbers}
    _empty_results(run, token, node)
    if not numbers:
        stepping.leave(run, token)
        return
    _start_pending(run, token, node)


def add_instance(run: Run, token: Token, node: Node, item: object, before: Frame | None = None) -> None:
    """Add an instance to a running multi-instance activity: at once where they are parallel, else at the end.

    `before` is the open instance of a sequential one that waits until the new one is done, and then starts anew.
    """
    data = token.data
    if data["items"] is None:
        number = max([*data["pending"], *(f.index or 0 for f in run.frames_of(token.id)), data["counts"][0] - 1], default=-1) + 1
    else:
        data["items"] = [*data["items"], item]
        number = len(data["items"]) - 1
    data["counts"][0] += 1
    if before is not None:
        data["pending"] = [number, before.index, *data["pending"]]
        data["counts"][2] -= 1
        run.remove_frame(before)
        _start_pending(run, token, node)
        return
    data["pending"] = [*data["pending"], number]
    if _loop_mode(node) == "parallel":
        _start_pending(run, token, node)


def remove_instance(run: Run, frame: Frame) -> None:
    """Withdraw one open instance of a multi-instance activity; the activity goes on, or ends if it was the last."""
    host = run.tokens[frame.parent or 0]
    node = run.node(host)
    run.remove_frame(frame)
    host.data["counts"][0] -= 1
    host.data["counts"][2] -= 1
    _go_on(run, host, node, complete=False)


def _loop_mode(node: Node) -> str:
    return node.loop.mode if node.loop is not None else ""


def _has_items(node: Node) -> bool:
    return node.loop is not None and node.loop.collection is not None


def _items(run: Run, token: Token, node: Node) -> list[Any]:
    loop, names = node.loop, Names(run, token.frame)
    if loop is None or (loop.collection is None and loop.cardinality is None):
        raise StepFailed(node.id, Problem(N_("its loop names neither a number nor a collection")))
    if loop.collection is not None:
        found = stepping.value_of(names, node.id, loop.collection)
        if isinstance(found, Mapping):
            found = list(found.values())
        if not isinstance(found, Sequence) or isinstance(found, str):
            raise StepFailed(node.id, Problem(N_("{text} is no list"), text=loop.collection))
    else:
        number = stepping.value_of(names, node.id, str(loop.cardinality))
        if isinstance(number, str) and number.strip().isdigit():
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int | float) or number < 0 or number != int(number):
            raise StepFailed(node.id, Problem(N_("{text} is no number of instances"), text=loop.cardinality))
        found = range(min(int(number), MAX_INSTANCES + 1))
    if len(found) > MAX_INSTANCES:
        raise StepFailed(node.id, Problem(N_("it would have more than {count} instances"), count=MAX_INSTANCES))
    return list(found)


def _start_pending(run: Run, token: Token, node: Node) -> None:
    data = token.data
    moving = list(run.agenda)
    run.agenda.clear()
    started: list[Token] = []
    while data["pending"]:
        number, *data["pending"] = data["pending"]
        own: dict[str, Any] = {}
        if node.loop is not None and node.loop.item_name and data["items"] is not None:
            own[node.loop.item_name] = data["items"][number]
        data["counts"][2] += 1
        open_frame(run, token, node, (number, own))
        started.extend(run.agenda)
        run.agenda.clear()
        if _loop_mode(node) == "sequential":
            break
    run.agenda.extend([*started, *moving])


def _instance_done(run: Run, host: Token, node: Node, frame: Frame) -> None:
    if _loop_mode(node) == "standard":
        if node.kind is Kind.CALL:
            home_of(run, host.frame).update(_handed_out(run, node, frame))
        run.remove_frame(frame)
        host.data["iteration"] += 1
        _next_iteration(run, host, node)
        return
    left = _handed_out(run, node, frame) if node.kind is Kind.CALL else dict(frame.names or {})
    run.remove_frame(frame)
    _keep_results(run, host, node, frame.index or 0, left)
    counts = host.data["counts"]
    counts[1] += 1
    counts[2] -= 1
    condition = node.loop.condition if node.loop is not None else None
    names = Names(run, host.frame, {**counters(host.data), **left, "loopCounter": frame.index})
    _go_on(run, host, node, complete=condition is not None and stepping.truth_of(names, node.id, condition))


def _go_on(run: Run, host: Token, node: Node, *, complete: bool) -> None:
    total, done, active = host.data["counts"]
    if complete or done >= total:
        for frame in run.frames_of(host.id):
            run.remove_frame(frame)
        home = home_of(run, host.frame)
        home.update(_agreed(home[f"{node.id}_results"], node))
        stepping.leave(run, host)
    elif active == 0:
        _start_pending(run, host, node)


def _empty_results(run: Run, token: Token, node: Node) -> None:
    """Begin the lists of results anew: what was decided in an earlier round of a loop is not counted again."""
    home, loop = home_of(run, token.frame), node.loop
    home[f"{node.id}_results"] = []
    if loop is not None and loop.output_collection and loop.output_collection != loop.collection:
        home[loop.output_collection] = []


def _agreed(results: list[dict[str, Any]], node: Node) -> dict[str, Any]:
    agreed: dict[str, Any] = {}
    differing = {"index", node.loop.item_name if node.loop is not None else None}
    for left in results:
        for name, value in left.items():
            if _loop_mode(node) == "sequential":
                agreed[name] = value
            elif agreed.setdefault(name, value) != value:
                differing.add(name)
    return {name: value for name, value in agreed.items() if name not in differing}


def _keep_results(run: Run, host: Token, node: Node, index: int, left: Mapping[str, Any]) -> None:
    home = home_of(run, host.frame)
    results = home.get(f"{node.id}_results", [])
    results = [*results, {**left, "index": index}]
    home[f"{node.id}_results"] = results
    if _loop_mode(node) == "sequential":
        home.update(_agreed(results[-1:], node))
    loop = node.loop
    if loop is not None and loop.output_collection:
        kept = home.get(loop.output_collection)
        item = left.get(loop.output_item) if loop.output_item else dict(left)
        home[loop.output_collection] = [*(kept if isinstance(kept, list) else []), item]


def _next_iteration(run: Run, token: Token, node: Node) -> None:
    loop, iteration = node.loop, token.data["iteration"]
    if loop is None:
        return
    over = loop.maximum is not None and iteration >= loop.maximum
    if not over and loop.condition is not None and (iteration > 0 or loop.test_before):
        names = Names(run, token.frame, {"loopCounter": iteration})
        over = not stepping.truth_of(names, node.id, loop.condition)
    if over:
        stepping.leave(run, token)
    elif iteration >= MAX_INSTANCES:
        raise StepFailed(node.id, Problem(N_("its loop runs more than {count} times"), count=MAX_INSTANCES))
    else:
        open_frame(run, token, node, (iteration, None))


def _handed_in(run: Run, token: Token, node: Node, own: dict[str, Any], index: int | None) -> dict[str, Any]:
    extra = own if index is None else {**own, "loopCounter": index}
    names = Names(run, token.frame, extra)
    if not node.mappings:
        return dict(names)
    handed: dict[str, Any] = {}
    for mapping in node.mappings:
        if mapping.outwards:
            continue
        if mapping.everything:
            handed.update(names)
        elif mapping.source and mapping.target:
            handed[mapping.target] = stepping.value_of(names, node.id, mapping.source)
    return handed


def _handed_out(run: Run, node: Node, frame: Frame) -> dict[str, Any]:
    if not node.mappings:
        return dict(frame.names or {})
    names = Names(run, frame.id)
    handed: dict[str, Any] = {}
    for mapping in node.mappings:
        if not mapping.outwards:
            continue
        if mapping.everything:
            handed.update(frame.names or {})
        elif mapping.source and mapping.target:
            handed[mapping.target] = stepping.value_of(names, node.id, mapping.source)
    return handed
