"""The finer entries of the collecting page: which place or page a file shows, of which paper; the numbers of a rate; links."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.catalogue import N_
from engine.errors import Invalid
from models.breakdown import Requirement
from models.completeness import EvidenceLink
from models.evidence import Answer, Evidence
from web import words
from web.fill_form import Sent, entries
from web.language import sentence, translated
from web.moments import parsed_day
from workflows.evidence.demands import RequirementCheck
from workflows.evidence.official_papers import PaperWords
from workflows.evidence.particulars import Particulars
from workflows.evidence.saving import parsed_figure

SUBJECT, PAGE, PAPER, PART, WHOLE = "subject", "page_role", "paper", "part", "whole"
_PERIOD_WORDS = {"met": N_("met"), "open": N_("still open"), "short": N_("too little")}
_PAPER_FIELDS = (("number", N_("Document number")), ("issuer", N_("Issuer")), ("issued_on", N_("Date of the paper")), ("title", N_("Title of the paper")))


def particulars(sent: Sent, requirements: Sequence[Requirement]) -> tuple[Particulars, dict[str, str]]:
    """Read the particulars of a form; and the sentences for what cannot be read, by field."""
    faults: dict[str, str] = {}
    rates = {one.id for one in requirements if one.kind == "percent_min"}
    read = Particulars(
        subjects={key: text for key, text, _ in entries(sent.typed, SUBJECT)},
        page_roles={key: text for key, text, _ in entries(sent.typed, PAGE)},
        papers=_papers(sent.typed, faults),
        bases=_bases(sent.typed, rates, faults),
    )
    return read, faults


def of_piece(typed: Mapping[str, str], piece: Evidence, requirement: Requirement | None) -> dict[str, Any]:
    """Give the choices and fields of one file beyond its caption."""
    if requirement is None:
        return {"choices": [], "paper": []}
    choices = []
    if requirement.subjects:
        choices.append(_choice(typed, f"{SUBJECT}:{piece.id}", N_("Which one it shows"), requirement.subjects, piece.subject))
    if requirement.kind == "scan" and len(requirement.fields) > 1:
        choices.append(_choice(typed, f"{PAGE}:{piece.id}", N_("Which page it is"), requirement.fields, piece.page_role))
    paper = _paper_fields(typed, piece) if requirement.kind == "scan" else []
    return {"choices": choices, "paper": paper}


def of_rate(typed: Mapping[str, str], requirement: Requirement, answer: Answer | None) -> list[dict[str, str]]:
    """Give the two numbers of a rate as fields; none for other figures."""
    if requirement.kind != "percent_min":
        return []
    stored = ((answer.numerator, answer.denominator) if answer else (None, None))
    return [
        {
            "name": f"{kind}:{requirement.id}",
            "id": f"{kind}-{requirement.id}",
            "label": translated(label),
            "value": typed.get(f"{kind}:{requirement.id}", words.number(value) if value is not None else ""),
        }
        for kind, label, value in zip((PART, WHOLE), (N_("Numerator (how many)"), N_("Denominator (of how many)")), stored, strict=True)
    ]


def of_links(requirement: Requirement, links: Sequence[EvidenceLink]) -> list[dict[str, str]]:
    """Give the links handed in for a requirement."""
    return [{"id": str(one.id), "url": one.url, "title": one.title} for one in links if one.requirement_id == requirement.id]


def of_periods(check: RequirementCheck) -> list[dict[str, str]]:
    """Give how a recurring duty stands, period by period."""
    return [
        {"key": one.key, "state": one.state, "word": translated(_PERIOD_WORDS[one.state]), "have": f"{one.have}/{one.needed}"}
        for one in check.periods
    ]


def notes(check: RequirementCheck) -> list[str]:
    """Give what was found beside what the verdict already says, each sentence once."""
    told = [translated(one.sentence, **one.params) for one in check.findings]
    return list(dict.fromkeys(told))[1:]


def _choice(typed: Mapping[str, str], name: str, label: str, wanted: Sequence[str], stored: str) -> dict[str, Any]:
    chosen = typed.get(name, stored)
    known = [*wanted] if chosen in {"", *wanted} else [chosen, *wanted]
    options = [{"value": one, "label": one, "selected": one == chosen} for one in known]
    return {"name": name, "id": name.replace(":", "-"), "label": translated(label), "options": options}


def _paper_fields(typed: Mapping[str, str], piece: Evidence) -> list[dict[str, str]]:
    paper = piece.paper
    stored = {
        "number": paper.number, "issuer": paper.issuer, "title": paper.title,
        "issued_on": paper.issued_on.isoformat() if paper.issued_on else "",
    } if paper else {}  # fmt: skip
    return [
        {
            "name": f"{PAPER}:{piece.id}:{field}",
            "id": f"{PAPER}-{piece.id}-{field}",
            "label": translated(label),
            "value": typed.get(f"{PAPER}:{piece.id}:{field}", stored.get(field, "")),
            "type": "date" if field == "issued_on" else "text",
        }
        for field, label in _PAPER_FIELDS
    ]


def _papers(typed: Mapping[str, str], faults: dict[str, str]) -> dict[UUID, PaperWords | None]:
    fields: dict[UUID, dict[str, str]] = {}
    for key, text, field in entries(typed, PAPER):
        fields.setdefault(key, {})[field] = text.strip()
    papers: dict[UUID, PaperWords | None] = {}
    for key, said in fields.items():
        day = parsed_day(said.get("issued_on"))
        if said.get("issued_on") and day is None:
            faults[f"{PAPER}:{key}:issued_on"] = translated(N_("“{text}” is not a day. Write it like 2026-03-12."), text=said["issued_on"][:20])
        elif said.get("number"):
            papers[key] = PaperWords(said["number"], said.get("title", ""), said.get("issuer", ""), day)
        elif any(said.values()):
            faults[f"{PAPER}:{key}:number"] = translated(N_("Type the document number too; the paper is known by it."))
        else:
            papers[key] = None
    return papers


def _bases(typed: Mapping[str, str], rates: set[UUID], faults: dict[str, str]) -> dict[UUID, tuple[Decimal, Decimal]]:
    numbers: dict[UUID, dict[str, Decimal | None]] = {}
    for kind in (PART, WHOLE):
        for key, text, _ in entries(typed, kind):
            if key not in rates:
                continue
            try:
                numbers.setdefault(key, {})[kind] = parsed_figure(text, None)
            except Invalid as refused:
                faults[f"{kind}:{key}"] = sentence(refused)
    bases: dict[UUID, tuple[Decimal, Decimal]] = {}
    for key, both in numbers.items():
        part, whole = both.get(PART), both.get(WHOLE)
        if part is not None and whole is not None:
            bases[key] = (part, whole)
        elif (part is None) != (whole is None) and not {f"{PART}:{key}", f"{WHOLE}:{key}"} & set(faults):
            faults[f"{PART if part is None else WHOLE}:{key}"] = translated(N_("Type both numbers; the rate is reckoned from them."))
    return bases
