"""Where the deeds of tests/verbs_model.py are really done: the verbs of the engine on one database, and a look at all rows."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from itertools import combinations, pairwise
from uuid import UUID

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from engine import audit, definitions, messages, process, spiff, timers
from engine.audit import CASE
from engine.errors import Refused, StepFailed
from engine.unit_of_work import SYSTEM, Actor, Sessions, UnitOfWork, reading, work
from engine.verbs import approvers, claims, copies, handing_over, reminders, returning, substitution, suspension, withdrawing
from engine.work_items import queue_of, queue_of_person
from models.audit import AuditEvent
from models.process import EventSubscription, ProcessInstance, ProcessVersion, WorkItem
from office import MODELS, MORNING, person
from verbs_model import MACHINE, PANEL, PEOPLE, SEATS, SUPERVISES, Arranged, Copied, Deed, Item, World

NAMES = {person(name).id: name for name in PEOPLE}
KEPT = {"process_version", "alembic_version"}
Act = Callable[["Stage", UnitOfWork, Deed], object]


def known(who: str) -> UUID:
    """Give the id of a person."""
    found = person(who).id
    assert found is not None
    return found


def plain(who: str) -> Actor:
    """Give a person as an actor, without whom they substitute."""
    return Actor(known(who), who, SEATS[who], (), SUPERVISES.get(who, frozenset()))


class Stage:
    """One database and the world the model sees in it."""

    def __init__(self, database: Engine, sessions: Sessions) -> None:
        self.database = database
        self.sessions = sessions
        with work(sessions, SYSTEM) as unit:
            (version,) = definitions.deploy(unit, (MODELS / "approval_whole.bpmn").read_bytes(), "test")
            self.version_id = version.id
        with reading(sessions) as session:
            tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
        self.tables = [table for table in tables if table not in KEPT]
        parts = [f"(SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {table} x)" for table in self.tables]
        self.rows = text(f"SELECT md5(concat_ws(',', {', '.join(parts)}))")
        self.clear()

    def clear(self) -> None:
        """Empty the database, the log with it: append-only is for those who are not the owner of the server."""
        with self.database.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table in self.tables:
                connection.execute(text(f"DELETE FROM {table}"))
        self.world = World(MORNING)
        self.ids: dict[Item, int] = {}
        self.made: dict[Arranged, UUID] = {}
        self.sent: dict[Copied, int] = {}
        self.pressed: list[tuple[str, int, claims.Completion]] = []
        self.last: object = None

    # Doing.

    def actor(self, who: str) -> Actor:
        """Give a person as they act now."""
        if who == MACHINE:
            return SYSTEM
        _, *principals = self.world.acting(who)
        one = plain(who)
        return Actor(one.id, who, one.groups, tuple(plain(name) for name in principals), one.supervises)

    def attempt(self, deed: Deed) -> bool:
        """Try a deed; say whether it was done. A diagram that cannot go on is no refusal but a bug."""
        self.last = None
        try:
            if deed.verb == "timers":
                swept = timers.sweep(self.sessions, lambda: self.world.now)
                assert swept.failed == 0
                return swept.fired > 0
            with work(self.sessions, self.actor(deed.who), lambda: self.world.now) as unit:
                self.last = ACTS[deed.verb](self, unit, deed)
        except StepFailed:
            raise
        except Refused:
            return False
        return self.last is not False

    def both(self, first: Deed, second: Deed) -> tuple[bool, bool]:
        """Let two people do one step at once: the second presses while the first has taken it; say who did it."""
        with ThreadPoolExecutor(1) as other:
            try:
                with work(self.sessions, self.actor(first.who), lambda: self.world.now) as unit:
                    taken = process.take(unit, self.id_of(first))
                    pressing = other.submit(self.attempt, second)
                    self._until_it_waits(pressing.done, lambda: wait([pressing], timeout=0.01))
                    step = process.complete(unit, taken, first.to, facts(first))
                    unit.record(CASE + self.world.case.key, "work_item.completed", {}, step.change)
            except Refused:
                return False, pressing.result()
            return True, pressing.result()

    def _until_it_waits(self, done: Callable[[], bool], pause: Callable[[], object]) -> None:
        """Come back when the other command is over or waits for a lock: it can get no further."""
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        while not done():
            with self.database.connect() as connection:
                if connection.scalar(waiting):
                    return
            pause()

    def again(self, number: int) -> tuple[bool, bool]:
        """Send a command again that was done with its key, then the key with another outcome; say what was done anew."""
        who, item_id, done = self.pressed[number % len(self.pressed)]
        other = claims.Completion("another", done.result, key=done.key)
        with work(self.sessions, plain(who), lambda: self.world.now) as unit:
            anew = not claims.complete(unit, item_id, done).repeated
        try:
            with work(self.sessions, plain(who), lambda: self.world.now) as unit:
                claims.complete(unit, item_id, other)
        except Refused:
            return anew, False
        return anew, True

    def id_of(self, deed: Deed) -> int:
        """Give the number of the step a deed is about."""
        assert deed.item is not None
        return self.ids[deed.item]

    def completion(self, deed: Deed) -> claims.Completion:
        """Give the form somebody sends, with a key of its own."""
        with reading(self.sessions) as session:
            version = claims.version_of(session.get_one(WorkItem, self.id_of(deed)))
        key = f"{deed.who} {self.world.now.isoformat()}"
        return claims.Completion(deed.to, facts(deed), "意见", "before" if deed.stale else version, key)

    def digest(self) -> str:
        """Give a digest of every row there is."""
        with reading(self.sessions) as session:
            return str(session.scalar(self.rows))

    def events(self) -> int:
        """Give how many events were recorded."""
        with reading(self.sessions) as session:
            return session.scalar(select(func.count()).select_from(AuditEvent)) or 0

    # Looking.

    def learn(self, deed: Deed) -> None:
        """Find the rows of what a deed has made."""
        if isinstance(self.last, UUID):
            self.made[self.world.arranged[-1]] = self.last
        if deed.verb == "copy" and isinstance(self.last, int):
            self.sent[self.world.copies[-1]] = self.last
        if isinstance(self.last, claims.Completion):
            self.pressed.append((deed.who, self.id_of(deed), self.last))
        with reading(self.sessions) as session:
            rows = self._items(session)
        new = {(row.element, row.scope, NAMES.get(row.assignee_id)): row.id for row in rows if row.id not in self.ids.values()}
        for item in self.world.case.items:
            if item not in self.ids:
                key = (item.step, item.department, item.holder)
                assert key in new, f"after {deed} the step {key} is not there; new are {sorted(map(str, new))}"
                self.ids[item] = new.pop(key)
        assert not new, f"after {deed} nobody expects {sorted(map(str, new))}"

    def check(self, deed: Deed) -> None:
        """Compare every row with the model, the rows with the running process, and the log with both."""
        with reading(self.sessions) as session:
            case = self.world.case
            instance = session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == case.key)).one()
            rows = self._items(session)
            self._check_items(rows)
            separate(rows)
            self._check_process(session, instance, [row for row in rows if row.closed_at is None])
            trail = audit.trail(session, CASE + case.key)
            changes = [change for one in trail if (change := json.loads(one.body)["state"]) is not None]
            assert all(one["after"] == two["before"] for one, two in pairwise(changes))
            assert (changes[0]["before"], changes[-1]["after"]) == ("", instance.state_sha256)
            assert audit.verify(session).findings == ()
            if deed.verb in {"complete", "return"} and deed.item is not None:
                signed = [json.loads(trail[-1].body).get(one, {}).get("id") for one in ("actor", "for")]
                assert signed == [one and str(known(one)) for one in (deed.who, deed.item.done_for)]
            for who in {deed.who, deed.to} & set(PEOPLE):
                found = {NAMES[one] for one in substitution.principals_of(session, known(who), self.world.now)}
                assert found == set(self.world.acting(who)[1:])

    def _items(self, session: Session) -> Sequence[WorkItem]:
        query = select(WorkItem).where(WorkItem.business_key == self.world.case.key).order_by(WorkItem.id)
        return session.scalars(query).all()

    def _check_items(self, rows: Sequence[WorkItem]) -> None:
        expected = {self.ids[one]: one for one in self.world.case.items}
        assert {row.id for row in rows} == set(expected)
        for row in rows:
            item = expected[row.id]
            seen = (row.element, row.scope, row.closed_at is None, *(NAMES.get(one) for one in (row.closed_by, row.closed_for)))
            assert seen == (item.step, item.department, item.open, item.done_by, item.done_for)
            if item.open:
                assert (NAMES.get(row.assignee_id), NAMES.get(row.owner_id)) == (item.holder, item.owner)
                assert (row.opened_at is not None, row.reminded_at) == (item.opened, item.reminded)
            if item.outcome is not None:
                assert row.outcome == item.outcome

    def _check_process(self, session: Session, instance: ProcessInstance, open_ones: Sequence[WorkItem]) -> None:
        case = self.world.case
        execution = spiff.Execution.load(definitions.load(session, instance.version_id), instance.state)
        tasks = {(one.task_id, one.element, one.scope) for one in execution.open_tasks()}
        assert tasks == {(row.task_id, row.element, row.scope) for row in open_ones}
        assert len(open_ones) == len(tasks) == len(case.open())
        for row in open_ones:
            pool = queue_of(row.candidate_group, row.scope)
            assert row.queue == (pool if row.assignee_id is None else queue_of_person(row.assignee_id))
        stored = session.scalars(select(EventSubscription).where(EventSubscription.instance_id == instance.id)).all()
        waits = {(one.kind, one.name, one.task_id, one.correlation) for one in stored}
        assert waits == {(one.kind, one.name, one.task_id, one.correlation) for one in execution.subscriptions()}
        assert {name for _, name, *_ in waits} == self.world.awaited()
        assert instance.next_due == execution.next_due() == self.world.next_due()
        assert (instance.ended_at is not None, instance.suspended_at is not None) == (case.ended, case.suspended)
        assert execution.ended == case.ended
        assert case.ended != bool(open_ones or waits), "a case is lost"


def facts(deed: Deed) -> dict[str, object]:
    """Give what a form tells the diagram."""
    return {"departments": list(deed.to)} if deed.item is not None and deed.item.step == "assign" else {}


def separate(rows: Sequence[WorkItem]) -> None:
    """Check that nobody decided on what they, or somebody they stood for, had done before."""
    bound = {"review": {"collect"}, "issue": {"collect", "review"}}
    done = [(row.closed_at, row.id, row) for row in rows if row.closed_at is not None and row.closed_by is not None]
    for (*_, before), (*_, row) in combinations(sorted(done), 2):
        if before.element in bound.get(row.element, ()) and row.scope in {None, before.scope}:
            people = {before.closed_by, before.closed_for} & {row.closed_by, row.closed_for}
            assert people <= {None}, f"{row.element} was decided by {people}, who did {before.element}"


def _complete(stage: Stage, unit: UnitOfWork, deed: Deed) -> claims.Completion:
    done = stage.completion(deed)
    assert not claims.complete(unit, stage.id_of(deed), done).repeated
    return done


def _work(stage: Stage, unit: UnitOfWork, deed: Deed) -> None:
    step = process.complete(unit, process.take(unit, stage.id_of(deed)), "filed", {})
    unit.record(CASE + stage.world.case.key, "archive.completed", {}, step.change)


def _start(stage: Stage, unit: UnitOfWork, deed: Deed) -> None:
    version = unit.session.get_one(ProcessVersion, stage.version_id)
    step = process.start(unit, version, deed.to, {"approvers": [str(known(one)) for one in PANEL]})
    unit.record(CASE + deed.to, "case.opened", {}, step.change)


def _substitute(_stage: Stage, unit: UnitOfWork, deed: Deed) -> UUID:
    first, last = deed.numbers or (0, 0)
    period = substitution.Period(unit.now + timedelta(days=first), unit.now + timedelta(days=last))
    return substitution.substitute(unit, plain(deed.principal), plain(deed.to), period, deed.reason).id


def _add(stage: Stage, unit: UnitOfWork, deed: Deed) -> None:
    approvers.add_approver(unit, stage.id_of(deed), plain(deed.to), deed.reason, before=deed.numbers is not None)


def _revoke(stage: Stage, unit: UnitOfWork, deed: Deed) -> None:
    assert isinstance(deed.about, Arranged)
    substitution.revoke(unit, stage.made[deed.about], deed.reason)


def _read(stage: Stage, unit: UnitOfWork, deed: Deed) -> None:
    assert isinstance(deed.about, Copied)
    copies.read(unit, stage.sent[deed.about])


def _handed(verb: Callable[[UnitOfWork, int, Actor, str], object]) -> Act:
    return lambda stage, unit, deed: _let_go(verb(unit, stage.id_of(deed), plain(deed.to), deed.reason))


def _owned(verb: Callable[[UnitOfWork, str, str], object]) -> Act:
    return lambda stage, unit, deed: _let_go(verb(unit, stage.world.case.key, deed.reason))


def _let_go(_done: object) -> None:
    """Let go of rows that belong to a session about to end."""


ACTS: dict[str, Act] = {
    "claim": lambda stage, unit, deed: _let_go(claims.claim(unit, stage.id_of(deed))),
    "release": lambda stage, unit, deed: _let_go(claims.release(unit, stage.id_of(deed))),
    "complete": _complete,
    "open": lambda stage, unit, deed: withdrawing.opened(unit, stage.id_of(deed)),
    "return": lambda stage, unit, deed: returning.return_to(unit, stage.id_of(deed), deed.to, deed.reason, deed.numbers),
    "withdraw": lambda stage, unit, deed: withdrawing.withdraw(unit, stage.id_of(deed), deed.reason),
    "reassign": _handed(handing_over.reassign),
    "delegate": _handed(handing_over.delegate),
    "resolve": lambda stage, unit, deed: _let_go(handing_over.resolve(unit, stage.id_of(deed), deed.reason)),
    "add approver": _add,
    "remove approver": lambda stage, unit, deed: approvers.remove_approver(unit, stage.id_of(deed), deed.reason),
    "copy": lambda stage, unit, deed: copies.copy(unit, stage.id_of(deed), [plain(deed.to)], deed.reason)[0].id,
    "remind": lambda stage, unit, deed: _let_go(reminders.remind(unit, stage.id_of(deed), deed.reason)),
    "work of the machine": _work,
    "suspend": _owned(suspension.suspend),
    "resume": _owned(suspension.resume),
    "cancel": _owned(suspension.cancel),
    "substitute": _substitute,
    "end a substitution": _revoke,
    "read a copy": _read,
    "start": _start,
    "message": lambda stage, unit, deed: messages.correlate(unit, messages.Message(deed.to, business_key=stage.world.case.key)),
}
