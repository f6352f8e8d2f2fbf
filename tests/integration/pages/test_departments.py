"""Departments on the page: names, other names, groups; each fault beside its field."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import pytest
from cast import GROUP, Cast
from sqlalchemy import select
from visitor import Visitor
from werkzeug.test import TestResponse

from models.people import Department, DepartmentGroup
from workflows.departments import day_of, find_department, members_on

SignedIn = Callable[[str], Visitor]


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def fault(answer: TestResponse, field: str) -> str:
    """Give the sentence that stands beside a field."""
    found = re.search(rf'id="{field}-fault">(.*?)</p>', answer.get_data(as_text=True), re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


def found_under(cast: Cast, name: str) -> str | None:
    """Give the department that answers to a name."""
    with cast.reading() as session:
        department = find_department(session, name)
        return department.name if department else None


@pytest.mark.parametrize("login", ["chu", "zhao"])
def test_it_works(login: str, cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in(login)
    assert client.post("/departments", data={"name": " 丁科 "}).status_code == 303
    key = cast.department("丁科")
    assert client.post(f"/departments/{key}/alias", data={"alias": "丁科（内设）"}).status_code == 303
    assert client.post(f"/departments/{key}/rename", data={"name": "戊科"}).status_code == 303
    assert [found_under(cast, name) for name in ("丁科", "丁科（内设）", "戊科")] == ["戊科"] * 3
    page = words(client.get("/departments"))
    assert "戊科" in page
    assert "丁科（内设）" in page


def test_a_used_name_is_refused_beside_its_field_with_who_has_it(cast: Cast, signed_in: SignedIn) -> None:
    client, key = signed_in("chu"), cast.department("甲科")
    added = client.post("/departments", data={"name": "乙科"})
    assert added.status_code == 422
    assert "乙科" in fault(added, "name")
    renamed = client.post(f"/departments/{key}/rename", data={"name": "丙科"})
    assert renamed.status_code == 422
    assert "丙科" in fault(renamed, f"name-{key}")
    assert f'id="name-{key}" name="name" value="丙科"' in renamed.get_data(as_text=True)
    alias = client.post(f"/departments/{key}/alias", data={"alias": "丙科"})
    assert alias.status_code == 422
    assert fault(alias, f"alias-{key}")
    assert found_under(cast, "丙科") == "丙科"


def test_a_department_is_switched_off_and_stays_in_the_list(cast: Cast, signed_in: SignedIn) -> None:
    client, key = signed_in("chu"), cast.department("甲科")
    assert client.post(f"/departments/{key}/active", data={"active": "no"}).status_code == 303
    with cast.reading() as session:
        assert session.get_one(Department, key).active is False
    assert "甲科" in words(client.get("/departments"))


def test_a_group_is_given_its_members_and_shown_with_them_ticked(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    members = [str(cast.department(name)) for name in ("甲科", "乙科")]
    assert client.post("/departments/groups", data={"name": GROUP, "member": members}).status_code == 303
    with cast.reading() as session:
        group = session.scalars(select(DepartmentGroup).where(DepartmentGroup.name == GROUP)).one()
        assert [member.name for member in members_on(session, group, day_of(datetime.now(UTC)))] == ["甲科", "乙科"]
    page = client.get(f"/departments?group={GROUP}").get_data(as_text=True)
    for key in members:
        assert f'value="{key}" checked' in page
    assert f'value="{cast.department("丙科")}" checked' not in page


def test_a_group_without_a_name_keeps_what_was_ticked(cast: Cast, signed_in: SignedIn) -> None:
    key = str(cast.department("甲科"))
    answer = signed_in("chu").post("/departments/groups", data={"name": " ", "member": [key]})
    assert answer.status_code == 422
    assert fault(answer, "group-name")
    assert f'value="{key}" checked' in answer.get_data(as_text=True)


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen"])
def test_nobody_else_gets_in(login: str, cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in(login)
    assert client.get("/departments").status_code == 403
    assert client.post("/departments", data={"name": "丁科"}).status_code == 403
    assert found_under(cast, "丁科") is None
