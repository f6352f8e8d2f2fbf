"""The state of a running process: tokens in frames.

A token stands at one element. A frame is one run of a graph (or one instance of a looped task) under the token of
the activity that holds it; the outermost has none. What is finished is gone at once, so the state holds only what
can still happen: its size follows the open work, never the history.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.spiff.graph import Definition, Graph, Node

FORMAT = 2

#: What a token does where it stands.
MOVING, OPEN, WAITING, JOINING, HOLDING = range(5)


@dataclass(slots=True)
class Token:
    """One token. `due` is the moment of its timer (seconds since the epoch); `host` the token a boundary event watches."""

    id: int
    node: int
    frame: int
    state: int = MOVING
    flow: str | None = None
    host: int | None = None
    due: float | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Frame:
    """One run of a graph. `names` is None where the variables are those of the frame around it.

    `index` counts the instance of a loop; `body` is the element a frame of one looped task consists of.
    `sealed` keeps the variables of a called process apart from those of its caller.
    """

    id: int
    graph: str
    parent: int | None
    names: dict[str, Any] | None
    index: int | None = None
    body: int | None = None
    sealed: bool = False


class Run:
    """A process in memory: its tokens and frames, what moves next, and what changed since the last look."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.tokens: dict[int, Token] = {}
        self.frames: dict[int, Frame] = {}
        self.next_id = 1
        self.ended = False
        self.now = 0.0
        self.agenda: deque[Token] = deque()
        self.opened: dict[int, Token] = {}
        self.closed: list[int] = []
        self.passed: list[str] = []
        self.thrown: list[tuple[str, str, dict[str, Any], str | None]] = []
        self.functions: Mapping[str, Callable[..., Any]] = {}

    def graph(self, frame: Frame) -> Graph:
        """Give the graph a frame runs."""
        return self.definition.graphs[frame.graph]

    def node(self, token: Token) -> Node:
        """Give the element a token stands at."""
        return self.definition.graphs[self.frames[token.frame].graph].nodes[token.node]

    def add_token(self, node: int, frame: int, *, flow: str | None = None, host: int | None = None) -> Token:
        """Put a token at an element; it moves when the run goes on unless it watches a host."""
        token = Token(self.next_id, node, frame, MOVING if host is None else WAITING, flow, host)
        self.next_id += 1
        self.tokens[token.id] = token
        if host is None:
            self.agenda.append(token)
        return token

    def add_frame(self, graph: str, parent: int | None, names: dict[str, Any] | None) -> Frame:
        """Open a frame under the token of an activity."""
        frame = Frame(self.next_id, graph, parent, names)
        self.next_id += 1
        self.frames[frame.id] = frame
        return frame

    def in_frame(self, frame: int) -> list[Token]:
        """Give the tokens of one frame, oldest first."""
        return [token for token in self.tokens.values() if token.frame == frame]

    def frames_of(self, token: int) -> list[Frame]:
        """Give the frames an activity's token holds."""
        return [frame for frame in self.frames.values() if frame.parent == token]

    def watchers(self, token: int) -> list[Token]:
        """Give the boundary events that watch an activity's token."""
        return [one for one in self.tokens.values() if one.host == token]

    def remove(self, token: Token) -> None:
        """Take a token away with all it holds and all that watches it."""
        if self.tokens.pop(token.id, None) is None:
            return
        if token.state == OPEN and self.opened.pop(token.id, None) is None:
            self.closed.append(token.id)
        if token.state in (OPEN, WAITING, HOLDING):
            for watcher in self.watchers(token.id):
                self.remove(watcher)
        if token.state == HOLDING:
            for frame in self.frames_of(token.id):
                self.remove_frame(frame)

    def remove_frame(self, frame: Frame) -> None:
        """Take a frame away with everything in it."""
        for token in self.in_frame(frame.id):
            self.remove(token)
        self.frames.pop(frame.id, None)


class Names(Mapping[str, Any]):
    """The variables a token sees: those of its frame, then of the frames around it up to a called process.

    `functions` are what expressions over them may call besides the language's own.
    """

    def __init__(self, run: Run, frame: int, extra: Mapping[str, Any] | None = None) -> None:
        self.functions = run.functions
        self._extra = extra or {}
        self._layers: list[Mapping[str, Any]] = list(_layers(run, frame))

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401, D105 - whatever the data holds; as every mapping
        if name in self._extra:
            return self._extra[name]
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:  # noqa: D105 - as every mapping
        return name in self._extra or any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:  # noqa: D105 - as every mapping
        seen = set(self._extra)
        yield from self._extra
        for layer in self._layers:
            for name in layer:
                if name not in seen:
                    seen.add(name)
                    yield name

    def __len__(self) -> int:  # noqa: D105 - as every mapping
        return sum(1 for _ in self)


def _layers(run: Run, frame_id: int) -> Iterator[Mapping[str, Any]]:
    frame: Frame | None = run.frames[frame_id]
    while frame is not None:
        if frame.names is not None:
            yield frame.names
        if frame.index is not None:
            yield {"loopCounter": frame.index}
        if frame.sealed or frame.parent is None:
            return
        host = run.tokens[frame.parent]
        if "counts" in host.data:
            yield counters(host.data)
        frame = run.frames[host.frame]


def counters(data: Mapping[str, Any]) -> dict[str, int]:
    """Give the counters of a multi-instance activity, named as other engines name them."""
    total, done, active = data["counts"]
    return {"nrOfInstances": total, "nrOfCompletedInstances": done, "nrOfActiveInstances": active}


def home_of(run: Run, frame_id: int) -> dict[str, Any]:
    """Give the variables a step in this frame writes to: the nearest of its own."""
    frame = run.frames[frame_id]
    while frame.names is None:
        if frame.parent is None:
            frame.names = {}
            break
        frame = run.frames[run.tokens[frame.parent].frame]
    return frame.names


def dump(run: Run) -> bytes:
    """Give the state as the bytes that are stored and hashed."""
    tokens = [[t.id, t.node, t.frame, t.state, t.flow, t.host, t.due, t.data or None] for t in run.tokens.values()]
    frames = [[f.id, f.graph, f.parent, f.names, f.index, f.body, f.sealed] for f in run.frames.values()]
    state = {"format": FORMAT, "next": run.next_id, "ended": run.ended, "frames": frames, "tokens": tokens}
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()


def load(definition: Definition, state: bytes) -> Run:
    """Take a stored state up again. Raises ValueError for one written in another form."""
    stored = json.loads(state)
    if stored.get("format") != FORMAT:
        message = f"the stored state has form {stored.get('format')!r}, expected {FORMAT}"
        raise ValueError(message)
    run = Run(definition)
    run.next_id, run.ended = stored["next"], stored["ended"]
    for row in stored["frames"]:
        run.frames[row[0]] = Frame(*row)
    for row in stored["tokens"]:
        number, node, frame, doing, flow, host, due, data = row
        run.tokens[number] = Token(number, node, frame, doing, flow, host, due, data or {})
    return run


def seconds(moment: datetime) -> float:
    """Give an aware moment as seconds since the epoch."""
    return moment.timestamp()
