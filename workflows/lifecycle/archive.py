"""Archive (归档): the machine binds the dossier of an approved case, seals it and closes the case.

Three parts, each safe to repeat after a crash at any point: the archival number is reserved on the case (so a
second attempt uses the same one and no number is lost), the dossier is drawn and sealed outside any
transaction, and one transaction closes the case if nothing has changed since the drawing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine import process
from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, reading, utc_now, work
from engine.work_items import OpenItem
from models.breakdown import Campaign
from models.dossier import ArchivalCounter, Dossier
from models.evidence import Assignment
from models.process import WorkItem
from workflows.dossier.dossier_contents import DossierContents, contents_of
from workflows.dossier.dossiers import RETENTION_CODE, draw_dossier
from workflows.dossier.manifest import facts_of
from workflows.dossier.pades import seal
from workflows.dossier.signing_parts import signing_parts
from workflows.evidence.vault import Stored
from workflows.facilities import Facilities
from workflows.lifecycle import states
from workflows.lifecycle.cases import case_of, item_in
from workflows.lifecycle.words import Step, case_chain

#: Class of written records, and the office as the body that formed them (DA/T 22-2015 §5.3).
RECORDS, OFFICE = "WS", "CWB"
_SEAL_REASON = "卷宗归档"


@dataclass(frozen=True)
class Sealed:
    """A sealed dossier in the vault: its digest and size, its pages, the moment of the seal."""

    stored: Stored
    pages: int
    at: datetime


def archive_case(sessions: Sessions, facilities: Facilities, item_id: int, clock: Clock = utc_now) -> None:
    """Archive the case whose archive step is `item_id`. Does nothing when it is archived already.

    Raises Conflict when the case changed while its dossier was drawn: the job is then tried again.
    """
    with work(sessions, SYSTEM, clock) as unit:
        item = _open_item(unit, item_id)
        if item is None:
            return
        _reserve_code(unit, case_of(unit.session, item))
    with reading(sessions) as session:
        contents = contents_of(session, facilities.organisation, case_of(session, item_in(session, item_id)))
    sealed = _sealed(sessions, facilities, contents, clock)
    with work(sessions, SYSTEM, clock) as unit:
        item = _open_item(unit, item_id)
        if item is not None:
            _close(unit, item, contents, sealed)


def class_code(session: Session, assignment: Assignment) -> str:
    """Give the lowest class a case is filed in: 全宗号-档案门类代码·年度-保管期限代码-机构代码."""
    campaign = session.get_one(Campaign, assignment.campaign_id)
    return f"{campaign.fonds_code}-{RECORDS}·{campaign.year}-{RETENTION_CODE}-{OFFICE}"


def _open_item(unit: UnitOfWork, item_id: int) -> OpenItem | None:
    """Lock the case and give its open archive step, or None when another worker has done it."""
    process.lock_instance(unit, item_in(unit.session, item_id).instance_id)
    item = unit.session.get_one(WorkItem, item_id, populate_existing=True)
    if item.element != Step.ARCHIVE:
        raise Invalid(N_("This step is not the one that archives."))
    return None if item.closed_at is not None else process.take(unit, item_id)


def _reserve_code(unit: UnitOfWork, assignment: Assignment) -> None:
    if assignment.archival_code is not None:
        return
    code = class_code(unit.session, assignment)
    unit.session.execute(insert(ArchivalCounter).values(class_code=code, last=0).on_conflict_do_nothing())
    counter = unit.session.execute(
        select(ArchivalCounter).where(ArchivalCounter.class_code == code).with_for_update()
    ).scalar_one()
    counter.last += 1
    assignment.archival_code = f"{code}-{counter.last:04d}"
    unit.record(case_chain(assignment.no), "archival_code.reserved", {"archival_code": assignment.archival_code})


def _sealed(sessions: Sessions, facilities: Facilities, contents: DossierContents, clock: Clock) -> Sealed:
    drawn = draw_dossier(facilities.vault, contents)
    at = clock()
    pdf = seal(drawn.pdf, None, signing_parts(sessions, facilities, clock), _SEAL_REASON, at)
    return Sealed(facilities.vault.put_bytes(pdf), drawn.pages, at)


def _close(unit: UnitOfWork, item: OpenItem, contents: DossierContents, sealed: Sealed) -> None:
    assignment = case_of(unit.session, item)
    if {**facts_of(unit.session, assignment), "events": contents.facts["events"]} != contents.facts:
        raise Conflict(N_("Case {no} changed while its dossier was being made; it is made anew."), no=assignment.no)
    unit.session.add(
        Dossier(
            assignment_id=assignment.id,
            archival_code=contents.archival_code,
            title=assignment.title,
            year=contents.year,
            retention_period=RETENTION_CODE,
            pages=sealed.pages,
            pdf_sha256=sealed.stored.sha256,
            size=sealed.stored.size,
            sealed_at=sealed.at,
        )
    )
    step = process.complete(unit, item, "archived", {})
    states.refresh(unit, assignment)
    details = {
        "archival_code": contents.archival_code,
        "sha256": sealed.stored.sha256,
        "size": sealed.stored.size,
        "pages": sealed.pages,
        "sheets": list(contents.sheets),
        "events": contents.facts["events"],
    }
    unit.record(case_chain(assignment.no), "dossier.archived", details, step.change)
