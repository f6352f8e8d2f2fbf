"""People, departments and who holds which role (人员、部门、角色)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, serial_key, uuid_key


class Role(StrEnum):
    """What a person may be; the first three are also candidate groups of the diagrams."""

    COLLECTOR = "collector"  # 资料员
    DEPARTMENT_REVIEWER = "department_reviewer"  # 部门审核人
    CREATION_OFFICE = "creation_office"  # 创文办
    LEADER = "leader"  # 领导小组
    AUDITOR = "auditor"  # 审计员
    ADMINISTRATOR = "administrator"  # 管理员


#: Roles held in one department; the others are held in the office as a whole.
DEPARTMENT_ROLES = frozenset({Role.COLLECTOR, Role.DEPARTMENT_REVIEWER})


class Department(Base):
    """A department, division or affiliated unit that owes evidence or decides on it.

    `name` is the one it has now. `merged_into`: the department that took it over; its cases stay its own.
    """

    __tablename__ = "department"

    id: Mapped[uuid_key]
    name: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)

    aliases: Mapped[list["DepartmentAlias"]] = relationship(back_populates="department")
    former_names: Mapped[list["FormerName"]] = relationship(order_by="(FormerName.until, FormerName.id)")


class FormerName(Base):
    """A name a department had until a day: on that day it already has the next one."""

    __tablename__ = "department_former_name"

    id: Mapped[serial_key]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    name: Mapped[str]
    until: Mapped[date]


class DepartmentAlias(Base):
    """Another name of a department, as task tables write it; confirmed once by a person."""

    __tablename__ = "department_alias"

    name: Mapped[str] = mapped_column(primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]

    department: Mapped[Department] = relationship(back_populates="aliases")


class RefusedAlias(Base):
    """A name a person said is not this department's; the two are not suggested to each other again."""

    __tablename__ = "department_alias_refused"

    name: Mapped[str] = mapped_column(primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), primary_key=True)
    refused_at: Mapped[datetime]
    refused_by: Mapped[UUID | None]


class DepartmentGroup(Base):
    """A group name such as 各科（室）; it stays a group until the office assigns the work.

    Who belongs to it on a day: `workflows.departments.members_on`.
    """

    __tablename__ = "department_group"

    id: Mapped[uuid_key]
    name: Mapped[str] = mapped_column(unique=True)


class GroupMember(Base):
    """What belongs to a group in a period: one department, another group, or everything under a department.

    Exactly one of the three is set. `since` is the first day (None: always), `until` the first day no longer (None:
    still).
    """

    __tablename__ = "department_group_member"
    __table_args__ = (
        CheckConstraint("num_nonnulls(department_id, subgroup_id, under_id) = 1", name="one_kind"),
        CheckConstraint("until > since", name="period"),
    )

    id: Mapped[serial_key]
    group_id: Mapped[UUID] = mapped_column(ForeignKey("department_group.id"), index=True)
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    subgroup_id: Mapped[UUID | None] = mapped_column(ForeignKey("department_group.id"))
    under_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    since: Mapped[date | None]
    until: Mapped[date | None]


class Person(Base):
    """Somebody who signs in. Never deleted: history names them."""

    __tablename__ = "person"

    id: Mapped[uuid_key]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default="zh")
    created_at: Mapped[datetime]

    roles: Mapped[list["RoleHeld"]] = relationship(back_populates="person", cascade="all, delete-orphan")


class RoleHeld(Base):
    """One role of one person, in one department where the role belongs to a department."""

    __tablename__ = "role_held"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "department_id", postgresql_nulls_not_distinct=True),
        Index("ix_role_held_role_department_id", "role", "department_id"),
    )

    id: Mapped[uuid_key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))

    person: Mapped[Person] = relationship(back_populates="roles")
    department: Mapped[Department | None] = relationship()


class PersonalCertificate(Base):
    """A person's signing certificate; the key is encrypted under the person's own password (PKCS #8)."""

    __tablename__ = "personal_certificate"

    id: Mapped[uuid_key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    serial: Mapped[str] = mapped_column(unique=True)
    certificate_pem: Mapped[bytes]
    encrypted_key_pem: Mapped[bytes]
    issued_at: Mapped[datetime]
    not_after: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class UnlockedKey(Base):
    """A signing key unlocked for one sign-in: useless without the secret in that session's cookie."""

    __tablename__ = "unlocked_key"

    session_digest: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("personal_certificate.id"))
    ciphertext: Mapped[bytes]
    created_at: Mapped[datetime]
