"""Plays the story of the demonstration: every act becomes a verb of the product, by the right person, at its moment."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.unit_of_work import Actor, Sessions, UnitOfWork, reading, work
from models.breakdown import Rule
from models.evidence import Assignment
from models.people import Department, Person, Role
from models.process import ProcessInstance, WorkItem
from workflows import signing_keys
from workflows.demo import acts, city
from workflows.demo.files import Made, Order
from workflows.dossier.sheets import render_sheet
from workflows.dossier.signers import PersonSigner
from workflows.evidence import drafts, previews
from workflows.evidence.particulars import Particulars, keep
from workflows.facilities import Facilities
from workflows.lifecycle.archive import archive_case
from workflows.lifecycle.assign import AssignmentPlan, assign, suggested
from workflows.lifecycle.claims import claim
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import Signed, Verdict, decide, form_version
from workflows.lifecycle.signatures import Intent, prepare
from workflows.lifecycle.words import Step
from workflows.people import actor_of

Files = Mapping[Order, "Future[Made]"]


@dataclass(frozen=True)
class Case:
    """A case as the acts need it: its number and the requirements of its rule in their order."""

    no: str
    requirements: tuple[UUID, ...]


@dataclass
class Player:
    """The stage: who acts, the cases in the order of the table, and what was laid down so far."""

    sessions: Sessions
    facilities: Facilities
    files: Files
    cases: list[Case]
    departments: Mapping[str, UUID]
    actors: Mapping[str, Actor]
    evidence: dict[tuple[int, str, str], UUID] = field(default_factory=dict)
    signers: dict[str, PersonSigner] = field(default_factory=dict)

    def play(self, act: acts.Act) -> None:
        """Do one act. Whatever a verb refuses is a fault of the story and ends it."""
        _WAYS[type(act)](self, act)

    def assigned(self, act: acts.Assigned) -> None:
        """Hand a case out as its table says."""
        with self._work(act, self._office(act)) as unit:
            item = _open_item(unit.session, self.cases[act.case].no, Step.ASSIGN, None)
            assignment = unit.session.scalars(select(Assignment).where(Assignment.no == self.cases[act.case].no)).one()
            named = suggested(unit.session, assignment)
            chosen = tuple((one.department.id, one.role) for one in named if one.department is not None)
            assign(unit, item, AssignmentPlan(chosen, act.due_at))

    def claimed(self, act: acts.Claimed) -> None:
        """Take a collecting step on."""
        with self._at_desk(act) as (unit, item):
            claim(unit, item)

    def added(self, act: acts.Added) -> None:
        """Add a file, and keep its pictures as the worker does a moment later."""
        made = self.files[act.order].result()
        new = drafts.NewEvidence(
            file=made.file,
            sha256=made.stored.sha256,
            size=made.stored.size,
            file_name=act.order.name,
            requirement_id=self.cases[act.case].requirements[act.requirement],
            caption=dict(act.caption),
            event_date=act.event_date,
        )
        with self._at_desk(act) as (unit, item):
            evidence = drafts.add(unit, item, new)
            self.evidence[act.case, act.department, act.order.name] = evidence.id
            if act.page:
                keep(unit, item, Particulars(page_roles={evidence.id: act.page}))
        if made.view is not None and made.thumbnail is not None:
            previews.record_made(self.sessions, made.stored.sha256, made.view, made.thumbnail, lambda: act.at)

    def removed(self, act: acts.Removed) -> None:
        """Take a file out."""
        with self._at_desk(act) as (unit, item):
            drafts.remove(unit, item, self.evidence[act.case, act.department, act.name])

    def stated(self, act: acts.Stated) -> None:
        """State a figure."""
        with self._at_desk(act) as (unit, item):
            drafts.state_figure(unit, item, self.cases[act.case].requirements[act.requirement], act.value, act.note)

    def excused(self, act: acts.Excused) -> None:
        """Ask to be excused."""
        with self._at_desk(act) as (unit, item):
            drafts.waive(unit, item, self.cases[act.case].requirements[act.requirement], act.reason)

    def handed_in(self, act: acts.HandedIn) -> None:
        """Submit, and draw the sheet as the worker does a moment later."""
        with self._at_desk(act) as (unit, item):
            submission = submit(unit, item, act.statement)
        render_sheet(self.sessions, self.facilities, submission.id, lambda: act.at)

    def decided(self, act: acts.Decided) -> None:
        """Sign and decide."""
        in_department = act.step is Step.DEPARTMENT_REVIEW
        person = city.person(Role.DEPARTMENT_REVIEWER, act.department).login if in_department else self._office(act)
        scope = self.departments[act.department] if in_department else None
        named = (self.departments[act.department],) if act.department and not in_department else ()
        verdict = Verdict(act.outcome, act.remark, named, act.missing)
        with reading(self.sessions) as session:
            item = session.get_one(WorkItem, _open_item(session, self.cases[act.case].no, act.step, scope))
            version = form_version(session, item)
        sheets = prepare(self.sessions, self.facilities, Intent(item.id, verdict, self._signer(person), act.at))
        with self._work(act, person) as unit:
            decide(unit, item.id, verdict, Signed(version, sheets))

    def archived(self, act: acts.Archived) -> None:
        """Bind, seal and close."""
        with reading(self.sessions) as session:
            item = _open_item(session, self.cases[act.case].no, Step.ARCHIVE, None)
        archive_case(self.sessions, self.facilities, item, lambda: act.at)

    def _work(self, act: acts.Act, login: str) -> AbstractContextManager[UnitOfWork]:
        return work(self.sessions, self.actors[login], lambda: act.at)

    @contextmanager
    def _at_desk(self, act: acts.PartAct) -> Iterator[tuple[UnitOfWork, int]]:
        """Open a unit of work for the collector of a department, with the collecting step that is open there."""
        with self._work(act, city.person(Role.COLLECTOR, act.department).login) as unit:
            scope = self.departments[act.department]
            yield unit, _open_item(unit.session, self.cases[act.case].no, Step.COLLECT, scope)

    def _office(self, act: acts.Act) -> str:
        officers = [one.login for one in city.PEOPLE if one.role is Role.CREATION_OFFICE]
        return officers[act.case % len(officers)]

    def _signer(self, login: str) -> PersonSigner:
        if login not in self.signers:
            person_id = self.actors[login].id
            with reading(self.sessions) as session:
                signer = signing_keys.signer_with_password(session, person_id, city.PASSWORD) if person_id else None
            if signer is None:
                message = f"{login} has no signing certificate"
                raise RuntimeError(message)
            self.signers[login] = signer
        return self.signers[login]


def stage(sessions: Sessions, facilities: Facilities, files: Files) -> Player:
    """Set the stage in a founded city whose table is imported."""
    with reading(sessions) as session:
        wanted = select(Assignment).options(joinedload(Assignment.rule).selectinload(Rule.requirements))
        cases = [
            Case(one.no, tuple(requirement.id for requirement in one.rule.requirements))
            for one in session.scalars(wanted.order_by(Assignment.no))
        ]
        departments = {one.name: one.id for one in session.scalars(select(Department))}
        people = session.scalars(select(Person).options(selectinload(Person.roles)))
        actors = {one.login: actor_of(one) for one in people}
    return Player(sessions, facilities, files, cases, departments, actors)


def _open_item(session: Session, no: str, step: Step, scope: UUID | None) -> int:
    """Give the open step of a case, in the branch of a department where there is one."""
    query = (
        select(WorkItem.id)
        .join(ProcessInstance)
        .where(ProcessInstance.business_key == no, WorkItem.element == step, WorkItem.closed_at.is_(None))
    )
    if scope is not None:
        query = query.where(WorkItem.scope == str(scope))
    return session.scalars(query).one()


#: The method each kind of act is played by.
_WAYS: dict[type[acts.Act], Callable[[Player, Any], None]] = {
    acts.Assigned: Player.assigned,
    acts.Claimed: Player.claimed,
    acts.Added: Player.added,
    acts.Removed: Player.removed,
    acts.Stated: Player.stated,
    acts.Excused: Player.excused,
    acts.HandedIn: Player.handed_in,
    acts.Decided: Player.decided,
    acts.Archived: Player.archived,
}
