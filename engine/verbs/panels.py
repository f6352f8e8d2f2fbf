"""Steps that several people do, at once (会签) or in turn (依次): who is asked, and that nobody has two votes."""

from collections.abc import Iterator
from uuid import UUID

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs.permissions import answers_for, known_id
from models.process import ProcessVersion, WorkItem

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def asks_several(session: Session, item: WorkItem) -> bool:
    """Say whether the diagram asks several people in this step: a multi-instance user task that says whom it asks."""
    if "assignee" not in item.properties:
        return False
    loop = f".//{BPMN}userTask[@id='{item.element}']/{BPMN}multiInstanceLoopCharacteristics"
    return any(etree.fromstring(xml).find(loop) is not None for xml in _drawn(session, item.instance.version))


def same_visit(session: Session, item: WorkItem) -> list[WorkItem]:
    """Give everybody asked in a step since the case last came to it, decided or not, the first asked first.

    A step is never left while one of them is open, so the visits of a case to it are the groups of items whose
    times touch.
    """
    query = select(WorkItem).where(WorkItem.instance_id == item.instance_id, WorkItem.element == item.element)
    visit: list[WorkItem] = []
    for one in session.scalars(query.order_by(WorkItem.created_at, WorkItem.id)):
        if visit and all(before.closed_at is not None and before.closed_at < one.created_at for before in visit):
            visit = []
        visit.append(one)
    return visit


def check_not_asked(unit: UnitOfWork, item: WorkItem, person: Actor, *, besides: WorkItem | None = None) -> None:
    """Refuse to give somebody a second say in the step that `item` belongs to. Raises Conflict.

    `besides` is the item that passes from one hand to another: who is asked by it does not count.
    """
    asked = (one for one in same_visit(unit.session, item) if one is not besides and one.scope == item.scope)
    if any(known_id(person) in _asked_in(one) for one in asked):
        raise Conflict(N_("{name} is asked in this step already."), name=person.name)


def _asked_in(item: WorkItem) -> frozenset[UUID | None]:
    """Give who is asked by an open step, or who decided in a closed one and for whom."""
    return frozenset({answers_for(item)} if item.closed_at is None else {item.closed_by, item.closed_for})


def _drawn(session: Session, version: ProcessVersion) -> Iterator[bytes]:
    """Give the diagram of a version and of every process it calls, at any depth."""
    seen: set[UUID] = set()
    waiting = [version]
    while waiting:
        one = waiting.pop()
        yield one.xml
        called = {UUID(key) for key in one.calls.values()} - seen
        seen |= called
        waiting.extend(session.get_one(ProcessVersion, key) for key in called)
