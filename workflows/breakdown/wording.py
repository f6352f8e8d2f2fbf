"""What a requirement says: the values people give it, checked; and the sentence it is read as."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.catalogue import N_, translate
from engine.errors import Invalid
from models.breakdown import Requirement
from workflows.breakdown.periods import is_cadence
from workflows.breakdown.shapes import NamedRequirement

KINDS: Mapping[str, str] = {
    "photo_min": N_("Photos"),
    "report_chars": N_("Report"),
    "caption_fields": N_("Photo captions"),
    "document": N_("Official document"),
    "scan": N_("Scan"),
    "summary": N_("Summary"),
    "plan": N_("Plan"),
    "table": N_("Table"),
    "screenshot": N_("Screenshot"),
    "video": N_("Video"),
    "url": N_("Link"),
    "count_min": N_("Count"),
    "frequency": N_("Frequency"),
    "percent_min": N_("Rate"),
    "area_min": N_("Area"),
    "size_min": N_("Size"),
    "other": N_("Evidence"),
}
#: Kinds that say nothing without a figure; kinds whose figure is a number of pieces.
MEASURED = frozenset({"count_min", "frequency", "percent_min", "area_min", "size_min"})
PIECES = frozenset({"photo_min", "screenshot", "document", "summary", "plan", "table", "scan", "url", "report_chars"})
WITHOUT_FIGURE = frozenset({"caption_fields", "other", "scan", "url"})
WITH_FIELDS = frozenset({"photo_min", "screenshot", "caption_fields", "scan"})
UNITS: Mapping[str, str] = {
    "photo_min": "张",
    "screenshot": "张",
    "report_chars": "字",
    "percent_min": "%",
    "area_min": "㎡",
    "size_min": "㎡",
}
BOUNDS = ("min", "max", "about", "exact")
MAX_LINE, MAX_NOTE, MAX_LISTED = 60, 1_000, 60
_MOST = Decimal(1_000_000)
_COMMA, _SEMICOLON = {"zh": "，", "en": ", "}, {"zh": "；", "en": "; "}
_COLON = {"zh": "：", "en": ": "}
_SIGNS = {"min": "≥", "max": "≤", "about": "≈"}


@dataclass(frozen=True)
class Wording:
    """What is asked for. `department_id` None: of every department of the case. `phrase`: the words of the table it stands on."""

    kind: str
    value: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    bound: str | None = None
    per: str | None = None
    period: str | None = None
    fields: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    deadline: str | None = None
    department_id: UUID | None = None
    note: str = ""
    phrase: str = field(default="", compare=False)

    def as_details(self) -> dict[str, Any]:
        """Give what an event keeps of it: only what is said."""
        said = {
            "kind": self.kind,
            "value": None if self.value is None else f"{self.value:f}",
            "upper": None if self.upper is None else f"{self.upper:f}",
            "unit": self.unit,
            "bound": self.bound,
            "per": self.per,
            "period": self.period,
            "fields": list(self.fields),
            "subjects": list(self.subjects),
            "deadline": self.deadline,
            "for": None if self.department_id is None else str(self.department_id),
            "note": self.note,
        }
        return {name: value for name, value in said.items() if value not in (None, "", [])}


def wording_of(stored: Requirement) -> Wording:
    """Give the wording of a stored requirement."""
    return Wording(
        stored.kind,
        None if stored.value is None else stored.value.normalize(),
        None if stored.upper is None else stored.upper.normalize(),
        stored.unit,
        stored.bound,
        stored.per,
        stored.period,
        tuple(stored.fields),
        tuple(stored.subjects),
        stored.deadline,
        stored.department_id,
        stored.note,
        stored.source_phrase,
    )


def wording_in(details: Mapping[str, Any]) -> Wording:
    """Read what an event kept of a wording. Raises ValueError for a record that holds none."""
    try:
        value, upper = (Decimal(details[name]) if name in details else None for name in ("value", "upper"))
        texts = {
            name: str(details[name])
            for name in ("unit", "bound", "per", "period", "deadline", "note")
            if name in details
        }
        listed = {name: tuple(str(one) for one in details.get(name, [])) for name in ("fields", "subjects")}
        whom = UUID(details["for"]) if "for" in details else None
        return Wording(str(details["kind"]), value, upper, department_id=whom, **texts, **listed)  # type: ignore[arg-type]
    except (ArithmeticError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(details)) from error


def checked(typed: Wording) -> Wording:
    """Give a wording without needless blanks, and with what its kind implies. Raises Invalid, naming what is wrong."""
    if typed.kind not in KINDS:
        raise Invalid(N_("Choose what is asked for: photos, a report, a paper, a figure."))
    wording = replace(
        typed,
        unit=_line(typed.unit) or UNITS.get(typed.kind),
        per=_line(typed.per),
        period=_line(typed.period),
        deadline=_line(typed.deadline),
        fields=_listed(typed.fields) if typed.kind in WITH_FIELDS else (),
        subjects=_listed(typed.subjects),
        note=typed.note.strip(),
    )
    if len(wording.note) > MAX_NOTE:
        raise Invalid(N_("The note is longer than 1,000 characters. Shorten it."))
    if wording.period is not None and not is_cadence(wording.period):
        raise Invalid(
            N_("“{period}” is no period. Write 每月, 每2个月, 每季度, 每半年, 全年 or 每周."), period=wording.period
        )
    return _with_figure(wording)


def _with_figure(wording: Wording) -> Wording:
    if wording.kind in WITHOUT_FIGURE:
        if wording.kind == "caption_fields" and not wording.fields:
            raise Invalid(N_("Say what captions must hold, such as 时间、地点、人物."))
        return replace(wording, value=None, upper=None, bound=None)
    _check_numbers(wording)
    if wording.kind == "frequency":
        if wording.period is None:
            raise Invalid(N_("Say how often: 每月, 每2个月, 每季度, 每半年, 全年 or 每周."))
        wording = replace(wording, per=wording.period)
    if wording.value is None:
        return replace(wording, bound=None)
    usual = "about" if wording.kind == "report_chars" else "min"
    return replace(wording, bound=wording.bound if wording.bound in BOUNDS else usual)


def _check_numbers(wording: Wording) -> None:
    if wording.value is None:
        if wording.kind in MEASURED or wording.upper is not None:
            raise Invalid(N_("A number is missing: write how much is asked for."))
        return
    for number in (wording.value, wording.upper):
        if number is not None and not Decimal(0) < number <= _MOST:
            raise Invalid(
                N_("{number} is no number that can be asked for. Write one above 0, up to 1,000,000."),
                number=f"{number:f}",
            )
        if number is not None and wording.kind in PIECES and number != number.to_integral_value():
            raise Invalid(
                N_("{number} is no whole number; files and characters are counted whole."), number=f"{number:f}"
            )
    if wording.upper is not None and wording.upper <= wording.value:
        raise Invalid(
            N_("A range ends above where it begins: {lower} to {upper} is none."),
            lower=f"{wording.value:f}",
            upper=f"{wording.upper:f}",
        )


def _line(text: str | None) -> str | None:
    plain = " ".join((text or "").split())
    if len(plain) > MAX_LINE:
        raise Invalid(
            N_("“{text}…” is longer than 60 characters. Shorten it; there is a note for more."), text=plain[:20]
        )
    return plain or None


def _listed(words: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(line for word in words if (line := _line(word))))
    if len(found) > MAX_LISTED:
        raise Invalid(N_("More than 60 names stand in one list. Divide it into two requirements."))
    return found


def title(one: Requirement | NamedRequirement | Wording, language: str) -> str:
    """Name a requirement in a few words: 照片 ≥5 张，每个讲堂."""
    figure = _figure(one, language)
    parts = [f"{translate(language, KINDS.get(one.kind, KINDS['other']))}{' ' + figure if figure else ''}"]
    if one.per and one.kind != "frequency":
        parts.append(one.per)
    if one.period:
        parts.append(one.period)
    if one.kind in {"caption_fields", "scan"} and one.fields:
        parts.append("、".join(one.fields))
    said = _COMMA[language].join(dict.fromkeys(parts))
    asked_of = one.departments if isinstance(one, NamedRequirement) else ()
    return f"{'、'.join(asked_of)}{_COLON[language]}{said}" if asked_of else said


def sentence(one: Requirement | NamedRequirement | Wording, language: str) -> str:
    """Read a requirement as a sentence: 照片 ≥5 张，每个讲堂；每张写明 时间、地点、主题；12月10日前."""
    parts = [title(one, language)]
    if one.kind in {"photo_min", "screenshot"} and one.fields:
        parts.append(translate(language, N_("each says {fields}"), fields="、".join(one.fields)))
    subjects = () if isinstance(one, NamedRequirement) else one.subjects
    if subjects:
        parts.append(translate(language, N_("counted for {names}"), names="、".join(subjects)))
    if one.deadline:
        parts.append(one.deadline)
    return _SEMICOLON[language].join(parts)


def _figure(one: Requirement | NamedRequirement | Wording, language: str) -> str:
    if one.value is None:
        return ""
    unit = f" {one.unit}" if one.unit else ""
    if one.upper is not None:
        return translate(language, N_("{lower} to {upper}"), lower=_plain(one.value), upper=_plain(one.upper)) + unit
    return f"{_SIGNS.get(one.bound or '', '')}{_plain(one.value)}{unit}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
