"""The floor: the reads, the rows and the commit of a step, with no engine and nothing but the driver.

Same tables, same forms, same hash over the audit event. What comes next is decided by the few lines of `_next`.
It is no product: no permission is checked and no diagram read. It says what PostgreSQL alone costs.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

import own
import psycopg
from crews import serve
from psycopg.types.json import Jsonb
from scenario import APPROVE, Json, Scenario

from engine.verify import GENESIS, canonical, leaf_hash

_LISTED: LiteralString = """
SELECT w.id FROM work_item w JOIN process_instance p ON p.id = w.instance_id
WHERE p.business_key = %s AND w.closed_at IS NULL ORDER BY w.id LIMIT 1
"""
_LOCKED: LiteralString = """
SELECT p.id, p.state, p.state_sha256, p.revision, w.element, w.scope, c.length, c.head,
       (SELECT count(*) FROM work_item o WHERE o.instance_id = p.id AND o.closed_at IS NULL)
FROM work_item w JOIN process_instance p ON p.id = w.instance_id
JOIN audit_chain c ON c.id = 'case:' || p.business_key
WHERE w.id = %s FOR NO KEY UPDATE OF p
"""
_ITEMS: LiteralString = """
INSERT INTO work_item
    (instance_id, business_key, task_id, element, name, kind, candidate_group, scope, queue, created_at)
SELECT %(instance)s, %(key)s, i.task_id, i.element, i.element, 'user', 'group', i.scope, 'group', %(now)s
FROM jsonb_to_recordset(%(items)s) AS i(task_id text, element text, scope text)
"""
_EVENT: LiteralString = """
INSERT INTO audit_event (chain_id, seq, action, actor_id, actor_name, recorded_at, body, leaf_hash)
VALUES (%(chain)s, %(seq)s, %(action)s, %(actor)s, 'floor', %(now)s, %(body)s, %(leaf)s)
"""
_SAVED: LiteralString = f"""
WITH closed AS (UPDATE work_item SET closed_at = %(now)s, closed_by = %(actor)s, outcome = %(outcome)s WHERE id = %(item)s),
     opened AS ({_ITEMS}),
     tail AS (UPDATE audit_chain SET length = %(seq)s, head = %(leaf)s WHERE id = %(chain)s),
     event AS ({_EVENT})
UPDATE process_instance
SET state = %(state)s, state_sha256 = %(sha256)s, revision = revision + 1, ended_at = %(ended)s WHERE id = %(instance)s
"""
_STARTED: LiteralString = f"""
WITH started AS (INSERT INTO process_instance (id, version_id, business_key, revision, state, state_sha256, started_at)
                 VALUES (%(instance)s, %(version)s, %(key)s, 1, %(state)s, %(sha256)s, %(now)s)),
     tail AS (INSERT INTO audit_chain (id, length, head) VALUES (%(chain)s, %(seq)s, %(leaf)s)),
     event AS ({_EVENT})
{_ITEMS}
"""


class Floor:
    """One client; `state_bytes` is the size of the state this engine stores for the same case."""

    def __init__(self, conninfo: str, state_bytes: int) -> None:
        self._connection = psycopg.connect(conninfo, options="-c timezone=UTC")
        row = self._connection.execute("SELECT id FROM process_version").fetchone()
        assert row is not None
        self._version: UUID = row[0]
        self._state = b"x" * state_bytes

    def start(self, scenario: Scenario) -> str:
        """Insert a case with its first item and event."""
        del scenario
        key = str(uuid4())
        parameters = self._event(f"case:{key}", "case.started", {}, (0, GENESIS), "")
        parameters |= {"instance": uuid4(), "version": self._version, "key": key, "items": _items([("assign", None)])}
        self._connection.execute(_STARTED, parameters)
        self._connection.commit()
        return key

    def step(self, case: str, scenario: Scenario) -> bool:
        """Do one step; commit."""
        goes_on = self._step(case, scenario)
        self._connection.commit()
        return goes_on

    def hurry(self, case: str, scenario: Scenario, steps: int) -> None:
        """Do many steps in one transaction."""
        for _ in range(steps):
            self._step(case, scenario)
        self._connection.commit()

    def state_bytes(self, case: str) -> int:
        """Give the size it was told."""
        del case
        return len(self._state)

    def _step(self, case: str, scenario: Scenario) -> bool:
        item = _one(self._connection.execute(_LISTED, (case,)))[0]
        locked = _one(self._connection.execute(_LOCKED, (item,)))
        instance, _, before, _, element, scope, length, head, open_items = locked
        answer = scenario.answer(element)
        outcome = str(answer.decision.get(element, "done"))
        details = {"outcome": outcome, "form": answer.form}
        parameters = self._event(f"case:{case}", f"{element}.completed", details, (length, head), before)
        coming = _next((element, scope), answer.decision, last=open_items == 1)
        parameters |= {"instance": instance, "item": item, "outcome": outcome, "items": _items(coming), "key": case}
        ended = element == "office_approval" and not coming
        parameters["ended"] = parameters["now"] if ended else None
        self._connection.execute(_SAVED, parameters)
        return not ended

    def _event(self, chain: str, action: str, details: Json, tail: tuple[int, str], before: str) -> Json:
        now = datetime.now(UTC)
        sha256 = hashlib.sha256(self._state).hexdigest()
        record = {
            "v": 1,
            "chain": chain,
            "seq": tail[0] + 1,
            "prev": tail[1],
            "at": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": {"id": str(own.ACTOR.id), "name": "floor"},
            "action": action,
            "details": details,
            "state": {"before": before, "after": sha256},
        }
        body = canonical(record)
        columns: Json = {"chain": chain, "seq": record["seq"], "action": action, "body": body, "leaf": leaf_hash(body)}
        return columns | {"now": now, "actor": own.ACTOR.id, "state": self._state, "sha256": sha256}


def _next(done: tuple[str, str | None], decision: Json, *, last: bool) -> list[tuple[str, str | None]]:
    element, scope = done
    if element == "assign":
        return [("collect", name) for name in decision["departments"]]
    if element == "collect":
        return [("department_review", scope)]
    if decision[element] != APPROVE:
        return [("collect", scope)]
    return [("office_approval", None)] if element == "department_review" and last else []


def _items(coming: list[tuple[str, str | None]]) -> Jsonb:
    return Jsonb([{"task_id": uuid4().hex, "element": element, "scope": scope} for element, scope in coming])


def _one(cursor: psycopg.Cursor[Any]) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    assert row is not None
    return row


def main() -> None:
    """Serve commands on the database named by the first argument, which `own` has prepared."""
    place: Json = json.loads(sys.argv[1])
    conninfo = psycopg.conninfo.make_conninfo(**place)
    serve(lambda: None, lambda command: Floor(conninfo, command["state_bytes"]))


if __name__ == "__main__":
    main()
