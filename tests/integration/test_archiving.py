"""From an approved case to its dossier: one number, one dossier, whatever happens to the worker in between."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select, text

import cast as people
from cast import Cast
from engine.audit import trail
from engine.errors import Broken, Conflict, Invalid, NotFound
from engine.verify import check_chain, read_export
from models.dossier import ApprovalSheet, ArchivalCounter
from papers import digest, dossiers, hand_in, pdf_of, say, to_archive
from workflows.dossier.verification import verify_dossier
from workflows.lifecycle.archive import archive_case
from workflows.lifecycle.decide import Outcome, Verdict
from workflows.lifecycle.words import Step


def actions(cast: Cast, no: str) -> list[str]:
    with cast.reading() as session:
        return [event.action for event in trail(session, f"case:{no}")]


def attachments(pdf: bytes) -> dict[str, bytes]:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return {name: spec.get_file().read_bytes() for name, spec in opened.attachments.items()}


def test_an_approved_case_becomes_one_sealed_dossier_and_is_closed(cast: Cast) -> None:
    step = to_archive(cast, people.STREETS, ["甲科", "乙科"])
    archive_case(cast.sessions, cast.facilities, step)
    case, (dossier,) = cast.case(people.STREETS), dossiers(cast)
    assert (case.state, case.archival_code) == ("archived", "0001-WS·2026-D30-CWB-0001")
    assert case.closed_at is not None
    assert (dossier.archival_code, dossier.year, dossier.retention_period) == (case.archival_code, 2026, "D30")
    assert cast.items(people.STREETS) == []
    assert actions(cast, people.STREETS)[-2:] == ["archival_code.reserved", "dossier.archived"]
    assert cast.verdict().intact
    pdf = pdf_of(cast, people.STREETS)
    assert (dossier.size, dossier.pdf_sha256) == (len(pdf), digest(pdf))
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert dossier.pages == len(opened.pages)


def test_the_dossier_carries_its_events_its_signed_sheets_and_a_list_of_both(cast: Cast) -> None:
    step = to_archive(cast, people.STREETS, ["甲科", "乙科"])
    archive_case(cast.sessions, cast.facilities, step)
    files = attachments(pdf_of(cast, people.STREETS))
    assert sorted(files) == ["dossier.json", "events.jsonl", "sheet-1.pdf", "sheet-2.pdf"]
    facts = json.loads(files["dossier.json"])
    lines = files["events.jsonl"].splitlines()
    assert check_chain(read_export(lines)) is None
    assert (facts["case"], facts["archival_code"]) == (people.STREETS, "0001-WS·2026-D30-CWB-0001")
    assert facts["events"]["count"] == len(lines) == len(actions(cast, people.STREETS)) - 1
    assert [one["sha256"] for one in facts["sheets"]] == [digest(files["sheet-1.pdf"]), digest(files["sheet-2.pdf"])]
    signatures = [(one["field"], one["name"], one["outcome"]) for one in facts["sheets"][0]["signatures"]]
    assert signatures == [("department_review", "孙平", "approve"), ("office_approval", "赵敏", "approve")]
    with cast.reading() as session:
        handed_in = {one for event in trail(session, f"case:{people.STREETS}") if event.action == "evidence.submitted"
                     for one in json.loads(event.body)["details"]["files"]}  # fmt: skip
    assert {one["sha256"] for one in facts["evidence"]} == handed_in


def test_the_dossier_is_found_sound_by_the_verifier_and_a_changed_byte_is_not(cast: Cast) -> None:
    step = to_archive(cast, people.STREETS, ["甲科", "乙科"])
    archive_case(cast.sessions, cast.facilities, step)
    pdf = pdf_of(cast, people.STREETS)
    root = (cast.facilities.authority_dir / "root.pem").read_bytes()
    verdict = verify_dossier(pdf, [root], None)
    assert [light.key for light in verdict.lights if light.ok is False] == []
    assert verdict.intact
    place = pdf.index(b"/Producer")
    assert not verify_dossier(pdf[:place] + b"/producer" + pdf[place + 9 :], [root], None).intact


def test_every_round_is_bound_in_with_the_words_it_was_returned_with(cast: Cast) -> None:
    cast.assign(people.POSTERS, ["丙科"])
    hand_in(cast, people.POSTERS, "丙科", "初稿")
    back = Verdict(Outcome.RETURN, "缺少点位清单", missing=("点位清单",))
    say(cast, cast.item(people.POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id, "wang", back)
    hand_in(cast, people.POSTERS, "丙科", "补充了点位清单")
    for step, login in ((Step.DEPARTMENT_REVIEW, "wang"), (Step.OFFICE_APPROVAL, "zhou")):
        (item,) = [one for one in cast.items(people.POSTERS) if one.element == step]
        say(cast, item.id, login, Verdict(Outcome.APPROVE, ""))
    archive_case(cast.sessions, cast.facilities, cast.item(people.POSTERS, Step.ARCHIVE).id)
    facts = json.loads(attachments(pdf_of(cast, people.POSTERS))["dossier.json"])
    rounds = [(one["round"], [(said["stage"], said["outcome"]) for said in one["signatures"]]) for one in facts["sheets"]]
    assert rounds == [
        (1, [("department_review", "return")]),
        (2, [("department_review", "approve"), ("office_approval", "approve")]),
    ]


def test_the_job_run_twice_makes_one_dossier(cast: Cast) -> None:
    step = to_archive(cast, people.POSTERS, ["丙科"])
    archive_case(cast.sessions, cast.facilities, step)
    before = actions(cast, people.POSTERS)
    archive_case(cast.sessions, cast.facilities, step)
    assert len(dossiers(cast)) == 1
    assert actions(cast, people.POSTERS) == before


def test_two_workers_at_once_make_one_dossier(cast: Cast) -> None:
    step = to_archive(cast, people.POSTERS, ["丙科"])
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(archive_case, cast.sessions, cast.facilities, step) for _ in range(2)]
    assert [run.exception() for run in runs] == [None, None]
    assert [one.archival_code for one in dossiers(cast)] == ["0001-WS·2026-D30-CWB-0001"]
    assert actions(cast, people.POSTERS).count("dossier.archived") == 1
    assert cast.verdict().intact


def test_numbers_have_no_gap_when_cases_are_archived_at_the_same_time(cast: Cast) -> None:
    steps = [
        to_archive(cast, people.STREETS, ["甲科", "乙科"]),
        to_archive(cast, people.POSTERS, ["丙科"]),
        to_archive(cast, people.VOLUNTEERS, ["甲科"]),
    ]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda step: archive_case(cast.sessions, cast.facilities, step), steps))
    assert [one.archival_code for one in dossiers(cast)] == [f"0001-WS·2026-D30-CWB-{number:04d}" for number in (1, 2, 3)]


def test_a_failed_seal_keeps_the_number_for_the_next_attempt(cast: Cast) -> None:
    first = to_archive(cast, people.POSTERS, ["丙科"])
    second = to_archive(cast, people.VOLUNTEERS, ["甲科"])
    with pytest.raises(Invalid, match="passphrase"):
        archive_case(cast.sessions, replace(cast.facilities, passphrase=b"not this one"), first)
    assert cast.case(people.POSTERS).state == "archiving"
    archive_case(cast.sessions, cast.facilities, second)
    archive_case(cast.sessions, cast.facilities, first)
    codes = {no: cast.case(no).archival_code for no in (people.POSTERS, people.VOLUNTEERS)}
    assert codes == {people.POSTERS: "0001-WS·2026-D30-CWB-0001", people.VOLUNTEERS: "0001-WS·2026-D30-CWB-0002"}
    assert actions(cast, people.POSTERS).count("archival_code.reserved") == 1
    with cast.reading() as session:
        assert session.scalars(select(ArchivalCounter.last)).all() == [2]


#: Archives with a clock that kills the worker at its n-th reading: at the number, around the seal, before the end.
KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from models.database import connect, session_factory
from workflows.evidence.vault import Vault
from workflows.facilities import Facilities
from workflows.dossier.verification import verify_dossier
from workflows.lifecycle.archive import archive_case
url, vault, authority, passphrase, organisation, item, fatal = sys.argv[1:]
left = int(fatal)
def clock():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)
    return datetime.now(UTC)
facilities = Facilities(Vault(Path(vault)), Path(authority), passphrase.encode(), organisation, demo=True)
archive_case(session_factory(connect(url)), facilities, int(item), clock)
"""


def test_a_worker_killed_at_any_point_leaves_work_that_can_be_finished(cast: Cast, database_url: str) -> None:
    step = to_archive(cast, people.POSTERS, ["丙科"])
    vault, authority = str(cast.facilities.vault.root), str(cast.facilities.authority_dir)
    common = [sys.executable, "-c", KILLED, database_url, vault, authority, cast.facilities.passphrase.decode()]
    for fatal in (2, 5):  # number taken and dossier drawn; sealed and in the vault, not yet closed
        run = subprocess.run([*common, cast.facilities.organisation, str(step), str(fatal)], check=False)
        assert run.returncode == -9
        assert cast.verdict().intact
        assert dossiers(cast) == []
    archive_case(cast.sessions, cast.facilities, step)
    assert [one.archival_code for one in dossiers(cast)] == ["0001-WS·2026-D30-CWB-0001"]
    assert actions(cast, people.POSTERS).count("archival_code.reserved") == 1


def test_a_case_that_changes_while_its_dossier_is_drawn_is_not_archived_with_it(cast: Cast) -> None:
    step = to_archive(cast, people.POSTERS, ["丙科"])
    with pytest.raises(Conflict, match=people.POSTERS):
        archive_case(cast.sessions, cast.facilities, step, _clock_that_changes_a_sheet(cast))
    assert dossiers(cast) == []
    assert cast.case(people.POSTERS).state == "archiving"


def _clock_that_changes_a_sheet(cast: Cast) -> Callable[[], datetime]:
    readings: list[datetime] = []

    def clock() -> datetime:
        readings.append(datetime.now(UTC))
        if len(readings) == 2:  # the dossier is drawn, the closing transaction still ahead
            with cast.sessions.begin() as session:
                session.execute(text("UPDATE approval_sheet SET current_sha256 = unsigned_sha256"))
        return readings[-1]

    return clock


def test_only_the_archive_step_archives(cast: Cast) -> None:
    with pytest.raises(Invalid, match="archives"):
        archive_case(cast.sessions, cast.facilities, cast.item(people.POSTERS, Step.ASSIGN).id)
    with pytest.raises(NotFound):
        archive_case(cast.sessions, cast.facilities, 987654)


def test_a_sheet_damaged_in_the_vault_stops_the_archiving(cast: Cast) -> None:
    step = to_archive(cast, people.POSTERS, ["丙科"])
    with cast.reading() as session:
        sheet = session.scalars(select(ApprovalSheet.current_sha256)).one()
    path = cast.facilities.vault.path(sheet)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Broken):
        archive_case(cast.sessions, cast.facilities, step)
    assert dossiers(cast) == []
