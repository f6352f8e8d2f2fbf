"""The measured side: a process that takes commands on stdin, forks clients and answers with what they measured.

It serves until stdin ends. One line of JSON is one command and one line of JSON its answer. Clients are forked, which costs
less than a start and inherits what was imported; small crews stay for the next command, so that short turns cost nothing.
Standard library only, as in `clients`.
"""

import json
import os
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from clients import Participant, grown, lifecycles
from scenario import Json

#: A larger crew goes home after its command: each client holds a connection.
_MAY_STAY = 2
#: What tells crews apart: how many they are, and what a client is told when it connects.
_KINDS = ("clients", "variant", "state_bytes")

Enter = Callable[[Json], Participant]


def serve(prepare: Callable[[], None], enter: Enter) -> None:
    """Answer commands until stdin ends. `prepare` makes the tables, `enter` connects a client as a command says."""
    # What an engine prints goes to stderr; answers alone go out.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    crews: dict[tuple[object, ...], _Crew] = {}
    for line in sys.stdin:
        answers.write(json.dumps({"clients": _answered(json.loads(line), crews, prepare, enter)}) + "\n")
        answers.flush()
    for crew in crews.values():
        crew.dissolve()


def _answered(
    command: Json, crews: dict[tuple[object, ...], "_Crew"], prepare: Callable[[], None], enter: Enter
) -> list[Json]:
    if command["do"] == "prepare":
        return _once(1, lambda _: prepare(), command)
    count = int(command.get("clients", 1))
    if command["do"] == "grow" or count > _MAY_STAY:
        return _once(count, enter, command)
    kind = tuple(command.get(name) for name in _KINDS)
    if kind not in crews:
        crews[kind] = _Crew(count, enter, command)
    return crews[kind].measured(command)


def _once(count: int, enter: Callable[[Json], Any], command: Json) -> list[Json]:
    crew = _Crew(count, enter, command)
    answers = crew.measured(command)
    crew.dissolve()
    return answers


class _Crew:
    """Clients in processes of their own, all at the same command."""

    def __init__(self, count: int, enter: Callable[[Json], Any], command: Json) -> None:
        context = get_context("fork")
        self._pipes: list[Connection] = []
        self._children = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            child = context.Process(target=_client, args=(theirs, enter, command), daemon=True)
            child.start()
            theirs.close()
            self._pipes.append(ours)
            self._children.append(child)
        self._answers()

    def measured(self, command: Json) -> list[Json]:
        for pipe in self._pipes:
            pipe.send(command)
        return self._answers()

    def dissolve(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for child in self._children:
            child.join()

    def _answers(self) -> list[Json]:
        answers: list[Json] = [pipe.recv() for pipe in self._pipes]
        broken = [one["broken"] for one in answers if "broken" in one]
        if broken:
            raise RuntimeError(broken[0])
        return answers


def _client(pipe: Connection, enter: Callable[[Json], Any], first: Json) -> None:
    """Connect, warm up, say so; then carry out commands until there is none."""
    try:
        participant = enter(first)
        if first["do"] == "run":
            small = {"departments": 1, "rejects": 0, "returns": 0, "may_die": False}
            lifecycles(participant, first | small, first["warm_up"])
        pipe.send({})
        while (command := pipe.recv()) is not None:
            pipe.send(_done(participant, command))
    except Exception as problem:
        pipe.send({"broken": f"{type(problem).__name__}: {problem}"})
        raise


def _done(participant: Participant, command: Json) -> Json:
    match command["do"]:
        case "prepare":
            return {}
        case "run":
            return lifecycles(participant, command, command["seconds"]).described()
        case "grow":
            return grown(participant, command)
    message = f"there is no command {command['do']}"
    raise ValueError(message)
