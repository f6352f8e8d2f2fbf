"""What the pages of people show, and how their form is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.catalogue import N_
from models.people import DEPARTMENT_ROLES, Department, Person, Role, RoleHeld
from web import words
from web.forms import key_in, typed
from web.language import translated
from workflows.people import MIN_PASSWORD, BadField, Field, RoleGrant, get_person

ROWS = 50


@dataclass(frozen=True)
class Search:
    """What the list is asked for: a part of a name or account, and the account after which it goes on."""

    text: str
    after: str


@dataclass(frozen=True)
class Written:
    """The form as it was sent: roles, and departments by role."""

    name: str
    login: str
    roles: frozenset[str]
    departments: frozenset[tuple[str, str]]


EMPTY = Written("", "", frozenset(), frozenset())


def listed(session: Session, search: Search) -> dict[str, Any]:
    """Give what people/list.html reads."""
    matching = _matching(search.text)
    query = (
        select(Person)
        .options(selectinload(Person.roles).options(joinedload(RoleHeld.department)))
        .where(matching, Person.login > search.after)
        .order_by(Person.login)
        .limit(ROWS + 1)
    )
    found = list(session.scalars(query))
    shown = found[:ROWS]
    return {
        "people": [_row(one) for one in shown],
        "total": session.scalar(select(func.count()).select_from(Person).where(matching)),
        "q": search.text,
        "pages": {
            "previous_href": url_for("people.index", q=search.text or None) if search.after else None,
            "next_href": url_for("people.index", q=search.text or None, after=shown[-1].login)
            if len(found) > ROWS
            else None,
        },
    }


def form(session: Session, person_id: UUID | None, written: Written | None) -> dict[str, Any]:
    """Give what people/edit.html reads: what was written, else what is stored. Raises NotFound."""
    stored = get_person(session, person_id) if person_id else None
    shown = written or (_stored(stored) if stored else EMPTY)
    departments = session.scalars(select(Department).order_by(Department.position, Department.name)).all()
    return {
        "person": {
            "id": person_id,
            "name": shown.name,
            "login": stored.login if stored else shown.login,
            "active": stored.active if stored else True,
        },
        "roles": [_choice(role, shown, departments) for role in Role],
        "min_password": MIN_PASSWORD,
        "action": url_for("people.change", person_id=person_id) if person_id else url_for("people.add"),
        "password_action": url_for("people.set_password", person_id=person_id) if person_id else "",
        "active_action": url_for("people.set_active", person_id=person_id) if person_id else "",
    }


def written() -> Written:
    """Read the form."""
    return Written(
        typed("name"),
        typed("login"),
        frozenset(request.form.getlist("role")),
        frozenset((role.value, one) for role in DEPARTMENT_ROLES for one in request.form.getlist(f"department:{role.value}")),
    )


def grants(form: Written) -> tuple[RoleGrant, ...]:
    """Give the roles that were ticked. Raises BadField for a department role without a department, or an unknown one."""
    found: list[RoleGrant] = []
    for role in Role:
        if role.value not in form.roles:
            continue
        if role not in DEPARTMENT_ROLES:
            found.append((role, None))
            continue
        chosen = sorted(one for owner, one in form.departments if owner == role.value)
        if not chosen:
            raise BadField(Field.ROLES, N_("Choose the departments of each department role."))
        found += [(role, _department(one)) for one in chosen]
    return tuple(found)


def _department(text: str) -> UUID:
    found = key_in(text)
    if found is None:
        raise BadField(Field.ROLES, N_("There is no such department."))
    return found


def _matching(text: str) -> ColumnElement[bool]:
    if not text:
        return true()
    return or_(Person.name.icontains(text, autoescape=True), Person.login.icontains(text, autoescape=True))


def _row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "login": person.login,
        "roles": [
            {"label": translated(words.ROLES[role]), "department": held.department.name if held.department else ""}
            for role in Role
            for held in person.roles
            if held.role == role
        ],
        "active": person.active,
        "href": url_for("people.edit", person_id=person.id),
    }


def _stored(person: Person) -> Written:
    held = [(one.role, one.department_id) for one in person.roles]
    return Written(
        person.name,
        person.login,
        frozenset(role for role, _ in held),
        frozenset((role, str(department)) for role, department in held if department),
    )


def _choice(role: Role, shown: Written, departments: Sequence[Department]) -> dict[str, Any]:
    chosen = {department for owner, department in shown.departments if owner == role.value}
    return {
        "value": role.value,
        "label": translated(words.ROLES[role]),
        "needs_department": role in DEPARTMENT_ROLES,
        "chosen": role.value in shown.roles,
        "departments": [
            {"id": one.id, "name": one.name, "chosen": str(one.id) in chosen}
            for one in departments
            if one.active or str(one.id) in chosen
        ],
    }
