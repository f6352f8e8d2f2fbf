"""The log over all chains: every event gets its place once, every state is signed, and nobody gets behind a signed one."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cast import POSTERS, STREETS, Cast
from sqlalchemy import Engine, func, select, text

from engine import audit, sequencer, tiles, witnesses
from engine.errors import Conflict, Invalid, NotFound
from engine.log_check import check_log
from engine.log_keys import LogFolder, open_log
from engine.merkle import consistency_path, range_of
from engine.proofs import consistency, proven
from engine.sequencer import LogDiverged, Sequencer, newest_checkpoint, sequence, sequence_all
from engine.unit_of_work import SYSTEM, work
from engine.verify import (
    GENESIS,
    WITNESS_KEY,
    Checkpoint,
    Key,
    canonical,
    cosign,
    ed25519_public,
    includes,
    is_consistent,
    is_signed,
    leaf_hash,
    new_witness,
    read_checkpoint,
    read_note,
    read_proof,
)
from models.audit import AuditEvent
from models.transparency import AuditCheckpoint, AuditLeaf, AuditTile


@pytest.fixture
def log(tmp_path: Path) -> LogFolder:
    """Give the folder of a new log."""
    return open_log(tmp_path / "log", b"passphrase of the tests")


def as_owner(engine: Engine, *statements: str) -> None:
    """Do what the owner of the database machine can do: the triggers off, then the statements."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0, statement


def record(cast: Cast, chain: str, count: int = 1) -> None:
    for _ in range(count):
        with work(cast.sessions, SYSTEM) as unit:
            unit.record(chain, "audit.verified", {"chains": 0, "events": 0, "false": 0, "findings": []})


def codes(cast: Cast, log: LogFolder) -> list[tuple[str, str]]:
    with cast.reading() as session:
        return [(one.chain, one.code) for one in check_log(session, log).findings]


def test_every_event_gets_its_place_once(cast: Cast, log: LogFolder) -> None:
    cast.assign(STREETS, ["甲科"])
    with cast.reading() as session:
        total = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    assert sequence_all(cast.sessions, log) == total
    assert sequence_all(cast.sessions, log) == 0
    record(cast, "audit", 3)
    assert sequence(cast.sessions, log) == 3
    with cast.reading() as session:
        places = session.execute(select(AuditLeaf.leaf_index, AuditLeaf.event_id).order_by(AuditLeaf.leaf_index)).all()
        assert [index for index, _ in places] == list(range(total + 3))
        newest = newest_checkpoint(session)
        assert newest is not None
        assert (newest.size, newest.settled) == (total + 3, max(event for _, event in places))
        note = read_note(newest.note)
        assert is_signed(note, log.key)
        assert read_checkpoint(note.text).root == newest.root == log.last().root
        assert check_log(session, log).intact
        assert sequencer.status(session).waiting == 0


def test_proofs_convince_the_verifier(cast: Cast, log: LogFolder) -> None:
    cast.assign(STREETS, ["甲科"])
    sequence_all(cast.sessions, log)
    first = log.last()
    record(cast, "audit", 300)  # past the first full tile
    sequence_all(cast.sessions, log)
    with cast.reading() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        given = proven(session, events)
        state = read_checkpoint(read_note(given.checkpoint).text)
        assert state.size == len(events)
        for event, written in zip(events, given.proofs, strict=True):
            proof = read_proof(written)
            assert includes(state.root, state.size, proof.index, bytes.fromhex(leaf_hash(event.body)), proof.path)
        assert is_consistent((first.size, first.root), (state.size, state.root), consistency(session, first.size, state.size))
        assert session.scalar(select(func.count()).select_from(AuditTile)) == 1
        assert check_log(session, log).intact
        with pytest.raises(NotFound):
            consistency(session, 1, state.size + 1)
    record(cast, "audit")
    with cast.reading() as session, pytest.raises(Conflict, match="do not stand in the log yet"):
        proven(session, session.scalars(select(AuditEvent)).all())


def test_tiles_of_every_level_give_the_same_tree(cast: Cast, monkeypatch: pytest.MonkeyPatch, log: LogFolder) -> None:
    monkeypatch.setattr(tiles, "WIDTH", 4)
    monkeypatch.setattr(tiles, "_HEIGHT", 2)
    for count in (1, 2, 14, 30, 3):
        record(cast, "audit", count)
        sequence_all(cast.sessions, log)
    with cast.reading() as session:
        leaves = list(session.scalars(select(AuditLeaf.leaf_hash).order_by(AuditLeaf.leaf_index)))
        size = len(leaves)
        read = tiles.reader(session, size)
        assert range_of(read, size).root() == range_of(lambda start, end: _plain(leaves[start:end]), size).root()
        for old in range(1, size):
            assert consistency_path(read, old, size) == consistency_path(lambda start, end: _plain(leaves[start:end]), old, size)
        assert session.scalar(select(func.max(AuditTile.level))) >= 1


def _plain(leaves: list[bytes]) -> bytes:
    edge = range_of(lambda start, _end: leaves[start], 0)
    for one in leaves:
        edge.append(one)
    return edge.root()


def test_the_static_files_are_those_of_the_specification(cast: Cast, log: LogFolder, tmp_path: Path) -> None:
    record(cast, "audit", 257)
    sequence_all(cast.sessions, log)
    with cast.reading() as session:
        size, _ = tiles.export(session, tmp_path)
        leaves = list(session.scalars(select(AuditLeaf.leaf_hash).order_by(AuditLeaf.leaf_index)))
        bodies = list(session.scalars(select(AuditEvent.body).order_by(AuditEvent.id)))
    rest = size - 256
    assert (tmp_path / "tile/0/000").read_bytes() == b"".join(leaves[:256])
    assert (tmp_path / f"tile/0/001.p/{rest}").read_bytes() == b"".join(leaves[256:])
    assert (tmp_path / "tile/1/000.p/1").read_bytes() == _plain(leaves[:256])
    entries = (tmp_path / "tile/entries/000").read_bytes()
    assert int.from_bytes(entries[:2], "big") == len(bodies[0])
    assert entries[2 : 2 + len(bodies[0])] == bodies[0]
    assert is_signed(read_note((tmp_path / "checkpoint").read_text(encoding="utf-8")), log.key)
    with cast.reading() as session:
        assert tiles.export(session, tmp_path) == (size, 1)  # only the checkpoint is written again


def test_an_event_that_commits_late_is_not_lost(cast: Cast, log: LogFolder) -> None:
    """An open transaction holds a lower id than those committed meanwhile: it gets its place when it commits."""
    with work(cast.sessions, SYSTEM) as late:
        late.record("people", "audit.verified", {"late": True})
        late.session.flush()
        audit.append(late.run, late.events, audit.Signature(None, "late"), late.now, {})
        late.events.clear()
        late.changed = False
        record(cast, "audit", 2)
        sequence_all(cast.sessions, log)
        with cast.reading() as session:
            newest = newest_checkpoint(session)
            assert newest is not None
            settled, last = newest.settled, session.scalar(select(func.max(AuditEvent.id)))
        assert settled < last
    assert sequence_all(cast.sessions, log) == 1
    with cast.reading() as session:
        assert sequencer.status(session).waiting == 0
        assert check_log(session, log).intact


def test_many_sequencers_beside_many_commands_make_one_log(cast: Cast, log: LogFolder) -> None:
    threads = [Sequencer(cast.sessions, log) for _ in range(3)]
    for thread in threads:
        thread._stopped.wait = lambda _pause, own=thread: own._stopped.is_set()  # type: ignore[method-assign,attr-defined] # no pause
        thread.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: record(cast, f"case-{number % 4}", 10), range(12)))
    for thread in threads:
        thread.stop()
    sequence_all(cast.sessions, log)
    with cast.reading() as session:
        assert sequencer.status(session).waiting == 0
        chains = session.execute(
            select(AuditEvent.chain_id, AuditEvent.seq, AuditLeaf.leaf_index).join(AuditLeaf, AuditLeaf.event_id == AuditEvent.id)
        ).all()
    for name in {chain for chain, _, _ in chains}:
        order = sorted((index, seq) for chain, seq, index in chains if chain == name)
        assert [seq for _, seq in order] == list(range(1, len(order) + 1))
    with cast.reading() as session:
        assert check_log(session, log).intact


@pytest.fixture
def logged(cast: Cast, log: LogFolder) -> Cast:
    """Give a cast with some work done and taken into the log, one case of it on its way."""
    cast.to_office(STREETS, ["甲科"])
    cast.approve(STREETS)
    cast.assign(POSTERS, ["丙科"])
    sequence_all(cast.sessions, log)
    return cast


STREET_CHAIN = f"case:{STREETS}"
LAST = f"(SELECT id FROM audit_event WHERE chain_id = '{STREET_CHAIN}' ORDER BY seq DESC LIMIT 1)"


def test_an_edited_event_is_found(logged: Cast, database: Engine, log: LogFolder) -> None:
    as_owner(database, f"UPDATE audit_event SET body = set_byte(body, 9, get_byte(body, 9) # 1) WHERE chain_id = '{STREET_CHAIN}' AND seq = 3")
    assert codes(logged, log) == [(STREET_CHAIN, "hash")]


def test_a_whole_event_taken_out_of_the_middle_is_found(logged: Cast, database: Engine, log: LogFolder) -> None:
    as_owner(database, f"DELETE FROM audit_event WHERE chain_id = '{STREET_CHAIN}' AND seq = 2")
    assert set(codes(logged, log)) == {("log", "gone"), (STREET_CHAIN, "sequence")}


def test_a_cut_tail_is_found_although_its_end_was_put_right(logged: Cast, database: Engine, log: LogFolder) -> None:
    """The last event of a chain without engine state: the chain alone cannot tell."""
    record(logged, "people-extra", 2)
    sequence_all(logged.sessions, log)
    with logged.reading() as session:
        head = session.scalar(select(AuditEvent.leaf_hash).where(AuditEvent.chain_id == "people-extra", AuditEvent.seq == 1))
    as_owner(
        database,
        "DELETE FROM audit_event WHERE chain_id = 'people-extra' AND seq = 2",
        f"UPDATE audit_chain SET length = 1, head = '{head}' WHERE id = 'people-extra'",
    )
    assert codes(logged, log) == [("log", "gone")]


def test_a_cut_tail_is_found_although_the_log_was_cut_too(logged: Cast, database: Engine, log: LogFolder) -> None:
    record(logged, "people-extra", 2)
    sequence_all(logged.sessions, log)
    size = log.last().size
    with logged.reading() as session:
        head = session.scalar(select(AuditEvent.leaf_hash).where(AuditEvent.chain_id == "people-extra", AuditEvent.seq == 1))
    as_owner(
        database,
        "DELETE FROM audit_event WHERE chain_id = 'people-extra' AND seq = 2",
        f"UPDATE audit_chain SET length = 1, head = '{head}' WHERE id = 'people-extra'",
        f"DELETE FROM audit_leaf WHERE leaf_index = {size - 1}",
        f"DELETE FROM audit_checkpoint WHERE size = {size}",
    )
    assert codes(logged, log) == [("log", "rolled_back")]
    with pytest.raises(LogDiverged, match="The database is older than the log"):
        sequence(logged.sessions, log)


def test_an_event_put_in_later_is_found(logged: Cast, database: Engine, log: LogFolder) -> None:
    body = "{}"
    as_owner(
        database,
        "DELETE FROM audit_leaf WHERE event_id = 1",
        "DELETE FROM audit_event WHERE id = 1",
    )
    as_owner(
        database,
        "INSERT INTO audit_event (id, chain_id, seq, action, actor_name, recorded_at, body, leaf_hash) OVERRIDING SYSTEM VALUE"
        f" VALUES (1, 'back-dated', 1, 'x', 'x', now(), '{body}', '{leaf_hash(body.encode())}')",
    )
    assert ("back-dated", "unlogged") in codes(logged, log)


def test_a_backup_put_back_stops_the_log(logged: Cast, log: LogFolder, tmp_path: Path) -> None:
    """What the folder outside remembers is newer than the database."""
    ahead = replace(log, directory=tmp_path / "log")
    state = log.last()
    ahead.remember(ahead.sign(replace(state, size=state.size + 7, root=bytes(32))))
    record(logged, "audit")
    with pytest.raises(LogDiverged, match="An old copy was put back"):
        sequence(logged.sessions, ahead)
    assert ("log", "rolled_back") in codes(logged, ahead)


def test_history_rewritten_with_the_stolen_key_is_found_by_the_folder_and_by_a_witness(
    logged: Cast, database: Engine, log: LogFolder
) -> None:
    secret, key = new_witness("档案馆")
    with work(logged.sessions, SYSTEM) as unit:
        witnesses.add_witness(unit, key.vkey)
        request = witnesses.request_for(unit, "档案馆")
    _, seen = cosign(request, secret, "", log.key, 1_770_000_000)
    sequence_all(logged.sessions, log)
    rewrite(database, log)
    found = codes(logged, log)
    assert ("log", "root") in found
    with pytest.raises(LogDiverged, match="not the one that was signed"):
        sequence(logged.sessions, log)
    # The thief puts the folder right as well; the witness still knows.
    with logged.reading() as session:
        newest = newest_checkpoint(session)
        assert newest is not None
        log.remember(newest.note)
    record(logged, "audit")
    sequence_all(logged.sessions, log)
    assert codes(logged, log) == []
    with work(logged.sessions, SYSTEM) as unit:
        again = witnesses.request_for(unit, "档案馆")
    with pytest.raises(ValueError, match="history was changed"):
        cosign(again, secret, seen, log.key, 1_770_000_001)


def rewrite(database: Engine, log: LogFolder) -> None:
    """Change one event and make everything after it fit again, with the key of the log."""
    with database.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        rows = connection.execute(text("SELECT id, chain_id, body FROM audit_event ORDER BY id")).all()
        heads: dict[str, str] = {}
        edge = range_of(lambda _start, _end: b"", 0)
        for event, chain, body in rows:
            content = json.loads(bytes(body))
            if event == rows[0][0]:
                content["details"]["changed"] = "yes"
            content["prev"] = heads.get(chain, GENESIS)
            new = canonical(content)
            heads[chain] = leaf_hash(new)
            edge.append(bytes.fromhex(heads[chain]))
            values = {"body": new, "hash": heads[chain], "raw": bytes.fromhex(heads[chain]), "id": event}
            connection.execute(text("UPDATE audit_event SET body = :body, leaf_hash = :hash WHERE id = :id"), values)
            connection.execute(text("UPDATE audit_leaf SET leaf_hash = :raw WHERE event_id = :id"), values)
        for chain, head in heads.items():
            connection.execute(text("UPDATE audit_chain SET head = :head WHERE id = :id"), {"head": head, "id": chain})
        connection.execute(text("DELETE FROM audit_tile"))
        connection.execute(text("DELETE FROM audit_checkpoint"))
        note = log.sign(Checkpoint(log.key.name, edge.size, edge.root()))
        connection.execute(
            text("INSERT INTO audit_checkpoint VALUES (:size, :root, :note, now(), :settled)"),
            {"size": edge.size, "root": edge.root(), "note": note, "settled": rows[-1][0]},
        )


def test_two_copies_with_different_histories_contradict_each_other(logged: Cast, log: LogFolder) -> None:
    """A split view: the state another copy was shown with cannot be reached from this one."""
    state = log.last()
    with logged.reading() as session:
        path = consistency(session, state.size - 2, state.size)
    assert not is_consistent((state.size - 2, bytes(32)), (state.size, state.root), path)


def test_a_changed_engine_state_is_found(logged: Cast, database: Engine, log: LogFolder) -> None:
    as_owner(database, f"UPDATE process_instance SET state = state || ' '::bytea WHERE business_key = '{POSTERS}'")
    assert codes(logged, log) == [(f"case:{POSTERS}", "state")]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE audit_leaf SET leaf_hash = sha256(leaf_hash) WHERE leaf_index = 1", "root"),
        ("UPDATE audit_checkpoint SET root = sha256(root)", "root"),
        ("UPDATE audit_checkpoint SET note = replace(note, E'\\n\\n', E'\\nmore\\n\\n')", "checkpoint"),
        ("DELETE FROM audit_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM audit_leaf)", "rolled_back"),
    ],
)
def test_a_changed_log_is_found(logged: Cast, database: Engine, log: LogFolder, statement: str, code: str) -> None:
    with database.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement))
    assert code in {found for chain, found in codes(logged, log) if chain == "log"}


@pytest.mark.parametrize("name", ["checkpoint", "keys.txt"])
def test_a_damaged_folder_stops_the_log_with_a_sentence(cast: Cast, log: LogFolder, name: str) -> None:
    (log.directory / name).write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(Invalid, match="is damaged"):
        sequence(cast.sessions, open_log(log.directory, log.passphrase))


def test_the_key_of_the_log_is_locked(log: LogFolder) -> None:
    assert b"ENCRYPTED" in (log.directory / "key.pem").read_bytes()
    assert (log.directory / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Invalid, match="cannot be unlocked"):
        open_log(log.directory, b"another").sign(log.last())
    assert open_log(log.directory, log.passphrase).key == log.key


def test_a_witness_signs_on_its_own_machine_and_is_recorded(logged: Cast, log: LogFolder, tmp_path: Path) -> None:
    """The whole way: key, request, cosignature by the single file, record; then the same once more, later."""
    verifier = Path(sys.modules["engine.verify"].__file__ or "")
    away = tmp_path / "away"
    away.mkdir()
    (away / "verify.py").write_bytes(verifier.read_bytes())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", "verify.py", *arguments], cwd=away, capture_output=True, text=True, check=False)

    vkey = run("witness", "new", "纪检监察组", "-o", "witness.key").stdout.strip()
    assert (away / "witness.key").stat().st_mode & 0o777 == 0o600
    with work(logged.sessions, SYSTEM) as unit:
        witnesses.add_witness(unit, vkey)
    sizes = []
    for _ in range(2):
        record(logged, "audit")
        sequence_all(logged.sessions, log)
        with work(logged.sessions, SYSTEM) as unit:
            (away / "request.txt").write_text(witnesses.request_for(unit, "纪检监察组"), encoding="utf-8")
        done = run("witness", "cosign", "request.txt", "--key", "witness.key", "--seen", "seen.txt", "--log", log.key.vkey, "-o", "cosigned.txt")
        assert (done.returncode, done.stderr) == (0, "")
        cosigned = (away / "cosigned.txt").read_text(encoding="utf-8")
        with work(logged.sessions, SYSTEM) as unit:
            sizes += [one.size for one in witnesses.record_cosignatures(unit, cosigned)]
    assert len(sizes) == 2
    with logged.reading() as session:
        given = proven(session, session.scalars(select(AuditEvent).where(AuditEvent.id <= 3)).all())
        assert "纪检监察组" in given.checkpoint
        assert session.scalar(select(func.count()).select_from(AuditCheckpoint)) >= 2
    with work(logged.sessions, SYSTEM) as unit:
        assert witnesses.record_cosignatures(unit, cosigned) == []
        unit.record("audit", "witness.asked", {})
    other = Key("别人", WITNESS_KEY, ed25519_public(bytes(32)))
    with work(logged.sessions, SYSTEM) as unit, pytest.raises(Conflict, match="already"):
        witnesses.add_witness(unit, vkey)
    with work(logged.sessions, SYSTEM) as unit, pytest.raises(Invalid, match="no public key of a witness"):
        witnesses.add_witness(unit, log.key.vkey)
    with work(logged.sessions, SYSTEM) as unit, pytest.raises(NotFound, match="There is no witness"):
        witnesses.request_for(unit, other.name)
    wrong = cosigned.replace("纪检监察组", "别人")
    with work(logged.sessions, SYSTEM) as unit, pytest.raises(Invalid, match="No witness of this log"):
        witnesses.record_cosignatures(unit, wrong)
    with work(logged.sessions, SYSTEM) as unit, pytest.raises(Invalid, match="never signed that state"):
        witnesses.record_cosignatures(unit, cosigned.replace(f"\n{sizes[-1]}\n", "\n999999\n"))
    with work(logged.sessions, SYSTEM) as unit, pytest.raises(Invalid, match="no cosigned state"):
        witnesses.record_cosignatures(unit, "hello")
