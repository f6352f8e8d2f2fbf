"""The trail of a case: everything that happened, checked on demand, exported so that nobody has to trust us."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cast import STREETS, Cast
from sqlalchemy import Engine, text
from visitor import Visitor

import engine.verify
from workflows.lifecycle.words import Outcome, case_chain

SignedIn = Callable[[str], Visitor]

TRAIL = f"/items/{STREETS}/trail"


def tampered(database: Engine, statement: str) -> None:
    """Change the log as the owner of the database machine can."""
    with database.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement)).rowcount > 0


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """Give the cast with a case of two departments, one handed in and returned by its reviewer."""
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科", Outcome.RETURN)
    return cast


def test_the_trail_tells_what_happened_newest_first(busy: Cast, signed_in: SignedIn) -> None:
    page = signed_in("feng").get(TRAIL).get_data(as_text=True)
    assert page.index("请补充") < page.index("第 1 次提交") < page.index("甲科、乙科")
    assert "请补充" in page, "the reason of the return stands in the trail"


def test_nothing_is_marked_before_it_is_verified(busy: Cast, signed_in: SignedIn) -> None:
    page = signed_in("feng").get(TRAIL).get_data(as_text=True)
    assert 'class="verdict' not in page
    assert "status ok small" not in page


def test_verifying_an_intact_case_marks_every_record(busy: Cast, signed_in: SignedIn) -> None:
    page = signed_in("feng").get(f"{TRAIL}?verify=1").get_data(as_text=True)
    assert 'class="verdict ok"' in page
    assert page.count("status ok small") == page.count("/trail/")
    assert "status bad small" not in page


def test_a_changed_record_is_shown_as_the_false_one(busy: Cast, database: Engine, signed_in: SignedIn) -> None:
    tampered(database, f"UPDATE audit_event SET body = body || ' '::bytea WHERE chain_id = 'case:{STREETS}' AND seq = 3")
    page = signed_in("feng").get(f"{TRAIL}?verify=1").get_data(as_text=True)
    assert 'class="verdict bad"' in page
    assert f"{STREETS} 第 3 条" in page
    assert page.count("status bad small") == 1
    assert page.count("status ok small") == 2, "only the records before it are known to be true"


def test_a_state_changed_behind_the_log_is_found(busy: Cast, database: Engine, signed_in: SignedIn) -> None:
    tampered(database, f"UPDATE process_instance SET state = state || ' '::bytea WHERE business_key = '{STREETS}'")
    assert 'class="verdict bad"' in signed_in("feng").get(f"{TRAIL}?verify=1").get_data(as_text=True)


def test_a_chain_that_is_gone_is_not_intact(busy: Cast, database: Engine, signed_in: SignedIn) -> None:
    tampered(database, f"DELETE FROM audit_event WHERE chain_id = 'case:{STREETS}'")
    tampered(database, f"DELETE FROM audit_chain WHERE id = 'case:{STREETS}'")
    assert 'class="verdict bad"' in signed_in("feng").get(f"{TRAIL}?verify=1").get_data(as_text=True)


def test_a_record_that_is_no_record_any_more_can_still_be_looked_at(busy: Cast, database: Engine, signed_in: SignedIn) -> None:
    tampered(database, f"UPDATE audit_event SET body = '\\xff00'::bytea WHERE chain_id = 'case:{STREETS}' AND seq = 2")
    client = signed_in("feng")
    assert 'class="verdict bad"' in client.get(f"{TRAIL}?verify=1").get_data(as_text=True)
    assert client.get(f"{TRAIL}/2").status_code == 200


def test_the_export_is_checked_by_the_verifier_alone(busy: Cast, signed_in: SignedIn, tmp_path: Path) -> None:
    answer = signed_in("feng").get(f"{TRAIL}.jsonl")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{STREETS}.jsonl"'
    file = tmp_path / "events.jsonl"
    file.write_bytes(answer.data)
    command = [sys.executable, "-I", engine.verify.__file__, str(file)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    lines = answer.data.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:1] + lines[2:]))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_a_department_reads_its_own_part_and_not_that_of_another(busy: Cast, signed_in: SignedIn) -> None:
    page = signed_in("li").get(TRAIL).get_data(as_text=True)
    assert "请补充" not in page
    assert "钱立" not in page.split('class="chain"')[1]
    assert "只涉及其他部门" in page
    assert ".jsonl" not in page
    own = signed_in("sun").get(TRAIL).get_data(as_text=True)
    assert "请补充" in own
    assert "只涉及其他部门" not in own


def test_a_record_or_export_of_another_department_is_refused(busy: Cast, signed_in: SignedIn) -> None:
    client = signed_in("li")
    with busy.reading() as session:
        query = text(f"SELECT seq FROM audit_event WHERE chain_id = 'case:{STREETS}' AND action = 'evidence.submitted'")
        seq = session.scalar(query)
    assert client.get(f"{TRAIL}/{seq}").status_code == 404
    assert client.get(f"{TRAIL}/1").status_code == 200
    assert client.get(f"{TRAIL}.jsonl").status_code == 403
    assert signed_in("qian").get(f"{TRAIL}/{seq}").status_code == 200


@pytest.mark.parametrize("login", ["zheng", "chu"])
def test_who_does_not_see_the_case_does_not_see_its_trail(busy: Cast, signed_in: SignedIn, login: str) -> None:
    client = signed_in(login)
    assert [client.get(path).status_code for path in (TRAIL, f"{TRAIL}/1", f"{TRAIL}.jsonl")] == [404, 404, 404]


def test_a_record_that_does_not_exist_is_not_found(busy: Cast, signed_in: SignedIn) -> None:
    assert signed_in("feng").get(f"{TRAIL}/9999").status_code == 404


def test_an_address_no_case_can_have_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in("feng").get("/items/CJ%00/trail").status_code == 404
    assert signed_in("zhao").get("/assignments/CJ%00").status_code == 404


@pytest.mark.parametrize("address", ["?before=99999999999999999999", "?before=-1", "?before=x"])
def test_a_place_no_trail_has_shows_the_newest(signed_in: SignedIn, address: str) -> None:
    assert signed_in("feng").get(TRAIL + address).get_data(as_text=True).count("/trail/") == 1
    assert signed_in("feng").get(f"{TRAIL}/99999999999").status_code == 404


def test_a_long_trail_is_shown_in_pages(cast: Cast, signed_in: SignedIn) -> None:
    for number in range(120):
        with cast.work("zhao") as unit:
            unit.record(case_chain(STREETS), "work_item.claimed", {"step": "collect", "n": number})
    client = signed_in("feng")
    first = client.get(TRAIL).get_data(as_text=True)
    assert first.count("/trail/") == 100
    second = client.get(f"{TRAIL}?before=22").get_data(as_text=True)
    assert second.count("/trail/") == 21
    assert f"{TRAIL}?before=22" in first
