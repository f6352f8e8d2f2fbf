"""The form of one requirement: which fields a kind has, what was typed in them."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import request

from engine.catalogue import N_
from engine.errors import Invalid
from web import words
from web.forms import clean, key_in
from web.language import translated
from workflows.breakdown.numerals import narrow
from workflows.breakdown.wording import MEASURED, UNITS, WITHOUT_FIGURE, Wording

NAMES = (
    "kind", "value", "upper", "unit", "bound", "per", "period", "fields", "subjects", "deadline", "department", "note", "phrase", "seen",
    "reason",
)  # fmt: skip
BOUNDS = {"min": N_("at least"), "max": N_("at most"), "about": N_("about"), "exact": N_("exactly")}
#: What each kind asks besides department, deadline and note.
_PAPER = ("value", "unit", "per", "period")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "photo_min": ("value", "upper", "bound", "per", "subjects", "fields", "period"),
    "screenshot": ("value", "upper", "bound", "per", "fields", "period"),
    "report_chars": ("value", "upper", "bound", "per", "period"),
    "caption_fields": ("fields",),
    "scan": ("fields", "per", "period"),
    "video": ("value", "upper", "unit", "bound", "per", "period"),
    "url": ("per", "period"),
    "frequency": ("value", "upper", "unit", "bound", "period"),
    "percent_min": ("value", "bound", "period"),
    "count_min": ("value", "upper", "unit", "bound", "per", "subjects", "period"),
    "area_min": ("value", "unit", "bound", "per"),
    "size_min": ("value", "bound", "per"),
    "other": (),
}
#: As people write them in tables, whatever the language of the page.
_EXAMPLES = {
    "unit": "次、份、处、名",
    "per": "每个讲堂、每类",
    "period": "每月、每2个月、每季度、每半年、全年、每周",
    "deadline": "10月底前",
    "fields": "时间、地点、人物",
}
_SEPARATORS = re.compile(r"[、,，;；\n]+")


def fields_of(kind: str) -> tuple[str, ...]:
    """Give the fields of a kind."""
    return FIELDS.get(kind, _PAPER)


def sent() -> dict[str, str]:
    """Give what was typed in this request."""
    return {name: clean(request.form.get(name, "")) for name in NAMES}


def stored(wording: Wording, changed_at: datetime | None) -> dict[str, str]:
    """Give the fields as the form shows a stored wording."""
    return {
        "kind": wording.kind,
        "value": words.number(wording.value),
        "upper": words.number(wording.upper),
        "unit": wording.unit or "",
        "bound": wording.bound or "",
        "per": wording.per or "",
        "period": wording.period or "",
        "fields": "、".join(wording.fields),
        "subjects": "\n".join(wording.subjects),
        "deadline": wording.deadline or "",
        "department": str(wording.department_id or ""),
        "note": wording.note,
        "phrase": wording.phrase,
        "seen": changed_at.isoformat() if changed_at else "",
    }


def wording(typed: Mapping[str, str]) -> Wording:
    """Read what was typed. Raises Invalid for a number that is none."""
    kind = typed["kind"]
    fields = fields_of(kind)

    def text(name: str) -> str | None:
        return (typed[name].strip() or None) if name in fields else None

    return Wording(
        kind,
        None if kind in WITHOUT_FIGURE else _number(typed["value"]),
        _number(typed["upper"]) if "upper" in fields else None,
        text("unit") or UNITS.get(kind) or ("次" if kind == "frequency" else None),
        text("bound"),
        text("per"),
        text("period"),
        _listed(typed["fields"]) if "fields" in fields else (),
        _listed(typed["subjects"]) if "subjects" in fields else (),
        typed["deadline"].strip() or None,
        key_in(typed["department"]),
        typed["note"],
        typed["phrase"],
    )


def seen(typed: Mapping[str, str]) -> datetime | None:
    """Read when the wording that was looked at had last been changed."""
    try:
        return datetime.fromisoformat(typed["seen"]) if typed["seen"] else None
    except ValueError:
        raise Invalid(N_("This form is damaged. Open the page again.")) from None


def shown(typed: Mapping[str, str]) -> dict[str, Any]:
    """Give the form as the template reads it: the values, the fields of its kind, the choices."""
    kind = typed.get("kind", "")
    fields = fields_of(kind)
    return {
        **{name: typed.get(name, "") for name in NAMES},
        "has": {name: name in fields for name in NAMES},
        "must": kind in MEASURED,
        "examples": {**_EXAMPLES, "fields": "红头页、盖章页"} if kind == "scan" else _EXAMPLES,
        "bounds": [
            {"value": value, "label": translated(label), "selected": value == (typed.get("bound") or _usual(kind))}
            for value, label in BOUNDS.items()
        ],
    }


def _usual(kind: str) -> str:
    return "about" if kind == "report_chars" else "min"


def _number(text: str) -> Decimal | None:
    plain = narrow(text.strip()).replace(",", "")
    if not plain:
        return None
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,3})?", plain, re.ASCII):
        raise Invalid(N_("“{text}” is no number. Write digits, such as 5 or 2.4."), text=text.strip()[:20])
    return Decimal(plain)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in _SEPARATORS.split(text) if one.strip())
