"""What the page of one file shows: its pages or its picture, words, facts with hints, marks, where else it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.breakdown import Campaign
from models.evidence import Evidence, StoredFile
from models.people import Person
from models.photos import FileMark, FileRendering, FileText
from web import moments, words
from web.evidence_view import FILE_KINDS, short
from web.language import translated
from web.names_then import named
from web.photo_facts import hints_said, place, said, taken
from web.session import SignedIn
from workflows.evidence import rendering, words_of_files
from workflows.evidence.duplicates import seen_in
from workflows.evidence.hints import Frame, time_doubts
from workflows.evidence.marks import BOX, marks_of, may_mark

#: The picture a mark is drawn over is this wide in its own measure; its height follows the picture.
DRAWN_WIDTH = 1000
_LINES, _LINE_CHARS, _SHOWN_CHARS = 400, 60, 20_000
#: A page whose picture is not there yet has the shape of A4.
_SHAPE = 1.414


@dataclass(frozen=True)
class Asked:
    """Which page is looked at, and what was typed into the form of a mark that was refused."""

    page: int
    fault: str = ""
    note: str = ""


def view(session: Session, viewer: SignedIn, evidence: Evidence, asked: Asked) -> dict[str, Any]:
    """Give what files/look.html reads."""
    file, text = evidence.file, session.get(FileText, evidence.file_sha256)
    marks = marks_of(session, [evidence.id])
    return {
        "file": _file(evidence),
        "facts": _facts(file, text),
        "photo": _photo(session, evidence) if file.kind == "photo" else None,
        "sheet": _sheet(session, evidence, asked.page, marks),
        "words": _words(text, marks),
        "marks": _marks(session, evidence, marks),
        "mark_form": _mark_form(viewer, evidence, text, asked),
        "seen": _seen(session, evidence),
    }


def _file(evidence: Evidence) -> dict[str, Any]:
    part, file = evidence.contribution, evidence.file
    kind, icon = FILE_KINDS.get(file.kind, FILE_KINDS["other"])
    return {
        "id": str(evidence.id),
        "name": evidence.file_name,
        "kind": translated(kind),
        "icon": icon,
        "href": f"/files/{evidence.id}",
        "case_no": part.assignment.no,
        "case_title": part.assignment.title,
        "case_href": url_for("items.case", no=part.assignment.no),
        "department": named(part.department, evidence.created_at),
        "requirement": words.requirement_name(evidence.requirement) if evidence.requirement is not None else "",
        "removed": moments.stamp(evidence.removed_at) if evidence.removed_at else "",
        "reuse": evidence.reuse_reason if evidence.reused_from is not None else "",
    }


def _facts(file: StoredFile, text: FileText | None) -> list[tuple[str, str]]:
    facts = [(translated(N_("Handed in first")), moments.stamp(file.created_at))]
    if file.pages:
        facts.append((translated(N_("Number of pages")), str(file.pages)))
    if text is not None and text.chars is not None and not text.reason:
        counted = translated(N_("{chars} with punctuation, as Word counts; {bare} without"), chars=text.chars, bare=text.chars_bare)
        facts.append((translated(N_("Length")), counted))
    return [*facts, ("SHA-256", short(file.sha256))]


def _photo(session: Session, evidence: Evidence) -> dict[str, Any]:
    file = evidence.file
    campaign = session.get_one(Campaign, evidence.contribution.assignment.campaign_id)
    frame = Frame(campaign.starts_on, campaign.ends_on, evidence.created_at, evidence.event_date)
    facts = [
        (translated(N_("Size")), f"{file.width} × {file.height}" if file.width and file.height else ""),
        (translated(N_("Taken (clock of the camera)")), taken(file)),
        (translated(N_("Typed day")), moments.day(evidence.event_date) if evidence.event_date else ""),
        (translated(N_("Place")), place(file)),
        (translated(N_("Device")), file.camera or ""),
        (translated(N_("Program")), file.software or ""),
    ]
    return {
        "facts": [(name, value) for name, value in facts if value],
        "hints": [*(said(one) for one in time_doubts(file, frame)), *hints_said(file)],
        "bare": file.taken_at is None and file.latitude is None and file.camera is None,
    }


def _sheet(session: Session, evidence: Evidence, number: int, marks: Sequence[FileMark]) -> dict[str, Any]:
    """Give the picture that is looked at: of a photo, or of one page; or why there is none."""
    file = evidence.file
    if file.kind == "photo":
        ready = file.view_sha256 is not None
        shape = (file.height or 3) / (file.width or 4)
        return {**_picture(f"/files/{evidence.id}/view" if ready else "", shape), "boxes": _boxes(marks, 1, shape), "pages": 1, "page": 1}
    rendered = session.get(FileRendering, file.sha256)
    if rendered is None:
        return {**_picture("", _SHAPE), "boxes": [], "pages": file.pages or 1, "page": 1}
    if rendered.state != rendering.DRAWN:
        return {"reason": translated(rendering.REASONS[rendered.reason]), "pages": 0, "page": 0}
    page = min(max(1, number), rendered.pages or 1)
    (state,) = rendering.page_states(session, file.sha256, page, 1)
    shape = state.height / state.width if state.width else _SHAPE
    address = f"/files/{evidence.id}/pages/{page}" if state.picture_sha256 else ""
    return {**_picture(address, shape), "boxes": _boxes(marks, page, shape), "pages": rendered.pages, "page": page}


def _picture(address: str, shape: float) -> dict[str, Any]:
    return {"reason": "", "picture": address, "width": DRAWN_WIDTH, "height": round(DRAWN_WIDTH * shape)}


def _boxes(marks: Sequence[FileMark], page: int, shape: float) -> list[dict[str, Any]]:
    found = []
    for number, mark in enumerate(marks, start=1):
        if mark.page != page or mark.x0 is None or mark.x1 is None or mark.y0 is None or mark.y1 is None:
            continue
        left, top, right, bottom = (
            round(part * side)
            for part, side in zip((mark.x0, mark.y0, mark.x1, mark.y1), (DRAWN_WIDTH, DRAWN_WIDTH * shape) * 2, strict=True)
        )
        box = {"x": left, "y": top, "right": right, "bottom": bottom, "width": right - left, "height": bottom - top}
        found.append({**box, "number": number, "boxed": mark.shape == BOX})
    return found


def _words(text: FileText | None, marks: Sequence[FileMark]) -> dict[str, Any] | None:
    if text is None:
        return None
    if text.reason:
        return {"reason": translated(words_of_files.REASONS[text.reason]), "pieces": [], "cut": False}
    return {"reason": "", "pieces": pieces(text.text[:_SHOWN_CHARS], marks), "cut": text.cut or len(text.text) > _SHOWN_CHARS}


def pieces(text: str, marks: Sequence[FileMark]) -> list[tuple[str, bool]]:
    """Cut a text where marks begin and end; say of each piece whether it is marked."""
    ranges = [(one.first_sign, one.last_sign) for one in marks if one.first_sign is not None and one.last_sign is not None]
    cuts = sorted({0, len(text), *(min(cut, len(text)) for pair in ranges for cut in pair)})
    return [
        (text[first:last], any(begin <= first and last <= end for begin, end in ranges))
        for first, last in pairwise(cuts)
    ]


def _marks(session: Session, evidence: Evidence, marks: Sequence[FileMark]) -> list[dict[str, Any]]:
    query = select(Person.id, Person.name).where(Person.id.in_({one.made_by for one in marks}))
    names: dict[UUID, str] = {row.id: row.name for row in session.execute(query)}
    return [
        {
            "id": str(one.id),
            "number": number,
            "where": translated(N_("Page {page}"), page=one.page) if one.page is not None else translated(N_("Text")),
            "href": url_for("file_pages.look", evidence_id=evidence.id, page=one.page or 1),
            "quote": one.quote,
            "note": one.note,
            "by": names.get(one.made_by, "—"),
            "at": one.made_at,
        }
        for number, one in enumerate(marks, start=1)
    ]


def _mark_form(viewer: SignedIn, evidence: Evidence, text: FileText | None, asked: Asked) -> dict[str, Any] | None:
    if evidence.removed_at is not None or not may_mark(viewer.actor, evidence.contribution):
        return None
    return {"lines": lines(text.text) if text is not None else [], "fault": asked.fault, "note": asked.note}


def lines(text: str) -> list[tuple[str, str]]:
    """Give the lines of a text to choose from: the signs they take (`12-40`), and how they begin."""
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare:
            begin = at + line.index(bare[0])
            found.append((f"{begin}-{begin + len(bare)}", bare[:_LINE_CHARS]))
        at += len(line)
        if len(found) == _LINES:
            break
    return found


def _seen(session: Session, evidence: Evidence) -> dict[str, Any]:
    key = (evidence.contribution_id, evidence.file_sha256)
    told = seen_in(session, [evidence.contribution_id], {evidence.file_sha256}, later=True).get(key, [])
    return {
        "before": sum(not one.later for one in told),
        "later": sum(one.later for one in told),
        "href": url_for("file_pages.seen", evidence_id=evidence.id),
    }
