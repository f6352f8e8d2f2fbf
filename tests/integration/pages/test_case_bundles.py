"""The bundle of a case: complete, checked anywhere by one file, honest about what is missing; and who looked at history."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import bagit
import pytest
from cast import POSTERS, STREETS, Cast
from papers import to_archive
from sqlalchemy import Engine, select, text
from visitor import Visitor

from engine import audit, bundle
from engine.commitments import opened
from engine.errors import NotFound
from engine.unit_of_work import SYSTEM, work
from engine.verify import ALTERED, INCOMPLETE, OK, digests_in, verify_bundle
from models.audit import AuditEvent
from models.transparency import AuditSalt
from web.cli import main
from workflows.dossier.bundles import case_bundle
from workflows.lifecycle.archive import archive_case
from workflows.personal_data import KEPT, erase_old

SignedIn = Callable[[str], Visitor]


@pytest.fixture
def archived(cast: Cast) -> Cast:
    """Give the cast with one case archived, its papers really drawn and signed."""
    archive_case(cast.sessions, cast.facilities, to_archive(cast, POSTERS, ["丙科"]))
    return cast


def actions(cast: Cast, chain: str) -> list[tuple[str, str]]:
    with cast.reading() as session:
        return [(event.action, event.actor_name) for event in audit.trail(session, chain)]


def test_the_bundle_of_an_archived_case_is_checked_by_its_own_file(archived: Cast, tmp_path: Path) -> None:
    made = case_bundle(archived.sessions, archived.facilities, POSTERS)
    assert made.lost == ()
    bundle.pack_to(made.parts, tmp_path / "case.zip")
    log = archived.facilities.log
    report = verify_bundle(tmp_path / "case.zip", [log.key])
    assert (report.status, {check.status for check in report.checks}) == (OK, {OK})
    with zipfile.ZipFile(tmp_path / "case.zip") as package:
        package.extractall(tmp_path / "opened")
    assert bagit.Bag(str(tmp_path / "opened")).is_valid()
    with archived.reading() as session:
        events = audit.trail(session, f"case:{POSTERS}")
    named = {digest for event in events for digest in digests_in(event.body)}
    assert {file.stem for file in (tmp_path / "opened/data/files").iterdir()} == named
    assert json.loads(events[-1].body)["details"]["sha256"] in named, "the dossier itself"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "../case.zip", "--json"], cwd=tmp_path / "opened", capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "intact")


def test_a_file_the_vault_no_longer_has_makes_the_bundle_incomplete(archived: Cast, tmp_path: Path) -> None:
    with archived.reading() as session:
        submitted = next(event for event in audit.trail(session, f"case:{POSTERS}") if event.action == "evidence.submitted")
    digest = digests_in(submitted.body)[0]
    place = archived.facilities.vault.path(digest)
    content = place.read_bytes()
    place.unlink()
    made = case_bundle(archived.sessions, archived.facilities, POSTERS)
    assert made.lost == (digest,)
    bundle.unpack(made.parts, tmp_path / "case")
    report = verify_bundle(tmp_path / "case")
    assert report.status == INCOMPLETE
    assert any(digest in check.sentence(chinese=True) for check in report.checks)
    archived.facilities.vault.put_bytes(content)


def test_an_event_changed_in_the_database_is_found_in_the_bundle(archived: Cast, database: Engine, tmp_path: Path) -> None:
    case_bundle(archived.sessions, archived.facilities, POSTERS)  # everything is in the log now
    with database.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"UPDATE audit_event SET body = body || ' '::bytea WHERE chain_id = 'case:{POSTERS}' AND seq = 2"))
    made = case_bundle(archived.sessions, archived.facilities, POSTERS)
    bundle.unpack(made.parts, tmp_path / "case")
    report = verify_bundle(tmp_path / "case")
    assert report.status == ALTERED
    assert next(check.code for check in report.checks if check.about == "events") == "events_false"


def test_a_case_that_is_not_there_has_no_bundle(cast: Cast) -> None:
    with pytest.raises(NotFound, match="There is no case 2099-0001"):
        case_bundle(cast.sessions, cast.facilities, "2099-0001")


def test_an_auditor_takes_the_proof_away_and_that_is_recorded(archived: Cast, signed_in: SignedIn) -> None:
    auditor = signed_in("feng")
    page = auditor.get(f"/items/{POSTERS}/trail").get_data(as_text=True)
    assert f'href="/items/{POSTERS}/trail.zip"' in page
    answer = auditor.get(f"/items/{POSTERS}/trail.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(BytesIO(answer.get_data())) as package:
        assert package.testzip() is None
        assert "说明.txt" in package.namelist()
    answer.close()
    checkpoint = auditor.get("/audit/checkpoint")
    assert checkpoint.get_data(as_text=True).startswith("juanzong.invalid/")
    auditor.get(f"/items/{POSTERS}/trail")
    assert [action for action, _ in actions(archived, "access")] == ["history.read"], "one reading, however many pages"
    assert "尚无见证方会签" in auditor.get("/audit").get_data(as_text=True)


def test_who_is_refused_is_recorded(cast: Cast, signed_in: SignedIn) -> None:
    collector = signed_in("qian")
    assert collector.get("/audit").status_code == 403
    assert collector.get("/audit").status_code == 403
    assert collector.get(f"/items/{STREETS}/trail.zip").status_code in {403, 404}
    found = [action for action, _ in actions(cast, "access")]
    assert found.count("access.refused") == len(found) <= 2
    with cast.reading() as session:
        first = audit.trail(session, "access")[0]
    assert json.loads(first.body)["details"] == {"what": "GET /audit"}


def test_addresses_are_erased_after_a_year_and_the_log_still_holds(cast: Cast, signed_in: SignedIn) -> None:
    signed_in("qian")
    query = select(AuditEvent.body).where(AuditEvent.action == "sign_in.succeeded")
    with cast.reading() as session:
        (written,) = {json.loads(body)["details"]["address"] for body in session.scalars(query)}
        assert written.startswith("sha256:")
        assert opened(session, [written]) == {written: "127.0.0.1"}
        made = session.scalars(select(AuditSalt.made_at)).all()
    assert erase_old(cast.sessions, lambda: max(made) + KEPT) == 0
    assert erase_old(cast.sessions, lambda: max(made) + 2 * KEPT) == len(made)
    with cast.reading() as session:
        assert opened(session, [written]) == {}
    assert cast.verdict().intact
    assert "地址已清除" in signed_in("feng").get("/audit").get_data(as_text=True)


def test_a_salt_that_was_changed_opens_nothing(cast: Cast, database: Engine, signed_in: SignedIn) -> None:
    signed_in("qian")
    with database.begin() as connection:
        connection.execute(text("UPDATE audit_salt SET value = '10.9.9.9'"))
    with work(cast.sessions, SYSTEM) as unit:
        commitments = list(unit.session.scalars(select(AuditSalt.commitment)))
        assert opened(unit.session, commitments) == {}


def test_readiness_tells_of_a_log_that_cannot_go_on(cast: Cast, signed_in: SignedIn) -> None:
    visitor = signed_in("qian")
    case_bundle(cast.sessions, cast.facilities, STREETS)
    ready = visitor.get("/readyz").get_json()
    assert (ready["checks"]["log"], ready["waiting_for_the_log"]) == (True, 0)


def test_the_command_checks_the_bundle_and_the_signatures_in_its_papers(
    archived: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "case.zip"
    bundle.pack_to(case_bundle(archived.sessions, archived.facilities, POSTERS).parts, place)
    root = archived.facilities.authority_dir / "root.pem"
    assert main(["verify", str(place), "--root", str(root), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "intact"
    assert {paper["verdict"] for paper in told["papers"]} == {"intact"}
    assert len(told["papers"]) >= 2, "a signed sheet and the dossier"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    assert main(["verify", str(place), "--root", str(root)]) == 1
    assert main(["verify", str(place), "--key", "nonsense"]) == 2
    assert main(["verify", str(tmp_path / "none.zip")]) == 2
