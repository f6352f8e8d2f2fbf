"""The audit log in the database: it only grows, nothing changes without it, and every tampering is found and named."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from cast import POSTERS, STREETS, Cast
from sqlalchemy import Engine, delete, insert, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from engine import audit
from engine.errors import Conflict, UnauditedChange
from engine.unit_of_work import SYSTEM, Sessions, UnitOfWork, reading, work
from engine.verify import check_chain, leaf_hash, read_export
from models.people import Department, RoleHeld
from workflows.departments import add_department

CHAIN = f"case:{STREETS}"


class Mishap(Exception):  # noqa: N818 - something that goes wrong in the middle
    pass


@pytest.fixture
def worked(cast: Cast) -> Cast:
    """Give a cast with one case approved and another on its way."""
    cast.to_office(STREETS, ["甲科"])
    cast.approve(STREETS)
    cast.assign(POSTERS, ["丙科"])
    return cast


def as_owner(engine: Engine, *statements: str) -> None:
    """Do what the owner of the database machine can do: the triggers off, then the statements."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0, statement


def departments(sessions: Sessions) -> int:
    """Count the departments."""
    with reading(sessions) as session:
        return session.scalar(text("SELECT count(*) FROM department")) or 0


def test_what_was_done_is_intact(worked: Cast) -> None:
    verdict = worked.verdict()
    assert verdict.intact
    assert verdict.findings == ()
    with worked.reading() as session:
        assert verdict.events == session.scalar(text("SELECT count(*) FROM audit_event"))
        assert verdict.chains == session.scalar(text("SELECT count(DISTINCT chain_id) FROM audit_event"))
        one = audit.verify(session, CHAIN)
        assert (one.chains, one.intact) == (1, True)
        assert one.events == len(audit.trail(session, CHAIN))


def test_an_exported_chain_is_checked_without_the_database(worked: Cast) -> None:
    with worked.reading() as session:
        lines = [event.body for event in audit.trail(session, CHAIN)]
    assert check_chain(read_export(lines)) is None
    finding = check_chain(read_export([lines[0], *lines[2:]]))
    assert finding is not None
    assert finding.seq == 2


@pytest.mark.parametrize("table", ["audit_event", "decision", "submission", "sheet_signature", "process_version"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET id = id", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
def test_the_database_refuses_to_change_what_was_written(worked: Cast, table: str, change: str) -> None:
    with pytest.raises(ProgrammingError, match=f"{table} is append-only"), worked.sessions.begin() as session:
        session.execute(text(change.format(table=table)))


@pytest.mark.parametrize(
    ("statements", "seq", "code"),
    [
        (["UPDATE audit_event SET body = set_byte(body, 9, get_byte(body, 9) # 1) WHERE chain_id = '{chain}' AND seq = 3"], 3, "hash"),
        (["UPDATE audit_event SET leaf_hash = repeat('0', 64) WHERE chain_id = '{chain}' AND seq = 2"], 2, "hash"),
        (["DELETE FROM audit_event WHERE chain_id = '{chain}' AND seq = 2"], 2, "sequence"),
        (["DELETE FROM audit_event WHERE chain_id = '{chain}' AND seq = 1"], 1, "sequence"),
        (["UPDATE audit_event SET actor_name = '别人' WHERE chain_id = '{chain}' AND seq = 2"], 2, "columns"),
        (["UPDATE audit_event SET actor_id = NULL WHERE chain_id = '{chain}' AND seq = 2"], 2, "columns"),
        (["UPDATE audit_event SET action = 'case.closed' WHERE chain_id = '{chain}' AND seq = 4"], 4, "columns"),
        (["UPDATE audit_event SET recorded_at = recorded_at + interval '1 second' WHERE chain_id = '{chain}' AND seq = 1"], 1, "columns"),
        (["UPDATE audit_chain SET length = length + 1 WHERE id = '{chain}'"], 0, "tail"),
        (["UPDATE audit_chain SET head = repeat('a', 64) WHERE id = '{chain}'"], 0, "tail"),
        (["DELETE FROM audit_event WHERE chain_id = '{chain}'"], 0, "tail"),
        (["UPDATE process_instance SET state = state || ' '::bytea WHERE business_key = '" + STREETS + "'"], 0, "state"),
    ],
)
def test_tampering_is_found_at_the_first_false_entry(
    worked: Cast, database: Engine, statements: list[str], seq: int, code: str
) -> None:
    with worked.reading() as session:
        events = audit.trail(session, CHAIN)
    as_owner(database, *[statement.format(chain=CHAIN) for statement in statements])
    (finding,) = worked.verdict().findings
    assert finding.code == code
    assert finding.chain == CHAIN
    last_with_state = max(event.seq for event in events if b'"state":null' not in event.body)
    remaining = 0 if statements[0].startswith("DELETE") else len(events)
    assert finding.seq == {"tail": remaining, "state": last_with_state}.get(code, seq)
    assert finding.explain().startswith(CHAIN)


def test_a_cut_tail_is_found(worked: Cast, database: Engine) -> None:
    with worked.reading() as session:
        count = len(audit.trail(session, CHAIN))
    as_owner(database, f"DELETE FROM audit_event WHERE chain_id = '{CHAIN}' AND seq = {count}")
    (finding,) = worked.verdict().findings
    assert (finding.chain, finding.seq, finding.code) == (CHAIN, count - 1, "tail")


def test_a_cut_tail_with_the_length_put_right_still_contradicts_the_case(worked: Cast, database: Engine) -> None:
    with worked.reading() as session:
        events = audit.trail(session, CHAIN)
    count, head = len(events) - 1, events[-2].leaf_hash
    as_owner(
        database,
        f"DELETE FROM audit_event WHERE chain_id = '{CHAIN}' AND seq = {count + 1}",
        f"UPDATE audit_chain SET length = {count}, head = '{head}' WHERE id = '{CHAIN}'",
    )
    (finding,) = worked.verdict().findings
    assert finding.code == "state"


def test_a_rewritten_entry_with_its_own_right_hash_breaks_the_next_link(worked: Cast, database: Engine) -> None:
    with worked.reading() as session:
        second = audit.trail(session, CHAIN)[1]
    body = second.body.replace("赵敏".encode(), "周宁".encode())
    assert body != second.body
    as_owner(
        database,
        f"UPDATE audit_event SET body = '\\x{body.hex()}', leaf_hash = '{leaf_hash(body)}', actor_name = '周宁' "
        f"WHERE chain_id = '{CHAIN}' AND seq = 2",
    )
    (finding,) = worked.verdict().findings
    assert (finding.seq, finding.code) == (3, "link")


@pytest.mark.parametrize(
    "statements",
    [
        [f"DELETE FROM audit_chain WHERE id = '{CHAIN}'"],
        [f"DELETE FROM audit_chain WHERE id = '{CHAIN}'", f"DELETE FROM audit_event WHERE chain_id = '{CHAIN}'"],
    ],
)
def test_a_chain_that_was_taken_away_is_missed(worked: Cast, database: Engine, statements: list[str]) -> None:
    as_owner(database, *statements)
    findings = worked.verdict().findings
    assert findings
    assert {(finding.chain, finding.code) for finding in findings} == {(CHAIN, "tail")}


def test_a_case_that_was_taken_away_is_missed(worked: Cast, database: Engine) -> None:
    as_owner(
        database,
        f"DELETE FROM work_item WHERE instance_id = (SELECT id FROM process_instance WHERE business_key = '{POSTERS}')",
        f"DELETE FROM process_instance WHERE business_key = '{POSTERS}'",
    )
    (finding,) = worked.verdict().findings
    assert (finding.chain, finding.code) == (f"case:{POSTERS}", "state")


def test_one_false_chain_does_not_hide_another(worked: Cast, database: Engine) -> None:
    as_owner(
        database,
        f"UPDATE audit_event SET actor_name = 'x' WHERE chain_id = '{CHAIN}' AND seq = 1",
        "UPDATE audit_event SET actor_name = 'x' WHERE chain_id = 'people' AND seq = 5",
    )
    assert {(one.chain, one.seq) for one in worked.verdict().findings} == {(CHAIN, 1), ("people", 5)}


def changes() -> dict[str, Callable[[UnitOfWork], object]]:
    """Give the ways to change a row: through objects and in bulk."""
    return {
        "new": lambda unit: unit.session.add(Department(name="丁科")),
        "dirty": lambda unit: setattr(unit.session.query(Department).first(), "position", 99),
        "deleted": lambda unit: unit.session.delete(unit.session.query(RoleHeld).first()),
        "insert": lambda unit: unit.session.execute(insert(Department).values(id=uuid4(), name="丁科", position=9, active=True)),
        "update": lambda unit: unit.session.execute(update(Department).values(position=99)),
        "delete": lambda unit: unit.session.execute(delete(RoleHeld)),
        "core": lambda unit: unit.session.connection().execute(update(Department).values(position=99)),
        "clause": lambda unit: unit.session.execute(text("WITH one AS (SELECT 99 AS n) UPDATE department SET position = n FROM one")),
        "sql": lambda unit: unit.session.execute(text("UPDATE department SET position = 99")),
    }


@pytest.mark.parametrize("way", sorted(changes()))
def test_a_change_that_nobody_recorded_cannot_be_committed(cast: Cast, way: str) -> None:
    before = departments(cast.sessions)
    with pytest.raises(UnauditedChange), work(cast.sessions, SYSTEM) as unit:
        changes()[way](unit)
    assert departments(cast.sessions) == before
    with cast.reading() as session:
        assert session.scalar(text("SELECT max(position) FROM department")) == 3


def test_looking_needs_no_event(cast: Cast) -> None:
    with work(cast.sessions, SYSTEM) as unit:
        unit.session.query(Department).all()
        unit.session.execute(text("SELECT 1 FROM department FOR UPDATE"))
        unit.session.execute(update(Department).where(Department.name == "没有").values(position=99))
    assert cast.verdict().intact


def test_a_mishap_in_the_middle_keeps_nothing(sessions: Sessions) -> None:
    def going_wrong() -> None:
        with work(sessions, SYSTEM) as unit:
            add_department(unit, "丁科")
            raise Mishap

    with pytest.raises(Mishap):
        going_wrong()
    with reading(sessions) as session:
        assert session.scalar(text("SELECT count(*) FROM department")) == 0
        assert session.scalar(text("SELECT count(*) FROM audit_event")) == 0
        assert session.scalar(text("SELECT count(*) FROM audit_chain")) == 0


@pytest.mark.parametrize("details", [{"too": "x" * 70_000}, {"ratio": 0.5}, {"键": 1}, {"when": datetime.now(UTC)}])
def test_an_event_that_cannot_be_written_takes_the_change_with_it(sessions: Sessions, details: dict[str, object]) -> None:
    def recording() -> None:
        with work(sessions, SYSTEM) as unit:
            add_department(unit, "丁科")
            unit.record("departments", "department.described", details)

    with pytest.raises(ValueError, match=r"."):
        recording()
    assert departments(sessions) == 0


def test_a_log_the_database_refuses_takes_the_change_with_it(sessions: Sessions, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE audit_event ADD CONSTRAINT full_disk CHECK (action <> 'department.added')"))
    with pytest.raises(IntegrityError, match="full_disk"), work(sessions, SYSTEM) as unit:
        add_department(unit, "丁科")
    assert departments(sessions) == 0


def test_a_unique_rule_of_the_database_is_a_conflict(sessions: Sessions) -> None:
    def both_adding() -> None:
        with work(sessions, SYSTEM) as unit:
            for _ in range(2):
                unit.session.add(Department(name="丁科"))
            unit.record("departments", "department.added", {})

    with pytest.raises(Conflict, match="Somebody else has just done this"):
        both_adding()
    assert departments(sessions) == 0


def test_readers_cannot_write(sessions: Sessions) -> None:
    with pytest.raises(Exception, match="read-only transaction"), reading(sessions) as session:
        session.execute(insert(Department).values(id=uuid4(), name="丁科", position=9, active=True))


def test_events_of_one_command_go_to_their_chains_in_the_order_recorded(sessions: Sessions) -> None:
    moment = datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC)
    with work(sessions, SYSTEM, lambda: moment) as unit:
        for chain, action in (("b", "one.done"), ("a", "two.done"), ("b", "three.done")):
            unit.record(chain, action, {"n": 1})
    with reading(sessions) as session:
        assert [one.action for one in audit.trail(session, "b")] == ["one.done", "three.done"]
        assert [one.action for one in audit.trail(session, "a")] == ["two.done"]
        first = audit.trail(session, "b")[0]
        assert first.body == (
            b'{"action":"one.done","actor":{"id":null,"name":"system"},"at":"2026-03-02T01:02:03.000004Z",'
            b'"chain":"b","details":{"n":1},"prev":"' + b"0" * 64 + b'","seq":1,"state":null,"v":1}'
        )
        assert audit.verify(session).intact


def test_a_verdict_of_a_database_without_history_is_empty(sessions: Sessions) -> None:
    with reading(sessions) as session:
        verdict = audit.verify(session)
        assert (verdict.chains, verdict.events, verdict.intact) == (0, 0, True)
        assert audit.verify(session, "case:none").chains == 0


def test_the_same_log_is_intact_whatever_the_zone_of_the_database(worked: Cast) -> None:
    with worked.sessions() as session:
        session.execute(text("SET timezone = 'Asia/Shanghai'"))
        assert audit.verify(session).intact


def test_moments_are_written_in_utc_whatever_zone_they_come_in() -> None:
    beijing = datetime(2026, 3, 2, 9, 2, 3, 4, tzinfo=timezone(timedelta(hours=8)))
    assert audit.timestamp(beijing) == "2026-03-02T01:02:03.000004Z"
