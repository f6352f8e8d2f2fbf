"""Reading the form of the collecting page: what can be kept, and what has to be corrected first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import request

from engine.catalogue import N_
from engine.errors import Invalid
from models.breakdown import Requirement
from web.forms import clean, key_in
from web.language import sentence, translated
from web.moments import parsed_day
from workflows.evidence.demands import FIGURE_KINDS
from workflows.evidence.saving import Draft, parsed_figure

#: Names of fields: what is said of a file, or the figure of a requirement.
CAPTION, DESCRIPTION, DATE, FIGURE, SHARED = "caption", "description", "event_date", "answer", "shared"


@dataclass(frozen=True)
class Sent:
    """A form: the part that can be kept, the sentences for the rest by field name, and all of it as it was typed."""

    draft: Draft
    faults: Mapping[str, str]
    typed: Mapping[str, str]


def read(requirements: Sequence[Requirement]) -> Sent:
    """Read the form of this request."""
    typed = {name: clean(text) for name, text in request.form.items()}
    faults: dict[str, str] = {}
    draft = Draft(
        statement=typed.get("statement"),
        captions=_captions(typed),
        descriptions={key: text for key, text, _ in entries(typed, DESCRIPTION)},
        dates=_dates(typed, faults),
        figures=_figures(typed, requirements, faults),
        shared=_shared(typed),
    )
    return Sent(draft, faults, typed)


def reason_field(requirement_id: UUID) -> str:
    """Name the field in which the excuse for a requirement is written."""
    return f"reason:{requirement_id}"


def entries(typed: Mapping[str, str], kind: str) -> list[tuple[UUID, str, str]]:
    """Give what was typed in fields called `kind:<id>` or `kind:<id>:<name>`: the id, the text, the name or ""."""
    found = []
    for name, text in typed.items():
        head, _, rest = name.partition(":")
        identifier, _, field = rest.partition(":")
        key = key_in(identifier) if head == kind else None
        if key is not None:
            found.append((key, text, field))
    return found


def _captions(typed: Mapping[str, str]) -> dict[UUID, dict[str, str]]:
    captions: dict[UUID, dict[str, str]] = defaultdict(dict)
    for key, text, field in entries(typed, CAPTION):
        captions[key][field] = text
    return captions


def _shared(typed: Mapping[str, str]) -> dict[UUID, dict[str, str]]:
    """Read what is said of all photos of a requirement at once."""
    shared: dict[UUID, dict[str, str]] = defaultdict(dict)
    for key, text, field in entries(typed, SHARED):
        if text.strip():
            shared[key][field] = text.strip()
    return shared


def _dates(typed: Mapping[str, str], faults: dict[str, str]) -> dict[UUID, date | None]:
    dates: dict[UUID, date | None] = {}
    for key, text, _ in entries(typed, DATE):
        day = parsed_day(text)
        if day is None and text.strip():
            faults[f"{DATE}:{key}"] = translated(N_("“{text}” is not a day. Write it like 2026-03-12."), text=text[:20])
        else:
            dates[key] = day
    return dates


def _figures(
    typed: Mapping[str, str], requirements: Sequence[Requirement], faults: dict[str, str]
) -> dict[UUID, Decimal | None]:
    units = {one.id: one.unit for one in requirements if one.kind in FIGURE_KINDS}
    figures: dict[UUID, Decimal | None] = {}
    for key, text, _ in entries(typed, FIGURE):
        if key not in units:
            continue
        try:
            figures[key] = parsed_figure(text, units[key])
        except Invalid as refused:
            faults[f"{FIGURE}:{key}"] = sentence(refused)
    return figures
