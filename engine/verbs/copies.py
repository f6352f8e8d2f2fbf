"""Copy (抄送): tell people about a process or one of its steps; they read it and need not act."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine import process
from engine.catalogue import N_
from engine.errors import Forbidden, Invalid, NotFound
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import locked
from engine.verbs.permissions import act_as, known_id, oversees, plain
from models.process import CopyNotice, WorkItem

MAX_PERSONS = 50


def copy(unit: UnitOfWork, item_id: int, persons: Sequence[Actor], note: str = "") -> list[CopyNotice]:
    """Send a copy of a step, open or done, to persons; who has an unread one of it already gets no second.

    Raises Forbidden for who has no part in the process, Invalid for nobody, oneself, or nobody new.
    """
    said = plain(note)
    item = locked.step(unit, item_id)
    if not _takes_part(unit, item):
        raise Forbidden(N_("Only people who have part in this case may send copies of it."))
    new = _new_readers(unit, item, _checked(unit.actor, persons))
    if not new:
        raise Invalid(N_("Everybody you chose has this copy already and has not read it yet."))
    notices = [
        CopyNotice(
            instance_id=item.instance_id, item_id=item.id, person_id=known_id(person),
            sent_by=unit.actor.id, sent_at=unit.now, note=said,
        )
        for person in new
    ]
    unit.session.add_all(notices)
    unit.session.flush()
    locked.record(unit, item, "copy.sent", {"to": [locked.named(person) for person in new], "note": said})
    return notices


def read(unit: UnitOfWork, notice_id: int) -> CopyNotice:
    """Mark a copy as read by the person it was sent to; a second time does nothing. Raises NotFound for everybody else."""
    notice = unit.session.get(CopyNotice, notice_id)
    if notice is None or notice.person_id != unit.actor.id:
        raise NotFound(N_("There is no such copy, or it is not for you."))
    found = process.lock_instance(unit, notice.instance_id)
    unit.session.refresh(notice)
    if notice.read_at is None:
        notice.read_at = unit.now
        unit.record(locked.chain_of(found), "copy.read", {"copy": notice.id})
    return notice


def copies_for(person_id: UUID) -> Select[CopyNotice]:
    """Select the copies of a person, newest first."""
    return select(CopyNotice).where(CopyNotice.person_id == person_id).order_by(CopyNotice.sent_at.desc(), CopyNotice.id.desc())


def unread(session: Session, person_id: UUID) -> Sequence[CopyNotice]:
    """Give the copies a person has not read yet, newest first."""
    return session.scalars(copies_for(person_id).where(CopyNotice.read_at.is_(None))).all()


def _takes_part(unit: UnitOfWork, item: WorkItem) -> bool:
    done = select(WorkItem.closed_by).where(WorkItem.instance_id == item.instance_id, WorkItem.closed_by.is_not(None))
    concerned = {item.assignee_id, item.owner_id, item.instance.initiator_id, *unit.session.scalars(done)} - {None}

    def has_part(actor: Actor) -> bool:
        return actor.id in concerned or actor.holds(item.candidate_group, item.scope) or oversees(item)(actor)

    return act_as(unit, has_part)


def _checked(actor: Actor, persons: Sequence[Actor]) -> list[Actor]:
    chosen = list({known_id(person): person for person in persons}.values())
    if not chosen:
        raise Invalid(N_("Choose at least one person to send the copy to."))
    if len(chosen) > MAX_PERSONS:
        raise Invalid(N_("A copy goes to {count} people at most. Choose those it concerns."), count=MAX_PERSONS)
    if any(person.id == actor.id for person in chosen):
        raise Invalid(N_("You know this case already: choose somebody else for the copy."))
    return chosen


def _new_readers(unit: UnitOfWork, item: WorkItem, chosen: Sequence[Actor]) -> list[Actor]:
    query = select(CopyNotice.person_id).where(CopyNotice.item_id == item.id, CopyNotice.read_at.is_(None))
    waiting = set(unit.session.scalars(query))
    return [person for person in chosen if person.id not in waiting]
