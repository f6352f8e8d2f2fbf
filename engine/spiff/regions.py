"""What lies between an earlier element and a token that goes back to it, read off the graph.

Going back into one branch of a fork whose branches have already met is the hard case: the join has used up what the
other branches brought, so it has to be given back, or the join would wait for ever.
"""

from dataclasses import dataclass

from engine.spiff.graph import Flow, Graph, Kind, Node


@dataclass(frozen=True)
class WayBack:
    """What going back means: `undone` elements will be reached again, `kept` flows stay delivered at their joins."""

    undone: frozenset[int]
    kept: tuple[Flow, ...]


def way_back(graph: Graph, here: int, target: int) -> WayBack | None:
    """Work out the way back from an element to one before it; None when it does not lie before it."""
    ahead = _ahead(graph)
    reached, held = _spread(graph, ahead, {target})
    undone = set(_only_through(graph, target))
    kept: list[Flow] = []
    while here not in reached:
        passed = [join for join in held if here in _everything_after(ahead, join)]
        if not passed:
            return None
        for join in passed:
            kept += [flow for flow in graph.nodes[join].incoming if flow.source not in reached]
            undone |= _only_through(graph, join)
        reached, held = _spread(graph, ahead, reached | set(passed))
    # What was begun on the way, such as a fork behind an inclusive join, is begun again with all its branches.
    for behind in (_only_through(graph, index) for index in reached):
        if here in behind:
            undone |= behind
    return WayBack(frozenset(undone), tuple(kept))


def _ahead(graph: Graph) -> dict[int, list[int]]:
    """Give the elements right after each element, without the flows that lead back in a loop."""
    after: dict[int, list[int]] = {node.index: [] for node in graph.nodes}
    open_ones: set[int] = set()
    done: set[int] = set()
    for start in sorted(after, key=lambda index: index not in graph.starts):
        if start in done:
            continue
        path = [(start, iter(_following(graph.nodes[start])))]
        open_ones.add(start)
        while path:
            index, rest = path[-1]
            target = next(rest, None)
            if target is None:
                path.pop()
                open_ones.discard(index)
                done.add(index)
            elif target not in open_ones:
                after[index].append(target)
                if target not in done:
                    open_ones.add(target)
                    path.append((target, iter(_following(graph.nodes[target]))))
    return after


def _following(node: Node) -> list[int]:
    return [*(flow.target for flow in node.outgoing), *node.boundary]


def _spread(graph: Graph, ahead: dict[int, list[int]], begun: set[int]) -> tuple[set[int], list[int]]:
    """Go on from some elements up to the parallel joins that also wait for others; give what is reached, and those."""
    reached, pending = set(begun), list(begun)
    held: dict[int, None] = {}
    while pending:
        for target in ahead[pending.pop()]:
            if target in reached:
                continue
            if _waits_for_others(graph.nodes[target], reached, ahead):
                held[target] = None
                continue
            held.pop(target, None)
            reached.add(target)
            pending.append(target)
    return reached, list(held)


def _waits_for_others(node: Node, reached: set[int], ahead: dict[int, list[int]]) -> bool:
    if node.kind is not Kind.PARALLEL:
        return False
    return any(flow.source not in reached for flow in node.incoming if node.index in ahead[flow.source])


def _everything_after(ahead: dict[int, list[int]], begun: int) -> set[int]:
    found, pending = {begun}, [begun]
    while pending:
        for target in ahead[pending.pop()]:
            if target not in found:
                found.add(target)
                pending.append(target)
    return found


def _only_through(graph: Graph, gate: int) -> frozenset[int]:
    """Give the elements that cannot be reached from a start without passing `gate`, the gate among them."""
    reached = set(graph.starts) - {gate}
    pending = list(reached)
    while pending:
        for following in _following(graph.nodes[pending.pop()]):
            if following != gate and following not in reached:
                reached.add(following)
                pending.append(following)
    return frozenset(range(len(graph.nodes))) - reached
