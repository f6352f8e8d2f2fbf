"""Which elements a token can come to from another one before somebody has to act."""

from collections.abc import Mapping

from engine.spiff.graph import Definition, Graph, Kind, Node

#: Events that only an element itself brings about: nothing from outside has to happen.
_FROM_INSIDE = frozenset({"none", "error", "escalation"})


def _waits(graph: Graph, node: Node) -> bool:
    if node.kind is Kind.CATCH:
        return node.index not in graph.starts and node.event.kind not in _FROM_INSIDE
    return node.kind in {Kind.USER, Kind.EXTERNAL, Kind.EVENT_GATEWAY}


class Routes:
    """The ways through a process, its sub-processes and the processes it calls, seen as one graph."""

    def __init__(self, process: Definition) -> None:
        self._process = process
        self._holders: dict[str, list[tuple[Graph, Node]]] = {}
        self._places: dict[str, list[tuple[Graph, Node]]] = {}
        for graph in process.graphs.values():
            for node in graph.nodes:
                self._places.setdefault(node.id, []).append((graph, node))
                if node.inner:
                    self._holders.setdefault(node.inner, []).append((graph, node))

    def named(self, kind: str, name: str) -> list[str]:
        """Give the elements that catch a message or signal of this name."""
        return [key for key, places in self._places.items() if any((node.event.kind, node.event.name) == (kind, name) for _, node in places)]

    def errors_caught(self, element: str) -> list[str]:
        """Give the codes of the errors that are caught at an element or around it; "error" where any is."""
        codes: dict[str, None] = {}
        pending = list(self._places.get(element, []))
        seen: set[tuple[str, int]] = set()
        while pending:
            graph, node = pending.pop()
            if (graph.key, node.index) in seen:
                continue
            seen.add((graph.key, node.index))
            events = [graph.nodes[index].event for index in node.boundary]
            codes.update(dict.fromkeys(event.name or "error" for event in events if event.kind == "error"))
            pending += self._holders.get(graph.key, [])
        return list(codes)

    def from_start(self) -> list[str]:
        """Give the elements that are come to when the process starts."""
        root = self._process.root
        return self._reach([(root, root.nodes[index]) for index in root.starts])

    def beyond(self, element: str) -> list[str]:
        """Give the elements that can be come to from `element`, nearest first, it and where somebody must act included."""
        return self._reach(self._places.get(element, []))

    def _reach(self, starts: list[tuple[Graph, Node]]) -> list[str]:
        seen = {(graph.key, node.index) for graph, node in starts}
        pending, found = list(starts), [node.id for _, node in starts]
        first = len(starts)
        for number, (graph, node) in enumerate(pending):
            for after, one in self._next(graph, node, acted=number < first):
                if (after.key, one.index) not in seen:
                    seen.add((after.key, one.index))
                    pending.append((after, one))
                    found.append(one.id)
        return found

    def _next(self, graph: Graph, node: Node, *, acted: bool) -> list[tuple[Graph, Node]]:
        if not acted and _waits(graph, node):
            return []
        following = [(graph, graph.nodes[flow.target]) for flow in node.outgoing]
        inner = self._process.graphs.get(node.inner)
        if inner is not None:
            following += [(inner, inner.nodes[index]) for index in inner.starts]
        if node.kind in (Kind.END, Kind.THROW) or not node.outgoing or node.loop is not None:
            following += self._outwards(graph, {})
        return following

    def _outwards(self, graph: Graph, seen: Mapping[str, bool]) -> list[tuple[Graph, Node]]:
        """Give what comes after the activity that holds a graph: it itself, for its loop, and its boundary events."""
        found: list[tuple[Graph, Node]] = []
        for holder, activity in self._holders.get(graph.key, []):
            found.append((holder, activity))
            found += [(holder, holder.nodes[index]) for index in activity.boundary]
            if holder.key not in seen:
                found += [one for one in self._outwards(holder, {**seen, graph.key: True}) if one[1].kind is Kind.CATCH]
        return found
