"""Plain SpiffWorkflow as its documentation shows it: the whole workflow serialised into one row after every step.

The row is locked with SELECT FOR UPDATE, the forms live in the task data. No work items, no audit log.
"""

import json
import logging
import sys
from pathlib import Path

import psycopg
from crews import serve
from scenario import Json, Scenario
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.camunda.parser import CamundaParser
from SpiffWorkflow.camunda.serializer import DEFAULT_CONFIG

logging.getLogger("spiff").setLevel(logging.ERROR)
DIAGRAM = Path(__file__).parents[1] / "lifecycle.bpmn"


class PlainSpiff:
    """One client."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo)
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))
        parser = CamundaParser()
        # It evaluates durations as Python: they must be quoted.
        parser.add_bpmn_str(DIAGRAM.read_bytes().replace(b">P7D<", b'>"P7D"<'))
        # Parsed once, as a server would; the documentation parses for every case.
        self._specs = parser.get_spec("bench_lifecycle"), parser.get_subprocess_specs("bench_lifecycle")

    def start(self, scenario: Scenario) -> int:
        """Start a case and insert its row."""
        del scenario
        workflow = BpmnWorkflow(*self._specs)
        workflow.do_engine_steps()
        state = self._serializer.serialize_json(workflow)
        row = self._connection.execute("INSERT INTO instance (state) VALUES (%s) RETURNING id", (state,)).fetchone()
        self._connection.commit()
        assert row is not None
        return int(row[0])

    def step(self, case: int, scenario: Scenario) -> bool:
        """Load, run the first ready person's task, store; commit."""
        workflow = self._serializer.deserialize_json(self._state(case))
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        answer = scenario.answer(task.task_spec.name)
        task.set_data(**answer.form, **answer.decision)
        task.run()
        workflow.refresh_waiting_tasks()
        workflow.do_engine_steps()
        state = self._serializer.serialize_json(workflow)
        self._connection.execute("UPDATE instance SET state = %s WHERE id = %s", (state, case))
        self._connection.commit()
        return not workflow.is_completed()

    def hurry(self, case: int, scenario: Scenario, steps: int) -> None:
        """There is no quicker way."""
        for _ in range(steps):
            self.step(case, scenario)

    def state_bytes(self, case: int) -> int:
        """Give the size of the serialised workflow."""
        return len(self._state(case).encode())

    def _state(self, case: int) -> str:
        row = self._connection.execute("SELECT state FROM instance WHERE id = %s FOR UPDATE", (case,)).fetchone()
        assert row is not None
        return str(row[0])


def main() -> None:
    """Serve commands on the database named by the first argument."""
    place: Json = json.loads(sys.argv[1])
    conninfo = psycopg.conninfo.make_conninfo(**place)

    def prepare() -> None:
        with psycopg.connect(conninfo) as connection:
            connection.execute("CREATE TABLE instance (id bigserial PRIMARY KEY, state text NOT NULL)")

    serve(prepare, lambda _: PlainSpiff(conninfo))


if __name__ == "__main__":
    main()
