"""The engines of a run: what each is, whether it can run here, and the process that serves its commands."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scenario import Json
from server import Server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_RIVALS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
_NODE_MODULES = HERE / "rivals" / "bpmn_engine" / "node_modules"


@dataclass(frozen=True)
class Engine:
    """One line of the tables: `server` names the process, `options` go along with every command."""

    name: str
    server: str
    options: Json


OWN = Engine("juanzong", "own", {"variant": "plain"})
OWN_WITH_JOB = Engine("juanzong, one job a step", "own", {"variant": "job"})
OWN_WITHOUT_AUDIT = Engine("juanzong, no audit (bench only)", "own", {"variant": "no_audit"})
FLOOR = Engine("floor: same rows, no engine", "floor", {})
PLAIN_SPIFF = Engine("plain SpiffWorkflow", "plain_spiff", {})
VIEWFLOW = Engine("django-viewflow", "viewflow", {})
BPMN_ENGINE = Engine("bpmn-engine", "bpmn_engine", {"live": False})
BPMN_ENGINE_LIVE = Engine("bpmn-engine, kept in memory", "bpmn_engine", {"live": True})

_COMMANDS: dict[str, list[str]] = {
    "own": [sys.executable, "-m", "own"],
    "floor": [sys.executable, "-m", "floor"],
    "plain_spiff": [str(_RIVALS_PYTHON), "-m", "rivals.plain_spiff"],
    "viewflow": [str(_RIVALS_PYTHON), "-m", "rivals.viewflow_peer"],
    "bpmn_engine": ["node", str(HERE / "rivals" / "bpmn_engine" / "participant.mjs")],
}
#: The floor writes into the tables of this engine.
_DATABASE_OF = {"floor": "own"}


def missing(server: str) -> str | None:
    """Say why an engine cannot run on this machine; None when it can."""
    if server in {"plain_spiff", "viewflow"} and not _RIVALS_PYTHON.exists():
        return "its packages are not installed; run “make bench”"
    if server == "bpmn_engine" and shutil.which("node") is None:
        return "node is not installed; run “apt-get install nodejs npm”, then “make bench”"
    if server == "bpmn_engine" and not _NODE_MODULES.exists():
        return "its packages are not installed; run “make bench” (it needs npm)"
    return None


class EngineError(Exception):
    """The process of an engine ended or kept silent; the message holds the last it said."""


class Participants:
    """The running processes, started when first asked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._places: dict[str, Json] = {}
        self._running: dict[str, _Process] = {}

    def ask(self, engine: Engine, command: Json, limit: float) -> list[Json]:
        """Let an engine carry out a command; give what each client measured. Raises EngineError."""
        return self._started(engine.server).ask(command | engine.options, limit)

    def close(self) -> None:
        """End all processes."""
        for one in self._running.values():
            one.end()

    def _started(self, name: str) -> "_Process":
        home = _DATABASE_OF.get(name, name)
        if home != name:
            self._started(home)
        if name not in self._running:
            fresh = home not in self._places
            if fresh:
                self._places[home] = self._server.database(f"bench_{home}")
            self._running[name] = _Process(name, [*_COMMANDS[name], json.dumps(self._places[home])])
            if fresh:
                self._running[name].ask({"do": "prepare"}, 120)
        elif self._running[name].ended:
            del self._running[name]
            return self._started(name)
        return self._running[name]


class _Process:
    """One serving process in a session of its own, so that its clients end with it."""

    def __init__(self, name: str, command: list[str]) -> None:
        self._name = name
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`
        path = os.pathsep.join((str(HERE), str(ROOT)))
        self._process: subprocess.Popen[str] = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, command: Json, limit: float) -> list[Json]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(command) + "\n")
        except BrokenPipeError:
            self._fail("has ended")
        line = self._line(stdout, limit)
        answer: list[Json] = json.loads(line)["clients"]
        return answer

    def end(self) -> None:
        """End the process and its clients, and give back what it held."""
        if not self.ended:
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            if pipe is not None:
                pipe.close()

    def _line(self, stdout: IO[str], limit: float) -> str:
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(limit):
                self._fail(f"did not answer within {limit:.0f} s")
        line = stdout.readline()
        if not line:
            self._process.wait(20)
            self._fail("has ended")
        return line

    def _fail(self, what: str) -> None:
        self._said.seek(0)
        last = self._said.read().decode(errors="replace").strip().splitlines()[-1:]
        if not self.ended:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
        message = f"{self._name} {what}: {' '.join(last) or 'it said nothing'}"
        raise EngineError(message)

