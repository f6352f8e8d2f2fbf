"""Jumps that no flow draws: back to an earlier element, and in or out of a running multi-instance activity."""

from collections.abc import Sequence

from engine.catalogue import N_
from engine.errors import Invalid
from engine.spiff.graph import Graph, Kind
from engine.spiff.regions import WayBack, way_back
from engine.spiff.tokens import JOINING, Frame, Run, Token

_RETURNED_TO = frozenset({Kind.USER, Kind.EXTERNAL, Kind.SUBPROCESS, Kind.CALL})


def return_to(run: Run, token: Token, element: str, branches: Sequence[int] | None) -> None:
    """Move a token back to an earlier element of its own graph, of one around it, or into one below it.

    What can only be reached through that element is withdrawn, because it will be reached again: going back behind
    a fork withdraws the other branches, going back within a branch leaves them alone. Going back into a branch after
    the branches have met leaves what the others brought at the join. Raises Invalid for what lies beside or ahead.
    """
    here: Token | None = token
    while here is not None:
        frame = run.frames[here.frame]
        target = None if frame.body is not None else _target_in(run, run.graph(frame), element)
        if target is not None and _move(run, here, target, branches):
            return
        here = run.tokens[frame.parent] if frame.parent is not None and not frame.sealed else None
    raise Invalid(N_("There is no earlier step {element} to return to from here."), element=element)


def loop_around(run: Run, token: Token) -> tuple[Token, Frame]:
    """Give the multi-instance activity a token is an instance of, the innermost, and that instance's frame."""
    frame = run.frames[token.frame]
    while frame.parent is not None:
        host = run.tokens[frame.parent]
        if "counts" in host.data:
            return host, frame
        frame = run.frames[host.frame]
    raise Invalid(N_("This step is not one of several in parallel, so nobody can be added or removed."))


def check_not_last(host: Token) -> None:
    """Raise Invalid when a multi-instance activity has one open instance only."""
    _total, _done, active = host.data["counts"]
    if active + len(host.data["pending"]) < 2:  # noqa: PLR2004 - the one to remove and one that stays
        raise Invalid(N_("The last one who decides cannot be removed. Add somebody else first."))


def check_in_turn(run: Run, host: Token) -> None:
    """Raise Invalid where the instances of a multi-instance activity all wait at once, so none comes before another."""
    loop = run.node(host).loop
    if loop is None or loop.mode != "sequential":
        raise Invalid(N_("Here all decide at the same time, so nobody comes before another. Add them without an order."))


def _target_in(run: Run, graph: Graph, element: str) -> int | None:
    index = graph.by_id.get(element)
    if index is not None:
        return index if graph.nodes[index].kind in _RETURNED_TO else None
    for node in graph.nodes:
        if node.kind is Kind.SUBPROCESS and _target_in(run, run.definition.graphs[node.inner], element) is not None:
            return node.index
    return None


def _move(run: Run, token: Token, target: int, branches: Sequence[int] | None) -> bool:
    """Put a token back; give False when the target does not lie before it."""
    frame = run.frames[token.frame]
    way = way_back(run.graph(frame), token.node, target)
    if way is None:
        return False
    for one in run.in_frame(frame.id):
        if one is not token and one.host is None and _is_undone(run, one, way):
            run.remove(one)
    run.remove(token)
    moved = run.add_token(target, frame.id)
    if branches is not None:
        moved.data["only"] = list(branches)
    for flow in way.kept:
        run.add_token(flow.target, frame.id, flow=flow.id).state = JOINING
    return True


def _is_undone(run: Run, token: Token, way: WayBack) -> bool:
    """Say whether a token will come again: it stands on the way back, or at a join after having come along it."""
    if token.node in way.undone:
        return True
    arrived = next((flow for flow in run.node(token).incoming if flow.id == token.flow), None)
    return token.state == JOINING and arrived is not None and arrived.source in way.undone
