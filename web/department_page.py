"""What the page of one department and the page of one group show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.catalogue import N_
from models.people import Department, DepartmentGroup, GroupMember
from web.language import translated
from workflows.departments import Branch, Membership, current, get_department, history, members_on, outline, parts_on
from workflows.departments.merging import merger_effect

_KINDS = {"department": N_("Department"), "group": N_("Group"), "under": N_("Everything under it")}
_ACTIONS = ("rename", "move", "answer_to", "withdraw", "merge")
#: One step down in a list of choices: a blank as wide as a character.
STEP = "\u3000"


@dataclass(frozen=True)
class Fault:
    """What could not be done (`name`, `move`, `alias`, `new_alias`, `merge`), and why."""

    field: str
    sentence: str


def page(session: Session, department: Department, fault: Fault | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """Give what departments/one.html reads; what was `typed` stands over what is stored."""
    lines = outline(session)
    effect = merger_effect(session, department.id)
    merged = None if department.merged_into is None else current(session, department).name
    return {
        "department": {
            "name": department.name, "active": department.active, "merged": merged,
            "parent": get_department(session, department.parent_id).name if department.parent_id else "",
            "former": [{"name": one.name, "until": one.until} for one in department.former_names],
            "aliases": sorted(one.name for one in department.aliases),
            "groups": _groups_of(session, department.id),
            "taken_over": _taken_over(session, department.id),
        },
        "effect": effect,
        "fault": {fault.field: fault.sentence} if fault else {},
        "name": typed.get("name", department.name),
        "since": typed.get("since", ""),
        "new_alias": typed.get("new_alias", ""),
        "parents": _parents(lines, department, typed.get("parent")),
        "neighbours": _neighbours(lines, department, typed.get("before")),
        "into": [
            _choice(one.department, typed.get("into"), one.depth)
            for one in lines if one.department.active and one.department.id != department.id
        ],
        "sure": typed.get("sure") == "yes",
        "actions": {name: url_for(f"department.{name}", department_id=department.id) for name in _ACTIONS},
    }  # fmt: skip


def group_page(session: Session, group: DepartmentGroup, today: date, sent: MultiDict[str, str] | None) -> dict[str, Any]:
    """Give what departments/group.html reads; what was `sent` stands over what is stored."""
    parts, told = parts_on(session, group, today), history(session, group)
    lines = [one for one in outline(session) if one.department.active]
    stored = {"member": parts.departments, "group": parts.groups, "under": parts.under}
    chosen = {name: set(sent.getlist(name)) if sent is not None else {str(key) for key in keys} for name, keys in stored.items()}
    others = session.scalars(select(DepartmentGroup).where(DepartmentGroup.id != group.id).order_by(DepartmentGroup.name))
    parents = {one.department.parent_id for one in lines}
    return {
        "name": group.name,
        "members": [one.name for one in members_on(session, group, today)],
        "history": [_membership(one, today) for one in told],
        "planned": any(one.since is not None and one.since > today for one in told),
        "departments": [_option(one, chosen["member"]) for one in lines],
        "groups": [{"id": one.id, "name": one.name, "chosen": str(one.id) in chosen["group"]} for one in others],
        "under": [_option(one, chosen["under"]) for one in lines if one.department.id in parents],
        "since": sent.get("since", "") if sent is not None else "",
        "action": url_for("department.compose", group_id=group.id),
    }


def _membership(one: Membership, today: date) -> dict[str, Any]:
    now = (one.since is None or one.since <= today) and (one.until is None or one.until > today)
    return {"name": one.name, "kind": translated(_KINDS[one.kind]), "since": one.since, "until": one.until, "now": now}


def _parents(lines: list[Branch], department: Department, typed: str | None) -> list[dict[str, Any]]:
    """Give the departments something may stand under: none that is merged, not itself. `typed` stands over what is."""
    stored = "" if department.parent_id is None else str(department.parent_id)
    free = [one for one in lines if one.department.merged_into is None and one.department.id != department.id]
    return [_choice(one.department, stored if typed is None else typed, one.depth) for one in free]


def _neighbours(lines: list[Branch], department: Department, typed: str | None) -> list[dict[str, Any]]:
    """Give those under the same department; chosen is the one it stands before now, or what was `typed`."""
    beside = [one.department for one in lines if one.department.parent_id == department.parent_id]
    place = beside.index(department)
    following = next((str(one.id) for one in beside[place + 1 :]), "")
    return [_choice(one, following if typed is None else typed) for one in beside if one.id != department.id]


def _choice(department: Department, chosen: str | None, depth: int = 0) -> dict[str, Any]:
    return {"id": department.id, "name": f"{STEP * depth}{department.name}", "selected": str(department.id) == chosen}


def _option(line: Branch, chosen: set[str]) -> dict[str, Any]:
    return {"id": line.department.id, "name": line.department.name, "chosen": str(line.department.id) in chosen}


def _groups_of(session: Session, department_id: UUID) -> list[str]:
    query = (
        select(DepartmentGroup.name)
        .join(GroupMember, GroupMember.group_id == DepartmentGroup.id)
        .where(or_(GroupMember.department_id == department_id, GroupMember.under_id == department_id), GroupMember.until.is_(None))
    )
    return sorted(set(session.scalars(query)))


def _taken_over(session: Session, department_id: UUID) -> list[str]:
    return list(session.scalars(select(Department.name).where(Department.merged_into == department_id).order_by(Department.name)))

