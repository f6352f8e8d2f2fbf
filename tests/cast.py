"""The fixed small cast of the tests: three departments, their people, one imported table, and how they act.

Everything is done through the verbs, so a test arranges what a user could have done. Only approval sheets are
laid down as rows (`sign`): drawing and signing real ones is slow and has tests of its own in tests/pdf.
"""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import process
from engine.audit import Verdict as AuditVerdict
from engine.audit import verify
from engine.unit_of_work import SYSTEM, Actor, Sessions, UnitOfWork, reading, work
from models.breakdown import BreakdownTable, Requirement, Rule
from models.dossier import ApprovalSheet
from models.evidence import Assignment, Contribution, Submission
from models.people import Department, PersonalCertificate, Person, Role
from models.process import ProcessInstance, WorkItem
from workflows.breakdown.document import read_bytes
from workflows.breakdown.importing import campaign_named, import_document
from workflows.departments import add_department, set_group
from workflows.dossier.sheet_signing import SignedSheet
from workflows.evidence import drafts
from workflows.evidence.intake import ExaminedFile
from workflows.facilities import Facilities
from workflows.lifecycle import states
from workflows.lifecycle.assign import RESPONSIBLE, AssignmentPlan, assign
from workflows.lifecycle.cases import case_of
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import DecisionResult, Outcome, Signed, Verdict, concerned, decide, form_version
from workflows.lifecycle.deployment import deploy_shipped
from workflows.lifecycle.words import Step, case_chain
from workflows.people import NewPerson, actor_of, add_person

CAMPAIGN = "2026年创建文明城市"
PASSWORD = "gongkai-mima-8"
DEPARTMENTS = ("甲科", "乙科", "丙科")

#: login → name, roles with the department each is held in.
PEOPLE: dict[str, tuple[str, tuple[tuple[Role, str | None], ...]]] = {
    "zhao": ("赵敏", ((Role.CREATION_OFFICE, None),)),
    "zhou": ("周宁", ((Role.CREATION_OFFICE, None),)),
    "qian": ("钱立", ((Role.COLLECTOR, "甲科"),)),
    "sun": ("孙平", ((Role.DEPARTMENT_REVIEWER, "甲科"),)),
    "li": ("李青", ((Role.COLLECTOR, "乙科"),)),
    "wu": ("吴桐", ((Role.DEPARTMENT_REVIEWER, "乙科"),)),
    "zheng": ("郑和", ((Role.COLLECTOR, "丙科"),)),
    "wang": ("王芳", ((Role.DEPARTMENT_REVIEWER, "丙科"),)),
    # Sits on every chair of 甲科 and in the office too: the one the rules of recusal are for.
    "wei": ("卫东", ((Role.COLLECTOR, "甲科"), (Role.DEPARTMENT_REVIEWER, "甲科"), (Role.CREATION_OFFICE, None))),
    "feng": ("冯远", ((Role.AUDITOR, None),)),
    "chen": ("陈刚", ((Role.LEADER, None),)),
    "chu": ("褚文", ((Role.ADMINISTRATOR, None),)),
}
COLLECTORS = {"甲科": "qian", "乙科": "li", "丙科": "zheng"}
REVIEWERS = {"甲科": "sun", "乙科": "wu", "丙科": "wang"}

#: Four rules: two departments, one department, a lead with an assistant, a group that has no members yet.
TABLE = """共性任务分解表（10分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t街面秩序
\t街面整洁，无乱贴乱画。
\t2
\t甲科、乙科
\t至少2张照片，注明时间、地点。

\t宣传氛围
\t公益广告上墙，设置合理。
\t3
\t丙科
\t提供说明报告。

\t队伍建设
\t组织志愿服务活动。
\t4
\t牵头：甲科；配合：丙科
\t提供工作总结。

\t日常管理
\t各科室落实值班制度。
\t1
\t各科（室）
\t提供值班表。
"""
STREETS, POSTERS, VOLUNTEERS, DUTY = "CJ-2026-0001", "CJ-2026-0002", "CJ-2026-0003", "CJ-2026-0004"
GROUP = "各科室"


def settle(sessions: Sessions, facilities: Facilities) -> None:
    """Found the city in an empty database: diagrams, departments, people with certificates, the table."""
    deploy_shipped(sessions)
    with work(sessions, SYSTEM) as unit:
        ids = {name: add_department(unit, name).id for name in DEPARTMENTS}
    for login, (name, roles) in PEOPLE.items():
        grants = tuple((role, ids[department] if department else None) for role, department in roles)
        with work(sessions, SYSTEM) as unit:
            add_person(unit, facilities, NewPerson(login, name, PASSWORD, grants))
    data = TABLE.encode()
    with reading(sessions) as session:
        zhao = _actor(session, "zhao")
    with work(sessions, zhao) as unit:
        import_document(unit, campaign_named(unit, CAMPAIGN), "任务分解表.txt", data, read_bytes("任务分解表.txt", data))


@dataclass(frozen=True)
class Cast:
    """The people of the tests in one database, and the verbs as they use them."""

    sessions: Sessions
    facilities: Facilities

    def actor(self, login: str) -> Actor:
        """Give the acting identity of a person, with the roles they hold now."""
        with reading(self.sessions) as session:
            return _actor(session, login)

    def work(self, login: str) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work for a person."""
        return work(self.sessions, self.actor(login))

    def reading(self) -> AbstractContextManager[Session]:
        """Open a read-only snapshot."""
        return reading(self.sessions)

    def department(self, name: str) -> UUID:
        """Give the id of a department."""
        with self.reading() as session:
            return session.scalars(select(Department.id).where(Department.name == name)).one()

    def case(self, no: str) -> Assignment:
        """Give a case as it is stored now."""
        with self.reading() as session:
            return session.scalars(select(Assignment).where(Assignment.no == no)).one()

    def table_id(self) -> UUID:
        """Give the id of the imported table."""
        with self.reading() as session:
            return session.scalars(select(BreakdownTable.id)).one()

    def requirements(self, no: str) -> list[Requirement]:
        """Give the requirements of a case in their order."""
        query = select(Requirement).join(Rule).join(Assignment).where(Assignment.no == no)
        with self.reading() as session:
            return list(session.scalars(query.order_by(Requirement.position)))

    def items(self, no: str) -> list[WorkItem]:
        """Give the open steps of a case, oldest first."""
        query = select(WorkItem).join(ProcessInstance).where(ProcessInstance.business_key == no)
        with self.reading() as session:
            return list(session.scalars(query.where(WorkItem.closed_at.is_(None)).order_by(WorkItem.id)))

    def item(self, no: str, step: Step, department: str | None = None) -> WorkItem:
        """Give the one open step of a case that is `step`, in the branch of `department` where it has one."""
        scope = str(self.department(department)) if department else None
        found = [one for one in self.items(no) if one.element == step and one.scope in {scope, None}]
        assert len(found) == 1, f"{no} has {len(found)} open steps {step} of {department}"
        return found[0]

    def parts(self, no: str) -> dict[str, tuple[str, int]]:
        """Give where each department of a case stands: its name → state and round."""
        query = (
            select(Department.name, Contribution.state, Contribution.round)
            .select_from(Contribution)
            .join(Department, Department.id == Contribution.department_id)
            .join(Assignment, Assignment.id == Contribution.assignment_id)
            .where(Assignment.no == no)
        )
        with self.reading() as session:
            return {name: (state, number) for name, state, number in session.execute(query)}

    def verdict(self) -> AuditVerdict:
        """Check every audit chain."""
        with self.reading() as session:
            return verify(session)

    def fill_group(self, members: Sequence[str]) -> None:
        """Say which departments 各科（室） stands for."""
        with self.work("chu") as unit:
            set_group(unit, GROUP, [self.department(name) for name in members])

    def assign(self, no: str, departments: Sequence[str], by: str = "zhao") -> None:
        """Assign a case to departments, all responsible, due in thirty days."""
        roles = tuple((self.department(name), RESPONSIBLE) for name in departments)
        item = self.item(no, Step.ASSIGN)
        with self.work(by) as unit:
            assign(unit, item.id, AssignmentPlan(roles, datetime.now(UTC) + timedelta(days=30)))

    def gather(self, no: str, department: str, by: str | None = None) -> None:
        """Put in whatever the requirements of a case ask for: photos with captions, reports, papers."""
        item = self.item(no, Step.COLLECT, department)
        for one in self.requirements(no):
            for number in range(int(one.value or 1) if one.kind != "caption_fields" else 0):
                self.add_file(item.id, by or COLLECTORS[department], one, f"{number + 1}")

    def add_file(self, item_id: int, by: str, requirement: Requirement | None, name: str) -> UUID:
        """Add one file of the kind a requirement asks for, with new bytes; a photo has time and place written to it."""
        kind = "photo" if requirement is not None and requirement.kind == "photo_min" else "document"
        caption = {"时间": "2026年3月2日", "地点": "和平路"} if kind == "photo" else {}
        data = f"{name} {uuid4()}".encode()
        with self.work(by) as unit:
            new = drafts.NewEvidence(
                file=examined(kind),
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
                file_name=f"{name}.jpg" if kind == "photo" else f"{name}.docx",
                requirement_id=requirement.id if requirement is not None else None,
                caption=caption,
            )
            return drafts.add(unit, item_id, new).id

    def submit(self, no: str, department: str, by: str | None = None) -> None:
        """Hand in a complete round of a department."""
        login = by or COLLECTORS[department]
        item = self.item(no, Step.COLLECT, department)
        self.gather(no, department, login)
        with self.work(login) as unit:
            submit(unit, item.id, "已按要求完成")

    def review(self, no: str, department: str, outcome: Outcome = Outcome.APPROVE, by: str | None = None) -> DecisionResult:
        """Let the reviewer of a department decide on its round."""
        item = self.item(no, Step.DEPARTMENT_REVIEW, department)
        return self.decide(item.id, by or REVIEWERS[department], Verdict(outcome, "同意" if outcome is Outcome.APPROVE else "请补充"))

    def approve(self, no: str, by: str = "zhao") -> DecisionResult:
        """Let the office approve a case."""
        return self.decide(self.item(no, Step.OFFICE_APPROVAL).id, by, Verdict(Outcome.APPROVE, "同意"))

    def send_back(self, no: str, departments: Sequence[str], by: str = "zhao") -> DecisionResult:
        """Let the office return a case to some of its departments."""
        named = tuple(self.department(name) for name in departments)
        item = self.item(no, Step.OFFICE_APPROVAL)
        return self.decide(item.id, by, Verdict(Outcome.RETURN, "照片不清晰", named, ("照片",)))

    def decide(self, item_id: int, by: str, verdict: Verdict, key: str | None = None) -> DecisionResult:
        """Decide on a step as it stands now, with a signature on every sheet it concerns."""
        signed = self.sign(item_id, by, key)
        with self.work(by) as unit:
            return decide(unit, item_id, verdict, signed)

    def sign(self, item_id: int, by: str, key: str | None = None) -> Signed:
        """Lay down the sheets a step concerns and sign them in the name of `by`; the digests are invented."""
        with self.sessions.begin() as session:
            item = session.get_one(WorkItem, item_id)
            certificate = session.scalars(
                select(PersonalCertificate.id)
                .join(Person, Person.id == PersonalCertificate.person_id)
                .where(Person.login == by, PersonalCertificate.revoked_at.is_(None))
            ).first()
            assert certificate is not None, f"{by} has no certificate"
            sheets = [_sheet(session, one) for one in concerned(session, case_of(session, item), item)]
            signed = tuple(
                SignedSheet(sheet.id, certificate, item.element, sheet.current_sha256, _invented_digest())
                for sheet in sheets
            )
            return Signed(form_version(session, item), signed, key)

    def archive(self, no: str) -> None:
        """Let the machine end a case as its archive step does, without drawing up the dossier."""
        item = self.item(no, Step.ARCHIVE)
        with work(self.sessions, SYSTEM) as unit:
            taken = process.take(unit, item.id)
            step = process.complete(unit, taken, "archived", {})
            states.refresh(unit, case_of(unit.session, taken))
            unit.record(case_chain(no), "dossier.archived", {}, step.change)

    def to_office(self, no: str, departments: Sequence[str]) -> None:
        """Bring a waiting case to the desk of the office: assigned, handed in, reviewed."""
        self.assign(no, departments)
        for name in departments:
            self.submit(no, name)
            self.review(no, name)


def examined(kind: str) -> ExaminedFile:
    """Give what an examination of a small photo or document says."""
    if kind == "photo":
        return ExaminedFile("image/jpeg", "photo", width=640, height=480)
    return ExaminedFile("application/octet-stream", kind, text_chars=520)


def _actor(session: Session, login: str) -> Actor:
    person = session.scalars(select(Person).where(Person.login == login)).one()
    return actor_of(person)


def _sheet(session: Session, submission: Submission) -> ApprovalSheet:
    query = select(ApprovalSheet).where(ApprovalSheet.submission_id == submission.id)
    found = session.scalars(query).one_or_none()
    if found is not None:
        return found
    digest = _invented_digest()
    sheet = ApprovalSheet(
        submission_id=submission.id, unsigned_sha256=digest, current_sha256=digest, rendered_at=datetime.now(UTC)
    )
    session.add(sheet)
    session.flush()
    return sheet


def _invented_digest() -> str:
    return hashlib.sha256(uuid4().bytes).hexdigest()
