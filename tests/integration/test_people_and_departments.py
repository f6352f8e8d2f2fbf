"""Keeping people, departments and groups: what is remembered, what is refused, and that it all stands in the log."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from cast import DEPARTMENTS, PASSWORD, Cast
from sqlalchemy import select

from engine import audit
from engine.errors import Invalid, NotFound
from models.people import Department, DepartmentGroup, PersonalCertificate, Role
from workflows.departments import (
    add_alias,
    add_department,
    day_of,
    find_department,
    members_on,
    rename_department,
    set_department_active,
    set_group,
)
from workflows.people import (
    BadField,
    Field,
    NewPerson,
    add_person,
    authenticate,
    get_person,
    rename_person,
    set_password,
    set_person_active,
    set_roles,
)


def last_event(cast: Cast, chain: str) -> tuple[str, dict[str, object]]:
    """Give the newest event of a chain: what happened, and its facts."""
    with cast.reading() as session:
        event = audit.trail(session, chain)[-1]
        return event.action, json.loads(event.body)["details"]


def person_id(cast: Cast, login: str) -> UUID:
    """Give the id of a person."""
    found = cast.actor(login).id
    assert found is not None
    return found


def new(login: str = "jiang", name: str = "蒋明", password: str = PASSWORD, roles: object = ()) -> NewPerson:
    """Describe somebody new."""
    return NewPerson(login, name, password, roles)  # type: ignore[arg-type] - wrong on purpose in some tests


def test_a_new_person_can_sign_in_and_sign(cast: Cast) -> None:
    with cast.work("chu") as unit:
        added = add_person(unit, cast.facilities, new(" Jiang ", " 蒋  明 ", roles=((Role.COLLECTOR, cast.department("甲科")),)))
    assert (added.login, added.name) == ("jiang", "蒋 明")
    with cast.reading() as session:
        assert authenticate(session, "JIANG", PASSWORD) is not None
        serial = session.scalars(select(PersonalCertificate.serial).where(PersonalCertificate.person_id == added.id)).one()
    action, details = last_event(cast, "people")
    assert action == "person.added"
    assert details == {
        "id": str(added.id),
        "login": "jiang",
        "roles": [f"collector@{cast.department('甲科')}"],
        "certificate": serial,
    }
    assert cast.actor("jiang").holds("collector", str(cast.department("甲科")))
    assert not cast.actor("jiang").holds("collector", str(cast.department("乙科")))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (new(login=""), Field.LOGIN),
        (new(login="j"), Field.LOGIN),
        (new(login="蒋 明"), Field.LOGIN),
        (new(login="ZHAO"), Field.LOGIN),
        (new(name="   "), Field.NAME),
        (new(name="蒋" * 65), Field.NAME),
        (new(password="short"), Field.PASSWORD),
        (new(password="x" * 201), Field.PASSWORD),
        (new(roles=((Role.COLLECTOR, None),)), Field.ROLES),
        (new(roles=((Role.COLLECTOR, uuid4()),)), Field.ROLES),
        (new(roles=((Role.AUDITOR, uuid4()),)), Field.ROLES),
        (new(roles=((Role.ADMINISTRATOR, None), (Role.CREATION_OFFICE, None))), Field.ROLES),
    ],
)
def test_a_person_who_cannot_be_added_is_refused_at_the_field(cast: Cast, wrong: NewPerson, field: Field) -> None:
    with pytest.raises(BadField) as refused, cast.work("chu") as unit:
        add_person(unit, cast.facilities, wrong)
    assert refused.value.field == field
    assert cast.verdict().intact


def test_roles_are_replaced_and_old_and_new_are_recorded(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_roles(unit, person_id(cast, "qian"), [(Role.COLLECTOR, cast.department("甲科")), (Role.LEADER, None), (Role.LEADER, None)])
    assert cast.actor("qian").holds("leader")
    with cast.work("chu") as unit:
        set_roles(unit, person_id(cast, "qian"), [(Role.LEADER, None)])
    assert not cast.actor("qian").holds("collector", str(cast.department("甲科")))
    action, details = last_event(cast, "people")
    assert action == "person.roles_set"
    assert details["old"] == [f"collector@{cast.department('甲科')}", "leader"]
    assert details["new"] == ["leader"]


def test_an_administrator_stays_one_and_decides_nothing(cast: Cast) -> None:
    with pytest.raises(BadField, match="administration from yourself"), cast.work("chu") as unit:
        set_roles(unit, person_id(cast, "chu"), [])
    with pytest.raises(BadField, match="may approve nothing"), cast.work("chu") as unit:
        set_roles(unit, person_id(cast, "chu"), [(Role.ADMINISTRATOR, None), (Role.LEADER, None)])
    with cast.work("chu") as unit:
        set_roles(unit, person_id(cast, "chu"), [(Role.ADMINISTRATOR, None), (Role.AUDITOR, None)])


def test_a_person_switched_off_is_shut_out_and_their_certificate_revoked(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_person_active(unit, person_id(cast, "qian"), active=False)
    with cast.reading() as session:
        assert authenticate(session, "qian", PASSWORD) is None
        assert all(
            one.revoked_at is not None
            for one in session.scalars(select(PersonalCertificate).where(PersonalCertificate.person_id == person_id(cast, "qian")))
        )
    assert cast.actor("qian").groups == frozenset()
    with cast.work("chu") as unit:
        set_person_active(unit, person_id(cast, "qian"), active=False)
        assert unit.events == []
    with cast.work("chu") as unit:
        set_person_active(unit, person_id(cast, "qian"), active=True)
    with cast.reading() as session:
        assert authenticate(session, "qian", PASSWORD) is not None
    with pytest.raises(Invalid, match="switch yourself off"), cast.work("chu") as unit:
        set_person_active(unit, person_id(cast, "chu"), active=False)


def test_a_new_password_replaces_the_old_one_and_its_certificate(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_password(unit, cast.facilities, person_id(cast, "qian"), "another-password")
    with cast.reading() as session:
        assert authenticate(session, "qian", PASSWORD) is None
        assert authenticate(session, "qian", "another-password") is not None
        found = session.scalars(select(PersonalCertificate).where(PersonalCertificate.person_id == person_id(cast, "qian"))).all()
    assert sorted(one.revoked_at is None for one in found) == [False, True]
    assert b"another-password" not in b"".join(one.encrypted_key_pem + one.certificate_pem for one in found)


def test_a_name_is_corrected(cast: Cast) -> None:
    with cast.work("chu") as unit:
        rename_person(unit, person_id(cast, "qian"), "钱力")
    assert cast.actor("qian").name == "钱力"
    assert last_event(cast, "people")[1] == {"id": str(person_id(cast, "qian")), "old": "钱立", "new": "钱力"}
    with cast.work("chu") as unit:
        rename_person(unit, person_id(cast, "qian"), "钱力")
        assert unit.events == []


def test_nobody_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no such person"), cast.reading() as session:
        get_person(session, uuid4())


def test_departments_stand_in_the_order_they_were_added(cast: Cast) -> None:
    with cast.work("chu") as unit:
        add_department(unit, " 丁科 ", parent_id=cast.department("甲科"))
    with cast.reading() as session:
        names = session.scalars(select(Department.name).order_by(Department.position)).all()
    assert names == [*DEPARTMENTS, "丁科"]


def test_a_renamed_department_is_still_found_by_its_old_name(cast: Cast) -> None:
    with cast.work("chu") as unit:
        rename_department(unit, cast.department("甲科"), " 甲一科 ")
    with cast.reading() as session:
        old, fresh = find_department(session, "甲科"), find_department(session, "甲一科")
        assert old is not None
        assert old is fresh
        assert find_department(session, "没有") is None
    with cast.work("chu") as unit:
        rename_department(unit, cast.department("甲一科"), "甲一科")
        assert unit.events == []


def test_a_name_answers_for_one_department_only(cast: Cast) -> None:
    with cast.work("chu") as unit:
        add_alias(unit, cast.department("甲科"), "甲科室")
    for deed in (
        lambda unit: add_department(unit, "甲科室"),
        lambda unit: add_alias(unit, cast.department("乙科"), "甲科室"),
        lambda unit: add_alias(unit, cast.department("乙科"), "丙科"),
        lambda unit: rename_department(unit, cast.department("乙科"), "甲科"),
    ):
        with pytest.raises(Invalid, match="already the name or alias of"), cast.work("chu") as unit:
            deed(unit)
    with pytest.raises(Invalid, match="needs a name"), cast.work("chu") as unit:
        add_department(unit, "  ")


def test_a_department_is_switched_off_and_on(cast: Cast) -> None:
    for active, action in ((False, "department.deactivated"), (True, "department.activated")):
        with cast.work("chu") as unit:
            set_department_active(unit, cast.department("丙科"), active=active)
        assert last_event(cast, "departments")[0] == action
    with cast.work("chu") as unit:
        set_department_active(unit, cast.department("丙科"), active=True)
        assert unit.events == []
    with pytest.raises(NotFound), cast.work("chu") as unit:
        set_department_active(unit, uuid4(), active=False)


def test_a_group_stands_for_the_departments_named_last(cast: Cast) -> None:
    for members in (["甲科", "乙科"], ["丙科"]):
        with cast.work("chu") as unit:
            set_group(unit, " 一线科室 ", [cast.department(name) for name in members])
        with cast.reading() as session:
            group = session.scalars(select(DepartmentGroup).where(DepartmentGroup.name == "一线科室")).one()
            assert [one.name for one in members_on(session, group, day_of(datetime.now(UTC)))] == members
        assert last_event(cast, "departments")[1] == {"group": "一线科室", "members": sorted(members)}
    with pytest.raises(Invalid, match="group needs a name"), cast.work("chu") as unit:
        set_group(unit, " ", [])
