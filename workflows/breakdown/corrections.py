"""Corrections of one rule: its words, its departments, what it asks for (改正).

Every correction is a pure function from a document to the next; it raises Invalid for words that cannot be used. The
requirements are read again when the text or the advice changes; what people added or took away by hand stays so.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.assigned_parts import read_advice
from workflows.breakdown.deadlines import due_of
from workflows.breakdown.demands import read_demands
from workflows.breakdown.header import Column
from workflows.breakdown.open_document import OpenDocument, OpenRow, OpenTable, row_of, with_row
from workflows.breakdown.shapes import BreakdownRow, Hand, NamedDepartment, NamedRequirement, Place, ReadWarning
from workflows.breakdown.unit_names import group_name, read_units

MAX_TEXT, MAX_FIELD = 20_000, 500
MOST_POINTS = Decimal(10_000)
ROLES = ("lead", "responsible", "assist")
_POINTS = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)分?")
_SEPARATORS = re.compile(r"[、,，;；/／\n]+")
#: What an edit of a field settles, by the code of the doubt; the others are settled by the column they are about.
_SETTLED_BY = {
    "no_department": {"departments"},
    "person_named": {"departments"},
    "short_name": {"departments"},
    "department_in_advice": {"departments", "advice"},
    "no_requirement": {"requirements"},
    "short_row": {"text", "departments", "advice", "points", "deadline"},
}
_FIELD_OF = {
    Column.NUMBER: "item_no",
    Column.INDICATOR: "indicator",
    Column.RULE: "text",
    Column.POINTS: "points",
    Column.DEPARTMENT: "departments",
    Column.LEAD: "departments",
    Column.ASSIST: "departments",
    Column.PERSON: "departments",
    Column.ADVICE: "advice",
    Column.DEADLINE: "deadline",
}


@dataclass(frozen=True)
class RowWords:
    """The words of a row as somebody typed them."""

    indicator: str
    item_no: str
    text: str
    points: str
    advice: str
    deadline: str


@dataclass(frozen=True)
class DepartmentWords:
    """One department as somebody typed it. `name` may list several; an empty one is taken away."""

    name: str
    role: str


def set_words(document: OpenDocument, key: int, words: RowWords) -> OpenDocument:
    """Give a row other words. Raises Invalid for points that are no number, or a task without a text."""
    table, place = row_of(document, key)
    before = table.rows[place].row
    row = replace(
        before,
        indicator=_checked(words.indicator, MAX_FIELD),
        item_no=_checked(words.item_no, MAX_FIELD),
        text=checked_text(words.text),
        points=points_of(words.points),
        advice=_checked(words.advice, MAX_TEXT),
        deadline=_checked(words.deadline, MAX_FIELD) or None,
    )
    if row.deadline != before.deadline:
        row = replace(row, due=due_of(row.deadline) if row.deadline else None)
    if row.advice != before.advice:
        row = replace(row, advice_inherited=False)
    return with_row(document, _corrected(table, table.rows[place], row))


def set_departments(document: OpenDocument, key: int, lines: Sequence[DepartmentWords]) -> OpenDocument:
    """Say which departments a row is for, each with its role. Raises Invalid for a role there is none of."""
    table, place = row_of(document, key)
    open_row = table.rows[place]
    names = _canonical_names(document)
    known = {one.name: one for one in open_row.row.departments}
    found: dict[str, NamedDepartment] = {}
    for line in lines:
        if line.role not in ROLES:
            raise Invalid(N_("A department leads, is responsible or assists. Choose one of the three."))
        for name in _names_in(line.name):
            before = known.get(name)
            one = replace(before, role=line.role) if before else _named(name, line.role, names)
            found.setdefault(one.canonical, one)
    row = replace(open_row.row, departments=tuple(found.values()))
    return with_row(document, _corrected(table, open_row, row))


def set_demand(
    document: OpenDocument, key: int, place: int | None, demand: NamedRequirement
) -> OpenDocument:
    """Change the requirement at `place` of a row, or add one (None). Raises Invalid for a place that is gone."""
    table, at = row_of(document, key)
    open_row = table.rows[at]
    demands = list(open_row.row.requirements)
    own, refused = open_row.own, open_row.refused
    if place is None:
        demands = [one for one in demands if not _is_nothing(one)]
        demands.append(demand)
    else:
        before = _demand_at(open_row, place)
        if before == demand:
            return document
        own, refused = _without(open_row, before)
        demands[place] = demand
    changed = replace(open_row, own=(*own, demand), refused=refused)
    return with_row(document, _corrected(table, changed, replace(open_row.row, requirements=tuple(demands))))


def remove_demand(document: OpenDocument, key: int, place: int) -> OpenDocument:
    """Take a requirement away from a row. Raises Invalid for a place that is gone."""
    table, at = row_of(document, key)
    open_row = table.rows[at]
    own, refused = _without(open_row, _demand_at(open_row, place))
    left = tuple(one for number, one in enumerate(open_row.row.requirements) if number != place)
    changed = replace(open_row, own=own, refused=refused)
    row = replace(open_row.row, requirements=left or (NOTHING_IN_PARTICULAR,))
    return with_row(document, _corrected(table, changed, row))


def signed(before: OpenDocument, after: OpenDocument, hand: Hand) -> OpenDocument:
    """Put under every requirement that was added or changed from `before` to `after` whose hand it was.

    One that stands on words of the table was changed; one that stands on none was added.
    """
    known = {one for row in _every_row(before) for one in row.own}
    for table in after.tables:
        for row in table.rows:
            fresh = {one: _with_hand(one, hand) for one in row.own if one not in known}
            if fresh:
                own = tuple(fresh.get(one, one) for one in row.own)
                demands = tuple(fresh.get(one, one) for one in row.row.requirements)
                after = with_row(after, replace(row, own=own, row=replace(row.row, requirements=demands)))
    return after


def _every_row(document: OpenDocument) -> Iterator[OpenRow]:
    yield from (row for table in document.tables for row in table.rows)
    yield from (one.row for one in document.leftovers if one.row is not None)


def _with_hand(demand: NamedRequirement, hand: Hand) -> NamedRequirement:
    if demand.added is None and not demand.source_phrase:
        return replace(demand, added=hand)
    return replace(demand, changed=hand)


#: A rule that asks for nothing in particular still has to be shown to be met.
NOTHING_IN_PARTICULAR = NamedRequirement("other", None, None, None, None, (), None, "", "rule")


def demands_of(row: BreakdownRow, own: Iterable[NamedRequirement] = (), refused: Iterable[NamedRequirement] = ()) -> tuple[NamedRequirement, ...]:
    """Read what a row asks for, with what people added and without what they took away."""
    away = {(one.kind, one.source_phrase, one.departments) for one in refused}
    read = (*read_demands(row.text, "rule"), *read_advice(row.advice, row.departments))
    return (*(one for one in read if (one.kind, one.source_phrase, one.departments) not in away), *own) or (NOTHING_IN_PARTICULAR,)


def points_of(text: str) -> Decimal | None:
    """Read points as somebody typed them: 3, 0.5, 3分; None for nothing. Raises Invalid."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    match = _POINTS.fullmatch(plain)
    if match is None or Decimal(match.group(1)) > MOST_POINTS:
        raise Invalid(N_("Points are a number such as 3 or 0.5; “{text}” is none."), text=text.strip()[:40])
    return Decimal(match.group(1))


def plain_number(text: str) -> Decimal | None:
    """Read a number as somebody typed it, full-width digits too; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return Decimal(plain) if re.fullmatch(r"\d{1,9}(?:\.\d{1,4})?", plain) else None


def checked_text(text: str) -> str:
    """Give the text of a task. Raises Invalid where there is none, or too much."""
    plain = _checked(text, MAX_TEXT)
    if not plain:
        raise Invalid(N_("A task needs a text. If the row is no task, delete it."))
    return plain


def standing_doubts(row: BreakdownRow, place: Place) -> list[ReadWarning]:
    """Give the doubts that hold for a row whatever it was read from: no department, nothing asked for."""
    found = []
    if not row.departments:
        message = N_("This rule names no department. Choose who is responsible before you assign it.")
        found.append(ReadWarning("no_department", message, {}, place))
    if all(_is_nothing(one) for one in row.requirements):
        message = N_("The table does not say what evidence this rule needs; any file will do until you say so.")
        found.append(ReadWarning("no_requirement", message, {}, place))
    return found


def corrected_row(table: OpenTable, before: OpenRow, row: BreakdownRow) -> OpenRow:
    """Give a row with other contents: its requirements read again where its text changed, its doubts as they now are."""
    return _corrected(table, before, row)


def _corrected(table: OpenTable, before: OpenRow, row: BreakdownRow) -> OpenRow:
    if row == before.row:
        return before
    anew = row.departments != before.row.departments and demands_of(row) != demands_of(before.row)
    if anew or (row.text, row.advice) != (before.row.text, before.row.advice):
        row = replace(row, requirements=demands_of(row, before.own, before.refused))
    changed = {name for name in _FIELDS if getattr(row, name) != getattr(before.row, name)}
    place = next((one.place for one in before.row.warnings), Place(N_("corrected by hand")))
    lasting = [one for one in before.row.warnings if not _settles(one, changed, table)]
    codes = {one.code for one in (*lasting, *before.settled)}
    lasting.extend(one for one in standing_doubts(row, place) if one.code not in codes)
    return replace(before, row=replace(row, warnings=tuple(lasting)), corrected=True)


_FIELDS = ("indicator", "item_no", "text", "points", "departments", "advice", "deadline", "requirements")


def _settles(doubt: ReadWarning, changed: set[str], table: OpenTable) -> bool:
    fields = set(_SETTLED_BY.get(doubt.code, ()))
    if doubt.column is not None and doubt.column < len(table.meanings):
        fields.add(_FIELD_OF.get(table.meanings[doubt.column], ""))
    return bool(fields & changed)


def _checked(text: str, longest: int) -> str:
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    plain = "\n".join(line for line in lines if line)
    if len(plain) > longest:
        raise Invalid(N_("This is longer than {longest} characters: {text}…"), longest=longest, text=plain[:40])
    return plain


def _names_in(text: str) -> list[str]:
    names = [name.strip() for name in _SEPARATORS.split(text) if name.strip()]
    for name in names:
        if len(name) > MAX_FIELD:
            raise Invalid(N_("This is longer than {longest} characters: {text}…"), longest=MAX_FIELD, text=name[:40])
    return names


def _named(name: str, role: str, names: dict[str, str]) -> NamedDepartment:
    read = read_units(name, role).departments
    group = len(read) == 1 and read[0].name == name and read[0].group
    return NamedDepartment(name, group_name(name) if group else names.get(name, name), role, group)


def _canonical_names(document: OpenDocument) -> dict[str, str]:
    everywhere = (one for table in document.tables for row in table.rows for one in row.row.departments)
    return {one.name: one.canonical for one in everywhere if not one.group}


def _is_nothing(demand: NamedRequirement) -> bool:
    return demand.kind == "other" and not demand.source_phrase and demand.value is None


def _demand_at(row: OpenRow, place: int) -> NamedRequirement:
    if not 0 <= place < len(row.row.requirements):
        raise Invalid(N_("This requirement is no longer there. Look at the row again."))
    return row.row.requirements[place]


def _without(
    row: OpenRow, demand: NamedRequirement
) -> tuple[tuple[NamedRequirement, ...], tuple[NamedRequirement, ...]]:
    """Give what people added and took away once `demand` is gone."""
    if demand in row.own:
        at = row.own.index(demand)
        return (*row.own[:at], *row.own[at + 1 :]), row.refused
    return row.own, (*row.refused, demand)
