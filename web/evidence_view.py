"""Evidence as the pages show it: photos with their pictures and facts, papers, completeness, what changed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from engine.catalogue import N_
from models.evidence import ContributionState, StoredFile
from web import moments, words
from web.case_parts import CaseParts, Checked, Part
from web.language import translated
from web.photo_facts import hints_said, place
from workflows.evidence.demands import CheckState
from workflows.lifecycle.text_changes import Kind, Passage, text_changes
from workflows.lifecycle.rounds import Change, Frozen, Mark, Point, marks

#: Kind of a file: its name and its icon.
FILE_KINDS: dict[str, tuple[str, str]] = {
    "photo": (N_("Photo"), "photo"),
    "pdf": (N_("PDF document"), "file-type-pdf"),
    "document": (N_("Text document"), "file-text"),
    "table": (N_("Spreadsheet"), "file-spreadsheet"),
    "text": (N_("Plain text"), "file-text"),
    "video": (N_("Video"), "video"),
    "other": (N_("File"), "file-text"),
}
_SHOWN_CHARS = 4
_AROUND = 30
_WAITING = frozenset({ContributionState.IN_REVIEW, ContributionState.REVIEWED})
_KILO = 1024

PhotoLink = Callable[[UUID], str]


def part_card(case: CaseParts, part: Part, link: PhotoLink, open_id: str) -> dict[str, Any]:
    """Give what items/_evidence.html reads of one part. `link` gives the page with a photo open."""
    contribution = part.contribution
    text, kind = words.PART_STATES.get(contribution.state, (contribution.state, "plain"))
    happened = any(change.mark is not Mark.SAME for change in part.changes)
    return {
        "id": str(contribution.id),
        "department": part.department,
        "role": translated(words.PART_ROLES[contribution.role]) if contribution.role in words.PART_ROLES else "",
        "state": {"text": translated(text), "kind": kind},
        "round": contribution.round,
        "statement": part.shown.statement if part.shown is not None else "",
        "photos": photos(case, part, link, open_id),
        "documents": documents(case, part),
        "viewed": _viewed(case, part),
        "answers_href": "#comparison" if happened or part.points else "",
        "empty": translated(N_("Nothing has been collected yet.") if part.draft else N_("Nothing has been handed in yet.")),
    }


def photos(case: CaseParts, part: Part, link: PhotoLink, open_id: str) -> list[dict[str, Any]]:
    """Give the photos of a part in their order."""
    marked = marks(part.changes)
    return [
        {
            "id": piece["id"],
            "href": link(UUID(str(piece["id"]))),
            **_pictures(case.files.get(str(piece["sha256"])), str(piece["id"])),
            "caption": caption(piece),
            "facts": _photo_facts(case, piece),
            "requirement": _requirement(case, piece),
            "mark": _mark(marked, piece),
            "seen": _seen(case, part, piece),
            "open": str(piece["id"]) == open_id,
        }
        for piece in part.pieces
        if piece["kind"] == "photo"
    ]


def documents(case: CaseParts, part: Part) -> list[dict[str, Any]]:
    """Give everything else of a part in its order."""
    marked = marks(part.changes)
    return [
        {
            "id": piece["id"],
            "name": piece["name"],
            "kind": translated(FILE_KINDS.get(str(piece["kind"]), FILE_KINDS["other"])[0]),
            "icon": FILE_KINDS.get(str(piece["kind"]), FILE_KINDS["other"])[1],
            "facts": _paper_facts(piece),
            "mark": _mark(marked, piece),
            "seen": _seen(case, part, piece),
            "thumb_url": _pictures(case.files.get(str(piece["sha256"])), str(piece["id"]))["thumb_url"],
            "href": f"/files/{piece['id']}/look",
        }
        for piece in part.pieces
        if piece["kind"] != "photo"
    ]


def check_group(case: CaseParts, part: Part) -> dict[str, Any]:
    """Give the completeness of one part."""
    return {
        "department": part.department,
        "complete": complete(part),
        "checks": [_check(case, one) for one in part.checks],
    }


def complete(part: Part) -> bool:
    """Say whether nothing that is asked for is missing."""
    return all(one.state != CheckState.MISSING for one in part.checks)


def asked(case: CaseParts) -> list[dict[str, str]]:
    """Give what the table asks for, with the words it stands in, for a case nobody has handed anything in for."""
    return [
        {"name": words.requirement_name(one), "phrase": one.source_phrase}
        for one in case.requirements.values()
        if one.removed_at is None
    ]


def readiness(parts: Sequence[Part]) -> str:
    """Give how many requirements of some parts are met: `5/5`; empty where nothing is asked for."""
    asked = [one for part in parts for one in part.checks]
    met = sum(one.state != CheckState.MISSING for one in asked)
    return f"{met}/{len(asked)}" if asked else ""


def comparison(case: CaseParts) -> dict[str, Any] | None:
    """Give what changed since the round before, as items/item.html reads it; None where there was no round before."""
    compared = [part for part in case.parts if part.former is not None]
    if not compared:
        return None
    several = len(case.parts) > 1
    rows = [row for part in compared for row in _compared(case, part, several=several)]
    changes = [change for part in compared for change in part.changes]
    return {
        "round": max(part.former.round for part in compared if part.former is not None),
        "summary": summary(changes, unchanged=True),
        "rows": rows,
    }


def summary(changes: Sequence[Change], *, unchanged: bool = False) -> str:
    """Count changes in words: `新增 1·改动 2`."""
    told = [(Mark.NEW, N_("{n} new")), (Mark.CHANGED, N_("{n} changed")), (Mark.REMOVED, N_("{n} removed"))]
    if unchanged:
        told.append((Mark.SAME, N_("{n} unchanged")))
    counted = [(sum(change.mark is mark for change in changes), text) for mark, text in told]
    return "·".join(translated(text, n=number) for number, text in counted if number)


def answers(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Give the points of the last return with what was done about each."""
    return [_answer(point) for part in parts for point in part.points]


def caption(piece: Frozen) -> str:
    """Give the words of a piece: its caption fields, then its description; a photo without words by its file name."""
    told = [f"{field}：{text}" for field, text in piece["caption"] if str(text).strip()]
    text = str(piece["description"]).strip()
    return " ".join([*([text] if text else []), *told]) or str(piece["name"])


def returned(part: Part) -> bool:
    """Say whether a part waits for its department to repair it."""
    return bool(part.contribution.state == ContributionState.RETURNED)


def _answer(point: Point) -> dict[str, Any]:
    done = summary(point.answers) if point.answered else translated(N_("Nothing was changed"))
    return {"reason": point.text, "answer": done, "answered": point.answered}


def _compared(case: CaseParts, part: Part, *, several: bool) -> list[dict[str, Any]]:
    prefix = f"{part.department}·" if several else ""
    rows = []
    for change in part.changes:
        if change.mark is Mark.SAME:
            continue
        reasons = [point.text for point in part.points if change in point.answers]
        before, after = _difference(change)
        piece = change.after or change.before or {}
        row: dict[str, Any] = {"name": f"{prefix}{piece['name']}", "mark": change.mark.value, "before": before, "after": after}
        row["passages"] = _passages(case, change)
        rows.append({**row, "reason": "；".join(reasons), "answered": True if reasons else None})
    for point in part.points:
        if not point.answered:
            nothing = {"name": f"{prefix}{translated(N_('Nothing was changed'))}", "mark": "", "before": "", "after": "", "passages": []}
            rows.append({**nothing, "reason": point.text, "answered": False})
    return rows


def _passages(case: CaseParts, change: Change) -> list[dict[str, str]]:
    """Give what was written differently in an exchanged document: the changes with the sentence around them."""
    if change.before is None or change.after is None:
        return []
    before, after = (case.texts.get(str(one["sha256"])) for one in (change.before, change.after))
    if before is None or after is None or before == after:
        return []
    return [{"kind": one.kind.value, "text": _shortened(one)} for one in text_changes(before, after)]


def _shortened(passage: Passage) -> str:
    """Leave out the middle of a long passage that stayed the same."""
    text = passage.text
    if passage.kind is not Kind.SAME or len(text) <= 2 * _AROUND:
        return text
    return f"{text[:_AROUND]} … {text[-_AROUND:]}"


def _seen(case: CaseParts, part: Part, piece: Frozen) -> bool:
    own = case.viewed.get(part.shown.id) if part.shown is not None else None
    return own is not None and UUID(str(piece["id"])) in own.evidence


def _viewed(case: CaseParts, part: Part) -> str:
    """Say how much of a round that waits for a decision this reader has opened: 已看 5/7."""
    own = case.viewed.get(part.shown.id) if part.shown is not None else None
    if own is None or not own.total or part.contribution.state not in _WAITING:
        return ""
    return translated(N_("Viewed {n} of {total}"), n=own.opened, total=own.total)


def _difference(change: Change) -> tuple[str, str]:
    before = caption(change.before) if change.before is not None else ""
    after = caption(change.after) if change.after is not None else ""
    if before != after:
        return before, after
    if change.before is not None and change.after is not None and change.before["sha256"] != change.after["sha256"]:
        return short(str(change.before["sha256"])), short(str(change.after["sha256"]))
    return "", after


def short(digest: str) -> str:
    """Write a digest so that two can be told apart: `7c1e…a94f`."""
    return f"{digest[:_SHOWN_CHARS]}…{digest[-_SHOWN_CHARS:]}"


def _check(case: CaseParts, check: Checked) -> dict[str, Any]:
    requirement = case.requirements.get(check.requirement_id)
    return {
        "name": words.requirement_name(requirement) if requirement is not None else translated(N_("Evidence")),
        "needed": check.needed,
        "have": check.have,
        "state": check.state,
        "sentence": translated(check.sentence, **check.params),
    }


def _pictures(file: StoredFile | None, evidence_id: str) -> dict[str, str]:
    return {
        "thumb_url": f"/files/{evidence_id}/thumbnail" if file is not None and file.thumbnail_sha256 else "",
        "view_url": f"/files/{evidence_id}/view" if file is not None and file.view_sha256 else "",
        "original_url": f"/files/{evidence_id}",
        "look_url": f"/files/{evidence_id}/look",
    }


def _photo_facts(case: CaseParts, piece: Frozen) -> list[str]:
    file = case.files.get(str(piece["sha256"]))
    facts = [_requirement(case, piece)]
    if file is not None and file.taken_at is not None:
        facts.append(translated(N_("taken {time}"), time=moments.stamp(file.taken_at)))
    if file is not None:
        facts.extend((place(file), file.camera or ""))
    facts.append(f"SHA-256 {short(str(piece['sha256']))}")
    if file is not None:
        facts.extend(hints_said(file))
    return [fact for fact in facts if fact]


def _paper_facts(piece: Frozen) -> str:
    facts = [translated(N_("{n} pages"), n=piece["pages"])] if piece["pages"] else []
    return "·".join([*facts, _size(int(piece["size"])), short(str(piece["sha256"]))])


def _size(size: int) -> str:
    if size < _KILO:
        return f"{size} B"
    if size < _KILO * _KILO:
        return f"{size / _KILO:.0f} KB"
    return f"{size / _KILO / _KILO:.1f} MB"


def _requirement(case: CaseParts, piece: Frozen) -> str:
    filed = piece["requirement"]
    requirement = case.requirements.get(UUID(str(filed))) if filed else None
    return words.requirement_name(requirement) if requirement is not None else ""


def _mark(marked: Mapping[str, Mark], piece: Frozen) -> str:
    mark = marked.get(str(piece["id"]), Mark.SAME)
    return "" if mark is Mark.SAME else mark.value
