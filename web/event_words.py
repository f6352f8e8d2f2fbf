"""What an audit event says in one line of words, for the trail and the audit page."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.audit import AuditEvent
from web import moments, words
from web.language import translated
from web.names_then import NamesThen, names_of
from web.session import language
from workflows.breakdown.wording import sentence as asked_sentence
from workflows.breakdown.wording import wording_in
from workflows.evidence.policy import BY_CODE

Details = Mapping[str, Any]
#: Names of departments by their id as records write it.
Names = Mapping[str, str]

_SEPARATOR = "·"

#: Why a file was not taken, by the code its event carries.
REASONS = {
    "too_large": N_("too large"),
    "empty": N_("empty"),
    "too_demanding": N_("takes too much time or memory to read"),
    "damaged": N_("damaged or cut off"),
    "macros": N_("holds macros"),
    "protected": N_("protected by a password"),
    "kind": N_("of a kind that is not taken"),
    "misnamed": N_("content and ending of the name disagree"),
    "twin": N_("handed in already"),
}


def record_of(event: AuditEvent) -> dict[str, Any]:
    """Read the bytes of an event; empty where they are no longer a record, so that a broken log can be looked at."""
    try:
        found = json.loads(event.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def details_of(event: AuditEvent) -> dict[str, Any]:
    """Read the facts of an event; none where its bytes are no longer a record."""
    found = record_of(event).get("details")
    return found if isinstance(found, dict) else {}


def who(event: AuditEvent) -> str:
    """Name who did it."""
    return translated(N_("System")) if event.actor_id is None else event.actor_name


def department_names(session: Session, events: Iterable[Details]) -> NamesThen:
    """Read every department that events are about, to be named as it was called when each event happened."""
    return names_of(session, _uuids({one for details in events for one, _ in _departments(details)}))


def text_of(action: str, details: Details, names: Names) -> str:
    """Say in one line what an event was about; empty when its name says everything."""
    about = [_department_text(details, names)]
    tell = _TELLERS.get(action)
    if tell is not None:
        about.extend(tell(details))
    return _SEPARATOR.join(one for one in about if one)


def _departments(details: Details) -> list[tuple[str, str]]:
    named = [details[key] for key in ("department", "scope") if key in details] or details.get("departments") or []
    return [(str(one["id"]), str(one.get("role", ""))) if isinstance(one, dict) else (str(one), "") for one in named]


def _department_text(details: Details, names: Names) -> str:
    shown = []
    for key, role in _departments(details):
        part = words.PART_ROLES.get(role) if role != "responsible" else None
        shown.append(names.get(key, key) + (f"（{translated(part)}）" if part else ""))
    return "、".join(shown)


def _uuids(ids: Iterable[str]) -> list[UUID]:
    found = []
    for one in ids:
        try:
            found.append(UUID(one))
        except ValueError:
            continue  # an altered record; it is shown as it stands
    return found


def _field(name: str) -> Callable[[Details], list[str]]:
    return lambda details: [str(details.get(name) or "")]


def _assigned(details: Details) -> list[str]:
    due = moments.parsed_moment(details.get("due_at"))
    return [translated(N_("Due {day}"), day=moments.day(due))] if due else []


def _added(details: Details) -> list[str]:
    caption = "，".join(f"{field} {text}" for field, text in details.get("caption") or [] if text)
    return [str(details.get("file") or ""), caption]


def _described(details: Details) -> list[str]:
    return [*_added(details), str(details.get("description") or "")]


def _submitted(details: Details) -> list[str]:
    number, files = details.get("round"), len(details.get("files") or [])
    return [translated(N_("round {n}, {files} files"), n=number, files=files), str(details.get("statement") or "")]


def _decided(details: Details) -> list[str]:
    missing = "、".join(str(one) for one in details.get("missing") or [])
    return [str(details.get("remark") or ""), translated(N_("missing: {names}"), names=missing) if missing else ""]


def _placed(details: Details) -> list[str]:
    return [str(details.get(name) or "") for name in ("subject", "page_role", "paper")]


def _link(details: Details) -> list[str]:
    return [str(details.get("title") or ""), str(details.get("url") or "")]


def _paper(details: Details) -> list[str]:
    return [str(details.get(name) or "") for name in ("number", "issuer", "issued_on", "title")]


def _check_set(details: Details) -> list[str]:
    check = BY_CODE.get(str(details.get("check")))
    title = translated(check.title) if check else str(details.get("check") or "")
    return [title, f"{details.get('before', '')} → {details.get('after', '')}", str(details.get("reason") or "")]


def _asked_for(details: Details) -> list[str]:
    """Say what was asked for before and after: 照片 ≥2 张 → 照片 ≥5 张."""
    said = [_asked_words(details[name]) for name in ("before", "after") if isinstance(details.get(name), dict)]
    return [" → ".join(said), str(details.get("reason") or "")]


def _asked_words(kept: Details) -> str:
    try:
        wording = wording_in(kept)
    except ValueError:
        return json.dumps(kept, ensure_ascii=False)  # an altered record; it is shown as it stands
    return "；".join(one for one in (asked_sentence(wording, language()), wording.note) if one)


def _refused_table(details: Details) -> list[str]:
    params = {str(name): str(value) for name, value in (details.get("params") or {}).items()}
    return [str(details.get("file") or ""), translated(str(details.get("reason") or ""), **params)]


def _not_taken(details: Details) -> list[str]:
    reason = REASONS.get(str(details.get("reason")))
    return [str(details.get("file") or ""), translated(reason) if reason else ""]


def _files_checked(details: Details) -> list[str]:
    damaged = details.get("damaged")
    told = translated(N_("{n} files, {size} MB"), n=details.get("files", "—"), size=round(int(details.get("bytes") or 0) / 1e6))
    return [told, translated(N_("{n} damaged"), n=damaged) if damaged else ""]


def _stored_file(details: Details) -> list[str]:
    uses = "、".join(f"{no} {name}" for no, name in details.get("uses") or [])
    return [uses, f"SHA-256 {str(details.get('sha256') or '')[:8]}…"]


def _figure(details: Details) -> list[str]:
    return [str(details.get("value") or ""), str(details.get("note") or "")]


def _step(details: Details) -> list[str]:
    step = words.STEPS.get(str(details.get("step")))
    return [translated(step)] if step else []


def _handed_over(details: Details) -> list[str]:
    new = details.get("new")
    to = [str(new["name"])] if isinstance(new, dict) else []
    return [*_step(details), *to, str(details.get("reason") or details.get("note") or "")]


def _copied(details: Details) -> list[str]:
    names = "、".join(str(one["name"]) for one in details.get("to") or [])
    return [names, str(details.get("note") or "")]


def _archived(details: Details) -> list[str]:
    return [str(details.get("archival_code") or ""), translated(N_("{n} pages"), n=details.get("pages", "—"))]


def _imported(details: Details) -> list[str]:
    return [str(details.get("file") or ""), translated(N_("{n} cases"), n=details.get("cases", "—"))]


def _verified(details: Details) -> list[str]:
    told = translated(N_("{n} records read"), n=details.get("events", "—"))
    false = details.get("false")
    return [told, translated(N_("{n} false"), n=false) if false else ""]


def _migrated(details: Details) -> list[str]:
    versions = [str((details.get(side) or {}).get("version", "—")) for side in ("from", "to")]
    return [" → ".join(versions), str(details.get("reason") or "")]


def _renamed(details: Details) -> list[str]:
    return [f"{details.get('old', '')} → {details.get('new', '')}"]


def _moved(details: Details) -> list[str]:
    return [str(details.get("name") or ""), f"{details.get('old') or '—'} → {details.get('new') or '—'}"]


def _compared(details: Details) -> list[str]:
    return [f"{details.get('older', '')} → {details.get('newer', '')}"]


def _pairs(details: Details) -> list[str]:
    return [translated(N_("{n} pairs"), n=len(details.get("pairs") or []))]


def _group(details: Details) -> list[str]:
    return [str(details.get("group") or ""), "、".join(str(one) for one in details.get("members") or [])]


def _read_history(details: Details) -> list[str]:
    what = str(details.get("what") or "")
    return [translated(N_("log")) if what == "log" else what.removeprefix("case:")]


def _sign_in(details: Details) -> list[str]:
    return [str(details.get("login") or ""), str(details.get("address") or "")]


_TELLERS: Mapping[str, Callable[[Details], list[str]]] = {
    "case.opened": _field("title"),
    "case.assigned": _assigned,
    "requirement.added": _asked_for,
    "requirement.changed": _asked_for,
    "requirement.removed": _asked_for,
    "requirement.restored": _asked_for,
    "work_item.claimed": _step,
    "work_item.released": _step,
    "work_item.opened": _step,
    "work_item.completed": _step,
    "work_item.reassigned": _handed_over,
    "work_item.delegated": _handed_over,
    "work_item.resolved": _handed_over,
    "work_item.returned": _handed_over,
    "work_item.withdrawn": _handed_over,
    "work_item.reminded": _handed_over,
    "approver.added": _handed_over,
    "approver.removed": _handed_over,
    "copy.sent": _copied,
    "process.suspended": _field("reason"),
    "process.migrated": _migrated,
    "process.resumed": _field("reason"),
    "process.cancelled": _field("reason"),
    "substitution.created": _field("reason"),
    "substitution.revoked": _field("reason"),
    "evidence.added": _added,
    "evidence.refused": _not_taken,
    "vault.checked": _files_checked,
    "vault.file_damaged": _stored_file,
    "vault.file_mended": _stored_file,
    "evidence.described": _described,
    "figure.stated": _figure,
    "evidence.placed": _placed,
    "evidence.reuse_declared": _field("reason"),
    "evidence.referred": _field("reason"),
    "evidence.marked": lambda details: [str(details.get("file") or ""), str(details.get("note") or details.get("quote") or "")],
    "evidence.unmarked": _field("file"),
    "link.added": _link,
    "link.removed": _field("url"),
    "requirement.waived": _field("reason"),
    "requirement.excused": _field("reason"),
    "campaign.check_set": _check_set,
    "official_paper.added": _paper,
    "official_paper.corrected": lambda details: _paper(details.get("after") or {}),
    "evidence.submitted": _submitted,
    "department_review.approved": _decided,
    "department_review.returned": _decided,
    "office_approval.approved": _decided,
    "office_approval.returned": _decided,
    "archival_code.reserved": _field("archival_code"),
    "dossier.archived": _archived,
    "campaign.opened": _field("name"),
    "import.begun": _field("file"),
    "import.discarded": _field("file"),
    "import.refused": _refused_table,
    "task_breakdown.imported": _imported,
    "department.added": _field("name"),
    "department.renamed": _renamed,
    "department.alias_added": _field("alias"),
    "department.alias_withdrawn": _field("alias"),
    "department.alias_refused": _field("alias"),
    "department.moved": _moved,
    "department.merged": _renamed,
    "department_group.set": _group,
    "edition.compared": _compared,
    "rule_pairs.confirmed": _pairs,
    "part.gone_without": _field("reason"),
    "person.added": _field("login"),
    "person.renamed": _renamed,
    "sign_in.succeeded": _sign_in,
    "sign_in.failed": _sign_in,
    "sign_in.ended": _sign_in,
    "process_definition.deployed": _field("reason"),
    "audit.verified": _verified,
    "history.read": _read_history,
    "access.refused": _field("what"),
    "witness.added": _field("name"),
    "witness.asked": _field("name"),
    "witness.cosigned": _field("name"),
}
