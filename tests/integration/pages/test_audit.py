"""The audit page: the state of the whole log, a new full check, and finding records."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cast import STREETS, Cast
from sqlalchemy import Engine, text
from visitor import Visitor

from engine.unit_of_work import utc_now
from web.moments import today

SignedIn = Callable[[str], Visitor]


def rows(page: str) -> list[str]:
    found = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return re.findall(r"<tr>.*?</tr>", found[1], re.DOTALL) if found else []


def tampered(database: Engine, statement: str) -> None:
    """Change the log as the owner of the database machine can."""
    with database.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement)).rowcount > 0


def test_a_full_check_is_made_recorded_and_shown(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("feng")
    assert 'class="verdict' not in client.get("/audit").get_data(as_text=True)
    answer = client.post("/audit/verify")
    assert (answer.status_code, answer.location) == (303, "/audit")
    page = client.get("/audit").get_data(as_text=True)
    assert 'class="verdict ok"' in page
    assert "全量核验" in page
    assert cast.verdict().intact


def test_a_false_record_is_named_in_words_with_the_way_to_it(cast: Cast, database: Engine, signed_in: SignedIn) -> None:
    tampered(database, f"UPDATE audit_event SET body = body || ' '::bytea WHERE chain_id = 'case:{STREETS}' AND seq = 1")
    client = signed_in("feng")
    client.post("/audit/verify")
    page = client.get("/audit").get_data(as_text=True)
    assert 'class="verdict bad"' in page
    assert f"{STREETS} 第 1 条：内容在写入后被改动" in page
    assert f'href="/items/{STREETS}/trail?verify=1"' in page


def test_from_sign_in_to_a_verified_trail_in_three_clicks(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("feng")
    first = client.get("/", follow_redirects=True)
    assert first.request.path == "/audit"
    trail = re.search(r'href="(/items/[^"]+/trail)"', first.get_data(as_text=True))
    assert trail is not None
    verify = re.search(r'href="([^"]+verify=1)"', client.get(trail[1]).get_data(as_text=True))
    assert verify is not None
    assert 'class="verdict ok"' in client.get(verify[1]).get_data(as_text=True)


def test_records_are_found_by_person_kind_and_day(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    client, zhao = signed_in("feng"), cast.actor("zhao").id
    by_person = rows(client.get(f"/audit?person={zhao}").get_data(as_text=True))
    assert by_person
    assert all("赵敏" in row for row in by_person)
    by_kind = rows(client.get("/audit?kind=case.assigned").get_data(as_text=True))
    assert len(by_kind) == 1
    assert "甲科" in by_kind[0]
    day = today(utc_now())
    assert rows(client.get(f"/audit?from={day}&to={day}").get_data(as_text=True))
    assert not rows(client.get(f"/audit?to={day - timedelta(days=1)}").get_data(as_text=True))
    assert not rows(client.get(f"/audit?from={day + timedelta(days=1)}").get_data(as_text=True))
    assert rows(client.get("/audit?person=system&kind=person.added").get_data(as_text=True))


def test_a_filter_that_makes_no_sense_finds_nothing_or_is_left_out(signed_in: SignedIn) -> None:
    client = signed_in("feng")
    for query in ("person=nobody", "kind=no.such", "from=yesterday", "before=x", "kind=%00", "before=99999999", f"before={9**30}", "from=0001-01-01&to=9999-12-31"):
        assert client.get(f"/audit?{query}").status_code == 200


def test_the_list_goes_on_over_pages_without_losing_a_record(cast: Cast, signed_in: SignedIn) -> None:
    for number in range(70):
        with cast.work("zhou") as unit:
            unit.record("people", "audit.read", {"n": number})
    client = signed_in("feng")
    page = client.get("/audit?kind=audit.read").get_data(as_text=True)
    following = re.search(r'href="(/audit\?[^"]*before=\d+)"', page)
    assert following is not None
    rest = client.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    assert [len(rows(page)), len(rows(rest))] == [50, 20]


def test_an_administrator_sees_the_log_but_nothing_said_about_cases(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    page = signed_in("chu").get("/audit?kind=case.assigned").get_data(as_text=True)
    assert STREETS in page
    assert "甲科" not in rows(page)[0]
    assert f"/items/{STREETS}" not in page


@pytest.mark.parametrize("login", ["zhao", "qian", "sun", "chen"])
def test_the_log_is_for_auditors_and_administrators(signed_in: SignedIn, login: str) -> None:
    client = signed_in(login)
    assert client.get("/audit").status_code == 403
    assert client.post("/audit/verify").status_code == 403
