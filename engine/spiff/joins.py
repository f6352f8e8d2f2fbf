"""Where branches meet: parallel gateways wait for a token on every flow, inclusive ones for all that can still come."""

from engine.spiff.graph import Graph, Kind, Node
from engine.spiff.tokens import JOINING, OPEN, WAITING, Run, Token


def complete_parallel(run: Run, token: Token, node: Node) -> bool:
    """Say whether a token now stands on every flow into the gateway; the others of the set are then consumed."""
    waiting: dict[str | None, Token] = {}
    for one in run.in_frame(token.frame):
        if one.node == node.index and one.state == JOINING:
            waiting.setdefault(one.flow, one)
    if any(flow.id not in waiting for flow in node.incoming):
        return False
    # The set was not complete before this token came, so it is the first on its flow and part of the set.
    for flow in node.incoming:
        if waiting[flow.id] is not token:
            run.remove(waiting[flow.id])
    return True


def ready_inclusive(run: Run) -> Token | None:
    """Give a token at an inclusive gateway that need not wait any longer; the others of its set are consumed."""
    arrived: dict[tuple[int, int], list[Token]] = {}
    for token in run.tokens.values():
        if token.state == JOINING and run.node(token).kind is Kind.INCLUSIVE:
            arrived.setdefault((token.frame, token.node), []).append(token)
    fallback: list[Token] | None = None
    for (frame, index), tokens in arrived.items():
        graph = run.graph(run.frames[frame])
        others = [one for one in run.in_frame(frame) if one.node != index and one.host is None]
        if not _awaits(graph, graph.nodes[index], {one.flow for one in tokens}, others):
            return _consumed(run, tokens)
        if not any(one.state in (OPEN, WAITING) or _holds(run, one) for one in others):
            fallback = fallback or tokens
    # Two gateways that each wait for the other: the earliest goes on, or neither ever would.
    return _consumed(run, fallback) if fallback and _stuck(run) else None


def _holds(run: Run, token: Token) -> bool:
    return bool(run.frames_of(token.id))


def _stuck(run: Run) -> bool:
    return not any(token.state in (OPEN, WAITING) for token in run.tokens.values())


def _consumed(run: Run, tokens: list[Token]) -> Token:
    first: dict[str | None, Token] = {}
    for one in tokens:
        first.setdefault(one.flow, one)
    kept, *rest = first.values()
    for one in rest:
        run.remove(one)
    return kept


def _awaits(graph: Graph, gateway: Node, filled: set[str | None], others: list[Token]) -> bool:
    """Say whether a token elsewhere can still reach an empty flow of the gateway, and none that is filled (BPMN 2.0 §13.4.3)."""
    empty = frozenset(flow.source for flow in gateway.incoming if flow.id not in filled)
    full = frozenset(flow.source for flow in gateway.incoming if flow.id in filled)
    towards_empty = _sources(graph, gateway.index, empty)
    towards_full = _sources(graph, gateway.index, full)
    return any(one.node in towards_empty and one.node not in towards_full for one in others)


def _sources(graph: Graph, gateway: int, ends: frozenset[int]) -> frozenset[int]:
    """Give the elements from which one of `ends` can be reached without passing the gateway."""
    found = set(ends)
    pending = list(ends)
    while pending:
        index = pending.pop()
        if index == gateway:
            continue
        before = [flow.source for flow in graph.nodes[index].incoming]
        if index in graph.host_of:
            before.append(graph.host_of[index])
        for source in before:
            if source not in found and source != gateway:
                found.add(source)
                pending.append(source)
    return frozenset(found)
