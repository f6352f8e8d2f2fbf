"""Who may do what to a step or a process, and the rule of the reason (权限、事由)."""

import unicodedata
from collections.abc import Callable
from uuid import UUID

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid
from engine.spiff import PROCESS_OWNER
from engine.unit_of_work import Actor, UnitOfWork
from models.process import WorkItem

#: In characters; what a person reads again, not a document.
MAX_REASON = 2000


def given_reason(text: str) -> str:
    """Give a reason as it is recorded. Raises Invalid when there is none or it is too long."""
    reason = plain(text)
    if not reason:
        raise Invalid(N_("Give a reason: it is kept in the history of the case."))
    return reason


def plain(text: str) -> str:
    """Give a remark as records keep it: trimmed, NFC, without control characters. Raises Invalid when too long."""
    writable = text.encode("utf-8", "ignore").decode()
    kept = "".join(sign for sign in writable if sign.isprintable() or sign in "\n\t")
    clean = unicodedata.normalize("NFC", kept).strip()
    if len(clean) > MAX_REASON:
        raise Invalid(N_("This text may have {count} characters at most."), count=MAX_REASON)
    return clean


def act_as(unit: UnitOfWork, entitled: Callable[[Actor], bool]) -> bool:
    """Say whether this actor is entitled, or somebody they substitute now; then the events carry both names."""
    for one in (unit.actor, *unit.actor.principals):
        if entitled(one):
            unit.on_behalf_of = None if one is unit.actor else one
            return True
    return False


def acts_as(actor: Actor, person_id: UUID | None) -> bool:
    """Say whether this actor is that person, or substitutes them now."""
    return person_id is not None and person_id in {actor.id, *(one.id for one in actor.principals)}


def answers_for(item: WorkItem) -> UUID | None:
    """Give who answers for a step: the principal while it is delegated, else who holds it."""
    return item.owner_id or item.assignee_id


def holds(item: WorkItem) -> Callable[[Actor], bool]:
    """Give the test for the person who answers for a step."""
    return lambda actor: actor.id is not None and actor.id == answers_for(item)


def supervises(item: WorkItem) -> Callable[[Actor], bool]:
    """Give the test for who supervises the people of a step."""
    return lambda actor: actor.may_supervise(item.candidate_group, item.scope)


def oversees(item: WorkItem) -> Callable[[Actor], bool]:
    """Give the test for who supervises a step or owns all processes."""
    return lambda actor: supervises(item)(actor) or owns_processes(actor)


def owns_processes(actor: Actor) -> bool:
    """Say whether this actor may stop, resume and end processes."""
    return actor.holds(PROCESS_OWNER)


def check_process_owner(unit: UnitOfWork) -> None:
    """Refuse everybody but the owners of processes."""
    if not act_as(unit, owns_processes):
        raise Forbidden(N_("Only the office that owns the process may do this. Ask the creation office."))


def check_holder_or_supervisor(unit: UnitOfWork, item: WorkItem) -> None:
    """Refuse everybody but who answers for a step and who supervises it."""
    if not act_as(unit, lambda one: holds(item)(one) or supervises(item)(one)):
        raise Forbidden(N_("Only the person who holds this step or their supervisor may do this."))


def check_not_delegated(item: WorkItem) -> None:
    """Refuse what only the person who answers for a step may do while it lies with somebody else."""
    if item.owner_id is not None:
        raise Conflict(N_("This step was delegated: first it is handed back with a note, then it goes on."))


def known_id(person: Actor) -> UUID:
    """Give the id of a person. Raises Invalid for the machine, which is nobody."""
    if person.id is None:
        raise Invalid(N_("Choose a person: a step is never handed to nobody."))
    return person.id
