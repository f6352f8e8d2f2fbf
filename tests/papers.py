"""Cases with real papers for the tests: real photos in the vault, sheets drawn and signed, the archive step reached."""

import hashlib
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select

from cast import COLLECTORS, PASSWORD, REVIEWERS, Cast, examined
from models.dossier import ApprovalSheet, Dossier
from models.evidence import Assignment, Submission
from workflows.evidence import drafts
from workflows.lifecycle.cases import item_in
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import DecisionResult, Outcome, Verdict, form_version
from workflows.lifecycle.signed_decision import Decider, DecisionForm, sign_and_decide
from workflows.lifecycle.words import Step

APPROVED = Verdict(Outcome.APPROVE, "材料齐全，同意")


def photo(number: int, note: str = "", width: int = 1200, height: int = 800) -> bytes:
    """Make a small street scene as JPEG, different for every number and note."""
    image = Image.new("RGB", (width, height), (196, 214, 230))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, height * 0.62, width, height), fill=(120, 120, 118))
    for house in range(6):
        left = width * house / 6
        top = height * (0.2 + ((house * 7 + number * 3) % 5) / 20)
        shade = 150 + (house * 37 + number * 29) % 90
        pen.rectangle((left, top, left + width / 7, height * 0.62), fill=(shade, shade - 30, shade - 60))
    out = BytesIO()
    image.save(out, "JPEG", quality=85, comment=f"{number} {note}".encode())
    return out.getvalue()


def hand_in(cast: Cast, no: str, department: str, statement: str = "已按要求完成") -> None:
    """Put real files into the vault for every requirement of a case and hand the round in."""
    item = cast.item(no, Step.COLLECT, department)
    login = COLLECTORS[department]
    count = 0
    for requirement in cast.requirements(no):
        for _ in range(int(requirement.value or 1) if requirement.kind != "caption_fields" else 0):
            count += 1
            kind = "photo" if requirement.kind == "photo_min" else "document"
            data = photo(count, department + statement) if kind == "photo" else f"{department}的工作报告 {count} {statement}".encode()
            stored = cast.facilities.vault.put_bytes(data)
            with cast.work(login) as unit:
                new = drafts.NewEvidence(
                    file=examined(kind),
                    sha256=stored.sha256,
                    size=stored.size,
                    file_name=f"和平路整治{count}.jpg" if kind == "photo" else f"工作报告{count}.docx",
                    requirement_id=requirement.id,
                    caption={"时间": "2026年3月2日", "地点": "和平路"} if kind == "photo" else {},
                )
                drafts.add(unit, item.id, new)
    with cast.work(login) as unit:
        submit(unit, item.id, statement)


def say(cast: Cast, item_id: int, login: str, verdict: Verdict) -> DecisionResult:
    """Decide as the pages do: the password opens the key, the sheets are signed, the decision is taken."""
    with cast.reading() as session:
        version = form_version(session, item_in(session, item_id))
    decider = Decider(cast.actor(login), None, PASSWORD)
    return sign_and_decide(cast.sessions, cast.facilities, decider, DecisionForm(item_id, verdict, version, None))


def to_archive(cast: Cast, no: str, departments: Sequence[str]) -> int:
    """Bring a waiting case to its archive step, every decision really signed; gives the step."""
    cast.assign(no, departments)
    for name in departments:
        hand_in(cast, no, name)
        say(cast, cast.item(no, Step.DEPARTMENT_REVIEW, name).id, REVIEWERS[name], APPROVED)
    say(cast, cast.item(no, Step.OFFICE_APPROVAL).id, "zhao", APPROVED)
    return cast.item(no, Step.ARCHIVE).id


def dossiers(cast: Cast) -> list[Dossier]:
    """Give every archived dossier, by archival number."""
    with cast.reading() as session:
        return list(session.scalars(select(Dossier).order_by(Dossier.archival_code)))


def pdf_of(cast: Cast, no: str) -> bytes:
    """Give the sealed dossier of a case from the vault."""
    with cast.reading() as session:
        query = select(Dossier.pdf_sha256).join(Assignment).where(Assignment.no == no)
        return cast.facilities.vault.read(session.scalars(query).one())


def submissions(cast: Cast, no: str) -> list[Submission]:
    """Give the rounds of a case, in the order they were handed in."""
    with cast.reading() as session:
        assignment = session.scalars(select(Assignment).where(Assignment.no == no)).one()
        return sorted((one for part in assignment.contributions for one in part.submissions), key=lambda one: one.submitted_at)


def digest(data: bytes) -> str:
    """Give the SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


def sheet_bytes(cast: Cast, submission_id: object) -> bytes:
    """Give the sheet of a round as it is now."""
    with cast.reading() as session:
        query = select(ApprovalSheet.current_sha256).where(ApprovalSheet.submission_id == submission_id)
        return cast.facilities.vault.read(session.scalars(query).one())
