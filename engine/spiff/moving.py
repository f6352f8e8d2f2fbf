"""Move a running process to another version of its diagram: what stands in the way, and the moved state.

Tokens keep their numbers, so open work items, drafts and claims stay; timers keep their moments. An element is the
same in both versions when it has the same id, in the same place, and does the same thing.
"""

from dataclasses import dataclass

from engine.catalogue import N_
from engine.spiff import events
from engine.spiff.graph import Definition, Graph, Kind, Node
from engine.spiff.tokens import JOINING, OPEN, WAITING, Run, Token


@dataclass(frozen=True)
class Obstacle:
    """Why a process cannot move: the element that stands in the way and the msgid of the sentence."""

    element: str
    message: str


_GONE = N_("is not in the new version, and the process stands at it")
_OTHER = N_("does something else in the new version")
_FLOW = N_("is reached by other flows in the new version, and a branch already waits there")
_LOOP = N_("is repeated in another way in the new version")
_INSIDE = N_("holds no sub-process of this name in the new version")


def obstacles(run: Run, new: Definition) -> tuple[Obstacle, ...]:
    """Say what stands in the way of moving a process; nothing does when the answer is empty."""
    found = [
        Obstacle(frame.graph.rpartition("#")[2], _INSIDE)
        for frame in run.frames.values()
        if _key(run, frame.graph, new) not in new.graphs
    ]
    for token in run.tokens.values():
        node = run.node(token)
        graph = new.graphs.get(_key(run, run.frames[token.frame].graph, new))
        reason = _reason(token, node, graph) if graph is not None else None
        if reason is not None:
            found.append(Obstacle(node.id, reason))
    return tuple(dict.fromkeys(found))


def moved(run: Run, new: Definition) -> Run:
    """Give the process on the new version; nothing may stand in the way (`obstacles`)."""
    other = Run(new)
    other.next_id, other.ended, other.now, other.functions = run.next_id, run.ended, run.now, run.functions
    for frame in run.frames.values():
        graph = new.graphs[_key(run, frame.graph, new)]
        body = frame.body
        if body is not None:
            body = graph.by_id[run.graph(frame).nodes[body].id]
        frame.graph, frame.body, old = graph.key, body, frame.graph
        other.frames[frame.id] = frame
        _move_tokens(run, other, (frame.id, old))
    _arm_new_borders(other)
    return other


def _move_tokens(run: Run, other: Run, frame: tuple[int, str]) -> None:
    number, old = frame
    graph, before = other.graph(other.frames[number]), run.definition.graphs[old]
    for token in run.in_frame(number):
        index = graph.by_id.get(before.nodes[token.node].id)
        if index is not None:
            token.node = index
            other.tokens[token.id] = token


def _arm_new_borders(other: Run) -> None:
    """Let border events that only the new version has watch the activities that are under way."""
    for token in list(other.tokens.values()):
        node = other.node(token)
        if token.state in (JOINING, WAITING) or other.frames[token.frame].body == node.index:
            continue
        watched = {one.node for one in other.watchers(token.id)}
        for border in node.boundary:
            if border not in watched:
                events.watch(other, token, border)


def _key(run: Run, graph: str, new: Definition) -> str:
    """Give the key of a graph in the new version: those of the process itself start with its name."""
    process, mark, inner = graph.partition("#")
    return f"{new.key if process == run.definition.key else process}{mark}{inner}"


def _reason(token: Token, node: Node, graph: Graph) -> str | None:
    index = graph.by_id.get(node.id)
    if index is None:
        # A border event that is gone stops watching; a token that stands there has nowhere to go.
        return None if token.host is not None and node.kind is Kind.CATCH else _GONE
    same = graph.nodes[index]
    if same.kind is not node.kind or (same.event.kind, same.event.name) != (node.event.kind, node.event.name):
        return _OTHER
    if token.state == JOINING and token.flow not in {flow.id for flow in same.incoming}:
        return _FLOW
    if (same.loop.mode if same.loop else None) != (node.loop.mode if node.loop else None):
        return _LOOP
    return _INSIDE if node.inner and not same.inner and token.state != OPEN else None
