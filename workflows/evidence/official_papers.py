"""Official papers (红头文件): number, issuer, date and title are typed once and known everywhere from then on."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from models.completeness import OfficialPaper

CHAIN = "official_papers"
LONGEST = 120
MANY = 8
#: 〔2026〕 is written with these brackets by the norm (GB/T 9704-2012 §7.2.5); people type others.
_BRACKETS = re.compile(r"[\[［【(（〔](\d{4})[\]］】)）〕]")


@dataclass(frozen=True)
class PaperWords:
    """What is said of an official paper. `number` (文号) names it: 某文明办〔2026〕3号."""

    number: str
    title: str
    issuer: str
    issued_on: date | None


def paper_number(typed: str) -> str:
    """Write a document number as the norm does: no blanks, the year in 〔〕, no leading zeros in the serial (第 kept out)."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", typed))
    plain = _BRACKETS.sub(r"〔\1〕", plain)
    return re.sub(r"〕第?0*(\d+号)", r"〕\1", plain)


def remember(unit: UnitOfWork, words: PaperWords) -> OfficialPaper:
    """Give the paper with this number, known now if it was not before; what is typed anew completes or corrects it.

    An empty field takes nothing away from what is known. Raises Invalid for a text that is too long.
    """
    number = paper_number(words.number)
    for text in (number, words.title, words.issuer):
        if len(text) > LONGEST:
            raise Invalid(N_("“{start}…” is longer than {limit} characters. Shorten it."), start=text[:12], limit=LONGEST)
    if not number:
        raise Invalid(N_("An official paper is known by its document number, such as 某文明办〔2026〕3号."))
    found = unit.session.get(OfficialPaper, number, with_for_update=True)
    if found is None:
        if unit.actor.id is None:
            message = "papers are typed by people"
            raise TypeError(message)
        found = OfficialPaper(
            number=number, title=words.title.strip(), issuer=words.issuer.strip(), issued_on=words.issued_on,
            created_at=unit.now, created_by=unit.actor.id,
        )  # fmt: skip
        unit.session.add(found)
        unit.session.flush()
        unit.record(CHAIN, "official_paper.added", _told(found))
        return found
    before = _told(found)
    found.title = words.title.strip() or found.title
    found.issuer = words.issuer.strip() or found.issuer
    found.issued_on = words.issued_on or found.issued_on
    if _told(found) != before:
        unit.record(CHAIN, "official_paper.corrected", {"before": before, "after": _told(found)})
    return found


def known(session: Session, beginning: str) -> list[OfficialPaper]:
    """Give known papers whose number contains what is being typed, the latest first."""
    part = paper_number(beginning).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    query = select(OfficialPaper).where(OfficialPaper.number.like(f"%{part}%"))
    return list(session.scalars(query.order_by(OfficialPaper.created_at.desc()).limit(MANY)))


def _told(paper: OfficialPaper) -> dict[str, object]:
    issued = paper.issued_on.isoformat() if paper.issued_on else None
    return {"number": paper.number, "title": paper.title, "issuer": paper.issuer, "issued_on": issued}
