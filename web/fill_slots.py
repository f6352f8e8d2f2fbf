"""The slots of the collecting page: one for each requirement with its files, one for everything else; and the gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.catalogue import N_
from models.breakdown import Requirement
from models.completeness import EvidenceLink
from models.evidence import Answer, Evidence, StoredFile, Waiver
from web import fill_particulars, moments, words
from web.fill_form import CAPTION, DATE, DESCRIPTION, FIGURE, SHARED, reason_field
from web.language import translated
from workflows.evidence.demands import FIGURE_KINDS, CheckState, Finding, RequirementCheck
from workflows.evidence.policy import Severity

#: Exactly this: phones offer the camera for it, and lists of sub-types break some of them.
_PICTURES, _FILMS = "image/*", "video/*"
_TAKEN_AS_PHOTOS = frozenset({"photo_min", "screenshot"})
_OTHER = "slot-other"
_UNITS = ("B", "KB", "MB", "GB")
_STEP = 1000


@dataclass(frozen=True)
class Shelf:
    """Everything a department has of one case, and what was typed over it (field name → text)."""

    requirements: Sequence[Requirement]
    checks: Mapping[UUID, RequirementCheck]
    pieces: Sequence[Evidence]
    answers: Mapping[UUID, Answer]
    waivers: Mapping[UUID, Waiver]
    typed: Mapping[str, str]
    links: Sequence[EvidenceLink] = ()

    def touched_since(self, moment: datetime) -> frozenset[str]:
        """Give the requirements for which a figure was stated or an excuse written after `moment`."""
        rows: tuple[Answer | Waiver, ...] = (*self.answers.values(), *self.waivers.values())
        return frozenset(str(row.requirement_id) for row in rows if row.created_at > moment)


def slots(shelf: Shelf) -> list[dict[str, Any]]:
    """Give the slots in the order of the requirements; the last takes files that belong to none of them."""
    known = {one.id for one in shelf.requirements}
    rest = [piece for piece in shelf.pieces if piece.requirement_id not in known]
    return [*(_slot(shelf, one) for one in shelf.requirements), _other(shelf, rest)]


def gaps(shelf: Shelf) -> list[dict[str, str]]:
    """Give what keeps the submission back: what it is, where on the page it is mended, what the table says.

    A requirement may lack several things, a photo and a caption; of one kind only the first is told.
    """
    return [
        {
            "anchor": _anchor_of_gap(shelf, one, finding),
            "text": translated(N_("{name}: {sentence}"), name=words.requirement_name(one), sentence=translated(finding.sentence, **finding.params)),
            "hint": _source(one),
        }
        for one in shelf.requirements
        if shelf.checks[one.id].state is CheckState.MISSING
        for finding in _first_of_each_kind(shelf.checks[one.id])
    ]


def _first_of_each_kind(check: RequirementCheck) -> list[Finding]:
    first: dict[str, Finding] = {}
    for finding in check.findings:
        if finding.severity is Severity.BLOCK:
            first.setdefault(finding.code, finding)
    return list(first.values())


def anchor(requirement_id: UUID | None) -> str:
    """Name the place of a slot on the page."""
    return _OTHER if requirement_id is None else f"slot-{requirement_id}"


def _slot(shelf: Shelf, requirement: Requirement) -> dict[str, Any]:
    check = shelf.checks[requirement.id]
    waiver, answer = shelf.waivers.get(requirement.id), shelf.answers.get(requirement.id)
    pieces = [piece for piece in shelf.pieces if piece.requirement_id == requirement.id]
    photos, figure = requirement.kind in _TAKEN_AS_PHOTOS, f"{FIGURE}:{requirement.id}"
    return {
        "id": str(requirement.id),
        "anchor": anchor(requirement.id),
        "name": words.requirement_name(requirement),
        **_measure(requirement, check),
        "state": check.state.value,
        "sentence": _sentence(shelf, requirement),
        "source": requirement.source_phrase,
        "kind": "figure" if requirement.kind in FIGURE_KINDS else "files",
        "takes_files": requirement.kind != "caption_fields" or bool(pieces),
        "accept": _PICTURES if photos else _FILMS if requirement.kind == "video" else "",
        "photos": photos,
        "figure_field": figure,
        "value": shelf.typed.get(figure, words.number(answer.value) if answer else ""),
        "unit": requirement.unit or ("%" if requirement.kind == "percent_min" else ""),
        "waiver": waiver.reason if waiver and not waiver.by_office else "",
        "may_waive": True,
        "reason_field": reason_field(requirement.id),
        "reason": shelf.typed.get(reason_field(requirement.id), ""),
        "evidence": [_piece(shelf, piece) for piece in pieces],
        "notes": fill_particulars.notes(check),
        "rate": fill_particulars.of_rate(shelf.typed, requirement, answer),
        "links": fill_particulars.of_links(requirement, shelf.links) if requirement.kind == "url" else None,
        "periods": fill_particulars.of_periods(check),
        "shared": _shared(shelf, requirement, pieces),
        "report": _report(shelf, requirement),
    }


def _shared(shelf: Shelf, requirement: Requirement, pieces: Sequence[Evidence]) -> list[dict[str, str]]:
    """Give the caption fields that can be said of several photos at once, where any of them still lacks one."""
    photos = [piece for piece in pieces if piece.file.kind == "photo"]
    asked = list(dict.fromkeys(name for piece in photos for name in _fields(shelf, piece)))
    lacking = [name for name in asked if sum(not str(piece.caption.get(name, "")).strip() for piece in photos) > 1]
    return [
        {"id": f"{SHARED}-{requirement.id}-{number}", "name": f"{SHARED}:{requirement.id}:{name}", "label": name}
        for number, name in enumerate(lacking)
    ]


def _report(shelf: Shelf, requirement: Requirement) -> dict[str, Any] | None:
    """Give what the page needs to let a report be written in place: its length as asked for, what was typed."""
    if requirement.kind != "report_chars":
        return None
    target = int(requirement.value) if requirement.value is not None else 0
    field = f"report:{requirement.id}"
    return {"field": field, "target": target, "bound": requirement.bound or "about", "value": shelf.typed.get(field, "")}


def _measure(requirement: Requirement, check: RequirementCheck) -> dict[str, str]:
    """Give what is there of what is needed; captions are complete or not, a count of photos says nothing of them."""
    if requirement.kind != "caption_fields":
        return {"needed": check.needed, "have": check.have}
    word = N_("Missing") if check.state is CheckState.MISSING else N_("Complete")
    return {"needed": translated(word), "have": ""}


def _other(shelf: Shelf, pieces: Sequence[Evidence]) -> dict[str, Any]:
    return {
        "id": "",
        "anchor": _OTHER,
        "name": translated(N_("Other files")),
        "state": "ok",
        "kind": "files",
        "takes_files": True,
        "accept": "",
        "photos": False,
        "evidence": [_piece(shelf, piece) for piece in pieces],
    }


def _piece(shelf: Shelf, piece: Evidence) -> dict[str, Any]:
    description, day = f"{DESCRIPTION}:{piece.id}", f"{DATE}:{piece.id}"
    stored = piece.event_date.isoformat() if piece.event_date else ""
    return {
        "id": str(piece.id),
        "name": piece.file_name,
        "thumb_url": f"/files/{piece.id}/thumbnail" if piece.file.thumbnail_sha256 else "",
        "href": f"/files/{piece.id}/look",
        "photo": piece.file.kind == "photo",
        "facts": _facts(piece.file),
        "fields": [_field(shelf, piece, name) for name in _fields(shelf, piece)],
        "description": shelf.typed.get(description, piece.description),
        "event_date": shelf.typed.get(day, stored),
        **fill_particulars.of_piece(shelf.typed, piece, _asking(shelf, piece)),
    }


def _asking(shelf: Shelf, piece: Evidence) -> Requirement | None:
    return next((one for one in shelf.requirements if one.id == piece.requirement_id), None)


def _field(shelf: Shelf, piece: Evidence, name: str) -> dict[str, str]:
    field = f"{CAPTION}:{piece.id}:{name}"
    return {
        "id": _field_id(piece, name),
        "name": field,
        "label": name,
        "value": shelf.typed.get(field, str(piece.caption.get(name, ""))),
    }


def _field_id(piece: Evidence, name: str) -> str:
    # No spaces in an id, whatever a table calls its field.
    return f"caption-{piece.id}-{'_'.join(name.split())}"


def _fields(shelf: Shelf, piece: Evidence) -> list[str]:
    """Give the caption fields asked for of a file: its requirement's, and of a photo those asked for of all photos."""
    asked = [
        field
        for one in shelf.requirements
        if one.id == piece.requirement_id or (one.kind == "caption_fields" and piece.file.kind == "photo")
        for field in one.fields
    ]
    return list(dict.fromkeys([*asked, *piece.caption]))


def _anchor_of_gap(shelf: Shelf, requirement: Requirement, finding: Finding) -> str:
    piece = next((one for one in shelf.pieces if one.id == finding.item), None)
    if piece is not None and finding.code == "caption":
        return _field_id(piece, str(finding.params["field"]))
    return f"answer-{requirement.id}" if requirement.kind in FIGURE_KINDS else anchor(requirement.id)


def _sentence(shelf: Shelf, requirement: Requirement) -> str:
    check = shelf.checks[requirement.id]
    return translated(check.sentence, **check.params)


def _source(requirement: Requirement) -> str:
    phrase = requirement.source_phrase
    return translated(N_("In the table: “{phrase}”"), phrase=phrase) if phrase else ""


def _facts(file: StoredFile) -> str:
    facts = [size(file.size)]
    if file.taken_at is not None:
        facts.append(translated(N_("taken {time}"), time=moments.stamp(file.taken_at)))
    if file.pages:
        facts.append(translated(N_("{n} pages"), n=file.pages))
    if file.text_chars:
        facts.append(translated(N_("{n} characters"), n=file.text_chars))
    return "·".join(facts)


def size(count: int) -> str:
    """Write a number of bytes as people read it: `3.1 MB`."""
    value, unit = float(count), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"
