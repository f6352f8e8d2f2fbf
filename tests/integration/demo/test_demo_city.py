"""The demonstration city, filled once for the run on a real database: what a visitor finds in it."""

import json
from collections import Counter
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from engine.audit import verify
from engine.errors import Conflict
from engine.unit_of_work import Sessions, reading
from models.audit import AuditEvent
from models.database import connect
from models.dossier import ApprovalSheet, Dossier
from models.evidence import Assignment, Contribution, Decision, Evidence, StoredFile, Submission
from models.people import Person, Role
from models.process import WorkItem
from workflows.demo import city
from workflows.demo.seeding import fill, is_filled
from workflows.dossier.known_papers import known
from workflows.dossier.verification import verify_dossier
from workflows.facilities import Facilities
from workflows.people import authenticate
from yunjiang import NOW, City

BEIJING = timezone(timedelta(hours=8))


def test_there_is_work_in_every_state(yunjiang: City) -> None:
    expected = {"archived": 12, "awaiting_approval": 9, "collecting": 24, "in_review": 9, "not_assigned": 8}
    assert yunjiang.report.cases == expected
    with reading(yunjiang.sessions) as session:
        rows = session.execute(select(Assignment.state, func.count()).group_by(Assignment.state))
        assert {state: count for state, count in rows} == expected  # noqa: C416 - rows are no pairs to mypy
    assert (yunjiang.report.people, yunjiang.report.dossiers) == (21, 12)


def test_some_work_is_overdue_and_some_has_only_begun(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        late = select(func.count()).where(Assignment.state == "collecting", Assignment.due_at < NOW)
        begun = (
            select(Contribution.id)
            .join(Evidence, Evidence.contribution_id == Contribution.id)
            .where(Contribution.state == "collecting", Contribution.round == 0)
            .distinct()
        )
        assert session.scalar(late) == 6
        assert len(session.scalars(begun).all()) >= 10


def test_three_parts_were_returned_twice_with_reasons(yunjiang: City) -> None:
    query = select(Contribution).where(Contribution.state == "returned", Contribution.round == 2)
    with reading(yunjiang.sessions) as session:
        twice = session.scalars(query).all()
        assert len(twice) == 3
        for part in twice:
            returns = session.scalars(
                select(Decision)
                .join(Submission)
                .where(Submission.contribution_id == part.id, Decision.outcome == "return")
            ).all()
            assert len(returns) == 2
            assert all(len(one.remark) > 10 and one.missing for one in returns)


def test_every_chain_verifies(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        verdict = verify(session)
    assert verdict.findings == ()
    assert verdict.chains > 62


def test_every_archived_case_has_a_dossier_that_verifies(yunjiang: City) -> None:
    root = (yunjiang.facilities.authority_dir / "root.pem").read_bytes()
    with reading(yunjiang.sessions) as session:
        dossiers = session.scalars(select(Dossier).order_by(Dossier.sealed_at)).all()
        for dossier in dossiers:
            data = yunjiang.facilities.vault.read(dossier.pdf_sha256)
            verdict = verify_dossier(data, [root], known(session, data), NOW)
            assert [light.key for light in verdict.lights if light.ok is not True] == [], dossier.archival_code
        archived = session.scalars(select(Assignment.id).where(Assignment.state == "archived")).all()
    assert {one.assignment_id for one in dossiers} == set(archived)
    # Numbers follow the order of archiving, without a gap.
    assert [int(one.archival_code[-4:]) for one in dossiers] == list(range(1, 13))


def test_every_round_has_its_sheet_and_every_decision_its_signature(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        rounds = session.scalar(select(func.count()).select_from(Submission))
        sheets = session.scalars(select(ApprovalSheet)).all()
        decisions = session.scalar(select(func.count()).select_from(Decision))
        assert len(sheets) == rounds
        assert sum(len(sheet.signatures) for sheet in sheets) == decisions
        for sheet in sheets:
            yunjiang.facilities.vault.check(sheet.current_sha256)


def test_the_trail_looks_lived(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    moments = [event.recorded_at for event in events]
    assert moments == sorted(moments)
    assert timedelta(days=50) < NOW - moments[0] < timedelta(days=75)
    assert moments[-1] == NOW
    for event in events[:-1]:
        local = event.recorded_at.astimezone(BEIJING)
        assert local.weekday() < 5, event.action
        assert "08:30" <= f"{local:%H:%M}" <= "17:45", event.action


def test_nobody_decides_on_their_own_evidence(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        for decision in session.scalars(select(Decision)):
            assert decision.decided_by != decision.submission.submitted_by


def test_every_file_is_another_one_and_has_its_preview(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        evidence = session.scalar(select(func.count()).select_from(Evidence))
        files = session.scalars(select(StoredFile)).all()
    assert evidence == len(files) == yunjiang.report.evidence
    assert Counter(file.kind for file in files)["photo"] > 150
    shown = [file for file in files if file.kind in {"photo", "pdf"}]
    assert all(file.view_sha256 and file.thumbnail_sha256 for file in shown)
    for file in files:
        yunjiang.facilities.vault.check(file.sha256)


def test_photographs_were_taken_before_they_were_handed_in(yunjiang: City) -> None:
    query = select(StoredFile.taken_at, Evidence.created_at).join(Evidence, Evidence.file_sha256 == StoredFile.sha256)
    with reading(yunjiang.sessions) as session:
        times = session.execute(query.where(StoredFile.media_type == "image/jpeg")).all()
    assert len(times) > 150
    assert all(timedelta(0) < handed_in - taken < timedelta(days=12) for taken, handed_in in times)


def test_every_shown_sign_in_works(yunjiang: City) -> None:
    assert [one.role for one in city.SIGN_INS] == [
        Role.COLLECTOR,
        Role.DEPARTMENT_REVIEWER,
        Role.CREATION_OFFICE,
        Role.LEADER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    ]
    with reading(yunjiang.sessions) as session:
        for one in city.SIGN_INS:
            person = authenticate(session, one.login, one.password)
            assert person is not None
            assert (person.name, [held.role for held in person.roles]) == (one.name, [one.role])


def test_everybody_shown_finds_work_waiting(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        waiting = Counter(session.scalars(select(WorkItem.candidate_group).where(WorkItem.closed_at.is_(None))))
        collector = session.scalars(select(Person).where(Person.login == city.SIGN_INS[0].login)).one()
        own = str(collector.roles[0].department_id)
        items = session.scalars(select(WorkItem).where(WorkItem.scope == own, WorkItem.closed_at.is_(None))).all()
    assert set(waiting) == {"collector", "department_reviewer", "creation_office"}
    assert {item.element for item in items} == {"collect", "department_review"}


def test_filling_again_changes_nothing(yunjiang: City) -> None:
    with reading(yunjiang.sessions) as session:
        assert is_filled(session)
        before = session.scalar(select(func.count()).select_from(AuditEvent))
    assert fill(yunjiang.sessions, yunjiang.facilities, NOW, print) == yunjiang.report
    with reading(yunjiang.sessions) as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_progress_is_told_in_both_languages(yunjiang: City) -> None:
    catalogue = (Path(city.__file__).parents[1] / "catalogues" / "zh" / "demo.po").read_text("utf-8")
    assert len(yunjiang.told) == 3
    assert all(json.dumps(told, ensure_ascii=False) in catalogue for told in yunjiang.told)


@pytest.mark.usefixtures("cast")
def test_a_database_in_use_is_left_alone(sessions: Sessions, facilities: Facilities) -> None:
    with reading(sessions) as session:
        assert not is_filled(session)
    with pytest.raises(Conflict):
        fill(sessions, facilities, NOW, print)


def _execute(url: str, statement: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()
