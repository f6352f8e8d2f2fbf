"""This engine, through its public interface: one unit of work per step, the audit event in the same commit.

Variants: `plain`; `job` (a background job is enqueued in every step's transaction); `no_audit` (the append to the
audit log is left out in this process only: the product has no such switch).
"""

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import LiteralString
from unittest import mock
from uuid import uuid4

from crews import serve
from scenario import Json, Scenario
from sqlalchemy import text

from engine import audit, definitions, jobs, process
from engine.unit_of_work import Actor, UnitOfWork, reading, work
from models.database import connect, session_factory, upgrade

ACTOR = Actor(uuid4(), "bench", frozenset({("office", None), ("department", None)}))
PROCESS = "bench_lifecycle"
_OPEN: LiteralString = """
SELECT w.id FROM work_item w JOIN process_instance p ON p.id = w.instance_id
WHERE p.business_key = %(key)s AND w.closed_at IS NULL ORDER BY w.id LIMIT 1
"""
_STATE = text("SELECT octet_length(state) FROM process_instance WHERE business_key = :key")


class Own:
    """One client of this engine."""

    def __init__(self, url: str, variant: str) -> None:
        self._sessions = session_factory(connect(url, pool_size=1))
        self._jobs = variant == "job"
        if variant == "no_audit":
            mock.patch.object(audit, "append", return_value=None).start()

    def start(self, scenario: Scenario) -> str:
        """Start a case; its number is what names it."""
        del scenario
        key = str(uuid4())
        with self._work() as unit:
            step = process.start(unit, definitions.latest(unit.session, PROCESS), key, {})
            unit.record(f"case:{key}", "case.started", {}, step.change)
        return key

    def step(self, case: str, scenario: Scenario) -> bool:
        """Take the oldest open item, complete it, record it; commit."""
        with self._work() as unit:
            return not self._step(unit, case, scenario, self._listed(unit, case)).ended

    def hurry(self, case: str, scenario: Scenario, steps: int) -> None:
        """Do many steps in one transaction, each on the item the one before has opened."""
        with self._work() as unit:
            item_id = self._listed(unit, case)
            for _ in range(steps):
                item_id = self._step(unit, case, scenario, item_id).opened[0].id

    def state_bytes(self, case: str) -> int:
        """Give the size of the stored state."""
        with reading(self._sessions) as session:
            return int(session.execute(_STATE, {"key": case}).scalar_one())

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return work(self._sessions, ACTOR)

    @staticmethod
    def _listed(unit: UnitOfWork, case: str) -> int:
        row = unit.run(_OPEN, {"key": case}).fetchone()
        assert row is not None
        return int(row[0])

    def _step(self, unit: UnitOfWork, case: str, scenario: Scenario, item_id: int) -> process.Step:
        item = process.take(unit, item_id)
        answer = scenario.answer(item.element)
        outcome = str(answer.decision.get(item.element, "done"))
        step = process.complete(unit, item, outcome, answer.decision)
        unit.record(f"case:{case}", f"{item.element}.completed", {"outcome": outcome, "form": answer.form}, step.change)
        if self._jobs:
            jobs.defer(unit.session, "bench.nothing", {"item_id": item_id})
        return step


def main() -> None:
    """Serve commands on the database named by the first argument."""
    place: Json = json.loads(sys.argv[1])
    url = f"postgresql+psycopg://{place['user']}@/{place['dbname']}?host={place['host']}&port={place['port']}"

    def prepare() -> None:
        engine = connect(url)
        upgrade(engine)
        jobs.install_schema(engine)
        xml = Path(__file__).with_name("lifecycle.bpmn").read_bytes()
        with work(session_factory(engine), ACTOR) as unit:
            definitions.deploy(unit, xml, "benchmark")
        engine.dispose()

    def enter(command: Json) -> Own:
        return Own(url, command["variant"])

    serve(prepare, enter)


if __name__ == "__main__":
    main()
