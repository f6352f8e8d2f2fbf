"""Fills an empty database with the demonstration city 云江市 and eight weeks of its work, through the verbs only.

The files are drawn by processes of their own while people and cases come into being. A filling that was broken
off is never continued: the caller throws database, vault and authority away and starts over.
"""

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, reading, work
from models.audit import AuditEvent
from models.dossier import Dossier
from models.evidence import Assignment, Evidence
from models.people import Person, Role
from workflows.audit_checks import check_everything
from workflows.breakdown.document import BreakdownDocument, read_bytes
from workflows.breakdown.importing import campaign_named, import_document
from workflows.demo import city
from workflows.demo.acts import Act, Added
from workflows.demo.files import assist, make
from workflows.demo.player import Files, stage
from workflows.demo.story import story_of
from workflows.demo.workdays import LENGTH, WorkDays
from workflows.departments import add_department, find_department, set_group
from workflows.facilities import Facilities
from workflows.lifecycle.deployment import deploy_shipped
from workflows.people import NewPerson, actor_of, add_person

CHAIN = "demonstration"
_FILLED = "demonstration.filled"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class DemoReport:
    """What the city holds: people, cases by state, files handed in, dossiers."""

    people: int
    cases: dict[str, int]
    evidence: int
    dossiers: int


def fill(sessions: Sessions, facilities: Facilities, now: datetime, progress: Progress) -> DemoReport:
    """Build the city as it stands at `now`; a city that is built already is left as it is.

    `progress` is told a msgid at each stage. The authority must have been made with the clock at
    `workdays.beginning(now)`. Raises Conflict when the database holds anything else.
    """
    with reading(sessions) as session:
        known = report_of(session)
        if known is not None:
            return known
        if session.scalar(select(Person.id).limit(1)) is not None:
            message = N_("This database is in use or only half filled, so the city cannot be built in it. Start over with an empty one.")
            raise Conflict(message)
    document = read_bytes(city.TABLE_FILE, city.table_bytes())
    story = story_of(document, now)
    with _studio(facilities, story) as files:
        progress(N_("Founding the departments; issuing certificates to their people…"))
        _found(sessions, facilities, WorkDays(now))
        progress(N_("Importing the task breakdown table…"))
        _import(sessions, document, WorkDays(now))
        progress(N_("Living through eight weeks: collecting, reviewing, signing, archiving…"))
        player = stage(sessions, facilities, files)
        for act in story:
            player.play(act)
    check_everything(sessions, clock=lambda: now)
    return _finished(sessions, lambda: now)


def is_filled(session: Session) -> bool:
    """Say whether the city is built, from the first act to the last."""
    return report_of(session) is not None


def report_of(session: Session) -> DemoReport | None:
    """Give what the city held when it was finished; None while it is not."""
    row = session.scalars(select(AuditEvent).where(AuditEvent.chain_id == CHAIN, AuditEvent.action == _FILLED)).first()
    return None if row is None else DemoReport(**json.loads(row.body)["details"])


@contextmanager
def _studio(facilities: Facilities, story: Sequence[Act]) -> Iterator[Files]:
    """Draw every file of the story in processes beside this one, in the order they are needed."""
    # Fresh processes: a fork would share this one's connections to the database.
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(os.cpu_count(), mp_context=fresh, initializer=assist, initargs=(os.getpid(),))
    try:
        orders = [act.order for act in story if isinstance(act, Added)]
        yield {order: pool.submit(make, facilities.vault, order) for order in orders}
    finally:
        pool.shutdown(cancel_futures=True)


def _found(sessions: Sessions, facilities: Facilities, days: WorkDays) -> None:
    deploy_shipped(sessions, _at(days, LENGTH))
    with work(sessions, SYSTEM, _at(days, LENGTH)) as unit:
        ids = {name: add_department(unit, name).id for name in city.DEPARTMENTS}
    for number, one in enumerate(city.PEOPLE):
        with work(sessions, SYSTEM, _at(days, LENGTH - 0.05 - number * 0.01)) as unit:
            roles = ((one.role, ids[one.department] if one.department else None),)
            add_person(unit, facilities, NewPerson(one.login, one.name, one.password, roles))


def _import(sessions: Sessions, document: BreakdownDocument, days: WorkDays) -> None:
    with reading(sessions) as session:
        login = city.person(Role.CREATION_OFFICE).login
        officer = actor_of(session.scalars(select(Person).where(Person.login == login)).one())
    with work(sessions, officer, _at(days, LENGTH - 0.5)) as unit:
        for name, members in city.GROUPS.items():
            set_group(unit, name, [_id(unit, member) for member in members])
    with work(sessions, officer, _at(days, LENGTH - 0.6)) as unit:
        campaign = campaign_named(unit, city.campaign_name(unit.now))
        import_document(unit, campaign, city.TABLE_FILE, city.table_bytes(), document)


def _finished(sessions: Sessions, clock: Clock) -> DemoReport:
    with work(sessions, SYSTEM, clock) as unit:
        states = unit.session.execute(select(Assignment.state, func.count()).group_by(Assignment.state))
        report = DemoReport(
            people=len(city.PEOPLE),
            cases=dict(sorted((state, count) for state, count in states)),
            evidence=unit.session.scalar(select(func.count()).select_from(Evidence)) or 0,
            dossiers=unit.session.scalar(select(func.count()).select_from(Dossier)) or 0,
        )
        unit.record(CHAIN, _FILLED, asdict(report))
    return report


def _id(unit: UnitOfWork, name: str) -> UUID:
    department = find_department(unit.session, name)
    if department is None:
        message = f"{name} was not founded"
        raise LookupError(message)
    return department.id


def _at(days: WorkDays, before: float) -> Clock:
    return lambda: days.before(before)
