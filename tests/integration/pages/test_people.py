"""People on the page: add, change, new password, switch off; each fault beside its field, nothing typed lost."""

import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

import pytest
from cast import PASSWORD, Cast
from flask import Flask
from sqlalchemy import select
from visitor import Visitor
from werkzeug.test import TestResponse

from models.audit import AuditEvent
from models.people import Person, PersonalCertificate, Role

SignedIn = Callable[[str], Visitor]


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def fault(answer: TestResponse, field: str) -> str:
    """Give the sentence that stands beside a field."""
    found = re.search(rf'id="{field}-fault">(.*?)</p>', answer.get_data(as_text=True), re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


def person_of(cast: Cast, login: str) -> UUID:
    """Give the id of a person."""
    with cast.reading() as session:
        return session.scalars(select(Person.id).where(Person.login == login)).one()


def held(cast: Cast, login: str) -> set[tuple[str, str | None]]:
    """Give the roles of a person as the actor of the verbs has them."""
    return set(cast.actor(login).groups)


def newcomer(cast: Cast, **differences: object) -> dict[str, object]:
    """Fill in the form for a collector of 乙科."""
    form = {
        "name": "何清",
        "login": "he",
        "password": "changshi-mima",
        "role": ["collector"],
        "department:collector": [str(cast.department("乙科"))],
    }
    return {**form, **differences}


def test_it_works(cast: Cast, app: Flask, signed_in: SignedIn) -> None:
    client = signed_in("chu")
    answer = client.post("/people/new", data=newcomer(cast))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/people")
    page = words(client.get("/people?q=he"))
    assert "何清 he 资料员 乙科 启用中" in page
    other = app.test_client()
    other.get("/sign-in")
    assert other.post("/sign-in", data={"login": "he", "password": "changshi-mima"}).status_code == 303
    assert held(cast, "he") == {("collector", str(cast.department("乙科")))}


@pytest.mark.parametrize(
    ("differences", "field", "sentence"),
    [
        ({"name": "  "}, "name", "请填写姓名。"),
        ({"name": "名" * 65}, "name", "姓名最多 64 个字符。"),
        ({"login": "qian"}, "login", "登录名 qian 已被使用，请换一个。"),
        ({"login": "a b"}, "login", "登录名为 2 至 40 个字母、数字、点、连字符或下划线。"),
        ({"password": "123456789"}, "password", "密码至少需要 10 个字符。"),
        ({"password": "长" * 201}, "password", "密码最多 200 个字符。"),
    ],
)
def test_a_fault_stands_beside_its_field(
    differences: dict[str, object], field: str, sentence: str, cast: Cast, signed_in: SignedIn
) -> None:
    answer = signed_in("chu").post("/people/new", data=newcomer(cast, **differences))
    assert answer.status_code == 422
    assert fault(answer, field) == sentence
    page = answer.get_data(as_text=True)
    assert f'value="{differences.get("name", "何清")}"' in page
    assert re.search(rf'value="{cast.department("乙科")}" checked', page)
    with cast.reading() as session:
        assert session.scalars(select(Person).where(Person.login == "he")).first() is None


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (["collector"], "须选定所在部门"),
        (["administrator", "creation_office"], "管理员不得参与审核审批"),
    ],
)
def test_roles_that_do_not_go_together_are_refused(
    roles: list[str], sentence: str, cast: Cast, signed_in: SignedIn
) -> None:
    form = newcomer(cast, role=roles)
    del form["department:collector"]
    answer = signed_in("chu").post("/people/new", data=form)
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_the_hint_says_what_the_rule_asks_for(signed_in: SignedIn) -> None:
    assert "至少 10 个字符" in words(signed_in("chu").get("/people/new"))


def test_roles_are_changed_and_the_old_ones_logged(cast: Cast, signed_in: SignedIn) -> None:
    client, qian = signed_in("chu"), person_of(cast, "qian")
    form = {"name": "钱丽", "role": ["auditor"]}
    assert client.post(f"/people/{qian}", data=form).status_code == 303
    assert held(cast, "qian") == {("auditor", None)}
    page = words(client.get(f"/people/{qian}"))
    assert "钱丽" in page
    with cast.reading() as session:
        events = list(session.scalars(select(AuditEvent).where(AuditEvent.actor_name == "褚文").order_by(AuditEvent.id)))
    assert [event.action for event in events[-2:]] == ["person.renamed", "person.roles_set"]
    assert b"collector@" in events[-1].body


def test_an_administrator_cannot_lock_the_house_out(cast: Cast, signed_in: SignedIn) -> None:
    client, chu = signed_in("chu"), person_of(cast, "chu")
    answer = client.post(f"/people/{chu}", data={"name": "褚文", "role": ["auditor"]})
    assert answer.status_code == 422
    assert "不能取消自己的管理员职责" in words(answer)
    answer = client.post(f"/people/{chu}/active", data={"active": "no"})
    assert answer.status_code == 422
    assert held(cast, "chu") == {(Role.ADMINISTRATOR.value, None)}


def test_a_new_password_brings_a_new_certificate(cast: Cast, app: Flask, signed_in: SignedIn) -> None:
    client, qian = signed_in("chu"), person_of(cast, "qian")
    short = client.post(f"/people/{qian}/password", data={"password": "kurz"})
    assert (short.status_code, fault(short, "password")) == (422, "密码至少需要 10 个字符。")
    assert client.post(f"/people/{qian}/password", data={"password": "xin-de-mima-1"}).status_code == 303
    with cast.reading() as session:
        query = select(PersonalCertificate).where(PersonalCertificate.person_id == qian)
        certificates = list(session.scalars(query.order_by(PersonalCertificate.issued_at)))
    assert [one.revoked_at is None for one in certificates] == [False, True]
    other = app.test_client()
    other.get("/sign-in")
    assert other.post("/sign-in", data={"login": "qian", "password": PASSWORD}).status_code != 303
    assert other.post("/sign-in", data={"login": "qian", "password": "xin-de-mima-1"}).status_code == 303


def test_somebody_switched_off_is_out_at_once_and_can_come_back(cast: Cast, signed_in: SignedIn) -> None:
    qian, client = signed_in("qian"), signed_in("chu")
    key = person_of(cast, "qian")
    assert client.post(f"/people/{key}/active", data={"active": "no"}).status_code == 303
    assert qian.get("/inbox").status_code == 303  # to the sign-in
    assert "停用" in words(client.get("/people?q=qian"))
    assert client.post(f"/people/{key}/active", data={"active": "yes"}).status_code == 303
    assert "启用中" in words(client.get("/people?q=qian"))


@pytest.mark.parametrize("login", ["zhao", "feng", "qian"])
def test_only_an_administrator_gets_in(login: str, cast: Cast, signed_in: SignedIn) -> None:
    client, key = signed_in(login), person_of(cast, "sun")
    assert client.get("/people").status_code == 403
    assert client.post("/people/new", data=newcomer(cast)).status_code == 403
    assert client.post(f"/people/{key}/password", data={"password": "xin-de-mima-1"}).status_code == 403


def test_nobody_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in("chu").get("/people/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_search_takes_percent_signs_as_they_are(signed_in: SignedIn) -> None:
    client = signed_in("chu")
    assert "没有符合条件的人员" in words(client.get("/people?q=%25"))
    assert "钱立" in words(client.get("/people?q=%E9%92%B1"))


def test_a_long_list_goes_on_on_the_next_page(cast: Cast, signed_in: SignedIn) -> None:
    with cast.work("chu") as unit:
        for number in range(60):
            unit.session.add(
                Person(login=f"p{number:02}", name=f"人员{number:02}", password_hash="none", created_at=unit.now)
            )
        unit.record("tests", "tests.arranged", {})
    client = signed_in("chu")
    first = client.get("/people").get_data(as_text=True)
    (onwards,) = re.findall(r'href="(/people\?after=[^"]+)"', first)
    second = client.get(unescape(onwards)).get_data(as_text=True)
    logins = [re.findall(r'class="mono">([^<]+)<', page) for page in (first, second)]
    assert len(logins[0]) == 50
    assert len(logins[1]) == 22
    assert not set(logins[0]) & set(logins[1])
