"""Files of the vault are read again and again: what is damaged is found, said once, never given out, and mended."""

import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cast import STREETS, Cast
from sqlalchemy import select

from engine.audit import trail
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from models.dossier import Dossier
from models.evidence import StoredFile
from models.uploads import FileCheck
from workflows.evidence import drafts, fixity
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.vault import BLOCK, Damaged, Vault
from workflows.lifecycle.words import Step

FIRST_NIGHT = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)


def night(number: int) -> Callable[[], datetime]:
    return lambda: FIRST_NIGHT + timedelta(days=number)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def keep(sessions: Sessions, vault: Vault) -> Callable[[bytes], str]:
    """Put a file into the vault and the database, as uploads did before their checks were noted."""

    def kept(content: bytes) -> str:
        stored = vault.put_bytes(content)
        with work(sessions, SYSTEM) as unit:
            unit.session.add(StoredFile(sha256=stored.sha256, size=stored.size, media_type="image/jpeg", kind="photo", created_at=unit.now))
            unit.record("files", "file.kept", {"sha256": stored.sha256})
        return stored.sha256

    return kept


def damage(vault: Vault, sha256: str) -> None:
    path = vault.path(sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def events(sessions: Sessions) -> list[tuple[str, dict[str, object]]]:
    with reading(sessions) as session:
        return [(one.action, json.loads(one.body)["details"]) for one in trail(session, fixity.CHAIN)]


def row(sessions: Sessions, sha256: str) -> FileCheck:
    with reading(sessions) as session:
        return session.get_one(FileCheck, sha256)


def test_a_sound_vault_is_found_sound(sessions: Sessions, vault: Vault, keep: Callable[[bytes], str]) -> None:
    digests = {keep(b"one"), keep(b"two two")}
    outcome = fixity.check_files(sessions, vault, None, night(0))
    assert (outcome.files, outcome.read_bytes, outcome.damaged, outcome.mended) == (2, 10, (), ())
    assert {row(sessions, one).checked_at for one in digests} == {FIRST_NIGHT}
    assert events(sessions) == [
        ("vault.files_noted", {"files": 2}),
        ("vault.checked", {"files": 2, "bytes": 10, "damaged": 0, "mended": 0}),
    ]


def test_an_empty_vault_leaves_no_trace(sessions: Sessions, vault: Vault) -> None:
    assert fixity.check_files(sessions, vault, None, night(0)).files == 0
    assert events(sessions) == []


def test_damaged_and_missing_files_are_found_and_said_once(sessions: Sessions, vault: Vault, keep: Callable[[bytes], str]) -> None:
    altered, missing, sound = keep(os.urandom(3 * BLOCK)), keep(b"missing"), keep(b"sound")
    damage(vault, altered)
    vault.path(missing).unlink()
    outcome = fixity.check_files(sessions, vault, None, night(0))
    assert {(one.sha256, one.damage) for one in outcome.damaged} == {(altered, "altered"), (missing, "missing")}
    fixity.check_files(sessions, vault, None, night(1))
    told = [details["sha256"] for action, details in events(sessions) if action == "vault.file_damaged"]
    assert sorted(told) == sorted([altered, missing])
    assert row(sessions, altered).damaged_at == FIRST_NIGHT
    assert row(sessions, altered).checked_at == night(1)()
    assert row(sessions, sound).damaged_at is None
    with reading(sessions) as session:
        assert fixity.count_damaged(session) == 2
        assert fixity.damaged_among(session, [altered, sound]) == {altered}
        assert {one.sha256 for one in fixity.damaged_files(session, 10)} == {altered, missing}
        assert len(fixity.damaged_files(session, 1)) == 1


def test_those_unread_longest_come_first_and_the_budget_is_kept(sessions: Sessions, vault: Vault, keep: Callable[[bytes], str]) -> None:
    digests = {keep(os.urandom(100)) for _ in range(10)}
    read: list[str] = []
    for number in range(3):
        outcome = fixity.check_files(sessions, vault, 350, night(number))
        assert (outcome.files, outcome.read_bytes) == (4, 400)  # the fourth passes the budget
        with reading(sessions) as session:
            read += session.scalars(select(FileCheck.sha256).where(FileCheck.checked_at == night(number)()))
    assert set(read[:10]) == digests  # everything was read before anything was read twice
    assert len(read) == 12


def test_everything_is_read_page_by_page(sessions: Sessions, vault: Vault, keep: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixity, "_PAGE", 3)
    digests = {keep(os.urandom(10)) for _ in range(8)}
    assert fixity.check_files(sessions, vault, None, night(0)).files == len(digests)
    assert [details["files"] for action, details in events(sessions) if action == "vault.checked"] == [3, 3, 2]


def test_a_file_put_back_from_a_backup_is_mended_by_the_next_check(sessions: Sessions, vault: Vault, keep: Callable[[bytes], str]) -> None:
    sha256 = keep(b"the only copy")
    content = vault.read(sha256)
    vault.path(sha256).unlink()
    fixity.check_files(sessions, vault, None, night(0))
    vault.path(sha256).write_bytes(content)
    assert fixity.check_files(sessions, vault, None, night(1)).mended == (sha256,)
    assert (row(sessions, sha256).damaged_at, row(sessions, sha256).damage) == (None, "")
    assert ("vault.file_mended", {"sha256": sha256, "uses": []}) in events(sessions)


def test_damage_met_while_reading_is_noted_once(sessions: Sessions, vault: Vault, keep: Callable[[bytes], str]) -> None:
    sha256 = keep(b"abc")
    damage(vault, sha256)
    with pytest.raises(Damaged) as met:
        vault.read(sha256)
    fixity.note_damage(sessions, met.value, night(0))
    fixity.note_damage(sessions, met.value, night(1))
    assert [action for action, _ in events(sessions)] == ["vault.file_damaged"]
    assert row(sessions, sha256).damaged_at == FIRST_NIGHT


def test_the_same_bytes_handed_in_again_mend_it(cast: Cast, tmp_path: Path) -> None:
    vault, content = Vault(tmp_path / "vault"), os.urandom(BLOCK + 1)
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")

    def hand_in(name: str, requirement: object) -> str:
        stored = vault.put(io.BytesIO(content))
        with cast.work("qian") as unit:
            file = ExaminedFile("image/jpeg", "photo", width=640, height=480)
            drafts.add(unit, item.id, drafts.NewEvidence(file, stored.sha256, stored.size, name, requirement, {}))  # type: ignore[arg-type]
            fixity.note_kept(unit, stored)
        return stored.sha256

    sha256 = hand_in("街口.jpg", None)
    assert row(cast.sessions, sha256).blocks is not None
    damage(vault, sha256)
    fixity.check_files(cast.sessions, vault, None)
    with cast.reading() as session:
        (found,) = [one for one in fixity.damaged_files(session, 99) if one.sha256 == sha256]
        assert found.uses == (fixity.Use(STREETS, "街口.jpg"),)
    hand_in("街口.jpg", cast.requirements(STREETS)[0].id)
    assert row(cast.sessions, sha256).damaged_at is None
    assert ("vault.file_mended", {"sha256": sha256, "uses": [[STREETS, "街口.jpg"]]}) in events(cast.sessions)
    assert vault.read(sha256) == content
    assert cast.verdict().intact


def test_dossiers_and_sheets_are_read_as_well() -> None:
    assert Dossier.pdf_sha256 in fixity._REFERRING
    names = {f"{column.class_.__tablename__}.{column.key}" for column in fixity._REFERRING}
    assert {"approval_sheet.current_sha256", "approval_sheet.unsigned_sha256", "sheet_signature.pdf_sha256"} <= names
