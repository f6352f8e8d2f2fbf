"""People and their roles (人员、角色). Nobody is deleted; a person without a role sees nothing.

An administrator keeps the house and decides nothing: the role cannot be held together with a deciding one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.spiff import PROCESS_OWNER
from engine.unit_of_work import Actor, UnitOfWork, utc_now
from engine.verbs import substitution
from models.people import DEPARTMENT_ROLES, CertificateTier, Department, Person, Revocation, Role, RoleHeld
from workflows import personal_certificates
from workflows.facilities import Facilities

CHAIN = "people"
MIN_PASSWORD = 10
#: In characters: the encryption of the signing key takes at most 1023 bytes.
MAX_PASSWORD = 200
#: The creation office hands over and chases the steps of everybody; a reviewer those of their collectors.
_EVERY_STEP = frozenset((role.value, None) for role in (Role.COLLECTOR, Role.DEPARTMENT_REVIEWER, Role.CREATION_OFFICE))
DECIDING_ROLES = frozenset({Role.COLLECTOR, Role.DEPARTMENT_REVIEWER, Role.CREATION_OFFICE, Role.LEADER})

#: One role, in one department where the role belongs to a department.
RoleGrant = tuple[Role, UUID | None]
#: X.509 allows 64 characters for the name of a person (RFC 5280, ub-common-name).
MAX_NAME = 64
_LOGIN = re.compile(r"[\w.-]{2,40}")

_hasher = PasswordHasher()
#: Verified against when the login is unknown, so that the answer takes the same time.
_NOBODY = _hasher.hash("nobody has this password")


class Field(StrEnum):
    """What is written down of a person."""

    NAME = "name"
    LOGIN = "login"
    PASSWORD = "password"  # noqa: S105 - the name of the field
    ROLES = "roles"


class BadField(Invalid):
    """A field of a person cannot be used as it stands; `field` says which."""

    def __init__(self, field: Field, message: str, **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


@dataclass(frozen=True)
class NewPerson:
    """What is needed to add somebody."""

    login: str
    name: str
    password: str
    roles: tuple[RoleGrant, ...]


def actor_of(person: Person) -> Actor:
    """Give the acting identity of a person: their roles as candidate groups, departments as scopes, whom they act for now.

    To a department belong those that were merged into it.
    """
    identity = _identity_of(person)
    session = object_session(person)
    if session is None or not person.active:
        return identity
    absent = substitution.principals_of(session, person.id, utc_now())
    people = session.scalars(select(Person).where(Person.id.in_(absent)).order_by(Person.name, Person.id)) if absent else ()
    return replace(identity, principals=tuple(_identity_of(one) for one in people))


def _identity_of(person: Person) -> Actor:
    """Give a person without those they act for: a substitution is not handed on."""
    if not person.active:
        return Actor(person.id, person.name)
    groups = {(held.role, str(held.department_id) if held.department_id else None) for held in person.roles}
    groups |= _taken_over(person)
    if (Role.CREATION_OFFICE, None) in groups:
        owner = frozenset({(PROCESS_OWNER, None)})
        return Actor(person.id, person.name, frozenset(groups) | owner, supervises=_EVERY_STEP)
    supervised = frozenset((Role.COLLECTOR.value, scope) for role, scope in groups if role == Role.DEPARTMENT_REVIEWER)
    return Actor(person.id, person.name, frozenset(groups), supervises=supervised)


def _taken_over(person: Person) -> set[tuple[str, str | None]]:
    """Give the roles a person holds in departments that were merged into their own: the open steps of those are theirs."""
    session = object_session(person)
    own = {held.department_id for held in person.roles if held.department_id is not None}
    if session is None or not own:
        return set()
    query = select(Department.id, Department.merged_into).where(Department.merged_into.is_not(None))
    merged = {old: new for old, new in session.execute(query)}  # noqa: C416 - a row is no pair to the type checker
    found: set[tuple[str, str | None]] = set()
    for old in merged:
        into: UUID | None = old
        while into in merged:
            into = merged[into]
        found |= {(held.role, str(old)) for held in person.roles if held.department_id == into}
    return found


def add_person(unit: UnitOfWork, facilities: Facilities, new: NewPerson) -> Person:
    """Add a person with roles, a password and a signing certificate. Raises BadField."""
    name = _checked_name(new.name)
    login = _checked_login(unit.session, new.login)
    check_password(new.password)
    person = Person(login=login, name=name, password_hash=_hasher.hash(new.password), created_at=unit.now)
    person.roles = _checked_roles(unit.session, new.roles)
    unit.session.add(person)
    unit.session.flush()
    certificate = personal_certificates.issue(unit, facilities, person, new.password)
    unit.record(
        CHAIN,
        "person.added",
        {"id": str(person.id), "login": login, "roles": _described(new.roles), "certificate": certificate.serial},
    )
    return person


def set_roles(unit: UnitOfWork, person_id: UUID, roles: Iterable[RoleGrant]) -> None:
    """Replace a person's roles; old and new go into the log.

    The certificate issued here speaks for somebody in these roles: when they change it is revoked, and the person has
    a new one issued with their own password. A certificate from outside says who they are, and stays.
    """
    person = get_person(unit.session, person_id)
    wanted = tuple(dict.fromkeys(roles))
    before = _described((Role(held.role), held.department_id) for held in person.roles)
    if person.id == unit.actor.id and Role.ADMINISTRATOR.value in before and (Role.ADMINISTRATOR, None) not in wanted:
        raise BadField(Field.ROLES, N_("You cannot take the administration from yourself. Ask another administrator."))
    kept = [held for held in person.roles if (Role(held.role), held.department_id) in wanted]
    held_already = {(Role(held.role), held.department_id) for held in kept}
    _check_combination(wanted)
    person.roles = kept + _checked_roles(unit.session, [grant for grant in wanted if grant not in held_already])
    after = _described(wanted)
    ended = after != before
    revoked = personal_certificates.revoke(unit, person.id, Revocation.ROLES, {CertificateTier.MANAGED}) if ended else []
    unit.record(CHAIN, "person.roles_set", {"id": str(person.id), "old": before, "new": after, "revoked": revoked})


def rename_person(unit: UnitOfWork, person_id: UUID, name: str) -> None:
    """Correct a person's full name. Certificates already issued keep the name they were issued with."""
    person = get_person(unit.session, person_id)
    clean = _checked_name(name)
    if clean == person.name:
        return
    old, person.name = person.name, clean
    unit.record(CHAIN, "person.renamed", {"id": str(person.id), "old": old, "new": clean})


def set_password(unit: UnitOfWork, facilities: Facilities, person_id: UUID, password: str) -> None:
    """Set a new password. The old signing key was locked with the old one: a new certificate is issued.

    A key in a device stays: nobody but its holder has the PIN.
    """
    person = get_person(unit.session, person_id)
    check_password(password)
    person.password_hash = _hasher.hash(password)
    revoked = personal_certificates.revoke(unit, person.id, Revocation.PASSWORD, personal_certificates.UNDER_PASSWORD)
    certificate = personal_certificates.issue(unit, facilities, person, password)
    details = {"id": str(person.id), "certificate": certificate.serial, "revoked": revoked}
    unit.record(CHAIN, "person.password_set", details)


def set_person_active(unit: UnitOfWork, person_id: UUID, *, active: bool) -> None:
    """Switch a person off (no sign-in, certificate revoked) or on again."""
    person = get_person(unit.session, person_id)
    if person.active == active:
        return
    if person.id == unit.actor.id:
        raise Invalid(N_("You cannot switch yourself off. Ask another administrator."))
    person.active = active
    details: dict[str, object] = {"id": str(person.id)}
    if not active:
        details["revoked"] = personal_certificates.revoke(unit, person.id, Revocation.LEFT)
    unit.record(CHAIN, "person.activated" if active else "person.deactivated", details)


def authenticate(session: Session, login: str, password: str) -> Person | None:
    """Give the person if login and password are right and the person is active; None otherwise."""
    person = session.scalars(select(Person).where(Person.login == login.strip().lower())).one_or_none()
    try:
        _hasher.verify(person.password_hash if person else _NOBODY, password)
    except VerifyMismatchError:
        return None
    return person if person is not None and person.active else None


def get_person(session: Session, person_id: UUID) -> Person:
    """Give a person. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(N_("There is no such person."))
    return person


def check_password(password: str) -> None:
    """Refuse a password that is too short to protect a signing key, or too long to lock one. Raises BadField."""
    if len(password) < MIN_PASSWORD:
        raise BadField(Field.PASSWORD, N_("A password needs at least {count} characters."), count=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        raise BadField(Field.PASSWORD, N_("A password may have {count} characters at most."), count=MAX_PASSWORD)


def _checked_name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise BadField(Field.NAME, N_("A person needs a full name."))
    if len(clean) > MAX_NAME:
        raise BadField(Field.NAME, N_("A name may have {count} characters at most."), count=MAX_NAME)
    return clean


def _checked_login(session: Session, login: str) -> str:
    clean = login.strip().lower()
    if not _LOGIN.fullmatch(clean):
        message = N_("A sign-in name has 2 to 40 letters, digits, points, hyphens or underscores.")
        raise BadField(Field.LOGIN, message)
    if session.scalar(select(Person.id).where(Person.login == clean)):
        raise BadField(Field.LOGIN, N_("The sign-in name {login} is taken. Choose another one."), login=clean)
    return clean


def _checked_roles(session: Session, grants: Iterable[RoleGrant]) -> list[RoleHeld]:
    wanted = list(dict.fromkeys(grants))
    _check_combination(wanted)
    for role, department_id in wanted:
        if (role in DEPARTMENT_ROLES) != (department_id is not None):
            raise BadField(Field.ROLES, N_("Collectors and reviewers belong to a department; the other roles to none."))
        if department_id is not None and session.get(Department, department_id) is None:
            raise BadField(Field.ROLES, N_("There is no such department."))
    return [RoleHeld(role=role.value, department_id=department_id) for role, department_id in wanted]


def _check_combination(grants: Iterable[RoleGrant]) -> None:
    roles = {role for role, _ in grants}
    if Role.ADMINISTRATOR in roles and roles & DECIDING_ROLES:
        raise BadField(Field.ROLES, N_("An administrator may approve nothing: give the deciding role to another person."))


def _described(grants: Iterable[RoleGrant]) -> list[str]:
    return sorted(f"{role.value}@{department_id}" if department_id else role.value for role, department_id in grants)
