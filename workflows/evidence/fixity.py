"""The check of the vault (完好核验): every file is read again from time to time, those longest unread first.

A file that is missing or altered is recorded on the chain `vault`, shown as damaged wherever it is used, and no
byte of it is given out until it has been mended: by handing the same bytes in again, or by putting the file back
from a backup and checking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine.unit_of_work import SYSTEM, Actor, Clock, Sessions, UnitOfWork, reading, utc_now, work
from models.dossier import ApprovalSheet, Dossier, SheetSignature
from models.evidence import Assignment, Contribution, Evidence, StoredFile
from models.photos import FilePage, FileRendering
from models.uploads import FileCheck
from workflows.evidence.vault import BLOCK, Damaged, Stored, Vault

CHAIN = "vault"
NOTED, CHECKED, DAMAGED, MENDED = "vault.files_noted", "vault.checked", "vault.file_damaged", "vault.file_mended"

#: Everything that refers to a file of the vault.
_REFERRING = (
    StoredFile.sha256, StoredFile.thumbnail_sha256, StoredFile.view_sha256, FileRendering.pdf_sha256, FilePage.picture_sha256,
    ApprovalSheet.unsigned_sha256, ApprovalSheet.current_sha256, SheetSignature.pdf_sha256, Dossier.pdf_sha256,
)  # fmt: skip
#: Files recorded together, and uses of a damaged file named with it.
_PAGE, _USES = 500, 5


@dataclass(frozen=True)
class Finding:
    """One file that was read: as it should be (`damage` empty), `missing` or `altered`."""

    sha256: str
    damage: str
    stored: Stored | None


@dataclass(frozen=True)
class Outcome:
    """What one check came to: files and bytes read, the damaged ones, those that were damaged before and are not now."""

    files: int
    read_bytes: int
    damaged: tuple[Finding, ...]
    mended: tuple[str, ...]


@dataclass(frozen=True)
class Use:
    """Where a file is handed in: number of the case, name of the file there."""

    case_no: str
    file_name: str


@dataclass(frozen=True)
class DamagedFile:
    """A file known to be damaged: since when, how, and where it is used."""

    sha256: str
    damage: str
    damaged_at: datetime
    uses: tuple[Use, ...]


def check_files(
    sessions: Sessions, vault: Vault, budget: int | None, clock: Clock = utc_now, actor: Actor = SYSTEM
) -> Outcome:
    """Read files again, longest unread first, until `budget` bytes have been read; None: every file. Records the outcome.

    Raises Unreachable when the store does not answer; that says nothing about the files.
    """
    _note_new(sessions, clock, actor)
    begun, left = clock(), budget
    files, read_bytes, damaged, mended = 0, 0, list[Finding](), list[str]()
    while page := _due(sessions, begun):
        findings = list(_within(vault, page, left))
        with work(sessions, actor, clock) as unit:
            mended += _record(unit, findings)
        size = sum(one.stored.size for one in findings if one.stored)
        files, read_bytes = files + len(findings), read_bytes + size
        damaged += [one for one in findings if one.damage]
        if left is not None:
            left -= size
            if left <= 0:
                break
    return Outcome(files, read_bytes, tuple(damaged), tuple(mended))


def note_damage(sessions: Sessions, damaged: Damaged, clock: Clock = utc_now) -> None:
    """Record a damaged file that was met while it was to be read; nothing when it is known."""
    with reading(sessions) as session:
        known = session.get(FileCheck, damaged.sha256)
    if known is not None and known.damaged_at is not None:
        return
    with work(sessions, SYSTEM, clock) as unit:
        _settle(unit, Finding(damaged.sha256, damaged.finding, None))


def note_kept(unit: UnitOfWork, stored: Stored) -> None:
    """Note a file that has just been kept, its bytes as they should be; that mends it where it was damaged.

    The caller records what the file was kept for.
    """
    _settle(unit, Finding(stored.sha256, "", stored))


def check_of(session: Session, sha256: str) -> FileCheck | None:
    """Give what is known of a file."""
    return session.get(FileCheck, sha256)


def damaged_among(session: Session, digests: Sequence[str]) -> frozenset[str]:
    """Say which of these files are known to be damaged."""
    query = select(FileCheck.sha256).where(FileCheck.sha256.in_(digests), FileCheck.damaged_at.is_not(None))
    return frozenset(session.scalars(query))


def damaged_files(session: Session, limit: int) -> list[DamagedFile]:
    """Give the damaged files, newest finding first."""
    query = select(FileCheck).where(FileCheck.damaged_at.is_not(None)).order_by(FileCheck.damaged_at.desc()).limit(limit)
    return [
        DamagedFile(one.sha256, one.damage, one.damaged_at, _uses(session, one.sha256))
        for one in session.scalars(query)
        if one.damaged_at is not None
    ]


def count_damaged(session: Session) -> int:
    """Count the damaged files."""
    return session.scalar(select(func.count()).where(FileCheck.damaged_at.is_not(None))) or 0


def _note_new(sessions: Sessions, clock: Clock, actor: Actor) -> None:
    """Take up the files nobody has checked yet."""
    files = union(*(select(column.label("sha256")).where(column.is_not(None)) for column in _REFERRING)).subquery()
    unknown = select(files.c.sha256).outerjoin(FileCheck, FileCheck.sha256 == files.c.sha256).where(FileCheck.sha256.is_(None))
    with work(sessions, actor, clock) as unit:
        noted = unit.session.execute(insert(FileCheck).from_select(["sha256"], unknown).on_conflict_do_nothing().returning(FileCheck.sha256))
        if count := len(noted.all()):
            unit.record(CHAIN, NOTED, {"files": count})


def _due(sessions: Sessions, begun: datetime) -> list[str]:
    unread = or_(FileCheck.checked_at.is_(None), FileCheck.checked_at < begun)
    query = select(FileCheck.sha256).where(unread).order_by(FileCheck.checked_at.asc().nulls_first(), FileCheck.sha256).limit(_PAGE)
    with reading(sessions) as session:
        return list(session.scalars(query))


def _within(vault: Vault, digests: Sequence[str], budget: int | None) -> Iterator[Finding]:
    read = 0
    for sha256 in digests:
        finding = _checked(vault, sha256)
        read += finding.stored.size if finding.stored else 0
        yield finding
        if budget is not None and read >= budget:
            return


def _checked(vault: Vault, sha256: str) -> Finding:
    try:
        return Finding(sha256, "", vault.check(sha256))
    except Damaged as damaged:
        return Finding(sha256, damaged.finding, None)


def _record(unit: UnitOfWork, findings: Sequence[Finding]) -> list[str]:
    """Write down what was found; give the digests that have been mended."""
    mended = [one.sha256 for one in findings if _settle(unit, one)]
    size = sum(one.stored.size for one in findings if one.stored)
    damaged = sum(bool(one.damage) for one in findings)
    unit.record(CHAIN, CHECKED, {"files": len(findings), "bytes": size, "damaged": damaged, "mended": len(mended)})
    return mended


def _settle(unit: UnitOfWork, finding: Finding) -> bool:
    """Bring the row of a file up to date, with an event when it was found damaged or mended; say whether it was mended."""
    before = unit.session.get(FileCheck, finding.sha256)
    was_damaged = before is not None and before.damaged_at is not None
    values: dict[str, Any] = {"checked_at": unit.now, "damage": finding.damage}
    if not finding.damage:
        values["damaged_at"] = None
    elif not was_damaged:
        values["damaged_at"] = unit.now
    if finding.stored is not None:
        large = finding.stored.size > BLOCK
        values |= {"size": finding.stored.size, "blocks": finding.stored.blocks if large else None}
    statement = insert(FileCheck).values(sha256=finding.sha256, **values)
    unit.session.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=values))
    if bool(finding.damage) != was_damaged:
        _tell(unit, finding)
    return was_damaged and not finding.damage


def _tell(unit: UnitOfWork, finding: Finding) -> None:
    uses = [[one.case_no, one.file_name] for one in _uses(unit.session, finding.sha256)]
    details = {"sha256": finding.sha256, "uses": uses}
    if finding.damage:
        unit.record(CHAIN, DAMAGED, {**details, "damage": finding.damage})
    else:
        unit.record(CHAIN, MENDED, details)


def _uses(session: Session, sha256: str) -> tuple[Use, ...]:
    query = (
        select(Assignment.no, Evidence.file_name)
        .select_from(Evidence)
        .join(Contribution, Contribution.id == Evidence.contribution_id)
        .join(Assignment, Assignment.id == Contribution.assignment_id)
        .where(Evidence.file_sha256 == sha256)
        .order_by(Assignment.no, Evidence.file_name)
        .distinct()
        .limit(_USES)
    )
    return tuple(Use(no, name) for no, name in session.execute(query))
