"""A small office for tests of the engine: people without accounts, four kinds of approval, and how they are played."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import select

from engine import audit, definitions, process
from engine.audit import CASE
from engine.catalogue import translate
from engine.errors import Refused
from engine.unit_of_work import SYSTEM, Actor, Sessions, UnitOfWork, reading, work
from engine.verbs.claims import Completion, complete
from engine.verbs.idempotency import Answer
from engine.verbs.permissions import PROCESS_OWNER
from models.audit import AuditEvent
from models.process import ProcessInstance, WorkItem

MODELS = Path(__file__).parent / "models"
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_NAMES = UUID("7f1d3f3e-54a5-4f0e-9d0e-4c3f0f1a2b5d")


def person(name: str, *groups: str, supervises: Sequence[str] = (), principals: Sequence[Actor] = ()) -> Actor:
    """Make an actor; the same name is always the same person."""
    return Actor(
        uuid5(_NAMES, name),
        name,
        frozenset((group, None) for group in groups),
        tuple(principals),
        frozenset((group, None) for group in supervises),
    )


DRAFTER = person("拟稿人", "drafter")
SECOND_DRAFTER = person("另一拟稿人", "drafter")
REVIEWER = person("审核人", "reviewer")
SECOND_REVIEWER = person("另一审核人", "reviewer")
ISSUER = person("签发人", "office")
CHIEF = person("科长", supervises=("drafter", "reviewer", "approver"))
OWNER = person("流程管理员", PROCESS_OWNER)
STRANGER = person("旁人")
JIA, YI, BING, DING = (person(name, "approver") for name in ("甲", "乙", "丙", "丁"))
KEY = "T-1"


@contextmanager
def refused(kind: type[Refused], english: str, chinese: str) -> Iterator[None]:
    """Expect a refusal of this kind with these words, in both languages."""
    with pytest.raises(kind, match=re.escape(english)) as caught:
        yield
    assert chinese in translate("zh", caught.value.message, **caught.value.params)


@dataclass
class Office:
    """One process in one database, and a clock that goes on by a minute with every command."""

    sessions: Sessions
    now: datetime = MORNING
    key: str = KEY
    _opened: list[int] = field(default_factory=list)

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work a minute after the last."""
        self.now += timedelta(minutes=1)
        return work(self.sessions, actor, lambda: self.now)

    def begin(self, model: str, *panel: Actor, initiator: Actor | None = None) -> None:
        """Deploy a model and start it for a panel of approvers."""
        xml = (MODELS / f"{model}.bpmn").read_bytes()
        with self.work(SYSTEM) as unit:
            (version,) = definitions.deploy(unit, xml, "test")
            step = process.start(unit, version, self.key, {"approvers": [str(one.id) for one in panel]})
            unit.record(CASE + self.key, "case.opened", {}, step.change)
        if initiator is not None:
            with self.work(SYSTEM) as unit:
                self.instance_in(unit).initiator_id = initiator.id
                unit.record(CASE + self.key, "case.named", {})

    def instance_in(self, unit: UnitOfWork) -> ProcessInstance:
        """Give the process inside a unit of work."""
        return unit.session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == self.key)).one()

    def instance(self) -> ProcessInstance:
        """Give the process as it is stored."""
        with reading(self.sessions) as session:
            return session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == self.key)).one()

    def items(self) -> list[WorkItem]:
        """Give every step, oldest first."""
        query = select(WorkItem).join(ProcessInstance).where(ProcessInstance.business_key == self.key)
        with reading(self.sessions) as session:
            return list(session.scalars(query.order_by(WorkItem.id)))

    def open(self) -> list[str]:
        """Give the elements of the open steps, oldest first."""
        return [one.element for one in self.items() if one.closed_at is None]

    def item(self, element: str, holder: Actor | None = None) -> WorkItem:
        """Give the one open step of an element, in the hands of `holder` where several are open."""
        found = [
            one
            for one in self.items()
            if one.closed_at is None and one.element == element and (holder is None or one.assignee_id == holder.id)
        ]
        assert len(found) == 1, f"{len(found)} open steps {element}, open are {self.open()}"
        return found[0]

    def stored(self, item_id: int) -> WorkItem:
        """Give a step as it is stored."""
        with reading(self.sessions) as session:
            return session.get_one(WorkItem, item_id)

    def do(self, actor: Actor, element: str, outcome: str = "done", result: Mapping[str, Any] | None = None) -> Answer:
        """Let somebody do their open step of an element."""
        open_ones = [one for one in self.items() if one.closed_at is None and one.element == element]
        mine = [one for one in open_ones if one.assignee_id == actor.id] or open_ones
        with self.work(actor) as unit:
            return complete(unit, mine[0].id, Completion(outcome, result or {}))

    def trail(self) -> list[AuditEvent]:
        """Give the events of the process."""
        with reading(self.sessions) as session:
            return audit.trail(session, CASE + self.key)

    def actions(self) -> list[str]:
        """Give what was recorded, in order, without the beginning."""
        return [one.action for one in self.trail()][1:]

    def check(self) -> None:
        """Check the chain, that the stored state is the recorded one, and that something is open or all has ended."""
        with reading(self.sessions) as session:
            verdict = audit.verify(session)
        assert verdict.intact, verdict.findings
        assert bool(self.open()) != (self.instance().ended_at is not None)
