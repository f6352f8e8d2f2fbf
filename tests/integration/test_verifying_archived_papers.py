"""Dossiers and sheets as the whole product makes them, judged with and without the database."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

import cast as people
from cast import Cast
from models.dossier import SheetSignature
from papers import pdf_of, to_archive
from sealed import drawn_over
from workflows.dossier.known_papers import known
from workflows.dossier.signing_parts import signing_parts
from workflows.dossier.timestamps import next_serial
from workflows.dossier.verification import DossierVerdict, as_json, verify_dossier, verify_file
from workflows.lifecycle.archive import archive_case


def root(cast: Cast) -> bytes:
    return (cast.facilities.authority_dir / "root.pem").read_bytes()


def with_database(cast: Cast, data: bytes) -> DossierVerdict:
    with cast.reading() as session:
        return verify_dossier(data, [root(cast)], known(session, data))


@pytest.fixture
def archived(cast: Cast) -> bytes:
    archive_case(cast.sessions, cast.facilities, to_archive(cast, people.STREETS, ["甲科", "乙科"]))
    return pdf_of(cast, people.STREETS)


def test_an_archived_dossier_lights_six_green_lights(cast: Cast, archived: bytes) -> None:
    verdict = with_database(cast, archived)
    assert [(light.key, light.ok) for light in verdict.lights if light.ok is not True] == []
    assert [one.name for one in verdict.signatures if one.personal] == ["孙平", "赵敏", "吴桐", "赵敏"]
    assert verdict.exit_code == 0


def test_an_archived_dossier_is_intact_on_another_machine(cast: Cast, archived: bytes, tmp_path: Path) -> None:
    (tmp_path / "dossier.pdf").write_bytes(archived)
    verdict = verify_file(tmp_path / "dossier.pdf", [root(cast)])
    assert as_json(verdict, "zh")["verdict"] == "intact"
    done = subprocess.run(["qpdf", "--check", tmp_path / "dossier.pdf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_page_drawn_over_is_named_with_and_without_the_database(cast: Cast, archived: bytes) -> None:
    forged = drawn_over(archived, page=1)
    assert verify_dossier(forged, [root(cast)]).exit_code == 1
    verdict = with_database(cast, forged)
    assert [light.key for light in verdict.lights if light.ok is False] == ["known", "changes"]


def test_an_event_altered_in_the_log_is_seen_against_the_dossier(cast: Cast, archived: bytes) -> None:
    with cast.sessions.begin() as session:
        session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        session.execute(text("UPDATE audit_event SET body = body || ' ' WHERE chain_id = :chain AND seq = 2"), {"chain": f"case:{people.STREETS}"})
    verdict = with_database(cast, archived)
    assert [light.key for light in verdict.lights if light.ok is False] == ["events"]


def test_an_earlier_state_of_a_sheet_is_named(cast: Cast) -> None:
    to_archive(cast, people.POSTERS, ["丙科"])
    with cast.reading() as session:
        first, last = session.scalars(select(SheetSignature.pdf_sha256).order_by(SheetSignature.signed_at)).all()
    assert with_database(cast, cast.facilities.vault.read(last)).intact
    verdict = with_database(cast, cast.facilities.vault.read(first))
    assert [light.key for light in verdict.lights if light.ok is False] == ["count"]


def test_who_is_revoked_cannot_sign_and_earlier_signatures_stay(cast: Cast, archived: bytes) -> None:
    with cast.sessions.begin() as session:
        session.execute(text("UPDATE personal_certificate SET revoked_at = now()"))
    parts = signing_parts(cast.sessions, cast.facilities)
    assert len(parts.revoked) > 3
    assert with_database(cast, archived).intact


def test_serials_of_time_stamps_come_from_one_row_each(cast: Cast) -> None:
    given = [next_serial(cast.sessions, datetime.now(UTC)) for _ in range(3)]
    assert given == sorted(set(given))
