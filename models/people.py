"""People, departments and who holds which role (人员、部门、角色)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
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


class CertificateTier(StrEnum):
    """Where a person's signing key lies: what a signature with it may be called depends on that."""

    MANAGED = "managed"  # issued by this system, encrypted under the person's password
    FILE = "file"  # a PKCS #12 file of an outside authority, encrypted under the person's password
    DEVICE = "device"  # a PKCS #11 device; the key never leaves it, its PIN is not stored


class Revocation(StrEnum):
    """Why a certificate is no longer used."""

    PASSWORD = "password"  # noqa: S105 - the word for it: a new password was set
    ROLES = "roles"  # the person's roles were changed
    LEFT = "left"  # the person was switched off
    REPLACED = "replaced"  # a new one was issued in its place
    REMOVED = "removed"  # the person no longer wants to use it


class PersonalCertificate(Base):
    """A person's signing certificate; a key kept here is encrypted under the person's own password (PKCS #8).

    `chain_pem`: the authorities above a certificate from outside, without the root. `token_label` and
    `token_key_id` (hexadecimal) find the key of a device, which has none here.
    """

    __tablename__ = "personal_certificate"
    __table_args__ = (
        CheckConstraint("(tier = 'device') = (encrypted_key_pem IS NULL)", name="key_place"),
        Index("uq_personal_certificate_in_use", text("sha256(certificate_pem)"), unique=True, postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[uuid_key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    tier: Mapped[str] = mapped_column(default=CertificateTier.MANAGED.value)
    serial: Mapped[str]
    certificate_pem: Mapped[bytes]
    chain_pem: Mapped[bytes] = mapped_column(default=b"")
    encrypted_key_pem: Mapped[bytes | None]
    token_label: Mapped[str | None]
    token_key_id: Mapped[str | None]
    issued_at: Mapped[datetime]
    not_after: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revocation: Mapped[str | None]


class UnlockedKey(Base):
    """A signing key, or the PIN of a device, unlocked for one sign-in: useless without the secret in that session's cookie."""

    __tablename__ = "unlocked_key"

    session_digest: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("personal_certificate.id"))
    ciphertext: Mapped[bytes]
    created_at: Mapped[datetime]
