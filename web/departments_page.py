"""What the page of departments shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people import DepartmentGroup, Person, RoleHeld
from web import moments
from web.department_page import STEP
from web.session import now
from workflows.departments import Branch, members_on, outline, parts_on

#: Departments that stand deeper are indented as far as these.
_DEEPEST = 5


@dataclass(frozen=True)
class Fault:
    """What could not be saved: the field (`add`, `group`, `name-<id>`, `alias-<id>`), what was typed or chosen, why not."""

    field: str
    text: str
    sentence: str
    members: frozenset[str] = frozenset()
    parent: str = ""


def page(session: Session, fault: Fault | None, group_name: str | None) -> dict[str, Any]:
    """Give what departments/list.html reads; `group_name`: the group whose members are ticked in the form."""
    lines = outline(session, with_aliases=True)
    active = [one for one in lines if one.department.active]
    day = moments.today(now())
    groups = list(session.scalars(select(DepartmentGroup).order_by(DepartmentGroup.name)))
    people = _people(session)
    return {
        "departments": [_row(one, people, fault) for one in lines],
        "groups": [_group(session, one, day) for one in groups],
        "group": _group_form(session, groups, fault, group_name),
        "choices": [{"id": one.department.id, "name": one.department.name} for one in active],
        "parents": [_parent(one, fault) for one in active],
        "add": _field("add", "", fault),
        "add_action": url_for("departments.add"),
        "group_action": url_for("departments.set_group"),
    }


def _people(session: Session) -> Mapping[UUID, int]:
    query = (
        select(RoleHeld.department_id, func.count(RoleHeld.person_id.distinct()))
        .join(Person)
        .where(RoleHeld.department_id.is_not(None), Person.active)
        .group_by(RoleHeld.department_id)
    )
    return {department_id: count for department_id, count in session.execute(query) if department_id}


def _row(line: Branch, people: Mapping[UUID, int], fault: Fault | None) -> dict[str, Any]:
    department = line.department
    name = _field(f"name-{department.id}", department.name, fault)
    alias = _field(f"alias-{department.id}", "", fault)
    return {
        "id": department.id,
        "name": department.name,
        "href": url_for("department.show", department_id=department.id),
        "depth": min(line.depth, _DEEPEST),
        "active": department.active,
        "merged": department.merged_into is not None,
        "aliases": sorted(alias.name for alias in department.aliases),
        "people": people.get(department.id, 0),
        "rename": name,
        "alias": alias,
        "open": bool(name["error"] or alias["error"]),
        "actions": {
            "rename": url_for("departments.rename", department_id=department.id),
            "alias": url_for("departments.add_alias", department_id=department.id),
            "active": url_for("departments.set_active", department_id=department.id),
        },
    }


def _group(session: Session, group: DepartmentGroup, day: date) -> dict[str, Any]:
    return {
        "name": group.name,
        "members": [member.name for member in members_on(session, group, day)],
        "href": url_for("department.group", group_id=group.id),
    }


def _group_form(session: Session, groups: list[DepartmentGroup], fault: Fault | None, name: str | None) -> dict[str, Any]:
    field = _field("group", name or "", fault)
    day = moments.today(now())
    chosen = {str(key) for group in groups if group.name == name for key in parts_on(session, group, day).departments}
    return {**field, "members": fault.members if fault and fault.field == "group" else chosen}


def _parent(line: Branch, fault: Fault | None) -> dict[str, Any]:
    key = line.department.id
    chosen = fault is not None and fault.parent == str(key)
    return {"id": key, "name": f"{STEP * line.depth}{line.department.name}", "selected": chosen}


def _field(name: str, stored: str, fault: Fault | None) -> dict[str, str]:
    if fault is not None and fault.field == name:
        return {"value": fault.text, "error": fault.sentence}
    return {"value": stored, "error": ""}
